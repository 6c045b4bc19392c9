package portcullis.machine.smmuv3.dpt;

import portcullis.machine.MemoryHistory;
import portcullis.machine.smmuv3.caches.InvalidationLog;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The permissions that an SMMU may have kept of its answers to Translation Requests (IHI 0070
 * 3.24.2): each until a CMD_DPTI_* that reaches it is complete. The last {@value #CAPACITY} are
 * told.
 */
final class KeptAnswers {
  /** The most answers. */
  static final int CAPACITY = 256;

  private static final long PAGE = ~0xfffL;
  private static final int ENTRY_WORDS = 3;
  private static final int REGION = 0;
  private static final int PERMISSION = 1;
  private static final int TIME = 2;

  private final MemoryHistory history;
  private final InvalidationLog log;
  private final Words entries;

  /** Answers so far. */
  private final Cell count;

  KeptAnswers(Store store, String name, MemoryHistory history, InvalidationLog log) {
    this.history = history;
    this.log = log;
    entries = store.words(name + ".dpt_answers", CAPACITY * ENTRY_WORDS);
    count = store.cell(name + ".dpt_answers.count");
  }

  /** An answer is given now. */
  void add(long pa, int shift, long permission) {
    int at = (int) (count.get() % CAPACITY) * ENTRY_WORDS;
    entries.set(at + REGION, (pa & -1L << shift) | shift);
    entries.set(at + PERMISSION, permission);
    entries.set(at + TIME, history.now());
    count.set(count.get() + 1);
  }

  /** Whether one that may be kept permits an access. O(answers). */
  boolean permit(long pa, boolean write, int vmid, int match) {
    int known = (int) Math.min(count.get(), CAPACITY);
    for (int at = 0; at < known * ENTRY_WORDS; at += ENTRY_WORDS) {
      long region = entries.get(at + REGION);
      int shift = (int) (region & ~PAGE);
      if (((region & PAGE) ^ pa) >>> shift == 0
          && DptPermission.permits(entries.get(at + PERMISSION), write, vmid, match)
          && log.holdsPermission(entries.get(at + TIME), region & PAGE, shift)) {
        return true;
      }
    }
    return false;
  }
}
