package portcullis.diff;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Ste;

/**
 * Which words of memory an SMMU may still use as they were before: a changed word stays doubtful
 * until commands that were sent for it, and a CMD_SYNC after them, are complete (IHI 0070 4.3, 4.4,
 * 4.7.3).
 *
 * <p>What a command reaches is not worked out here: whoever made the case says it with the command.
 * So this judges the model's invalidation without sharing its tables.
 */
final class Changes {
  /** More outcomes than this are not told apart. */
  private static final int MAX_COMBINATIONS = 12;

  /** One change of one word. */
  static final class Change {
    private final long address;
    private final long before;
    private final int tag;
    private final int needs;
    private int reached;
    private int complete;

    private Change(Step.Poke poke, long before) {
      address = poke.address();
      tag = poke.tag();
      needs = poke.needs();
      this.before = before;
    }

    long address() {
      return address;
    }

    /** The word before the change. */
    long before() {
      return before;
    }

    private boolean doubtful() {
      return (needs & ~complete) != 0;
    }
  }

  private final List<Change> doubtful = new ArrayList<>();
  private final List<Change> settled = new ArrayList<>();
  private final List<Step.Command> queued = new ArrayList<>();

  void clear() {
    doubtful.clear();
    settled.clear();
    queued.clear();
  }

  void poke(Step.Poke poke, long before) {
    Change change = new Change(poke, before);
    (change.doubtful() ? doubtful : settled).add(change);
  }

  /** A command was put into the queue. */
  void queue(Step.Command command) {
    queued.add(command);
  }

  /** What was queued {@code distance} commands before the last one will not be done. */
  void replace(int distance) {
    queued.set(queued.size() - distance, new Step.Command(0, 0));
  }

  /** All that was queued has been done. */
  void consumed() {
    for (Step.Command command : queued) {
      if (Command.OPCODE.get(command.word0()) == Opcode.SYNC.code()) {
        synchronize();
      } else {
        for (Change change : doubtful) {
          if (change.tag >= 0 && (command.tags() >>> change.tag & 1) != 0) {
            change.reached |= command.parts();
          }
        }
      }
    }
    queued.clear();
  }

  private void synchronize() {
    for (Change change : doubtful) {
      change.complete |= change.reached;
    }
    // A word whose last change is certain is certain: whatever held an earlier one is gone too.
    Map<Long, Integer> lastCertain = new LinkedHashMap<>();
    for (int i = 0; i < doubtful.size(); i++) {
      if (!doubtful.get(i).doubtful()) {
        lastCertain.put(doubtful.get(i).address, i);
      }
    }
    int index = 0;
    for (Iterator<Change> each = doubtful.iterator(); each.hasNext(); index++) {
      Change change = each.next();
      if (index <= lastCertain.getOrDefault(change.address, -1)) {
        settled.add(change);
        each.remove();
      }
    }
  }

  /** Whether all of memory must be seen as it is. */
  boolean allSettled() {
    return doubtful.isEmpty();
  }

  /**
   * Whether a word of stage 2, in its tables or in an STE, may be unseen. A nested DMA uses it
   * several times (for the CD, for each table, for the data), and each use may see another value.
   */
  boolean doubtfulStage2() {
    return doubtful.stream().anyMatch(change -> ofStage2(change.address));
  }

  /** Whether a word is one of stage 2: of its tables, or in an STE. */
  static boolean ofStage2(long address) {
    boolean ste = address >= Window.STREAM_TABLE && address < Window.STREAM_TABLE_END;
    return stage2Table(address) || (ste && address % Ste.BYTES / Long.BYTES >= Ste.S2VMID.word());
  }

  /** Whether a word is in the tables of stage 2. */
  static boolean stage2Table(long address) {
    return address >= Window.STAGE_2 && address < Window.STAGE_2_END;
  }

  /** What each word that may be unseen was before, the oldest first. */
  Map<Long, List<Long>> older() {
    Map<Long, List<Long>> older = new LinkedHashMap<>();
    for (Change change : doubtful) {
      older.computeIfAbsent(change.address, _ -> new ArrayList<>()).add(change.before);
    }
    return older;
  }

  /**
   * Memory as it was at some time, the latest first, which is as it is: the chosen changes that
   * must be seen undone from some point on, with those that may be unseen as they are, and undone.
   */
  List<FreshModel.Overlay> earlier(Predicate<Change> which) {
    List<FreshModel.Overlay> states = new ArrayList<>();
    states.add(FreshModel.Overlay.NONE);
    List<Change> chosen = settled.stream().filter(which).toList();
    undo(chosen, new LinkedHashMap<>(), states);
    if (!doubtful.isEmpty()) {
      Map<Long, Long> before = new LinkedHashMap<>();
      undo(doubtful, before, states);
      undo(chosen, before, states);
    }
    return states;
  }

  /** Undoes changes one after the other, and notes each state. */
  private static void undo(
      List<Change> changes, Map<Long, Long> before, List<FreshModel.Overlay> states) {
    for (Change change : changes.reversed()) {
      before.put(change.address, change.before);
      states.add(Map.copyOf(before)::getOrDefault);
    }
  }

  /**
   * Memory as an SMMU may see it, in every way, if all uses of a word see the same value; the first
   * is as it is.
   *
   * @return empty if there are too many ways
   */
  List<FreshModel.Overlay> possible() {
    Map<Long, List<Long>> older = older();
    List<Map<Long, Long>> ways = new ArrayList<>();
    ways.add(Map.of());
    for (Map.Entry<Long, List<Long>> word : older.entrySet()) {
      for (Map<Long, Long> way : List.copyOf(ways)) {
        for (long value : word.getValue()) {
          Map<Long, Long> other = new LinkedHashMap<>(way);
          other.put(word.getKey(), value);
          ways.add(other);
        }
      }
      if (ways.size() > MAX_COMBINATIONS) {
        return List.of();
      }
    }
    List<FreshModel.Overlay> overlays = new ArrayList<>();
    for (Map<Long, Long> way : ways) {
      overlays.add(way.isEmpty() ? FreshModel.Overlay.NONE : way::getOrDefault);
    }
    return overlays;
  }
}
