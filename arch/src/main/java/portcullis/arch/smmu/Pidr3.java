package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_PIDR3: customer modification (IHI 0070 6.3.170). */
public final class Pidr3 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_PIDR3", 32, "IHI 0070 6.3.170", Version.SMMU_3_0);

  /** Customer modified. */
  public static final Field CMOD = FIELDS.field("CMOD", 0, 3, 0, "customer modified");

  /** Minor revision. */
  public static final Field REVAND = FIELDS.field("REVAND", 0, 7, 4, "minor revision");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Pidr3() {}
}
