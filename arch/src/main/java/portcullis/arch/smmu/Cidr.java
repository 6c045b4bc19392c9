package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_CIDR0, SMMU_CIDR2 and SMMU_CIDR3: bytes of the component preamble (IHI 0070 6.3.170). */
public final class Cidr {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_CIDR", 32, "IHI 0070 6.3.170", Version.SMMU_3_0);

  /** Preamble: 0x0D, 0x05 and 0xB1. */
  public static final Field PREAMBLE =
      FIELDS.field("PREAMBLE", 0, 7, 0, "preamble: 0x0D, 0x05 and 0xB1");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Cidr() {}
}
