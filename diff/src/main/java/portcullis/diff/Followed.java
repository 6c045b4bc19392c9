package portcullis.diff;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * In what the model was made to follow QEMU, where QEMU deviates: so that the rest of a case can be
 * compared.
 */
final class Followed {
  /** Longer lists are not worth another run. */
  private static final int MAX = 16;

  private final Map<Integer, Dma> outcomes = new HashMap<>();
  private final Set<Integer> commands = new HashSet<>();
  private boolean overflows;
  private final Map<Deviation, Integer> why = new EnumMap<>(Deviation.class);

  /**
   * What a DMA came to on QEMU.
   *
   * @param lost whether GERROR.EVENTQ_ABT_ERR came with it
   */
  record Dma(Outcome outcome, boolean lost) {}

  /** The same, to add to. */
  Followed copy() {
    Followed copy = new Followed();
    copy.outcomes.putAll(outcomes);
    copy.commands.addAll(commands);
    copy.overflows = overflows;
    copy.why.putAll(why);
    return copy;
  }

  /** Makes the model take QEMU's outcome of a DMA; false if it does already, or cannot. */
  boolean dma(int step, Dma dma) {
    boolean known = dma.outcome().pa() != Outcome.ELSEWHERE;
    return known && size() < MAX && outcomes.putIfAbsent(step, dma) == null;
  }

  /** Makes the model take an event that does not fit as QEMU does; false if it does already. */
  boolean overflow() {
    boolean more = !overflows;
    overflows = true;
    return more;
  }

  /** Makes the model take a command for CMD_SYNC; false if it does already. */
  boolean command(int ordinal) {
    return size() < MAX && commands.add(ordinal);
  }

  private int size() {
    return outcomes.size() + commands.size();
  }

  /** Notes why. */
  void because(Deviation row) {
    why.merge(row, 1, Integer::sum);
  }

  /** What the model takes as its outcome of a step; null for its own. */
  Dma dma(int step) {
    return outcomes.get(step);
  }

  /** Whether an event that does not fit raises an error, not EVENTQ_PROD.OVFLG. */
  boolean overflows() {
    return overflows;
  }

  /** Whether a command, counted from 0 as they are put into the queue, is taken for CMD_SYNC. */
  boolean takesForSync(int ordinal) {
    return commands.contains(ordinal);
  }

  /** The deviations that this is for, with how often. */
  Map<Deviation, Integer> why() {
    return why;
  }
}
