package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * SMMU_GBPA: what happens to traffic while CR0.SMMUEN is 0 (IHI 0070 6.3.14).
 *
 * <p>Written with UPDATE set; the write has taken effect when UPDATE reads 0.
 */
public final class Gbpa {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_GBPA", 32, "IHI 0070 6.3.14", Version.SMMU_3_0);

  /** Memory type, encoded as STE.MemAttr. */
  public static final Field MEMATTR =
      FIELDS.field("MemAttr", 0, 3, 0, "memory type, encoded as STE.MemAttr");

  /** Memory type is overridden by MemAttr. */
  public static final Field MTCFG =
      FIELDS.flag("MTCFG", 0, 4, "memory type is overridden by MemAttr");

  /** 0b1RWT overrides the Read, Write and Transient hints; 0b0xxx keeps them. */
  public static final Field ALLOCCFG =
      FIELDS.field(
          "ALLOCCFG",
          0,
          11,
          8,
          "0b1RWT overrides the Read, Write and Transient hints; 0b0xxx keeps them");

  /** Shareability override. */
  public static final Field SHCFG =
      FIELDS.choice(
          "SHCFG",
          0,
          13,
          12,
          "Shareability override",
          value(0b00, "Non-shareable"),
          value(0b01, "use incoming"),
          value(0b10, "Outer Shareable"),
          value(0b11, "Inner Shareable"));

  /** Privilege override. */
  public static final Field PRIVCFG =
      FIELDS.choice(
          "PRIVCFG",
          0,
          17,
          16,
          "privilege override",
          value(0b00, "use incoming"),
          value(0b10, "Unprivileged"),
          value(0b11, "Privileged"));

  /** Instruction or data override. */
  public static final Field INSTCFG =
      FIELDS.choice(
          "INSTCFG",
          0,
          19,
          18,
          "instruction or data override",
          value(0b00, "use incoming"),
          value(0b10, "Data"),
          value(0b11, "Instruction"));

  /** All traffic is aborted. */
  public static final Field ABORT = FIELDS.flag("ABORT", 0, 20, "all traffic is aborted");

  /** Set by software with a new value, cleared by the SMMU when it applies. */
  public static final Field UPDATE =
      FIELDS.flag(
          "Update", 0, 31, "set by software with a new value, cleared by the SMMU when it applies");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Gbpa() {}
}
