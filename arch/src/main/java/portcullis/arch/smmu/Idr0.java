package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_IDR0: which features the SMMU has (IHI 0070 6.3.1). */
public final class Idr0 {
  /** {@link #TTF}: VMSAv8-32 LPAE only. */
  public static final int TTF_AARCH32 = 0b01;

  /** {@link #TTF}: VMSAv8-64 only. */
  public static final int TTF_AARCH64 = 0b10;

  /** {@link #TTF}: VMSAv8-32 LPAE and VMSAv8-64. */
  public static final int TTF_AARCH32_64 = 0b11;

  /** {@link #HTTU}: Access flag. */
  public static final int HTTU_ACCESS = 0b01;

  /** {@link #HTTU}: Access flag and dirty state. */
  public static final int HTTU_DIRTY = 0b10;

  /** {@link #TTENDIAN}: either endianness. */
  public static final int TTENDIAN_MIXED = 0b00;

  /** {@link #TTENDIAN}: little-endian only. */
  public static final int TTENDIAN_LITTLE = 0b10;

  /** {@link #TTENDIAN}: big-endian only. */
  public static final int TTENDIAN_BIG = 0b11;

  /** {@link #STALL_MODEL}: stall and terminate. */
  public static final int STALL_MODEL_BOTH = 0b00;

  /** {@link #STALL_MODEL}: terminate only. */
  public static final int STALL_MODEL_TERMINATE = 0b01;

  /** {@link #STALL_MODEL}: whatever can stall does. */
  public static final int STALL_MODEL_FORCED = 0b10;

  /** {@link #ST_LEVEL}: linear Stream tables only. */
  public static final int ST_LEVEL_LINEAR = 0b00;

  /** {@link #ST_LEVEL}: linear and two-level Stream tables. */
  public static final int ST_LEVEL_TWO_LEVEL = 0b01;

  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_IDR0", 32, "IHI 0070 6.3.1", Version.SMMU_3_0);

  /** Stage 2 translation supported. */
  public static final Field S2P = FIELDS.flag("S2P", 0, 0, "stage 2 translation supported");

  /** Stage 1 translation supported. */
  public static final Field S1P = FIELDS.flag("S1P", 0, 1, "stage 1 translation supported");

  /** Translation table formats supported. */
  public static final Field TTF =
      FIELDS.choice(
          "TTF",
          0,
          3,
          2,
          "translation table formats supported",
          value(TTF_AARCH32, "VMSAv8-32 LPAE"),
          value(TTF_AARCH64, "VMSAv8-64"),
          value(TTF_AARCH32_64, "VMSAv8-32 LPAE and VMSAv8-64"));

  /** IO-coherent access to tables, structures, queues and MSI targets supported. */
  public static final Field COHACC =
      FIELDS.flag(
          "COHACC",
          0,
          4,
          "IO-coherent access to tables, structures, queues and MSI targets supported");

  /** Broadcast TLB maintenance supported. */
  public static final Field BTM = FIELDS.flag("BTM", 0, 5, "broadcast TLB maintenance supported");

  /**
   * Hardware update of translation table flags; 0b11 (also table descriptors) came with SMMUv3.4.
   */
  public static final Field HTTU =
      FIELDS.choice(
          "HTTU",
          0,
          7,
          6,
          "hardware update of translation table flags",
          value(0b00, "none"),
          value(0b01, "Access flag"),
          value(0b10, "Access flag and dirty state"));

  /** Dormant hint (STATUSR.DORMANT) supported. */
  public static final Field DORMHINT =
      FIELDS.flag("DORMHINT", 0, 8, "dormant hint (STATUSR.DORMANT) supported");

  /** EL2 stage 1 contexts (STE.STRW) supported. */
  public static final Field HYP =
      FIELDS.flag("Hyp", 0, 9, "EL2 stage 1 contexts (STE.STRW) supported");

  /** PCIe ATS supported. */
  public static final Field ATS = FIELDS.flag("ATS", 0, 10, "PCIe ATS supported");

  /** Split-stage ATS (STE.EATS 0b10) not supported. */
  public static final Field NS1ATS =
      FIELDS.flag("NS1ATS", 0, 11, "split-stage ATS (STE.EATS 0b10) not supported");

  /** 16-bit ASIDs supported. */
  public static final Field ASID16 = FIELDS.flag("ASID16", 0, 12, "16-bit ASIDs supported");

  /** Message signalled interrupts supported. */
  public static final Field MSI =
      FIELDS.flag("MSI", 0, 13, "message signalled interrupts supported");

  /** SMMU and system can send wake-up events for WFE. */
  public static final Field SEV =
      FIELDS.flag("SEV", 0, 14, "SMMU and system can send wake-up events for WFE");

  /** Address translation operation registers supported. */
  public static final Field ATOS =
      FIELDS.flag("ATOS", 0, 15, "address translation operation registers supported");

  /** PCIe page request interface supported. */
  public static final Field PRI =
      FIELDS.flag("PRI", 0, 16, "PCIe page request interface supported");

  /** VMID wildcard matching on TLB invalidation supported. */
  public static final Field VMW =
      FIELDS.flag("VMW", 0, 17, "VMID wildcard matching on TLB invalidation supported");

  /** 16-bit VMIDs supported. */
  public static final Field VMID16 = FIELDS.flag("VMID16", 0, 18, "16-bit VMIDs supported");

  /** Two-level context descriptor tables supported. */
  public static final Field CD2L =
      FIELDS.flag("CD2L", 0, 19, "two-level context descriptor tables supported");

  /** VATOS page supported. */
  public static final Field VATOS = FIELDS.flag("VATOS", 0, 20, "VATOS page supported");

  /** Endianness of translation table walks. */
  public static final Field TTENDIAN =
      FIELDS.choice(
          "TTENDIAN",
          0,
          22,
          21,
          "endianness of translation table walks",
          value(0b00, "mixed"),
          value(0b10, "little-endian"),
          value(0b11, "big-endian"));

  /** Configuration errors of ATS and PRI requests can be recorded. */
  public static final Field ATSRECERR =
      FIELDS.flag(
          "ATSRECERR",
          0,
          23,
          Version.SMMU_3_3,
          "configuration errors of ATS and PRI requests can be recorded");

  /** What a fault may do to its transaction. */
  public static final Field STALL_MODEL =
      FIELDS.choice(
          "STALL_MODEL",
          0,
          25,
          24,
          "what a fault may do to its transaction",
          value(0b00, "stall and terminate"),
          value(0b01, "terminate only"),
          value(0b10, "stall forced"));

  /** RAZ/WI termination not supported: CD.A must be 1. */
  public static final Field TERM_MODEL =
      FIELDS.flag("TERM_MODEL", 0, 26, "RAZ/WI termination not supported: CD.A must be 1");

  /** Stream table formats supported. */
  public static final Field ST_LEVEL =
      FIELDS.choice(
          "ST_LEVEL",
          0,
          28,
          27,
          "Stream table formats supported",
          value(0b00, "linear"),
          value(0b01, "linear and two-level"));

  /** Granule Protection Check faults visible here. */
  public static final Field RME_IMPL =
      FIELDS.flag(
          "RME_IMPL", 0, 30, Version.SMMU_3_3, "Granule Protection Check faults visible here");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Idr0() {}
}
