package portcullis.hyp.smmuv3;

/** One security decision: what is decided about, the verdict, and why. */
public sealed interface PolicyRow
    permits RegisterPolicy.Row,
        RegisterPolicy.StrayRow,
        CommandPolicy.Row,
        StePolicy.Row,
        StePolicy.ConfigRow,
        ProtectionPolicy.Row,
        Stage2Policy.Row {

  /** What the row is about, in the architecture's words: a register, a command, an STE field. */
  String name();

  /** The verdict on one line, such as {@code read hardware masked, write ignored}. */
  String verdict();

  /** Why. */
  String reason();
}
