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

  private void transfer(long iova, int bytes, boolean toMemory) {
    // QEMU does not stop a DMA that leaves the buffer: it goes on in its own memory.
    if (bytes < 1 || bytes > MAX_BYTES) {
      throw new IllegalArgumentException("no DMA of " + bytes + " bytes");
    }
    long registers = function.bar0();
    batch
        .writeq(registers + DMA_SOURCE, toMemory ? BUFFER : iova)
        .writeq(registers + DMA_DESTINATION, toMemory ? iova : BUFFER)
        .writeq(registers + DMA_COUNT, bytes)
        .writeq(registers + DMA_COMMAND, toMemory ? COMMAND_RUN | COMMAND_TO_MEMORY : COMMAND_RUN);
    int now = batch.clockStep(clock.step(DMA_NANOS));
    int running = batch.readq(registers + DMA_COMMAND);
    batch.send();
    clock.stepped(batch.value(now));
    if ((batch.value(running) & COMMAND_RUN) != 0) {
      throw new QemuException("edu did not finish its DMA");
    }
  }
}
