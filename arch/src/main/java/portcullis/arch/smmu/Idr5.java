package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;
import portcullis.arch.vmsa.WalkEncodings;

/** SMMU_IDR5: address sizes, granules and stall capacity (IHI 0070 6.3.6). */
public final class Idr5 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_IDR5", 32, "IHI 0070 6.3.6", Version.SMMU_3_0);

  /** Output address size; 0b111 (56 bits) came with SMMUv3.4. */
  public static final Field OAS =
      FIELDS.choice("OAS", 0, 2, 0, "output address size", WalkEncodings.addressSize());

  /** 4KB granule supported. */
  public static final Field GRAN4K = FIELDS.flag("GRAN4K", 0, 4, "4KB granule supported");

  /** 16KB granule supported. */
  public static final Field GRAN16K = FIELDS.flag("GRAN16K", 0, 5, "16KB granule supported");

  /** 64KB granule supported. */
  public static final Field GRAN64K = FIELDS.flag("GRAN64K", 0, 6, "64KB granule supported");

  /** 52-bit addresses with 4KB and 16KB granules supported. */
  public static final Field DS =
      FIELDS.flag(
          "DS", 0, 7, Version.SMMU_3_4, "52-bit addresses with 4KB and 16KB granules supported");

  /** 128-bit descriptors supported. */
  public static final Field D128 =
      FIELDS.flag("D128", 0, 8, Version.SMMU_3_4, "128-bit descriptors supported");

  /** Virtual address size per CD.TTBx; 0b10 (56 bits) came with SMMUv3.4. */
  public static final Field VAX =
      FIELDS.choice(
          "VAX",
          0,
          11,
          10,
          Version.SMMU_3_1,
          "virtual address size per CD.TTBx",
          value(0b00, "48 bits"),
          value(0b01, "52 bits"));

  /** Most transactions that can be stalled at a time. */
  public static final Field STALL_MAX =
      FIELDS.field("STALL_MAX", 0, 31, 16, "most transactions that can be stalled at a time");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Idr5() {}
}
