package portcullis.machine.smmuv3;

import java.util.List;
import java.util.Optional;
import portcullis.arch.Field;
import portcullis.arch.smmu.Aidr;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Iidr;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;

/**
 * What one implementation of the SMMUv3 is: its identification registers, and how much it caches.
 *
 * <p>A profile advertises only what this model does: one StreamWorld (NS-EL1), VMSAv8-64 with
 * 48-bit addresses, no ATS, PRI, stalls, HTTU or broadcast maintenance. The hardware profiles are
 * the identification values of the product less those features.
 *
 * @param name as the command line spells it
 * @param idr0 features (IHI 0070 6.3.1)
 * @param idr1 StreamID, SubstreamID and queue sizes (6.3.2)
 * @param idr3 features (6.3.4)
 * @param idr5 output size and granules (6.3.6)
 * @param iidr implementer, product, revision (6.3.7)
 * @param aidr architecture revision (6.3.8)
 * @param tlbEntries a power of two, at least 4
 * @param steEntries cached STEs, a power of two
 * @param cdEntries cached CDs, a power of two
 */
public record Profile(
    String name,
    int idr0,
    int idr1,
    int idr3,
    int idr5,
    int iidr,
    int aidr,
    int tlbEntries,
    int steEntries,
    int cdEntries) {

  private static final int TTF_AARCH64 = 0b10;
  private static final int LITTLE_ENDIAN = 0b10;
  private static final int NO_STALL = 0b01;
  private static final int TWO_LEVEL = 0b01;
  private static final int BBML_2 = 2;
  private static final int V3_1 = 1;
  private static final int ARM = 0x43b;
  private static final int MMU_600 = 0x483;
  private static final int MMU_700 = 0x487;

  private static final int MAX_OUTPUT_BITS = 48;
  private static final int MIN_TSZ = 16;
  private static final int MAX_TSZ = 39;
  private static final int MAX_TSZ_SMALL = 48;
  private static final int MAX_TSZ_SMALL_64K = 47;

  private static final long IDR0_BEYOND =
      union(
          Idr0.BTM,
          Idr0.HTTU,
          Idr0.DORMHINT,
          Idr0.HYP,
          Idr0.ATS,
          Idr0.NS1ATS,
          Idr0.ATOS,
          Idr0.PRI,
          Idr0.VMW,
          Idr0.VATOS,
          Idr0.ATSRECERR,
          Idr0.RME_IMPL);
  private static final long IDR1_BEYOND = union(Idr1.REL, Idr1.ECMDQ);
  private static final long IDR3_BEYOND =
      union(
          Idr3.PBHA,
          Idr3.PPS,
          Idr3.MPAM,
          Idr3.FWB,
          Idr3.E0PD,
          Idr3.PTWNNC,
          Idr3.DPT,
          Idr3.PASIDTT,
          Idr3.EPAN,
          Idr3.S1PI,
          Idr3.S2PI,
          Idr3.S2PO,
          Idr3.THE,
          Idr3.MTEPERM,
          Idr3.AIE);
  private static final long IDR5_BEYOND = union(Idr5.DS, Idr5.D128, Idr5.VAX, Idr5.STALL_MAX);

  /** Everything that the model can do. */
  public static final Profile GENERIC =
      new Profile(
          "generic",
          commonFeatures() | flag(Idr0.MSI) | flag(Idr0.SEV) | flag(Idr0.CD2L),
          (int)
              (Idr1.SIDSIZE.of(20)
                  | Idr1.SSIDSIZE.of(16)
                  | Idr1.EVENTQS.of(19)
                  | Idr1.CMDQS.of(19)
                  | Idr1.ATTR_PERMS_OVR.of(1)
                  | Idr1.ATTR_TYPES_OVR.of(1)),
          flag(Idr3.HAD) | flag(Idr3.XNX) | flag(Idr3.RIL) | (int) Idr3.BBML.of(BBML_2),
          allGranules() | (int) Idr5.OAS.of(AddressSize.code(48)),
          0,
          (int) Aidr.ARCH_MINOR_REV.of(V3_1),
          1024,
          256,
          256);

  /** QEMU 11's {@code virt} machine with {@code iommu=smmuv3}, as measured there. */
  public static final Profile QEMU_11 =
      new Profile(
          "qemu-11",
          0x0d44101b,
          0x02730010,
          0x1414,
          0x74,
          0,
          (int) Aidr.ARCH_MINOR_REV.of(V3_1),
          256,
          64,
          64);

  /**
   * Arm CoreLink MMU-600 r2p0, as the register reference of Intel's Agilex 5 gives it (IDR0
   * 0x080f7e3f, IDR1 0x0e739d18, IDR3 0x3c, IDR5 0x00400075, AIDR 1), less BTM, HYP, ATS, PRI, VMW,
   * PBHA, PPS, stalls, VMSAv8-32 tables and big-endian tables.
   */
  public static final Profile MMU_600_R2 =
      new Profile(
          "mmu-600-r2",
          commonFeatures() | flag(Idr0.MSI) | flag(Idr0.SEV) | flag(Idr0.CD2L),
          armSizes(),
          flag(Idr3.HAD) | flag(Idr3.XNX),
          allGranules() | (int) Idr5.OAS.of(AddressSize.code(48)),
          arm(MMU_600, 2, 0),
          (int) Aidr.ARCH_MINOR_REV.of(V3_1),
          1024,
          256,
          256);

  /**
   * Arm CoreLink MMU-700 r1p1: SMMUv3.2, so with range invalidation and BBM level 2. No public
   * reference gives its IDR0 and IDR1; they are taken to be the MMU-600's.
   */
  public static final Profile MMU_700_R1 =
      new Profile(
          "mmu-700-r1",
          commonFeatures() | flag(Idr0.MSI) | flag(Idr0.SEV) | flag(Idr0.CD2L),
          armSizes(),
          flag(Idr3.HAD) | flag(Idr3.XNX) | flag(Idr3.RIL) | (int) Idr3.BBML.of(BBML_2),
          allGranules() | (int) Idr5.OAS.of(AddressSize.code(48)),
          arm(MMU_700, 1, 1),
          (int) Aidr.ARCH_MINOR_REV.of(2),
          1024,
          256,
          256);

  /** The built-in profiles, the default one first. */
  public static final List<Profile> ALL = List.of(GENERIC, QEMU_11, MMU_600_R2, MMU_700_R1);

  /**
   * Checks the sizes, and that nothing is advertised that the model cannot do.
   *
   * @throws IllegalArgumentException otherwise
   */
  public Profile {
    require(name, "IDR0", idr0, IDR0_BEYOND);
    require(name, "IDR1", idr1, IDR1_BEYOND);
    require(name, "IDR3", idr3, IDR3_BEYOND);
    require(name, "IDR5", idr5, IDR5_BEYOND);
    if (Idr0.TTF.get(idr0) != TTF_AARCH64
        || Idr0.TTENDIAN.get(idr0) != LITTLE_ENDIAN
        || Idr0.STALL_MODEL.get(idr0) != NO_STALL
        || !Idr0.TERM_MODEL.isSet(idr0)
        || AddressSize.bits(Idr5.OAS.get(idr5)) > MAX_OUTPUT_BITS) {
      throw new IllegalArgumentException(
          name + ": not little-endian AArch64 tables, 48 bits, terminating faults");
    }
    if (Integer.bitCount(tlbEntries) != 1
        || tlbEntries < Tlb.WAYS
        || Integer.bitCount(steEntries) != 1
        || Integer.bitCount(cdEntries) != 1) {
      throw new IllegalArgumentException(name + ": cache sizes must be powers of two");
    }
  }

  private static void require(String name, String register, int value, long beyond) {
    if ((value & beyond) != 0) {
      throw new IllegalArgumentException(
          name
              + ": "
              + register
              + " advertises what the model does not do: 0x"
              + Long.toHexString(value & beyond));
    }
  }

  private static long union(Field... fields) {
    long bits = 0;
    for (Field field : fields) {
      bits |= field.mask();
    }
    return bits;
  }

  private static int flag(Field field) {
    return (int) field.of(1);
  }

  private static int commonFeatures() {
    return flag(Idr0.S1P)
        | flag(Idr0.S2P)
        | (int) Idr0.TTF.of(TTF_AARCH64)
        | flag(Idr0.COHACC)
        | flag(Idr0.ASID16)
        | flag(Idr0.VMID16)
        | (int) Idr0.TTENDIAN.of(LITTLE_ENDIAN)
        | (int) Idr0.STALL_MODEL.of(NO_STALL)
        | flag(Idr0.TERM_MODEL)
        | (int) Idr0.ST_LEVEL.of(TWO_LEVEL);
  }

  private static int armSizes() {
    return (int)
        (Idr1.SIDSIZE.of(24)
            | Idr1.SSIDSIZE.of(20)
            | Idr1.EVENTQS.of(19)
            | Idr1.CMDQS.of(19)
            | Idr1.ATTR_PERMS_OVR.of(1)
            | Idr1.ATTR_TYPES_OVR.of(1));
  }

  private static int allGranules() {
    return flag(Idr5.GRAN4K) | flag(Idr5.GRAN16K) | flag(Idr5.GRAN64K);
  }

  private static int arm(int product, int variant, int revision) {
    return (int)
        (Iidr.IMPLEMENTER.of(ARM)
            | Iidr.PRODUCT_ID.of(product)
            | Iidr.VARIANT.of(variant)
            | Iidr.REVISION.of(revision));
  }

  /** The built-in profile called {@code name}. */
  public static Optional<Profile> named(String name) {
    return ALL.stream().filter(profile -> profile.name().equals(name)).findFirst();
  }

  /** This profile with IDR0.COHACC as the device tree's {@code dma-coherent} says. */
  public Profile withCoherence(boolean coherent) {
    return withIdr0((int) Idr0.COHACC.with(Integer.toUnsignedLong(idr0), coherent ? 1 : 0));
  }

  /** This profile with another IDR0, for an SMMU that lacks a feature. */
  public Profile withIdr0(int value) {
    return new Profile(
        name, value, idr1, idr3, idr5, iidr, aidr, tlbEntries, steEntries, cdEntries);
  }

  /** This profile with another IDR1, for an SMMU with other sizes or preset tables. */
  public Profile withIdr1(int value) {
    return new Profile(
        name, idr0, value, idr3, idr5, iidr, aidr, tlbEntries, steEntries, cdEntries);
  }

  /** This profile with another IIDR, for another revision of the product. */
  public Profile withIidr(int value) {
    return new Profile(
        name, idr0, idr1, idr3, idr5, value, aidr, tlbEntries, steEntries, cdEntries);
  }

  /**
   * This profile with IDR5.OAS of {@code bits}.
   *
   * @param bits 32, 36, 40, 42, 44 or 48
   */
  public Profile withOutputSize(int bits) {
    if (bits > MAX_OUTPUT_BITS || AddressSize.bits(AddressSize.code(bits)) != bits) {
      throw new IllegalArgumentException("no output size of " + bits + " bits");
    }
    int value = (int) Idr5.OAS.with(Integer.toUnsignedLong(idr5), AddressSize.code(bits));
    return new Profile(
        name, idr0, idr1, idr3, value, iidr, aidr, tlbEntries, steEntries, cdEntries);
  }

  /** This profile with IDR1.SIDSIZE of {@code bits}, 0 to 32. */
  public Profile withStreamIdBits(int bits) {
    return withIdr1((int) Idr1.SIDSIZE.with(Integer.toUnsignedLong(idr1), bits));
  }

  /** Whether an IDR0 flag is set. */
  boolean feature0(Field flag) {
    return flag.isSet(idr0);
  }

  /** Whether an IDR1 flag is set. */
  boolean feature1(Field flag) {
    return flag.isSet(idr1);
  }

  /** Whether an IDR3 flag is set. */
  boolean feature3(Field flag) {
    return flag.isSet(idr3);
  }

  int streamIdBits() {
    return (int) Idr1.SIDSIZE.get(idr1);
  }

  int substreamIdBits() {
    return (int) Idr1.SSIDSIZE.get(idr1);
  }

  /** OAS in bits, which is IAS too: there are no VMSAv8-32 tables (IHI 0070 3.4). */
  int outputBits() {
    return AddressSize.bits(Idr5.OAS.get(idr5));
  }

  /** Output bits of a stage whose IPS or S2PS is {@code code}: capped to OAS. */
  int outputBits(int code) {
    return Math.min(AddressSize.bits(code), outputBits());
  }

  /** Whether {@code granule} is one, and one that IDR5 offers. */
  boolean supports(Granule granule) {
    return switch (granule) {
      case SIZE_4K -> Idr5.GRAN4K.isSet(idr5);
      case SIZE_16K -> Idr5.GRAN16K.isSet(idr5);
      case SIZE_64K -> Idr5.GRAN64K.isSet(idr5);
      case null -> false;
    };
  }

  /**
   * Whether TnSZ or S2T0SZ is in its range: 16 to 39, and with small translation tables up to 48,
   * or 47 with a 64KB granule (IHI 0070 5.2, 5.4).
   */
  boolean legalInputSize(Granule granule, int tsz) {
    int most =
        !feature3(Idr3.STT)
            ? MAX_TSZ
            : granule == Granule.SIZE_64K ? MAX_TSZ_SMALL_64K : MAX_TSZ_SMALL;
    return tsz >= MIN_TSZ && tsz <= most;
  }
}
