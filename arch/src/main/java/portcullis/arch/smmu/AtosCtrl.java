package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_GATOS_CTRL and SMMU_VATOS_CTRL: start of a translation (IHI 0070 6.3.37, 6.3.99). */
public final class AtosCtrl {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_*ATOS_CTRL", 32, "IHI 0070 6.3.37", Version.SMMU_3_0);

  /** Set to start, cleared by the SMMU when PAR is valid. */
  public static final Field RUN =
      FIELDS.flag("RUN", 0, 0, "set to start, cleared by the SMMU when PAR is valid");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private AtosCtrl() {}
}
