package portcullis.machine.smmuv3.profile;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import portcullis.arch.Field;
import portcullis.arch.smmu.Aidr;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr2;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Idr6;
import portcullis.arch.smmu.Iidr;
import portcullis.arch.smmu.Mpamidr;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.AddressSize;

/**
 * What one implementation of the SMMUv3 is: its identification registers, and how much it caches.
 *
 * <p>Every value is one that {@link ProfileRules} allows. The hardware profiles are the
 * identification values of the product less what the model lacks.
 *
 * @param name as the command line spells it
 * @param ids its identification registers
 * @param caches how much it caches
 */
public record Profile(String name, IdRegisters ids, CacheSizes caches) {

  private static final int BBML_2 = 2;
  private static final int V3_1 = 1;
  private static final int V3_2 = 2;
  private static final int V3_3 = 3;
  private static final int LOG2_QUEUES_A_PAGE = 4;
  private static final int LOG2_CONTROL_PAGES = 1;
  private static final int ARM = 0x43b;
  private static final int MMU_600 = 0x483;
  private static final int MMU_700 = 0x487;

  private static final CacheSizes ROOMY = new CacheSizes(CacheKind.ORDINARY, 1024, 256, 256, 256);

  /** Everything that the model can do. */
  public static final Profile GENERIC =
      new Profile(
          "generic",
          IdRegisters.NONE
              .with(
                  Register.IDR0,
                  bits(
                      Idr0.S1P.of(1),
                      Idr0.S2P.of(1),
                      Idr0.TTF.of(Idr0.TTF_AARCH32_64),
                      Idr0.COHACC.of(1),
                      Idr0.BTM.of(1),
                      Idr0.HTTU.of(Idr0.HTTU_DIRTY),
                      Idr0.DORMHINT.of(1),
                      Idr0.HYP.of(1),
                      Idr0.ATS.of(1),
                      Idr0.ASID16.of(1),
                      Idr0.MSI.of(1),
                      Idr0.SEV.of(1),
                      Idr0.ATOS.of(1),
                      Idr0.PRI.of(1),
                      Idr0.VMW.of(1),
                      Idr0.VMID16.of(1),
                      Idr0.CD2L.of(1),
                      Idr0.VATOS.of(1),
                      Idr0.TTENDIAN.of(Idr0.TTENDIAN_MIXED),
                      Idr0.ATSRECERR.of(1),
                      Idr0.STALL_MODEL.of(Idr0.STALL_MODEL_BOTH),
                      Idr0.ST_LEVEL.of(Idr0.ST_LEVEL_TWO_LEVEL)))
              .with(
                  Register.IDR1,
                  bits(
                      Idr1.SIDSIZE.of(20),
                      Idr1.SSIDSIZE.of(16),
                      Idr1.PRIQS.of(19),
                      Idr1.EVENTQS.of(19),
                      Idr1.CMDQS.of(19),
                      Idr1.ATTR_PERMS_OVR.of(1),
                      Idr1.ATTR_TYPES_OVR.of(1),
                      Idr1.ECMDQ.of(1)))
              .with(
                  Register.IDR3,
                  bits(
                      Idr3.HAD.of(1),
                      Idr3.PBHA.of(1),
                      Idr3.XNX.of(1),
                      Idr3.MPAM.of(1),
                      Idr3.FWB.of(1),
                      Idr3.STT.of(1),
                      Idr3.RIL.of(1),
                      Idr3.E0PD.of(1),
                      Idr3.PTWNNC.of(1),
                      Idr3.DPT.of(1),
                      Idr3.BBML.of(BBML_2)))
              .with(
                  Register.IDR5,
                  bits(
                      Idr5.OAS.of(AddressSize.code(AddressSize.MAX_BITS)),
                      Idr5.GRAN4K.of(1),
                      Idr5.GRAN16K.of(1),
                      Idr5.GRAN64K.of(1),
                      Idr5.VAX.of(1),
                      Idr5.STALL_MAX.of(64)))
              .with(
                  Register.IDR6,
                  bits(
                      Idr6.CMDQ_CONTROL_PAGE_LOG2NUMQ.of(LOG2_QUEUES_A_PAGE),
                      Idr6.CMDQ_CONTROL_PAGE_LOG2NUMP.of(LOG2_CONTROL_PAGES)))
              .with(Register.AIDR, Aidr.ARCH_MINOR_REV, V3_3)
              .with(Register.MPAMIDR, bits(Mpamidr.PARTID_MAX.of(0xff), Mpamidr.PMG_MAX.of(3))),
          ROOMY);

