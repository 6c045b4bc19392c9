package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * SMMU_IDR3: which later features the SMMU has (IHI 0070 6.3.4).
 *
 * <p>Those of SMMUv3.4 are named because an SMMUv3.3 implementation may have them (IHI 0070 2.9).
 */
public final class Idr3 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_IDR3", 32, "IHI 0070 6.3.4", Version.SMMU_3_0);

  /** Hierarchical attribute disable (CD.HAD0, CD.HAD1) supported. */
  public static final Field HAD =
      FIELDS.flag("HAD", 0, 2, "hierarchical attribute disable (CD.HAD0, CD.HAD1) supported");

  /** Page-based hardware attributes supported. */
  public static final Field PBHA =
      FIELDS.flag("PBHA", 0, 3, Version.SMMU_3_1, "page-based hardware attributes supported");

  /** Stage 2 execute-never can distinguish EL0 from EL1. */
  public static final Field XNX =
      FIELDS.flag(
          "XNX", 0, 4, Version.SMMU_3_1, "stage 2 execute-never can distinguish EL0 from EL1");

  /** Automatic PRI responses carry the PASID of the request, STE.PPAR is ignored. */
  public static final Field PPS =
      FIELDS.flag(
          "PPS",
          0,
          5,
          Version.SMMU_3_1,
          "automatic PRI responses carry the PASID of the request, STE.PPAR is ignored");

  /** Memory partitioning and monitoring supported. */
  public static final Field MPAM =
      FIELDS.flag("MPAM", 0, 7, Version.SMMU_3_2, "memory partitioning and monitoring supported");

  /** Stage 2 control of memory types (STE.S2FWB) supported. */
  public static final Field FWB =
      FIELDS.flag(
          "FWB", 0, 8, Version.SMMU_3_2, "stage 2 control of memory types (STE.S2FWB) supported");

  /** Small translation tables supported. */
  public static final Field STT =
      FIELDS.flag("STT", 0, 9, Version.SMMU_3_2, "small translation tables supported");

  /** Range-based invalidation and level hint supported. */
  public static final Field RIL =
      FIELDS.flag(
          "RIL", 0, 10, Version.SMMU_3_2, "range-based invalidation and level hint supported");

  /** Break-before-make behaviour level. */
  public static final Field BBML =
      FIELDS.choice(
          "BBML",
          0,
          12,
          11,
          Version.SMMU_3_2,
          "break-before-make behaviour level",
          value(0b00, "Level 0"),
          value(0b01, "Level 1"),
          value(0b10, "Level 2"));

  /** CD.E0PD0 and CD.E0PD1 supported. */
  public static final Field E0PD =
      FIELDS.flag("E0PD", 0, 13, Version.SMMU_3_3, "CD.E0PD0 and CD.E0PD1 supported");

  /** STE.S2PTW == 0 makes walks to Device memory Normal Non-cacheable. */
  public static final Field PTWNNC =
      FIELDS.flag(
          "PTWNNC",
          0,
          14,
          Version.SMMU_3_3,
          "STE.S2PTW == 0 makes walks to Device memory Normal Non-cacheable");

  /** Device Permission Table (STE.EATS 0b11) supported. */
  public static final Field DPT =
      FIELDS.flag(
          "DPT", 0, 15, Version.SMMU_3_3, "Device Permission Table (STE.EATS 0b11) supported");

  /** PASID on ATS Translated transactions supported. */
  public static final Field PASIDTT =
      FIELDS.flag(
          "PASIDTT", 0, 16, Version.SMMU_3_4, "PASID on ATS Translated transactions supported");

  /** Enhanced PAN supported. */
  public static final Field EPAN =
      FIELDS.flag("EPAN", 0, 17, Version.SMMU_3_4, "Enhanced PAN supported");

  /** Stage 1 permission indirection supported. */
  public static final Field S1PI =
      FIELDS.flag("S1PI", 0, 18, Version.SMMU_3_4, "stage 1 permission indirection supported");

  /** Stage 2 permission indirection supported. */
  public static final Field S2PI =
      FIELDS.flag("S2PI", 0, 19, Version.SMMU_3_4, "stage 2 permission indirection supported");

  /** Stage 2 permission overlay supported. */
  public static final Field S2PO =
      FIELDS.flag("S2PO", 0, 20, Version.SMMU_3_4, "stage 2 permission overlay supported");

  /** Translation hardening extension supported. */
  public static final Field THE =
      FIELDS.flag("THE", 0, 21, Version.SMMU_3_4, "translation hardening extension supported");

  /** Stage 2 NoTagAccess encodings supported. */
  public static final Field MTEPERM =
      FIELDS.flag("MTEPERM", 0, 22, Version.SMMU_3_4, "stage 2 NoTagAccess encodings supported");

  /** Stage 1 attribute index extension supported. */
  public static final Field AIE =
      FIELDS.flag("AIE", 0, 23, Version.SMMU_3_4, "stage 1 attribute index extension supported");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Idr3() {}
}
