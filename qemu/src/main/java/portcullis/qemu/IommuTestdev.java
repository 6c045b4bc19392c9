package portcullis.qemu;

/**
 * QEMU's {@code iommu-testdev}: writes a fixed pattern by DMA, then reads a physical address of the
 * caller's choice past the SMMU, and compares (QEMU, docs/specs/iommu-testdev.rst).
 */
public final class IommuTestdev {
  static final int VENDOR_ID = 0x1b36;
  static final int DEVICE_ID = 0x0005;

  /** What it writes, over and over, in little-endian order. */
  public static final int PATTERN = 0x1234_5678;

  /** The most bytes that one DMA is asked for. */
  public static final int MAX_BYTES = 1 << 20;

  private static final int DMA_TRIGGER = 0x00;
  private static final int DMA_GVA_LO = 0x04;
  private static final int DMA_GVA_HI = 0x08;
  private static final int DMA_LEN = 0x0c;
  private static final int DMA_RESULT = 0x10;
  private static final int DMA_DOORBELL = 0x14;
  private static final int DMA_GPA_LO = 0x1c;
  private static final int DMA_GPA_HI = 0x20;
  private static final int DOORBELL_ARM = 1;

  private static final int RESULT_OK = 0;
  private static final int RESULT_WRITE_FAILED = 0xdead_0002;
  private static final int RESULT_READ_FAILED = 0xdead_0003;
  private static final int RESULT_MISMATCH = 0xdead_0004;

  private final PciFunction function;
  private final FaultTrace faults;
  private final QtestBatch batch;

  IommuTestdev(QtestClient qtest, FaultTrace faults, PciFunction function) {
    this.function = function;
    this.faults = faults;
    batch = qtest.batch();
  }

  /** How one DMA ended. */
  public enum Result {
    /** The pattern is at the physical address. */
    OK,
    /** The SMMU or the bus stopped the write. */
    STOPPED,
    /** The write was done; nothing can be read at the physical address. */
    UNREADABLE,
    /** The write was done, and led elsewhere: the physical address does not hold the pattern. */
    ELSEWHERE
  }

  /** Where it is on the bus; its StreamID. */
  public PciFunction function() {
    return function;
  }

  /**
   * Writes the pattern by DMA.
   *
   * @param iova where to, as the device addresses it
   * @param pa where the pattern is expected
   * @param bytes 1 to {@value #MAX_BYTES}
   */
  public Result write(long iova, long pa, int bytes) {
    int answer = write(batch, iova, pa, bytes);
    faults.watch(true, batch::send);
    return result(batch.value(answer));
  }

  /**
   * As {@link #write(long, long, int)}, as part of {@code commands}, and not traced.
   *
   * @return the index of the answer that {@link #result} reads
   */
  public int write(QtestBatch commands, long iova, long pa, int bytes) {
    if (bytes < 1 || bytes > MAX_BYTES) {
      throw new IllegalArgumentException("no DMA of " + bytes + " bytes");
    }
    long registers = function.bar0();
    commands
        .writel(registers + DMA_GVA_LO, (int) iova)
        .writel(registers + DMA_GVA_HI, (int) (iova >>> 32))
        .writel(registers + DMA_GPA_LO, (int) pa)
        .writel(registers + DMA_GPA_HI, (int) (pa >>> 32))
        .writel(registers + DMA_LEN, bytes)
        .writel(registers + DMA_DOORBELL, DOORBELL_ARM)
        .readl(registers + DMA_TRIGGER);
    return commands.readl(registers + DMA_RESULT);
  }

  /** How a DMA ended, by the device's answer. */
  public static Result result(long answer) {
    int code = (int) answer;
    return switch (code) {
      case RESULT_OK -> Result.OK;
      case RESULT_WRITE_FAILED -> Result.STOPPED;
      case RESULT_READ_FAILED -> Result.UNREADABLE;
      case RESULT_MISMATCH -> Result.ELSEWHERE;
      default -> throw new QemuException("iommu-testdev says 0x%x".formatted(code));
    };
  }
}
