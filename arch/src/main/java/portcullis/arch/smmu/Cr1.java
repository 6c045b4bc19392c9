package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Value;
import portcullis.arch.Version;
import portcullis.arch.vmsa.WalkEncodings;

/** SMMU_CR1: memory attributes of the accesses to tables and queues (IHI 0070 6.3.11). */
public final class Cr1 {
  /** Cacheability: Non-cacheable. */
  public static final int CACHE_NC = 0b00;

  /** Cacheability: Write-Back. */
  public static final int CACHE_WB = 0b01;

  /** Cacheability: Write-Through. */
  public static final int CACHE_WT = 0b10;

  /** Shareability: Non-shareable. */
  public static final int SH_NSH = 0b00;

  /** Shareability: Outer Shareable. */
  public static final int SH_OSH = 0b10;

  /** Shareability: Inner Shareable. */
  public static final int SH_ISH = 0b11;

  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_CR1", 32, "IHI 0070 6.3.11", Version.SMMU_3_0);

  /** Queue access Inner cacheability. */
  public static final Field QUEUE_IC =
      FIELDS.choice("QUEUE_IC", 0, 1, 0, "queue access Inner cacheability", cacheability());

  /** Queue access Outer cacheability. */
  public static final Field QUEUE_OC =
      FIELDS.choice("QUEUE_OC", 0, 3, 2, "queue access Outer cacheability", cacheability());

  /** Queue access Shareability. */
  public static final Field QUEUE_SH =
      FIELDS.choice("QUEUE_SH", 0, 5, 4, "queue access Shareability", WalkEncodings.shareability());

  /** Table access Inner cacheability. */
  public static final Field TABLE_IC =
      FIELDS.choice("TABLE_IC", 0, 7, 6, "table access Inner cacheability", cacheability());

  /** Table access Outer cacheability. */
  public static final Field TABLE_OC =
      FIELDS.choice("TABLE_OC", 0, 9, 8, "table access Outer cacheability", cacheability());

  /** Table access Shareability. */
  public static final Field TABLE_SH =
      FIELDS.choice(
          "TABLE_SH", 0, 11, 10, "table access Shareability", WalkEncodings.shareability());

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Cr1() {}

  /** Cacheability of an access; 0b11 is reserved and behaves as 0b00. Not as in TCR_ELx. */
  private static Value[] cacheability() {
    return new Value[] {
      value(CACHE_NC, "Non-cacheable"),
      value(CACHE_WB, "Write-Back"),
      value(CACHE_WT, "Write-Through")
    };
  }
}
