package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CmdqProd;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.platform.Platform;
import portcullis.platform.trace.TraceEvent;
import portcullis.smmu.CommandSink;
import portcullis.smmu.Commands;
import portcullis.smmu.Features;
import portcullis.smmu.QueuePointer;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The only command queue that hardware sees: in EL2's memory, written by EL2 (series parts 15, 16).
 *
 * <p>A command that hardware rejects is replaced by CMD_SYNC, so that the queue moves on; whose it
 * was is kept. No wait is longer than {@link Patience} allows, and after one that was in vain EL2's
 * own commands do not wait again before {@link #await} has told so.
 */
final class ShadowCommandQueue implements CommandSink {
  /** The origin of EL2's own commands; those of the host have their index, plus one. */
  static final int OWN = 0;

  /** The origin of the host's commands once the host has given up the queue that they were in. */
  private static final int NOBODY = -1;

  /** log2 of the most commands that the queue holds. */
  private static final int MAX_LOG2 = 10;

  private final Platform platform;
  private final PageServices pages;
  private final SmmuRegisters hardware;
  private final GlobalErrors errors;
  private final Statistics statistics;
  private final Patience patience;
  private final CacheCleaner cleaner;
  private final String device;
  private final Cell log2;
  private final Cell base;
  private final Cell prod;

  /** The first command that may not have been cleaned; unused where hardware snoops. */
  private final Cell uncleaned;

  private final Cell cons;
  private final Cell rejectedOrigin;
  private final Flag signalled;
  private final Flag unanswered;
  private final Flag failed;
  private final Words origins;

  ShadowCommandQueue(
      Store store,
      String name,
      String device,
      Platform platform,
      PageServices pages,
      SmmuRegisters hardware,
      GlobalErrors errors,
      Statistics statistics,
      CacheCleaner cleaner) {
    this.platform = platform;
    this.pages = pages;
    this.hardware = hardware;
    this.errors = errors;
    this.statistics = statistics;
    this.cleaner = cleaner;
    this.device = device;
    patience = new Patience(store, name + ".cmdq", platform, statistics);
    log2 = store.cell(name + ".cmdq.log2size");
    base = store.cell(name + ".cmdq.base");
    prod = store.cell(name + ".cmdq.prod");
    uncleaned = store.cell(name + ".cmdq.uncleaned");
    cons = store.cell(name + ".cmdq.cons");
    rejectedOrigin = store.cell(name + ".cmdq.rejected_origin");
    signalled = store.flag(name + ".cmdq.signalled");
    unanswered = store.flag(name + ".cmdq.atc_unanswered");
    failed = store.flag(name + ".cmdq.failed");
    origins = store.words(name + ".cmdq.origin", 1 << MAX_LOG2);
  }

  /**
   * Allocates the queue and gives it to hardware, whose queue is still disabled.
   *
   * @return OK or NO_MEMORY
   */
  Status start(Features features) {
    log2.set(Math.min(features.cmdqLog2(), MAX_LOG2));
    signalled.set(features.sev());
    long pa = pages.pool().allocate(pageCount());
    if (pa < 0) {
      return Status.NO_MEMORY;
    }
    base.set(pa);
    place();
    return Status.OK;
  }

  /**
   * Gives the queue, empty, to hardware whose queue is disabled: at first, or because hardware has
   * lost it. Nothing is pending.
   */
  void place() {
    hardware.write(
        Register.CMDQ_BASE, base.get() | QueueBase.LOG2SIZE.of(log2.get()) | QueueBase.RA_WA.of(1));
    hardware.write(Register.CMDQ_PROD, 0);
    hardware.write(Register.CMDQ_CONS, 0);
    prod.set(0);
    cons.set(0);
    uncleaned.set(0);
    patience.answered();
  }

  /** Frees the queue of an SMMU that is given back; hardware no longer uses it. */
  void stop() {
    if (base.get() != 0) {
      pages.pool().free(base.get(), pageCount());
      base.set(0);
    }
  }

  /**
   * Writes one command, which hardware sees with the next {@link #publish}. Waits for space.
   *
   * @param origin {@link #OWN}, or one more than the host's index of the command
   * @return whether there was space in time; if not, nothing is written
   */
  boolean insert(long word0, long word1, int origin) {
    if (pending() == size()) {
      publish();
      if (!drainTo(size() - 1, platform.clock().nanos())) {
        return false;
      }
    }
    int slot = QueuePointer.index((int) prod.get(), log2());
    long at = base.get() + (long) slot * Command.BYTES;
    platform.memory().write64(at, word0);
    platform.memory().write64(at + 8, word1);
    if (origins.get(slot) != origin) {
      origins.set(slot, origin);
    }
    prod.set(QueuePointer.next((int) prod.get(), log2()));
    statistics.command(word0);
    if (platform.trace().enabled()) {
      platform
          .trace()
          .accept(
              new TraceEvent.Command(
                  platform.clock().nanos(),
                  device,
                  "hyp",
                  CommandPolicy.nameOf(word0),
                  word0,
                  word1,
                  "issue"));
    }
    return true;
  }

  /**
   * One command of EL2's own. If there was no space in time, {@link #await} tells, and until then
   * no further one is tried: what many commands wait for together is one timeout.
   */
  @Override
  public void command(long word0, long word1) {
    if (failed.get()) {
      return;
    }
    if (insert(word0, word1, OWN)) {
      Statistics.increment(statistics.commandsIssued);
    } else {
      failed.set(true);
    }
  }

  /** Lets hardware see what was inserted. */
  void publish() {
    if (cleaner.needed()) {
      cleanInserted();
    }
    platform.barrier();
    hardware.write(Register.CMDQ_PROD, CmdqProd.WR.of(prod.get()));
  }

  private void cleanInserted() {
    int from = (int) uncleaned.get();
    int first = QueuePointer.index(from, log2());
    int count = QueuePointer.used((int) prod.get(), from, log2());
    int beforeWrap = Math.min(count, size() - first);
    clean(first, beforeWrap);
    clean(0, count - beforeWrap);
    uncleaned.set(prod.get());
  }

  private void clean(int slot, int count) {
    if (count > 0) {
      cleaner.clean(
          Measure.CLEAN_COMMANDS,
          base.get() + (long) slot * Command.BYTES,
          (long) count * Command.BYTES);
    }
  }

  /**
   * Inserts CMD_SYNC and publishes; the caller awaits it. Where hardware can, its completion is an
   * event that ends the {@link Platform#pause} of whoever waits (IHI 0070 4.7.3, SIG_SEV).
   */
  void submitSync() {
    Statistics.increment(statistics.syncs);
    Commands.sync(this, signalled.get());
    publish();
  }

  /**
   * Waits until hardware has consumed all that was published; a CMD_SYNC among it has then
   * completed.
   *
   * @return whether it has, and since the last call each of EL2's own commands found its place and
   *     none was rejected
   */
  boolean await() {
    return await(platform.clock().nanos());
  }

  /**
   * The same for what was published before.
   *
   * @param since when, in the clock's nanoseconds
   */
  boolean await(long since) {
    boolean drained = drainTo(0, since);
    boolean complete = !failed.get();
    failed.set(false);
    return drained && complete;
  }

  /**
   * Whether hardware is not known to hang. If it was, it is looked at again; without a wait, unless
   * it has moved.
   */
  boolean answers() {
    return !patience.exhausted() || drainTo(0, platform.clock().nanos());
  }

  /** Inserts CMD_SYNC and waits for its completion. */
  boolean sync() {
    submitSync();
    return await();
  }

  /** The host's queue is another now: nobody is to learn how the commands of the last one end. */
  void disown() {
    for (int at = (int) cons.get(); at != prod.get(); at = QueuePointer.next(at, log2())) {
      int slot = QueuePointer.index(at, log2());
      if (origins.get(slot) != OWN) {
        origins.set(slot, NOBODY);
      }
    }
    takeRejected();
    takeUnanswered();
  }

  /**
   * The first command of the host's that hardware rejected since the last call, by origin; {@link
   * #OWN} if none.
   */
  int takeRejected() {
    int origin = (int) rejectedOrigin.get();
    if (origin != OWN) {
      rejectedOrigin.set(OWN);
    }
    return origin;
  }

  /**
   * Whether a device left an ATC invalidation, which only the host sends, without an answer since
   * the last call (CERROR_ATC_INV_SYNC, IHI 0070 7.1).
   */
  boolean takeUnanswered() {
    boolean was = unanswered.get();
    if (was) {
      unanswered.set(false);
    }
    return was;
  }

  /** Waits until at most {@code most} commands are left of what was published at {@code since}. */
  private boolean drainTo(int most, long since) {
    if (pending() <= most) {
      return true;
    }
    Statistics.increment(statistics.waits);
    int looks = 0;
    do {
      int before;
      do {
        before = pending();
        look();
      } while (pending() > most && pending() < before);
      looks++;
    } while (pending() > most && patience.lasts(since, looks));
    return pending() <= most;
  }

  /** Takes note of what hardware has consumed, or that it has stopped at an error. */
  private void look() {
    int before = pending();
    long register = hardware.read(Register.CMDQ_CONS);
    int read = QueuePointer.normalize((int) CmdqCons.RD.get(register), log2());
    if (QueuePointer.used((int) prod.get(), read, log2()) <= before) {
      cons.set(read);
    }
    if (pending() < before) {
      patience.answered();
    } else if ((errors.active() & Gerror.CMDQ_ERR.mask()) != 0) {
      patience.answered();
      recover((int) CmdqCons.ERR.get(register));
    }
  }

  /**
   * Hardware stopped at the command at CONS: makes that one harmless and lets it go on. A CMD_SYNC
   * that missed the answer of a device completes when hardware goes on (IHI 0070 7.1).
   */
  private void recover(int error) {
    int slot = QueuePointer.index((int) cons.get(), log2());
    int origin = (int) origins.get(slot);
    if (error == CommandError.CERROR_ATC_INV_SYNC) {
      // A device's fault, and the host's affair: nothing is wrong with the hardware or its queue.
      unanswered.set(unanswered.get() || origin != NOBODY);
      errors.acknowledge(Gerror.CMDQ_ERR.mask());
      return;
    }
    Statistics.increment(statistics.errors);
    if (error == CommandError.CERROR_ILL) {
      if (origin == OWN) {
        failed.set(true);
      } else if (origin != NOBODY && rejectedOrigin.get() == OWN) {
        rejectedOrigin.set(origin);
      }
      long at = base.get() + (long) slot * Command.BYTES;
      platform.memory().write64(at, Command.OPCODE.of(Opcode.SYNC.code()));
      platform.memory().write64(at + 8, 0);
      clean(slot, 1);
      platform.barrier();
    }
    errors.acknowledge(Gerror.CMDQ_ERR.mask());
  }

  /** Commands that hardware has not consumed, as far as EL2 knows. */
  private int pending() {
    return QueuePointer.used((int) prod.get(), (int) cons.get(), log2());
  }

  private int log2() {
    return (int) log2.get();
  }

  private int size() {
    return 1 << log2();
  }

  private int pageCount() {
    long bytes = (long) Command.BYTES << log2.get();
    return (int) Math.max(1, bytes >>> pages.pageShift());
  }
}
