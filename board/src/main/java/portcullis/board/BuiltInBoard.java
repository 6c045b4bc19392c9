package portcullis.board;

import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.board.fdt.FdtWriter;

/**
 * The board used where none is given: no product, but laid out as an arm64 server might be. It has
 * 2 GiB of RAM, a PCI root complex behind one SMMUv3, an Ethernet controller, an SD host and a USB
 * host behind another, and one DMA controller behind none.
 */
public final class BuiltInBoard {
  private static final String NAME = "built-in board";

  private static final int SMMU_PCI = StandardNodes.FIRST_FREE;
  private static final int SMMU_SOC = SMMU_PCI + 1;

  /** Room for VATOS and Command queue control pages, as much as Arm's FVP Base RevC has. */
  private static final long SMMU_BYTES = 0x10_0000;

  /** Memory of 32-bit addresses (PCI Bus Binding to IEEE 1275, 2.2.1.1). */
  private static final int PCI_MEMORY_32 = 0x0200_0000;

  private BuiltInBoard() {}

  /** The board's device tree. */
  public static DeviceTree tree() {
    try {
      return DeviceTree.parse(blob(), NAME);
    } catch (BoardException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] blob() {
    FdtWriter fdt = StandardNodes.root("Portcullis built-in board", "portcullis,built-in");
    StandardNodes.memory(fdt, new AddressRange(0x8000_0000L, 0x8000_0000L));
    StandardNodes.cells(fdt.begin("reserved-memory"))
        .flag("ranges")
        .begin("firmware@ff000000")
        .numbers("reg", 0xff00_0000L, 0x0100_0000L)
        .flag("no-map")
        .end()
        .end();
    StandardNodes.interruptController(fdt);
    StandardNodes.beginBus(fdt);
    StandardNodes.smmu(fdt, 0x2b40_0000L, SMMU_BYTES, SMMU_PCI, 74);
    StandardNodes.beginSmmu(fdt, 0x2b50_0000L, SMMU_BYTES, SMMU_SOC, 84)
        .flag(Smmu.ABORTS_WITHOUT_POWER)
        .end();
    StandardNodes.pci(
        fdt,
        0,
        0x4000_0000L,
        PCI_MEMORY_32,
        new AddressRange(0x5000_0000L, 0x1000_0000L),
        SMMU_PCI,
        0x1_0000);
    platformMaster(fdt, "ethernet", "snps,dwmac-4.10a", 0x3000_0000L, 96, 0x10);
    platformMaster(fdt, "mmc", "arasan,sdhci-5.1", 0x3001_0000L, 97, 0x20);
    platformMaster(fdt, "usb", "generic-xhci", 0x3002_0000L, 98, 0x30);
    fdt.begin("dma-controller@30030000")
        .strings("compatible", "arm,pl330", "arm,primecell")
        .numbers("reg", 0x3003_0000L, 0x1_0000L)
        .cells("interrupts", StandardNodes.SPI, 99, StandardNodes.LEVEL)
        .cells("#dma-cells", 1)
        .end();
    return fdt.end().end().blob();
  }

  private static void platformMaster(
      FdtWriter fdt, String name, String compatible, long base, int interrupt, int streamId) {
    fdt.begin(name + "@" + Long.toHexString(base))
        .strings("compatible", compatible)
        .numbers("reg", base, 0x1_0000L)
        .cells("interrupts", StandardNodes.SPI, interrupt, StandardNodes.LEVEL)
        .cells("iommus", SMMU_SOC, streamId)
        .end();
  }
}
