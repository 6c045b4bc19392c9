package portcullis.qemu;

/**
 * QEMU's {@code edu} device: copies between memory and a buffer of its own, each way by DMA (QEMU,
 * docs/specs/edu.rst). It does not tell whether the SMMU stopped a DMA: memory and the event queue
 * do.
 */
public final class Edu {
  static final int VENDOR_ID = 0x1234;
  static final int DEVICE_ID = 0x11e8;

  /** Bytes of its buffer, the most that one DMA moves. */
  public static final int MAX_BYTES = 4096;

  /** Where its buffer is for its DMA engine. */
  private static final long BUFFER = 0x4_0000;

  private static final int DMA_SOURCE = 0x80;
  private static final int DMA_DESTINATION = 0x88;
  private static final int DMA_COUNT = 0x90;
  private static final int DMA_COMMAND = 0x98;
  private static final int COMMAND_RUN = 1;
  private static final int COMMAND_TO_MEMORY = 1 << 1;

  /** A DMA is done this long after it was started. */
  private static final long DMA_NANOS = 100_000_000;

  private final PciFunction function;
  private final QemuClock clock;
  private final FaultTrace faults;
  private final QtestBatch batch;

  private final EduBuffer buffer;

  Edu(QtestClient qtest, GuestRam ram, QemuClock clock, FaultTrace faults, PciFunction function) {
    this.function = function;
    this.faults = faults;
    buffer = new EduBuffer(qtest, ram, this::transfer);
    this.clock = clock;
    batch = qtest.batch();
  }

  /** Where it is on the bus; its StreamID. */
  public PciFunction function() {
    return function;
  }

  /**
   * Reads memory by DMA to the start of the buffer.
   *
   * @param bytes 1 to {@value #MAX_BYTES}
   */
  public void read(long iova, int bytes) {
    faults.watch(false, () -> transfer(iova, bytes, false));
  }

  /**
   * Writes memory by DMA from the start of the buffer.
   *
   * @param bytes 1 to {@value #MAX_BYTES}
   */
  public void write(long iova, int bytes) {
    faults.watch(true, () -> transfer(iova, bytes, true));
  }

  /** What is in its buffer. */
  public EduBuffer buffer() {
    return buffer;
  }

  /**
   * As {@link #read(long, int)}, to the buffer from {@code offset} on, as part of {@code commands}
   * and not traced; the clock of the machine does not notice.
   */
  public void read(QtestBatch commands, long iova, int offset, int bytes) {
    check(offset, bytes);
    transfer(commands, iova, BUFFER + offset, bytes, COMMAND_RUN, DMA_NANOS);
  }

  /**
   * As {@link #write(long, int)}, from {@code offset} in the buffer, as part of {@code commands}
   * and not traced; the clock of the machine does not notice.
   */
  public void write(QtestBatch commands, long iova, int offset, int bytes) {
    check(offset, bytes);
    transfer(commands, BUFFER + offset, iova, bytes, COMMAND_RUN | COMMAND_TO_MEMORY, DMA_NANOS);
  }

  // QEMU does not stop a DMA that leaves the buffer: it goes on in its own memory.
  private static void check(int offset, int bytes) {
    if (offset < 0 || bytes < 1 || bytes > MAX_BYTES - offset) {
      throw new IllegalArgumentException("no DMA of " + bytes + " bytes at " + offset);
    }
  }

  private void transfer(long iova, int bytes, boolean toMemory) {
    check(0, bytes);
    long nanos = clock.step(DMA_NANOS);
    int now =
        toMemory
            ? transfer(batch, BUFFER, iova, bytes, COMMAND_RUN | COMMAND_TO_MEMORY, nanos)
            : transfer(batch, iova, BUFFER, bytes, COMMAND_RUN, nanos);
    int running = batch.readq(function.bar0() + DMA_COMMAND);
    batch.send();
    clock.stepped(batch.value(now));
    if ((batch.value(running) & COMMAND_RUN) != 0) {
      throw new QemuException("edu did not finish its DMA");
    }
  }

  /** Returns the index of the time's answer. */
  private int transfer(
      QtestBatch commands, long source, long destination, int bytes, int command, long nanos) {
    long registers = function.bar0();
    return commands
        .writeq(registers + DMA_SOURCE, source)
        .writeq(registers + DMA_DESTINATION, destination)
        .writeq(registers + DMA_COUNT, bytes)
        .writeq(registers + DMA_COMMAND, command)
        .clockStep(nanos);
  }
}
