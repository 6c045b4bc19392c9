package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CmdqProd;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Sync;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.platform.Platform;
import portcullis.platform.WiredInterrupt;
import portcullis.smmu.QueuePointer;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * The host's command queue, which only EL2 reads (series part 17): each command is copied once, put
 * to {@link CommandFilter}, and the host's CONS moved when hardware has consumed what came of it.
 *
 * <p>A refused command stops the queue with GERROR.CMDQ_ERR and CMDQ_CONS.ERR, as hardware would,
 * until the host acknowledges. A device that left an ATC invalidation without an answer stops it
 * the same way, behind what hardware has consumed by then. A queue whose memory is not the host's
 * behaves as one whose fetch aborts.
 */
final class HostCommandQueue {
  /** Commands handled in one trap; the host's poll of CMDQ_CONS goes on with the rest. */
  static final int BATCH = 256;

  private final Platform platform;
  private final long registers;
  private final ShadowCommandQueue shadow;
  private final CommandFilter filter;
  private final GlobalErrors errors;
  private final CacheCleaner cleaner;
  private final PinnedRange pinned;
  private final Cell base;
  private final Cell log2;
  private final Flag enabled;
  private final Cell prod;
  private final Cell cons;
  private final Cell error;

  /** Hardware has not been seen to consume all that came of the commands before {@link #given}. */
  private final Flag inFlight;

  private final Cell given;

  /** A CMD_SYNC among these asks for an interrupt. */
  private final Flag interrupting;

  HostCommandQueue(
      Store store,
      String name,
      Platform platform,
      long registers,
      PageServices pages,
      SmmuPolicy policy,
      ShadowCommandQueue shadow,
      CommandFilter filter,
      GlobalErrors errors,
      CacheCleaner cleaner) {
    this.platform = platform;
    this.registers = registers;
    this.shadow = shadow;
    this.filter = filter;
    this.errors = errors;
    this.cleaner = cleaner;
    pinned =
        new PinnedRange(
            store,
            name + ".host.cmdq",
            pages,
            policy.protections().takes(Measure.PIN_COMMAND_QUEUE));
    base = store.cell(name + ".host.cmdq.base");
    log2 = store.cell(name + ".host.cmdq.log2size");
    enabled = store.flag(name + ".host.cmdq.enabled");
    prod = store.cell(name + ".host.cmdq.prod");
    cons = store.cell(name + ".host.cmdq.cons");
    error = store.cell(name + ".host.cmdq.err");
    inFlight = store.flag(name + ".host.cmdq.in_flight");
    given = store.cell(name + ".host.cmdq.given");
    interrupting = store.flag(name + ".host.cmdq.interrupting");
  }

  /**
   * CR0.CMDQEN becomes 1.
   *
   * @param queueBase CMDQ_BASE as the host wrote it
   * @param maxLog2 IDR1.CMDQS: LOG2SIZE above it behaves as it
   */
  void open(long queueBase, int maxLog2) {
    long size = Math.min(QueueBase.LOG2SIZE.get(queueBase), maxLog2);
    long alignment = Math.max(32, (long) Command.BYTES << size);
    log2.set(size);
    base.set(QueueBase.ADDR.inPlace(queueBase) & -alignment);
    enabled.set(true);
    inFlight.set(false);
    interrupting.set(false);
    shadow.disown();
    if (keep()) {
      process();
    }
  }

  /** CR0.CMDQEN becomes 0. */
  void close() {
    enabled.set(false);
    pinned.release();
  }

  /** The host writes CMDQ_PROD. */
  void produce(long value) {
    prod.set(CmdqProd.WR.get(value));
    process();
  }

  /** The host writes CMDQ_CONS, which only counts while the queue is disabled. */
  void setCons(long value) {
    cons.set(CmdqCons.RD.get(value));
  }

  /** CMDQ_PROD as the host reads it. */
  long prod() {
    return CmdqProd.WR.of(prod.get());
  }

  /** CMDQ_CONS as the host reads it. */
  long cons() {
    return CmdqCons.RD.of(cons.get()) | CmdqCons.ERR.of(error.get());
  }