  /**
   * QEMU 11's {@code virt} machine with {@code iommu=smmuv3}, as measured there. An SMMUv3.1 may
   * have RIL and BBML of SMMUv3.2 (IHI 0070 2.9).
   */
  public static final Profile QEMU_11 =
      new Profile(
          "qemu-11",
          IdRegisters.NONE
              .with(Register.IDR0, 0x0d44101b)
              .with(Register.IDR1, 0x02730010)
              .with(Register.IDR3, 0x1414)
              .with(Register.IDR5, 0x74)
              .with(Register.AIDR, (int) Aidr.ARCH_MINOR_REV.of(V3_1)),
          new CacheSizes(CacheKind.ORDINARY, 256, 0, 64, 64));

  /** MMU-600 r2p0, as the register reference of Intel's Agilex 5 gives it. */
  private static final IdRegisters MMU_600_IDS =
      IdRegisters.NONE
          .with(Register.IDR0, 0x080f_7e3f)
          .with(Register.IDR1, 0x0e73_9d18)
          .with(Register.IDR3, 0x3c)
          .with(Register.IDR5, 0x0040_0075)
          .with(Register.AIDR, 1);

  /** Arm CoreLink MMU-600 r2p0. */
  public static final Profile MMU_600_R2 =
      new Profile("mmu-600-r2", MMU_600_IDS.with(Register.IIDR, arm(MMU_600, 2, 0)), ROOMY);

