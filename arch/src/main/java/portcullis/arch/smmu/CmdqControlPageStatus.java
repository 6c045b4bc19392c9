package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_CMDQ_CONTROL_PAGE_STATUS: state of a Command queue control page (IHI 0070 6.3.51). */
public final class CmdqControlPageStatus {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_CMDQ_CONTROL_PAGE_STATUS", 32, "IHI 0070 6.3.51", Version.SMMU_3_3);

  /** Control page enabled, always 1. */
  public static final Field ENACK = FIELDS.flag("ENACK", 0, 0, "control page enabled, always 1");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private CmdqControlPageStatus() {}
}
