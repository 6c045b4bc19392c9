package portcullis.check.hostile;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CmdqProd;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.board.Smmu;
import portcullis.board.StreamRange;
import portcullis.host.Entries;
import portcullis.machine.DmaMaster;
import portcullis.machine.Machine;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;

/**
 * One SMMU as the hostile host uses it when it plays by the rules: where its queues and tables lie,
 * which streams there are, how commands get into the queue that the registers now name.
 */
final class Site {
  /** log2 of the most commands and events that the host's own queues hold. */
  static final int QUEUE_BITS = 8;

  private static final int EVENT_BYTES = 32;
  private static final int REQUEST_BYTES = 16;
  private static final int SPLIT = 8;
  private static final int SECOND_LEVELS = 4;
  private static final int STREAMS_PER_RANGE = 3;
  private static final int MAX_POLLS = 1000;

  /** A stream that a device can send. */
  record Source(DmaMaster master, int streamId) {}

  private final Smmu smmu;
  private final HostCpu cpu;
  private final PhysicalMemory memory;
  private final int streamBits;
  private final boolean twoLevel;
  private final long commands;
  private final long events;
  private final long requests;
  private final long firstLevel;

  /** Where its Command queue control pages are, from its base; 0 without any. */
  private final long controlPages;

  private final long[] secondLevels = new long[SECOND_LEVELS];
  private final List<Source> sources = new ArrayList<>();
  private boolean off;

  Site(Smmu smmu, Machine machine, Addresses addresses) {
    this.smmu = smmu;
    cpu = machine.cpu(0);
    memory = new CleanedMemory(cpu);
    twoLevel = Idr0.ST_LEVEL.isSet(read(Register.IDR0));
    int offered = (int) Idr1.SIDSIZE.get(read(Register.IDR1));
    streamBits = twoLevel ? offered : Math.min(offered, SPLIT);
    commands = addresses.take((long) Command.BYTES << QUEUE_BITS);
    events = addresses.take((long) EVENT_BYTES << QUEUE_BITS);
    requests = addresses.take((long) REQUEST_BYTES << QUEUE_BITS);
    controlPages = new EnhancedQueues(machine.platform().devices(), smmu, true).first();
    firstLevel =
        addresses.take(
            twoLevel
                ? (long) StreamTableDescriptor.BYTES << Math.max(0, streamBits - SPLIT)
                : (long) Ste.BYTES << streamBits);
    for (int i = 0; twoLevel && i < SECOND_LEVELS; i++) {
      secondLevels[i] = addresses.take((long) Ste.BYTES << SPLIT);
    }
    for (DmaMaster master : machine.masters()) {
      if (master.description().enabled()) {
        master.description().streams().stream()
            .filter(range -> range.smmu() == smmu.index())
            .forEach(range -> addStreams(master, range));
      }
    }
  }

  private void addStreams(DmaMaster master, StreamRange range) {
    long stride = Math.max(1, range.count() / STREAMS_PER_RANGE);
    for (long i = 0; i < Math.min(range.count(), STREAMS_PER_RANGE); i++) {
      long streamId = range.first() + i * stride;
      if (streamId >>> streamBits == 0) {
        sources.add(new Source(master, (int) streamId));
      }
    }
  }

  Smmu smmu() {
    return smmu;
  }

  /** Whether its power was taken. */
  boolean isOff() {
    return off;
  }

  /** Its power was taken or given back. */
  void setOff(boolean now) {
    off = now;
  }

  /** Any of its streams. */
  Source anySource(SplittableRandom random) {
    return sources.get(random.nextInt(sources.size()));
  }

  long commandQueue() {
    return commands;
  }

  long eventQueue() {
    return events;
  }

  long requestQueue() {
    return requests;
  }

  /** Whether the host is offered ATS. */
  boolean ats() {
    return Idr0.ATS.isSet(read(Register.IDR0));
  }

  long streamTable() {
    return firstLevel;
  }

  /** STRTAB_BASE_CFG of the host's table. */
  long configuration() {
    return StrtabBaseCfg.LOG2SIZE.of(streamBits)
        | (twoLevel ? StrtabBaseCfg.FMT.of(1) | StrtabBaseCfg.SPLIT.of(SPLIT) : 0);
  }

  /** Whether the table has a first level. */
  boolean twoLevel() {
    return twoLevel;
  }

  /** Where the first-level descriptor of a stream lies. */
  long descriptorOf(int streamId) {
    return firstLevel + (Integer.toUnsignedLong(streamId) >>> SPLIT) * StreamTableDescriptor.BYTES;
  }

