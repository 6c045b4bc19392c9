package portcullis.machine.smmuv3.dpt;

import java.util.function.Consumer;
import portcullis.arch.smmu.DptEntry;
import portcullis.arch.smmu.Dpti;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;
import portcullis.machine.MemoryHistory;
import portcullis.machine.smmuv3.caches.DptScope;
import portcullis.machine.smmuv3.caches.InvalidationLog;
import portcullis.machine.smmuv3.dpt.DptEntries.Meaning;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;
import portcullis.store.Store;

/**
 * The DPT check of Translated transactions, with its TLB (IHI 0070 3.24.1, 3.24.2).
 *
 * <p>An answer to a Translation Request is kept as all enabled stages gave it, and as what was
 * granted: less than the page may allow, which costs a walk. An SMMU without IDR3.DPT has no
 * entries, and nobody asks. One whose caches are {@linkplain CacheKind#ARCHITECTURAL architectural}
 * walks each time, and is asked for all that it may hold.
 */
public final class DevicePermissions {
  /** The most entries of the TLB. */
  private static final int MOST_ENTRIES = 64;

  private final RegisterFile registers;
  private final DptTlb tlb;
  private final DptWalk walk;
  private final DptErrors errors;
  private final InvalidationLog log;

  /** Both null unless the caches are architectural. */
  private final KeptAnswers answers;

  private final HeldPermissions held;
  private final long physical;

  /**
   * Declares the state.
   *
   * @param memory where the table is
   * @param globalError makes GERROR.DPT_ERR active, unless it is
   * @param history of the memory; null unless the caches are architectural
   */
  public DevicePermissions(
      Store store,
      String name,
      Features features,
      RegisterFile registers,
      Bus memory,
      Runnable globalError,
      MemoryHistory history,
      InvalidationLog log) {
    this.registers = registers;
    this.log = log;
    int capacity = Math.min(MOST_ENTRIES, features.profile().tlbEntries());
    tlb = new DptTlb(store, name + ".dpt_tlb", features.feature3(Idr3.DPT) ? capacity : 0);
    walk = new DptWalk(features, registers, memory, memory, tlb);
    errors = new DptErrors(registers, globalError);
    physical = (1L << features.outputBits()) - 1;
    answers = history == null ? null : new KeptAnswers(store, name, history, log);
    held =
        history == null
            ? null
            : new HeldPermissions(features, registers, memory, history, log, answers);
  }

  /**
   * Whether a Translated transaction is permitted. A lookup fault is reported, but for the event.
   *
   * @param pa below OAS
   * @param vmid the stream's S2VMID
   * @param match the stream's DPT_VMATCH
   */
  public boolean permits(long pa, boolean write, int vmid, int match) {
    return switch (tlb.lookup(pa, write, vmid, match)) {
      case PERMITTED -> true;
      case DENIED -> false;
      case NOTHING -> walked(pa, write, vmid, match);
    };
  }

  /**
   * All that {@link #permits} may come to, for whatever the SMMU may hold; its caches are
   * architectural. It reports nothing.
   *
   * @param visitor gets true, false or both
   */
  public void possibilities(
      long pa, boolean write, int vmid, int match, Consumer<Boolean> visitor) {
    held.ask(pa, write, vmid, match);
    if (held.mayPermit()) {
      visitor.accept(true);
    }
    if (held.mayDeny()) {
      visitor.accept(false);
    }
  }

  private boolean walked(long pa, boolean write, int vmid, int match) {
    Meaning meaning = walk.walk(pa);
    if (meaning == Meaning.INVALID) {
      errors.report(pa, walk.faultCode(), walk.faultLevel());
    }
    return meaning == Meaning.PERMISSION
        && DptPermission.permits(walk.permission(), write, vmid, match);
  }

  /**
   * A Translation Request was answered: reading is granted, or writing too.
   *
   * @param shift log2 of the bytes that the answer is for
   */
  public void answered(long pa, int shift, boolean writable, int vmid) {
    int most = DptGeometry.entryBits(registers.get(Register.DPT_BASE_CFG));
    long permission = DptPermission.of(DptEntry.AC_VMID, writable, vmid);
    tlb.keepAnswer(pa, Math.min(shift, most), permission);
    if (answers != null) {
      answers.add(pa, Math.min(shift, most), permission);
    }
  }

  /** Whether no entry of the table, and no answer, is kept. */
  public boolean keepNothing() {
    return tlb.isEmpty();
  }

  /**
   * A CMD_DPTI_*; always true, for use as a command's verdict.
   *
   * @param queue whose command it is
   */
  public boolean invalidate(int queue, DptScope scope, long word1) {
    long cut = word1 & (physical | ~Dpti.ADDRESS.mask());
    log.dpti(queue, scope, cut);
    tlb.invalidate(scope, cut);
    return true;
  }
}
