package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** What every command has: two 64-bit words, the opcode in the lowest byte (IHI 0070 4.1). */
public final class Command {
  /** Size of a command in 64-bit words. */
  public static final int WORDS = 2;

  /** Size of a command in bytes. */
  public static final int BYTES = 16;

  private static final Layout.Builder FIELDS =
      new Layout.Builder("command", 128, "IHI 0070 4.1", Version.SMMU_3_0);

  /** Command opcode, see {@link Opcode}. */
  public static final Field OPCODE = FIELDS.field("OPCODE", 0, 7, 0, "command opcode");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Command() {}
}
