package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Value;

/** Why the SMMU stopped at a command, as CMDQ_CONS.ERR reports it (IHI 0070 7.1). */
public final class CommandError {
  /** No error. */
  public static final int CERROR_NONE = 0x00;

  /** The command is illegal: unknown opcode, unsupported feature, invalid parameters. */
  public static final int CERROR_ILL = 0x01;

  /** The fetch of the command was aborted. */
  public static final int CERROR_ABT = 0x02;

  /** A CMD_SYNC found that an earlier CMD_ATC_INV timed out. */
  public static final int CERROR_ATC_INV_SYNC = 0x03;

  private CommandError() {}

  /** The encodings, for the fields that hold one. */
  static Value[] values() {
    return new Value[] {
      value(CERROR_NONE, "CERROR_NONE"),
      value(CERROR_ILL, "CERROR_ILL"),
      value(CERROR_ABT, "CERROR_ABT"),
      value(CERROR_ATC_INV_SYNC, "CERROR_ATC_INV_SYNC")
    };
  }
}
