package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * SMMU_CMDQ_BASE, SMMU_EVENTQ_BASE, SMMU_PRIQ_BASE and SMMU_ECMDQ_BASE: where a queue is, and its
 * size (IHI 0070 6.3.26, 6.3.29, 6.3.33, 6.3.107).
 */
public final class QueueBase {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_*Q_BASE", 64, "IHI 0070 6.3.26", Version.SMMU_3_0);

  /** Log2 of the number of entries. */
  public static final Field LOG2SIZE =
      FIELDS.field("LOG2SIZE", 0, 4, 0, "log2 of the number of entries");

  /** Physical address of the queue; the SMMU aligns it to the queue size, at least 32 bytes. */
  public static final Field ADDR =
      FIELDS.address("ADDR", 0, 51, 5, "physical address of the queue");

  /** Read-Allocate (commands) or Write-Allocate (events, page requests) hint. */
  public static final Field RA_WA =
      FIELDS.flag(
          "RA/WA",
          0,
          62,
          "Read-Allocate (commands) or Write-Allocate (events, page requests) hint");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private QueueBase() {}
}
