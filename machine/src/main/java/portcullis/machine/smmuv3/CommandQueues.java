package portcullis.machine.smmuv3;

import portcullis.arch.smmu.CommandError;
import portcullis.machine.Bus;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.QueueIndex;
import portcullis.machine.smmuv3.registers.QueueShape;
import portcullis.machine.smmuv3.registers.RegisterFile;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * Fetches commands, from whichever queue, and stops at errors (IHI 0070 4.1.2 to 4.1.4, 7.1,
 * 3.5.6).
 */
final class CommandQueues {
  private static final QueueShape SHAPE = QueueShape.COMMAND;

  private final RegisterFile registers;
  private final CommandQueueRegisters ordinary;
  private final CommandQueueRegisters enhanced;
  private final Bus bus;
  private final Interrupts interrupts;
  private final CommandProcessor processor;
  private final long physical;
  private final int queues;

  /** A command's MSI or a resumed device may write to this very SMMU: no second consumer starts. */
  private final Flag consuming;

  /** The queues that were written to meanwhile. */
  private final QueueSet waiting;

  CommandQueues(
      Store store,
      String name,
      RegisterFile registers,
      Bus bus,
      Interrupts interrupts,
      CommandProcessor processor,
      Features features) {
    this.registers = registers;
    this.ordinary = new OrdinaryQueueRegisters(registers, interrupts);
    this.enhanced = new EnhancedQueueRegisters(registers.control(), interrupts);
    this.bus = bus;
    this.interrupts = interrupts;
    this.processor = processor;
    this.physical = (1L << features.outputBits()) - 1;
    this.queues = CommandQueueRegisters.FIRST_ENHANCED + features.enhancedQueues();
    this.consuming = store.flag(name + ".cmdq.consuming");
    this.waiting = new QueueSet(store, name + ".cmdq.waiting", queues);
  }

  /**
   * Consumes until the queue is empty, disabled or in error; at most twice the queue's size, which
   * is as far as its indexes can be apart. Then the same of queues that these commands have made
   * somebody write to; of those at most as many as there are queues, since they might go on so for
   * ever. The rest waits for the next write to a queue.
   *
   * @param queue as {@link CommandQueueRegisters} numbers it
   */
  void consume(int queue) {
    if (consuming.get()) {
      waiting.add(queue);
      return;
    }
    consuming.set(true);
    int next = queue;
    for (int more = queues; next != QueueSet.NONE; more--) {
      consumeAll(next);
      next = more > 0 ? waiting.takeAny() : QueueSet.NONE;
    }
    consuming.set(false);
  }

  /** Forgets what was under way, as a reset does. */
  void reset() {
    waiting.clear();
    processor.reset();
  }

  private void consumeAll(int queue) {
    CommandQueueRegisters its = queue == CommandQueueRegisters.ORDINARY ? ordinary : enhanced;
    waiting.take(queue);
    int log2Size = SHAPE.log2Size(registers, its.base(queue));
    for (long steps = 2L << log2Size; steps > 0 && step(its, queue); steps--) {}
  }

  /** Consumes one command; false if there was none to consume. */
  private boolean step(CommandQueueRegisters its, int queue) {
    if (!its.runs(queue)) {
      return false;
    }
    long base = its.base(queue);
    int log2Size = SHAPE.log2Size(registers, base);
    long read = QueueIndex.of(its.consumer(queue), log2Size);
    long write = QueueIndex.of(its.producer(queue), log2Size);
    if (read == write) {
      return false;
    }
    long entry = SHAPE.entry(base, read, log2Size, physical);
    if (!bus.responds(entry)) {
      its.stop(queue, CommandError.CERROR_ABT);
      return false;
    }
    long word0 = bus.read(entry, Long.BYTES);
    long word1 = bus.read(entry + Long.BYTES, Long.BYTES);
    int error = processor.execute(queue, word0, word1);
    if (error != CommandError.CERROR_NONE) {
      its.stop(queue, error);
      return false;
    }
    its.setConsumer(queue, QueueIndex.next(read, log2Size));
    processor.signal(word0, word1);
    if (QueueIndex.full(write, read, log2Size)) {
      interrupts.wakeProcessors();
    }
    return true;
  }
}
