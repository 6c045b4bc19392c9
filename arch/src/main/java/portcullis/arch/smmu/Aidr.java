package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_AIDR: the architecture revision (IHI 0070 6.3.8). */
public final class Aidr {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_AIDR", 32, "IHI 0070 6.3.8", Version.SMMU_3_0);

  /** Minor architecture revision. */
  public static final Field ARCH_MINOR_REV =
      FIELDS.choice(
          "ArchMinorRev",
          0,
          3,
          0,
          "minor architecture revision",
          value(0, "SMMUv3.0"),
          value(1, "SMMUv3.1"),
          value(2, "SMMUv3.2"),
          value(3, "SMMUv3.3"),
          value(4, "SMMUv3.4"));

  /** Major architecture revision. */
  public static final Field ARCH_MAJOR_REV =
      FIELDS.choice("ArchMajorRev", 0, 7, 4, "major architecture revision", value(0, "SMMUv3"));

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Aidr() {}
}
