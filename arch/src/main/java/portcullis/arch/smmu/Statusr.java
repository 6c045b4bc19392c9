package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_STATUSR: dormant hint (IHI 0070 6.3.13). */
public final class Statusr {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_STATUSR", 32, "IHI 0070 6.3.13", Version.SMMU_3_0);

  /** Nothing is cached and no prefetch is in progress. */
  public static final Field DORMANT =
      FIELDS.flag("DORMANT", 0, 0, "nothing is cached and no prefetch is in progress");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Statusr() {}
}
