package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_MPAMIDR: largest MPAM identifiers (IHI 0070 6.3.41). */
public final class Mpamidr {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_MPAMIDR", 32, "IHI 0070 6.3.41", Version.SMMU_3_2);

  /** Largest PARTID. */
  public static final Field PARTID_MAX = FIELDS.field("PARTID_MAX", 0, 15, 0, "largest PARTID");

  /** Largest PMG. */
  public static final Field PMG_MAX = FIELDS.field("PMG_MAX", 0, 23, 16, "largest PMG");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Mpamidr() {}
}
