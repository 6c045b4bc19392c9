package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CmdqProd;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.QueueBase;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.platform.PhysicalMemory;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * The host's command queue, which only EL2 reads (series part 17): each command is copied once, put
 * to {@link CommandFilter}, and the host's CONS moved when hardware has consumed what came of it.
 *
 * <p>A refused command stops the queue with GERROR.CMDQ_ERR and CMDQ_CONS.ERR, as hardware would,
 * until the host acknowledges. A queue whose memory is not the host's behaves as one whose fetch
 * aborts.
 */
final class HostCommandQueue {
  /** Commands handled in one trap; the host's poll of CMDQ_CONS goes on with the rest. */
  static final int BATCH = 256;

  private final PhysicalMemory memory;
  private final PageServices pages;
  private final SmmuPolicy policy;
  private final ShadowCommandQueue shadow;
  private final CommandFilter filter;
  private final GlobalErrors errors;
  private final PinnedRange pinned;
  private final Cell base;
  private final Cell log2;
  private final Cell enabled;
  private final Cell prod;
  private final Cell cons;
  private final Cell error;

  HostCommandQueue(
      Store store,
      String name,
      PhysicalMemory memory,
      PageServices pages,
      SmmuPolicy policy,
      ShadowCommandQueue shadow,
      CommandFilter filter,
      GlobalErrors errors) {
    this.memory = memory;
    this.pages = pages;
    this.policy = policy;
    this.shadow = shadow;
    this.filter = filter;
    this.errors = errors;
    pinned = new PinnedRange(store, name + ".host.cmdq", pages);
    base = store.cell(name + ".host.cmdq.base");
    log2 = store.cell(name + ".host.cmdq.log2size");
    enabled = store.cell(name + ".host.cmdq.enabled");
    prod = store.cell(name + ".host.cmdq.prod");
    cons = store.cell(name + ".host.cmdq.cons");
    error = store.cell(name + ".host.cmdq.err");
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
    enabled.set(1);
    if (keep()) {
      process();
    }
  }

  /** CR0.CMDQEN becomes 0. */
  void close() {
    enabled.set(0);
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
   * Handles what the host has produced, at most {@link #BATCH} commands. Indices beyond the queue
   * are wrapped as hardware wraps them; a PROD more than a whole queue ahead, which is
   * UNPREDICTABLE, counts as an empty queue.
   */
  void process() {
    if (enabled.get() == 0 || errors.pending(Gerror.CMDQ_ERR.mask())) {
      return;
    }
    long wrapMask = (2L << log2.get()) - 1;
    long from = cons.get() & wrapMask;
    long pending = (prod.get() - from) & wrapMask;
    if (pending == 0 || pending > (1L << log2.get())) {
      return;
    }
    if (!keep()) {
      stop(from, CommandError.CERROR_ABT);
      return;
    }
    long handled = 0;
    long most = Math.min(pending, BATCH);
    boolean legal = true;
    while (handled < most && legal) {
      long index = (from + handled) & wrapMask;
      long at = base.get() + (index & (wrapMask >>> 1)) * Command.BYTES;
      legal = filter.accept(memory.read64(at), memory.read64(at + 8), (int) index + 1);
      handled += legal ? 1 : 0;
    }
    shadow.publish();
    boolean consumed = shadow.await();
    int rejected = shadow.takeRejected();
    if (rejected != ShadowCommandQueue.OWN) {
      stop(rejected - 1L, CommandError.CERROR_ILL);
    } else if (consumed && !legal) {
      stop((from + handled) & wrapMask, CommandError.CERROR_ILL);
    } else if (consumed) {
      cons.set((from + handled) & wrapMask);
    }
  }

  /** Pins the queue, unless it is; whether EL2 may read it. Tried again at each use. */
  private boolean keep() {
    long bytes = (long) Command.BYTES << log2.get();
    if (!policy.protections().takes(Measure.PIN_COMMAND_QUEUE)) {
      return pages.hostOwns(base.get(), bytes);
    }
    return pinned.held() || pinned.pin(base.get(), bytes).ok();
  }

  private void stop(long at, int why) {
    cons.set(at);
    error.set(why);
    errors.raise(Gerror.CMDQ_ERR.mask());
  }
}