  /**
   * Handles what the host has produced, at most {@link #BATCH} commands, and fewer where one takes
   * longer than a trap should or hardware does not answer: the rest is for a later call. What
   * hardware was given in an earlier one comes first, and is not given again. Indices beyond the
   * queue are wrapped as hardware wraps them; a PROD more than a whole queue ahead, which is
   * UNPREDICTABLE, counts as an empty queue.
   */
  void process() {
    if (stopped() || (inFlight.get() && !settle()) || stopped()) {
      return;
    }
    int size = (int) log2.get();
    int from = QueuePointer.normalize((int) cons.get(), size);
    int pending = QueuePointer.used((int) prod.get(), from, size);
    if (pending == 0 || pending > 1 << size) {
      return;
    }
    if (!keep()) {
      stop(from, CommandError.CERROR_ABT);
      return;
    }
    int end = QueuePointer.normalize(from + Math.min(pending, BATCH), size);
    int next = from;
    refresh(from, end);
    filter.begin();
    CommandFilter.Outcome outcome = CommandFilter.Outcome.DONE;
    while (next != end && outcome == CommandFilter.Outcome.DONE) {
      long at = base.get() + (long) QueuePointer.index(next, size) * Command.BYTES;
      long word0 = platform.memory().read64(at);
      outcome = filter.accept(word0, platform.memory().read64(at + 8), next + 1);
      if (outcome == CommandFilter.Outcome.DONE) {
        interrupting.set(interrupting.get() || wantsInterrupt(word0));
        next = QueuePointer.next(next, size);
      }
    }
    given.set(next);
    inFlight.set(true);
    shadow.publish();
    if (settle() && !stopped() && outcome == CommandFilter.Outcome.ILLEGAL) {
      stop(next, CommandError.CERROR_ILL);
    }
  }

  private boolean stopped() {
    return !enabled.get() || errors.pending(Gerror.CMDQ_ERR.mask());
  }

  /**
   * Waits for what hardware was given of the host's commands, and moves CONS behind it.
   *
   * @return whether nothing of it is in flight any more
   */
  private boolean settle() {
    boolean consumed = shadow.await();
    int rejected = shadow.takeRejected();
    if (rejected != ShadowCommandQueue.OWN) {
      stop(rejected - 1, CommandError.CERROR_ILL);
    } else if (!consumed) {
      return false;
    } else if (shadow.takeUnanswered()) {
      stop((int) given.get(), CommandError.CERROR_ATC_INV_SYNC);
    } else {
      cons.set(given.get());
    }
    // After CONS, as hardware would; one edge may stand for several (IHI 0070 3.18).
    if (interrupting.get() && consumed) {
      platform.interruptHost(registers, WiredInterrupt.CMDQ_SYNC);
    }
    inFlight.set(false);
    interrupting.set(false);
    return true;
  }

  /** What the host has written past the caches, EL2 shall find; it was written before PROD. */
  private void refresh(int from, int end) {
    int size = (int) log2.get();
    int first = QueuePointer.index(from, size);
    int count = QueuePointer.used(end, from, size);
    int beforeWrap = Math.min(count, (1 << size) - first);
    cleaner.refresh(base.get() + (long) first * Command.BYTES, (long) beforeWrap * Command.BYTES);
    if (count > beforeWrap) {
      cleaner.refresh(base.get(), (long) (count - beforeWrap) * Command.BYTES);
    }
  }

  /** A CMD_SYNC with SIG_IRQ: without MSIs, which are hidden, the wire (IHI 0070 4.7.3). */
  private static boolean wantsInterrupt(long word0) {
    return Command.OPCODE.get(word0) == Opcode.SYNC.code() && Sync.CS.get(word0) == Sync.CS_IRQ;
  }

  /** Pins the queue, unless it is; whether EL2 may read it. Tried again at each use. */
  private boolean keep() {
    return pinned.hold(base.get(), (long) Command.BYTES << log2.get()).ok();
  }

  private void stop(int at, int why) {
    cons.set(at);
    error.set(why);
    errors.raise(Gerror.CMDQ_ERR.mask());
  }
}