  /**
   * Arm CoreLink MMU-700 r1p1: SMMUv3.2, so with FWB, range invalidation and BBM level 2. No public
   * reference gives its other features and its sizes; they are taken to be the MMU-600's, less
   * VMSAv8-32 tables.
   */
  public static final Profile MMU_700_R1 =
      new Profile(
          "mmu-700-r1",
          MMU_600_IDS
              .with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH64)
              .with(Register.IDR3, Idr3.FWB, 1)
              .with(Register.IDR3, Idr3.RIL, 1)
              .with(Register.IDR3, Idr3.BBML, BBML_2)
              .with(Register.IIDR, arm(MMU_700, 1, 1))
              .with(Register.AIDR, Aidr.ARCH_MINOR_REV, V3_2),
          ROOMY);

  /** The built-in profiles, the default one first. */
  public static final List<Profile> ALL = List.of(GENERIC, QEMU_11, MMU_600_R2, MMU_700_R1);

  /**
   * Checks every rule.
   *
   * @throws ProfileException that names the rules which do not hold
   */
  public Profile {
    List<ProfileRule> broken = ProfileRules.broken(ids, caches);
    if (!broken.isEmpty()) {
      throw new ProfileException(name, broken);
    }
  }

  private static int bits(long... fields) {
    long bits = 0;
    for (long field : fields) {
      bits |= field;
    }
    return (int) bits;
  }

  private static int arm(int product, int variant, int revision) {
    return (int)
        (Iidr.IMPLEMENTER.of(ARM)
            | Iidr.PRODUCT_ID.of(product)
            | Iidr.VARIANT.of(variant)
            | Iidr.REVISION.of(revision));
  }

  /** The names of the built-in profiles, for a message. */
  public static String names() {
    return ALL.stream().map(Profile::name).collect(Collectors.joining(", "));
  }

  /** The built-in profile called {@code name}. */
  public static Optional<Profile> named(String name) {
    return ALL.stream().filter(profile -> profile.name().equals(name)).findFirst();
  }

  /**
   * This profile with IDR0.COHACC as the device tree's {@code dma-coherent} says; not coherent, it
   * has no Enhanced Command queues (IHI 0070 6.3.2).
   */
  public Profile withCoherence(boolean coherent) {
    return (coherent ? this : withoutEnhancedQueues())
        .with(Register.IDR0, Idr0.COHACC, coherent ? 1 : 0);
  }

  /** This profile with another IDR0, for an SMMU that lacks a feature. */
  public Profile withIdr0(int value) {
    return new Profile(name, ids.with(Register.IDR0, value), caches);
  }

  /** This profile with another IDR1, for an SMMU with other sizes or preset tables. */
  public Profile withIdr1(int value) {
    return new Profile(name, ids.with(Register.IDR1, value), caches);
  }

  /** This profile with another IIDR, for another revision of the product. */
  public Profile withIidr(int value) {
    return new Profile(name, ids.with(Register.IIDR, value), caches);
  }

  /**
   * This profile with another value of one field.
   *
   * @param value right-aligned
   */
  public Profile with(Register register, Field field, long value) {
    return new Profile(name, ids.with(register, field, value), caches);
  }

  /** This profile without stage 1 and all that needs it. */
  public Profile withoutStage1() {
    return new Profile(
        name,
        withoutVatos()
            .ids
            .with(Register.IDR0, Idr0.S1P, 0)
            .with(Register.IDR0, Idr0.HYP, 0)
            .with(Register.IDR0, Idr0.NS1ATS, 0)
            .with(Register.IDR3, Idr3.HAD, 0)
            .with(Register.IDR3, Idr3.PBHA, 0),
        caches);
  }

  /** This profile without stage 2 and all that needs it. */
  public Profile withoutStage2() {
    return new Profile(
        name,
        withoutVatos()
            .ids
            .with(Register.IDR0, Idr0.S2P, 0)
            .with(Register.IDR0, Idr0.HYP, 0)
            .with(Register.IDR0, Idr0.VMW, 0)
            .with(Register.IDR0, Idr0.NS1ATS, 0)
            .with(Register.IDR3, Idr3.PTWNNC, 0),
        caches);
  }

  /** This profile without the VATOS page, for an SMMU that has no address for one. */
  public Profile withoutVatos() {
    return new Profile(
        name, ids.with(Register.IDR0, Idr0.VATOS, 0).with(Register.IDR2, Idr2.BA_VATOS, 0), caches);
  }

  /** This profile without Enhanced Command queues, for an SMMU that has no addresses for them. */
  public Profile withoutEnhancedQueues() {
    return new Profile(name, ids.with(Register.IDR1, Idr1.ECMDQ, 0).with(Register.IDR6, 0), caches);
  }

  /** This profile by another name. */
  public Profile withName(String other) {
    return new Profile(other, ids, caches);
  }

  /** This profile with caches of another kind. */
  public Profile withCaches(CacheKind kind) {
    return new Profile(name, ids, caches.withKind(kind));
  }

  /**
   * This profile with IDR5.OAS of {@code bits}.
   *
   * @param bits 32, 36, 40, 42, 44, 48 or 52
   */
  public Profile withOutputSize(int bits) {
    if (bits > AddressSize.MAX_BITS || AddressSize.bits(AddressSize.code(bits)) != bits) {
      throw new IllegalArgumentException("no output size of " + bits + " bits");
    }
    return with(Register.IDR5, Idr5.OAS, AddressSize.code(bits));
  }

  /** This profile with IDR1.SIDSIZE of {@code bits}, 0 to 32. */
  public Profile withStreamIdBits(int bits) {
    return with(Register.IDR1, Idr1.SIDSIZE, bits);
  }

  /** SMMU_IDR0 (IHI 0070 6.3.1). */
  public int idr0() {
    return ids.idr0();
  }

  /** SMMU_IDR1 (6.3.2). */
  public int idr1() {
    return ids.idr1();
  }

  /** SMMU_IDR3 (6.3.4). */
  public int idr3() {
    return ids.idr3();
  }

  /** SMMU_IDR5 (6.3.6). */
  public int idr5() {
    return ids.idr5();
  }

  /** SMMU_IIDR (6.3.7). */
  public int iidr() {
    return ids.iidr();
  }

  /** SMMU_AIDR (6.3.8). */
  public int aidr() {
    return ids.aidr();
  }

  /** Whether the SMMU is asked for all that it may hold, and so has no caches of its own. */
  public boolean architecturalCaches() {
    return caches.kind() == CacheKind.ARCHITECTURAL;
  }

  /** Entries of the TLB of each stage; 0 where there is none. */
  public int tlbEntries() {
    return architecturalCaches() ? 0 : caches.tlb();
  }

  /** Entries of the walk cache; 0 where there is none. */
  public int walkEntries() {
    return architecturalCaches() ? 0 : caches.walk();
  }

  /** Entries of the STE cache; 0 where there is none. */
  public int steEntries() {
    return architecturalCaches() ? 0 : caches.ste();
  }

  /** Entries of the CD cache; 0 where there is none. */
  public int cdEntries() {
    return architecturalCaches() ? 0 : caches.cd();
  }
}
