package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_GATOS_ADDR and SMMU_VATOS_ADDR: the address to translate (IHI 0070 6.3.39, 6.3.101). */
public final class AtosAddr {
  /** TYPE: the bit, or encoding, that asks for stage 1. */
  public static final int TYPE_STAGE_1 = 0b01;

  /** TYPE: the bit, or encoding, that asks for stage 2. */
  public static final int TYPE_STAGE_2 = 0b10;

  /** TYPE: both stages. */
  public static final int TYPE_BOTH = TYPE_STAGE_1 | TYPE_STAGE_2;

  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_*ATOS_ADDR", 64, "IHI 0070 6.3.39", Version.SMMU_3_0);

  /** No hardware update of Access flag and dirty state. */
  public static final Field HTTUI =
      FIELDS.flag("HTTUI", 0, 6, "no hardware update of Access flag and dirty state");

  /** Instruction or data access. */
  public static final Field IND =
      FIELDS.choice(
          "InD", 0, 7, 7, "instruction or data access", Encodings.flag("Data", "Instruction"));

  /** Read or write access. */
  public static final Field RNW =
      FIELDS.choice("RnW", 0, 8, 8, "read or write access", Encodings.flag("Write", "Read"));

  /** Privilege of the access. */
  public static final Field PNU =
      FIELDS.choice(
          "PnU", 0, 9, 9, "privilege of the access", Encodings.flag("Unprivileged", "Privileged"));

  /** Stages to translate through; VATOS takes only stage 1. */
  public static final Field TYPE =
      FIELDS.choice(
          "TYPE",
          0,
          11,
          10,
          "stages to translate through",
          value(TYPE_STAGE_1, "stage 1"),
          value(TYPE_STAGE_2, "stage 2"),
          value(TYPE_BOTH, "stage 1 and stage 2"));

  /** Input address. */
  public static final Field ADDR = FIELDS.address("ADDR", 0, 63, 12, "input address");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private AtosAddr() {}
}
