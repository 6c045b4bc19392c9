package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_STRTAB_BASE_CFG: format and size of the Stream table (IHI 0070 6.3.25). */
public final class StrtabBaseCfg {
  /** {@link #FMT}: an array of STEs. */
  public static final int FMT_LINEAR = 0b00;

  /** {@link #FMT}: an array of level 1 descriptors. */
  public static final int FMT_TWO_LEVEL = 0b01;

  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_STRTAB_BASE_CFG", 32, "IHI 0070 6.3.25", Version.SMMU_3_0);

  /** Log2 of how many StreamIDs the table covers. */
  public static final Field LOG2SIZE =
      FIELDS.field("LOG2SIZE", 0, 5, 0, "log2 of how many StreamIDs the table covers");

  /** StreamID bits that index a level 2 table; ignored if linear, reserved values behave as 6. */
  public static final Field SPLIT =
      FIELDS.choice(
          "SPLIT",
          0,
          10,
          6,
          "StreamID bits that index a level 2 table",
          value(6, "6 bits, 4KB leaf tables"),
          value(8, "8 bits, 16KB leaf tables"),
          value(10, "10 bits, 64KB leaf tables"));

  /** Format of the Stream table; reserved values behave as linear. */
  public static final Field FMT =
      FIELDS.choice(
          "FMT",
          0,
          17,
          16,
          "format of the Stream table",
          value(0b00, "linear"),
          value(0b01, "two-level"));

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private StrtabBaseCfg() {}
}
