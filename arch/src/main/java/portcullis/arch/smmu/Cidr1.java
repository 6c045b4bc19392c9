package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_CIDR1: component class (IHI 0070 6.3.170). */
public final class Cidr1 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_CIDR1", 32, "IHI 0070 6.3.170", Version.SMMU_3_0);

  /** Preamble, always 0. */
  public static final Field PREAMBLE = FIELDS.field("PREAMBLE", 0, 3, 0, "preamble, always 0");

  /** Component class: 0xF. */
  public static final Field CLASS = FIELDS.field("CLASS", 0, 7, 4, "component class: 0xF");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Cidr1() {}
}