  /** The first-level descriptor that leads to a stream's STE. */
  long goodDescriptor(int streamId) {
    return secondLevel(streamId) | StreamTableDescriptor.SPAN.of(SPLIT + 1);
  }

  private long secondLevel(int streamId) {
    return secondLevels[(streamId >>> SPLIT) % SECOND_LEVELS];
  }

  /** Where a stream's STE lies while its first-level descriptor is the good one. */
  long entryOf(int streamId) {
    return twoLevel
        ? secondLevel(streamId) + (long) (streamId & ((1 << SPLIT) - 1)) * Ste.BYTES
        : firstLevel + (long) streamId * Ste.BYTES;
  }

  /** Whether the host's own table leads to {@link #entryOf} a stream. */
  boolean reaches(PhysicalMemory physical, int streamId) {
    return streamId >>> streamBits == 0
        && (!twoLevel || physical.read64(descriptorOf(streamId)) == goodDescriptor(streamId));
  }

  /**
   * Writes the first level.
   *
   * @param afresh whether each stream gets an STE that aborts
   */
  void writeStreamTable(boolean afresh) {
    long abort = Entries.abort()[0];
    for (Source source : sources) {
      if (twoLevel) {
        memory.write64(descriptorOf(source.streamId()), goodDescriptor(source.streamId()));
      }
      if (afresh) {
        memory.write64(entryOf(source.streamId()), abort);
      }
    }
  }

  /** Writes all of an STE. */
  void writeEntry(int streamId, long[] ste) {
    long at = entryOf(streamId);
    for (int word = Ste.WORDS - 1; word >= 0; word--) {
      memory.write64(at + (long) word * Long.BYTES, ste[word]);
    }
  }

  /** Whether hardware has Enhanced Command queues, whatever the host is told. */
  boolean hasEnhancedQueues() {
    return controlPages != 0;
  }

  /** The address of a register; of several, the first's. */
  long register(Register register) {
    return smmu.registers().base()
        + (register.page() == Page.CMDQ_CONTROL ? controlPages : 0)
        + register.offset();
  }

  long read(Register register) {
    return cpu.load(register(register), register.bytes());
  }

  void write(Register register, long value) {
    cpu.store(register(register), register.bytes(), value);
  }

  /** Disables everything, and polls until that has taken effect. */
  void disable() {
    write(Register.CR0, 0);
    for (int poll = 0; poll < MAX_POLLS && read(Register.CR0ACK) != 0; poll++) {
      cpu.pause();
    }
  }

  /** The errors that the host now sees. */
  long activeErrors() {
    return read(Register.GERROR) ^ read(Register.GERRORN);
  }

  /**
   * Puts commands into the queue that the registers name, and hands them over.
   *
   * @param words two for each command
   */
  void submit(long... words) {
    long queue = read(Register.CMDQ_BASE);
    int log2 = (int) Math.min(QueueBase.LOG2SIZE.get(queue), Idr1.CMDQS.get(read(Register.IDR1)));
    long base = QueueBase.ADDR.inPlace(queue) & -Math.max(2L * Command.BYTES, 16L << log2);
    long mask = (1L << log2) - 1;
    long producer = CmdqProd.WR.get(read(Register.CMDQ_PROD));
    for (int i = 0; i < words.length; i += 2) {
      long slot = base + (producer & mask) * Command.BYTES;
      memory.write64(slot, words[i]);
      memory.write64(slot + Long.BYTES, words[i + 1]);
      producer = (producer + 1) & (2 * mask + 1);
    }
    write(Register.CMDQ_PROD, producer);
  }

  /** Replaces the command at which the queue stopped, as Linux does, and acknowledges. */
  void recover() {
    long active = activeErrors();
    if (Gerror.CMDQ_ERR.isSet(active)) {
      long queue = read(Register.CMDQ_BASE);
      int log2 = (int) Math.min(QueueBase.LOG2SIZE.get(queue), Idr1.CMDQS.get(read(Register.IDR1)));
      long base = QueueBase.ADDR.inPlace(queue) & -Math.max(2L * Command.BYTES, 16L << log2);
      long index = CmdqCons.RD.get(read(Register.CMDQ_CONS)) & ((1L << log2) - 1);
      memory.write64(base + index * Command.BYTES, Command.OPCODE.of(Opcode.SYNC.code()));
      memory.write64(base + index * Command.BYTES + Long.BYTES, 0);
    }
    write(Register.GERRORN, read(Register.GERRORN) ^ active);
  }
}
