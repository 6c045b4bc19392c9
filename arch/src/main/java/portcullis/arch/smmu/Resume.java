package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** Fields of CMD_RESUME and CMD_STALL_TERM, the end of a stall (IHI 0070 4.7.1, 4.7.2). */
public final class Resume {
  /** {@link #AC}: terminate the transaction. */
  public static final int AC_TERMINATE = 0;

  /** {@link #AC}: retry the transaction. */
  public static final int AC_RETRY = 1;

  // Only declares: the layout of each command picks its own from these (Opcode).
  private static final Layout.Builder FIELDS =
      new Layout.Builder("Resume", 128, "IHI 0070 4.7.1", Version.SMMU_3_0);

  /** StreamID is Secure; must be 0 on the Non-secure queue. */
  public static final Field SSEC =
      FIELDS.flag("SSec", 0, 10, "StreamID is Secure; must be 0 on the Non-secure queue");

  /** Action. */
  public static final Field AC =
      FIELDS.choice("Ac", 0, 12, 12, "action", Encodings.flag("Terminate", "Retry"));

  /** How to terminate; ignored on retry. */
  public static final Field AB =
      FIELDS.choice("Ab", 0, 13, 13, "how to terminate", Encodings.flag("RAZ/WI", "Abort"));

  /** StreamID. */
  public static final Field STREAMID = FIELDS.field("StreamID", 0, 63, 32, "StreamID");

  /** Tag from the event record of the stall. */
  public static final Field STAG =
      FIELDS.field("STAG", 1, 15, 0, "tag from the event record of the stall");

  private Resume() {}
}
