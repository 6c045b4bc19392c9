package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Sync;
import portcullis.arch.smmu.Tlbi;
import portcullis.platform.Platform;
import portcullis.platform.trace.TraceEvent;

/**
 * Puts one command of the host's at a time to the {@link CommandPolicy}, and carries the verdict
 * out: what hardware then gets is the rewritten command, never the words that the host wrote.
 */
final class CommandFilter {

  /** What came of one command. */
  enum Outcome {
    /** Hardware has it, or will have with the next {@link ShadowCommandQueue#publish}. */
    DONE,
    /** It is illegal: CERROR_ILL. */
    ILLEGAL,
    /** Not all of it is done; the same command is to be put again, in a later trap. */
    LATER
  }

  private static final long RANGE_FIELDS_0 = Tlbi.NUM.mask() | Tlbi.SCALE.mask();
  private static final long RANGE_FIELDS_1 = Tlbi.TTL.mask() | Tlbi.TG.mask();

  private final CommandPolicy policy;
  private final Identification identification;
  private final ShadowCommandQueue shadow;
  private final StreamShadow streams;
  private final Statistics statistics;
  private final Platform platform;
  private final String device;

  CommandFilter(
      CommandPolicy policy,
      Identification identification,
      ShadowCommandQueue shadow,
      StreamShadow streams,
      Statistics statistics,
      Platform platform,
      String device) {
    this.policy = policy;
    this.identification = identification;
    this.shadow = shadow;
    this.streams = streams;
    this.statistics = statistics;
    this.platform = platform;
    this.device = device;
  }

  /** A trap begins: what commands together may cost is counted from here. */
  void begin() {
    streams.begin();
  }

  /**
   * Handles one command.
   *
   * @param origin one more than its index in the host's queue
   */
  Outcome accept(long word0, long word1, int origin) {
    CommandPolicy.Rule rule = policy.rule(word0);
    if (platform.trace().enabled()) {
      platform
          .trace()
          .accept(
              new TraceEvent.Command(
                  platform.clock().nanos(),
                  device,
                  "host",
                  CommandPolicy.nameOf(word0),
                  word0,
                  word1,
                  rule.row().verdict()));
    }
    if (!legal(rule, word0)) {
      Statistics.increment(statistics.commandsRefused);
      return Outcome.ILLEGAL;
    }
    return switch (rule.verdict()) {
      case FORWARD, FORWARD_IF_STALLS, FORWARD_IF_ATS, FORWARD_IF_PRI ->
          forward(rule, word0, word1, origin);
      case REWRITE_VMID -> forwardTlbi(rule, word0, word1, origin);
      case REWRITE_SYNC -> forwardSync(word0, origin);
      case SHADOW_STE -> shadowSte(rule, word0, word1, origin);
      case SHADOW_STES -> shadowStes(rule, word0, word1, origin);
      case COPY -> give(word0, word1, word0, word1, origin);
      case REFUSE -> Outcome.ILLEGAL;
    };
  }

  private boolean legal(CommandPolicy.Rule rule, long word0) {
    return switch (rule.verdict()) {
      case FORWARD, REWRITE_VMID, SHADOW_STE, SHADOW_STES -> !rule.secure(word0);
      case FORWARD_IF_STALLS -> identification.features().stalls() && !rule.secure(word0);
      case FORWARD_IF_ATS -> identification.offersAts() && !rule.secure(word0);
      case FORWARD_IF_PRI -> identification.offersPri() && !rule.secure(word0);
      case REWRITE_SYNC -> Sync.CS.get(word0) <= Sync.CS_SEV;
      case COPY -> true;
      case REFUSE -> false;
    };
  }

  private Outcome forward(CommandPolicy.Rule rule, long word0, long word1, int origin) {
    return give(word0, word1, word0 & rule.defined0(), word1 & rule.defined1(), origin);
  }

  private Outcome forwardTlbi(CommandPolicy.Rule rule, long word0, long word1, int origin) {
    long passed0 = rule.defined0() & ~Tlbi.VMID.mask();
    long passed1 = rule.defined1();
    if (!identification.features().rangeInvalidation()) {
      passed0 &= ~RANGE_FIELDS_0;
      passed1 &= ~RANGE_FIELDS_1;
    }
    return give(word0, word1, word0 & passed0, word1 & passed1, origin);
  }

  private Outcome forwardSync(long word0, int origin) {
    boolean event = Sync.CS.get(word0) == Sync.CS_SEV && identification.features().sev();
    long given = Command.OPCODE.inPlace(word0) | Sync.CS.of(event ? Sync.CS_SEV : Sync.CS_NONE);
    return give(word0, 0, given, 0, origin);
  }

  private Outcome shadowSte(CommandPolicy.Rule rule, long word0, long word1, int origin) {
    return streams.refreshOne(Cfgi.STREAMID.get(word0), Cfgi.LEAF.isSet(word1))
        ? give(word0, 0, word0 & rule.defined0(), 0, origin)
        : Outcome.LATER;
  }

  private Outcome shadowStes(CommandPolicy.Rule rule, long word0, long word1, int origin) {
    long bits = Cfgi.RANGE.get(word1) + 1;
    return streams.refresh(Cfgi.STREAMID.get(word0) & (-1L << bits), 1L << bits)
        ? forward(rule, word0, word1, origin)
        : Outcome.LATER;
  }

  private Outcome give(long word0, long word1, long given0, long given1, int origin) {
    if (!shadow.insert(given0, given1, origin)) {
      return Outcome.LATER;
    }
    Statistics.increment(
        given0 == word0 && given1 == word1
            ? statistics.commandsForwarded
            : statistics.commandsRewritten);
    return Outcome.DONE;
  }
}
