package portcullis.board;

import java.util.List;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.board.fdt.FdtWriter;

/**
 * A board of any size, to see what grows with it: no product, but laid out as a large arm64 server
 * might be. Each SMMU has a PCI root complex of its own behind it.
 *
 * @param smmus how many SMMUv3s, 1 to {@link #MAX_SMMUS}
 * @param streams how many StreamIDs each root complex sends, 1 to {@link #MAX_STREAMS}: its
 *     requester IDs from 0
 * @param memory RAM; what of it lies on registers of root complexes is carved out when it is read
 * @param registers where the registers of SMMUs and root complexes begin, a multiple of 64 KiB;
 *     they take less than {@link #REGISTER_SPAN}
 */
public record ScaledBoard(int smmus, int streams, List<AddressRange> memory, long registers) {
  /** The most SMMUs. */
  public static final int MAX_SMMUS = 64;

  /** The most StreamIDs behind an SMMU: a PCI segment has requester IDs of 16 bits. */
  public static final int MAX_STREAMS = 1 << 16;

  /** Bytes from the first register to behind the last. */
  public static final long REGISTER_SPAN = 1L << 40;

  /** Where memory starts if only its size is given: above registers that begin at 0. */
  public static final long DEFAULT_BASE = REGISTER_SPAN;

  private static final long SMMU_BASE = 0x2000_0000L;
  private static final long CONFIGURATION_BASE = 0x40_0000_0000L;
  private static final long WINDOW_BASE = 0x80_0000_0000L;
  private static final long WINDOW_BYTES = 0x1_0000_0000L;
  private static final int FIRST_INTERRUPT = 64;

  /** Prefetchable memory of 64-bit addresses (PCI Bus Binding to IEEE 1275, 2.2.1.1). */
  private static final int PCI_MEMORY_64 = 0x4300_0000;

  /**
   * A board of that size.
   *
   * @throws IllegalArgumentException if a number is out of its range, or there is no memory
   */
  public ScaledBoard {
    if (smmus < 1 || smmus > MAX_SMMUS || streams < 1 || streams > MAX_STREAMS) {
      throw new IllegalArgumentException(smmus + " SMMUs of " + streams + " streams");
    }
    if (memory.isEmpty()) {
      throw new IllegalArgumentException("no memory");
    }
    if (!AddressRange.valid(registers, REGISTER_SPAN) || registers % Board.PAGE_BYTES != 0) {
      throw new IllegalArgumentException("registers at 0x" + Long.toHexString(registers));
    }
    memory = List.copyOf(memory);
  }

  /**
   * A board with its registers in front of its memory.
   *
   * @throws BoardException if memory ends beyond 2<sup>52</sup>
   */
  public static ScaledBoard of(int smmus, int streams, MemoryArgument memory)
      throws BoardException {
    List<AddressRange> from = List.of(new AddressRange(DEFAULT_BASE, 0));
    return new ScaledBoard(smmus, streams, memory.over(from), 0);
  }

  /** The same with its registers elsewhere. */
  public ScaledBoard withRegisters(long base) {
    return new ScaledBoard(smmus, streams, memory, base);
  }

  /** The board's flattened device tree. */
  public byte[] blob() {
    FdtWriter fdt =
        StandardNodes.root(
            "Portcullis board of %d SMMUs, %d streams each".formatted(smmus, streams),
            "portcullis,scaled");
    for (AddressRange range : memory) {
      StandardNodes.memory(fdt, range);
    }
    StandardNodes.interruptController(fdt);
    StandardNodes.beginBus(fdt);
    for (int i = 0; i < smmus; i++) {
      StandardNodes.smmu(
          fdt,
          registers + SMMU_BASE + i * StandardNodes.SMMU_BYTES,
          StandardNodes.SMMU_BYTES,
          StandardNodes.FIRST_FREE + i,
          FIRST_INTERRUPT + i * StandardNodes.SMMU_INTERRUPTS);
    }
    for (int i = 0; i < smmus; i++) {
      StandardNodes.pci(
          fdt,
          i,
          registers + CONFIGURATION_BASE + i * StandardNodes.ECAM_BYTES,
          PCI_MEMORY_64,
          new AddressRange(registers + WINDOW_BASE + i * WINDOW_BYTES, WINDOW_BYTES),
          StandardNodes.FIRST_FREE + i,
          streams);
    }
    return fdt.end().end().blob();
  }

  /** The board's device tree. */
  public DeviceTree tree() {
    try {
      return DeviceTree.parse(blob(), "scaled board");
    } catch (BoardException e) {
      throw new IllegalStateException(e);
    }
  }
}
