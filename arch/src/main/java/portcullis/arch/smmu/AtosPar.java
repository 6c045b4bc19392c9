package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;
import portcullis.arch.vmsa.WalkEncodings;

/**
 * SMMU_GATOS_PAR and SMMU_VATOS_PAR after success, {@link #FAULT} 0: the translation (IHI 0070
 * 6.3.40, 6.3.102).
 */
public final class AtosPar {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_*ATOS_PAR", 64, "IHI 0070 6.3.40", Version.SMMU_3_0);

  /** Outcome: selects between this layout and {@link AtosParFault}. */
  public static final Field FAULT =
      FIELDS.choice("FAULT", 0, 0, 0, "outcome", Encodings.flag("success", "fault"));

  /** Shareability. */
  public static final Field SH =
      FIELDS.choice("SH", 0, 9, 8, "Shareability", WalkEncodings.shareability());

  /** Size of the translation. */
  public static final Field SIZE =
      FIELDS.choice(
          "Size",
          0,
          11,
          11,
          "size of the translation",
          Encodings.flag("4KB", "by the lowest bit set in ADDR"));

  /** Result address. */
  public static final Field ADDR = FIELDS.address("ADDR", 0, 51, 12, "result address");

  /** Memory attributes, encoded as MAIR. */
  public static final Field ATTR =
      FIELDS.field("ATTR", 0, 63, 56, "memory attributes, encoded as MAIR");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private AtosPar() {}
}
