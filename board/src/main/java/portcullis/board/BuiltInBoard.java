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

  private static final int GIC = 1;
  private static final int ITS = 2;
  private static final int SMMU_PCI = 3;
  private static final int SMMU_SOC = 4;

  /** Interrupt specifiers of the GICv3 binding: shared (SPI), and rising edge or level high. */
  private static final int SPI = 0;

  private static final int EDGE = 1;
  private static final int LEVEL = 4;

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
    FdtWriter fdt =
        new FdtWriter()
            .begin("")
            .strings("model", "Portcullis built-in board")
            .strings("compatible", "portcullis,built-in")
            .cells("#address-cells", 2)
            .cells("#size-cells", 2)
            .cells("interrupt-parent", GIC);
    fdt.begin("memory@80000000")
        .strings("device_type", "memory")
        .numbers("reg", 0x8000_0000L, 0x8000_0000L)
        .end();
    fdt.begin("reserved-memory")
        .cells("#address-cells", 2)
        .cells("#size-cells", 2)
        .flag("ranges")
        .begin("firmware@ff000000")
        .numbers("reg", 0xff00_0000L, 0x0100_0000L)
        .flag("no-map")
        .end()
        .end();
    interruptController(fdt);
    fdt.begin("soc")
        .strings("compatible", "simple-bus")
        .cells("#address-cells", 2)
        .cells("#size-cells", 2)
        .flag("ranges")
        .flag("dma-coherent");
    smmu(fdt, 0x2b40_0000L, SMMU_PCI, 74);
    smmu(fdt, 0x2b50_0000L, SMMU_SOC, 84);
    pci(fdt);
    platformMaster(fdt, "ethernet", "snps,dwmac-4.10a", 0x3000_0000L, 96, 0x10);
    platformMaster(fdt, "mmc", "arasan,sdhci-5.1", 0x3001_0000L, 97, 0x20);
    platformMaster(fdt, "usb", "generic-xhci", 0x3002_0000L, 98, 0x30);
    fdt.begin("dma-controller@30030000")
        .strings("compatible", "arm,pl330", "arm,primecell")
        .numbers("reg", 0x3003_0000L, 0x1_0000L)
        .cells("interrupts", SPI, 99, LEVEL)
        .cells("#dma-cells", 1)
        .end();
    return fdt.end().end().blob();
  }

  private static void interruptController(FdtWriter fdt) {
    fdt.begin("interrupt-controller@2f000000")
        .strings("compatible", "arm,gic-v3")
        .cells("phandle", GIC)
        .cells("#interrupt-cells", 3)
        .cells("#address-cells", 2)
        .cells("#size-cells", 2)
        .flag("ranges")
        .flag("interrupt-controller")
        .numbers("reg", 0x2f00_0000L, 0x1_0000L, 0x2f10_0000L, 0x20_0000L)
        .begin("msi-controller@2f020000")
        .strings("compatible", "arm,gic-v3-its")
        .cells("phandle", ITS)
        .cells("#msi-cells", 1)
        .flag("msi-controller")
        .numbers("reg", 0x2f02_0000L, 0x2_0000L)
        .end()
        .end();
  }

  private static void smmu(FdtWriter fdt, long base, int phandle, int firstInterrupt) {
    fdt.begin("iommu@" + Long.toHexString(base))
        .strings("compatible", "arm,smmu-v3")
        .cells("phandle", phandle)
        .numbers("reg", base, 0x2_0000L)
        .strings("interrupt-names", "eventq", "gerror", "priq", "cmdq-sync")
        .cells(
            "interrupts",
            SPI,
            firstInterrupt,
            EDGE,
            SPI,
            firstInterrupt + 1,
            EDGE,
            SPI,
            firstInterrupt + 2,
            EDGE,
            SPI,
            firstInterrupt + 3,
            EDGE)
        .cells("#iommu-cells", 1)
        .flag("dma-coherent")
        .end();
  }

  private static void pci(FdtWriter fdt) {
    fdt.begin("pcie@40000000")
        .strings("compatible", "pci-host-ecam-generic")
        .strings("device_type", "pci")
        .cells("#address-cells", 3)
        .cells("#size-cells", 2)
        .cells("bus-range", 0, 0xff)
        .numbers("reg", 0x4000_0000L, 0x1000_0000L)
        .cells("ranges", PCI_MEMORY_32, 0, 0x5000_0000, 0, 0x5000_0000, 0, 0x1000_0000)
        .cells("msi-map", 0, ITS, 0, 0x1_0000)
        .cells("iommu-map", 0, SMMU_PCI, 0, 0x1_0000)
        .end();
  }

  private static void platformMaster(
      FdtWriter fdt, String name, String compatible, long base, int interrupt, int streamId) {
    fdt.begin(name + "@" + Long.toHexString(base))
        .strings("compatible", compatible)
        .numbers("reg", base, 0x1_0000L)
        .cells("interrupts", SPI, interrupt, LEVEL)
        .cells("iommus", SMMU_SOC, streamId)
        .end();
  }
}
