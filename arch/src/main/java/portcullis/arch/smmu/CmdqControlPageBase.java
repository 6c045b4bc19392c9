package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_CMDQ_CONTROL_PAGE_BASE: where a Command queue control page is (IHI 0070 6.3.49). */
public final class CmdqControlPageBase {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_CMDQ_CONTROL_PAGE_BASE", 64, "IHI 0070 6.3.49", Version.SMMU_3_3);

  /** How the queue controls are implemented. */
  public static final Field CMDQ_CONTROL_PAGE_PRESET =
      FIELDS.choice(
          "CMDQ_CONTROL_PAGE_PRESET",
          0,
          0,
          0,
          "how the queue controls are implemented",
          value(1, "registers"));

  /** Granule of the control page. */
  public static final Field CMDQGS =
      FIELDS.choice("CMDQGS", 0, 2, 1, "granule of the control page", value(0b01, "64KB"));

  /** Offset of the control page from the base of page 0. */
  public static final Field ADDR =
      FIELDS.address("ADDR", 0, 51, 16, "offset of the control page from the base of page 0");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private CmdqControlPageBase() {}
}
