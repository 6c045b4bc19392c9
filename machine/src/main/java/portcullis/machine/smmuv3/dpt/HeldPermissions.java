package portcullis.machine.smmuv3.dpt;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.DptBase;
import portcullis.arch.smmu.DptTable;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;
import portcullis.machine.MemoryHistory;
import portcullis.machine.smmuv3.caches.InvalidationLog;
import portcullis.machine.smmuv3.dpt.DptEntries.Meaning;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;

/**
 * All that a DPT check of an SMMU whose caches are {@linkplain CacheKind#ARCHITECTURAL
 * architectural} may come to: it may have read any entry at any time, also ahead of time, and keep
 * what it read until an invalidation that reaches it is complete, but for entries that give no
 * access (IHI 0070 3.24.2, 3.24.5).
 *
 * <p>A table is read through the entry that leads to it, which was then held. The table's base and
 * shape are the registers' present ones.
 */
final class HeldPermissions {
  private final RegisterFile registers;
  private final Bus memory;
  private final MemoryHistory history;
  private final InvalidationLog log;
  private final KeptAnswers answers;
  private final DptGeometry geometry;
  private final DptEntries entries;
  private final PastWord level0;
  private final PastWord level1;
  private final long physical;

  private long pa;
  private boolean write;
  private int vmid;
  private int match;
  private boolean walks;
  private boolean permits;
  private boolean denies;

  HeldPermissions(
      Features features,
      RegisterFile registers,
      Bus memory,
      MemoryHistory history,
      InvalidationLog log,
      KeptAnswers answers) {
    this.registers = registers;
    this.memory = memory;
    this.history = history;
    this.log = log;
    this.answers = answers;
    geometry = new DptGeometry(features);
    entries = new DptEntries(features);
    level0 = new PastWord(memory, history);
    level1 = new PastWord(memory, history);
    physical = (1L << features.outputBits()) - 1;
  }

  /** Whether the access that was {@linkplain #ask asked} about may be permitted. */
  boolean mayPermit() {
    return permits;
  }

  /** Whether it may be denied. */
  boolean mayDeny() {
    return denies;
  }

  /** Finds out about an access; the arguments are {@link DevicePermissions#permits}'s. */
  void ask(long address, boolean writes, int itsVmid, int itsMatch) {
    pa = address;
    write = writes;
    vmid = itsVmid;
    match = itsMatch;
    walks = Cr0.DPT_WALK_EN.isSet(registers.get(Register.CR0ACK));
    permits = answers.permit(pa, write, vmid, match);
    denies = !walks;
    if (!geometry.take(registers.get(Register.DPT_BASE_CFG)) || pa >>> geometry.coveredBits != 0) {
      denies = true;
      return;
    }
    long base = DptBase.BADDR.inPlace(registers.get(Register.DPT_BASE)) & physical;
    long at = geometry.level0(base, pa);
    if (!memory.responds(at)) {
      denies = true;
      return;
    }
    level0.begin(at);
    do {
      long entry = level0.value();
      long last = level0.last();
      Meaning meaning = entries.level0(entry, geometry);
      if (meaning == Meaning.TABLE) {
        throughTable(DptTable.ADDRESS.inPlace(entry), level0.first(), heldUntil(last));
      } else {
        judge(meaning, last);
      }
    } while (level0.older());
  }

  /** Until when a Table entry that was last read at {@code time} may be held. */
  private long heldUntil(long time) {
    long region = pa & -1L << geometry.entryBits;
    return Math.min(history.now(), log.nextDpti(time, region, geometry.entryBits, true) - 1);
  }

  /** Every entry of a table that may have been read between two times. */
  private void throughTable(long table, long first, long last) {
    long at = geometry.level1(table, pa);
    if (!memory.responds(at)) {
      judge(Meaning.INVALID, last);
      return;
    }
    level1.begin(at);
    do {
      long latest = Math.min(last, level1.last());
      if (Math.max(first, level1.first()) <= latest) {
        judge(entries.level1(level1.value(), pa, geometry), latest);
      }
    } while (level1.older());
  }

  /** What was read at {@code time} at the latest counts if it is kept, or may be read now. */
  private void judge(Meaning meaning, long time) {
    boolean fresh = walks && time == history.now();
    if (meaning != Meaning.PERMISSION) {
      denies |= fresh;
      return;
    }
    long region = pa & -1L << entries.shift();
    if (fresh || log.holdsPermission(time, region, entries.shift())) {
      boolean permitted = DptPermission.permits(entries.permission(), write, vmid, match);
      permits |= permitted;
      denies |= !permitted;
    }
  }
}
