package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_GBPMPAM: MPAM attributes of traffic in global bypass (IHI 0070 6.3.43). */
public final class Gbpmpam {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_GBPMPAM", 32, "IHI 0070 6.3.43", Version.SMMU_3_2);

  /** PARTID of traffic in global bypass. */
  public static final Field GBP_PARTID =
      FIELDS.field("GBP_PARTID", 0, 15, 0, "PARTID of traffic in global bypass");

  /** PMG of traffic in global bypass. */
  public static final Field GBP_PMG =
      FIELDS.field("GBP_PMG", 0, 23, 16, "PMG of traffic in global bypass");

  /** As GBPA.Update. */
  public static final Field UPDATE = FIELDS.flag("Update", 0, 31, "as GBPA.Update");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Gbpmpam() {}
}
