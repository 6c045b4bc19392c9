package portcullis.board;

import portcullis.board.fdt.FdtWriter;

/**
 * Device tree nodes that the boards made here have in common. Addresses and sizes are of two cells.
 */
final class StandardNodes {
  /** The phandle of the interrupt controller. */
  static final int GIC = 1;

  /** The phandle of its interrupt translation service, where MSIs go. */
  static final int ITS = 2;

  /** The first phandle that is not taken. */
  static final int FIRST_FREE = 3;

  /** Bytes of an SMMU's registers. */
  static final long SMMU_BYTES = 0x2_0000;

  /** Bytes of the configuration space of 256 buses. */
  static final long ECAM_BYTES = 0x1000_0000;

  /** Wired interrupts that an SMMU has. */
  static final int SMMU_INTERRUPTS = 4;

  /** Interrupt specifiers of the GICv3 binding: shared (SPI), and rising edge or level high. */
  static final int SPI = 0;

  static final int EDGE = 1;
  static final int LEVEL = 4;

  private static final int TWO_CELLS = 2;

  /** An address of a PCI bus: flags, and 64 bits. */
  private static final int PCI_ADDRESS_CELLS = 3;

  private static final int LAST_BUS = 0xff;

  private StandardNodes() {}

  /** Begins the root. */
  static FdtWriter root(String model, String compatible) {
    FdtWriter fdt =
        new FdtWriter().begin("").strings("model", model).strings("compatible", compatible);
    return cells(fdt).cells("interrupt-parent", GIC);
  }

  /** Says that children's addresses and sizes are of two cells. */
  static FdtWriter cells(FdtWriter fdt) {
    return fdt.cells("#address-cells", TWO_CELLS).cells("#size-cells", TWO_CELLS);
  }

  /** A range of RAM. */
  static void memory(FdtWriter fdt, AddressRange range) {
    fdt.begin("memory@" + Long.toHexString(range.base()))
        .strings("device_type", "memory")
        .numbers("reg", range.base(), range.size())
        .end();
  }

  /** A GICv3 with an ITS. */
  static void interruptController(FdtWriter fdt) {
    fdt.begin("interrupt-controller@2f000000")
        .strings("compatible", "arm,gic-v3")
        .cells("phandle", GIC)
        .cells("#interrupt-cells", 3);
    cells(fdt)
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

  /** Begins the bus on which every device lies. */
  static void beginBus(FdtWriter fdt) {
    cells(fdt.begin("soc").strings("compatible", "simple-bus")).flag("ranges").flag("dma-coherent");
  }

  /**
   * A coherent SMMUv3.
   *
   * @param bytes of its registers, at least {@link #SMMU_BYTES}
   * @param firstInterrupt the first of {@link #SMMU_INTERRUPTS} SPIs
   */
  static void smmu(FdtWriter fdt, long base, long bytes, int phandle, int firstInterrupt) {
    beginSmmu(fdt, base, bytes, phandle, firstInterrupt).end();
  }

  /** As {@link #smmu}; the caller ends the node. */
  static FdtWriter beginSmmu(
      FdtWriter fdt, long base, long bytes, int phandle, int firstInterrupt) {
    return fdt.begin("iommu@" + Long.toHexString(base))
        .strings("compatible", "arm,smmu-v3")
        .cells("phandle", phandle)
        .numbers("reg", base, bytes)
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
        .flag("dma-coherent");
  }

  /**
   * A PCI host bridge with 256 buses, whose requester IDs are the StreamIDs of one SMMU.
   *
   * @param domain its PCI segment, and the high half of its functions' DeviceIDs for MSIs
   * @param configuration address of its configuration space, {@link #ECAM_BYTES} of it
   * @param windowFlags first cell of a PCI address: which kind of window
   * @param smmu phandle of the SMMU
   * @param streams how many requester IDs, from 0, pass it
   */
  static void pci(
      FdtWriter fdt,
      int domain,
      long configuration,
      int windowFlags,
      AddressRange window,
      int smmu,
      int streams) {
    fdt.begin("pcie@" + Long.toHexString(configuration))
        .strings("compatible", "pci-host-ecam-generic")
        .strings("device_type", "pci")
        .cells("#address-cells", PCI_ADDRESS_CELLS)
        .cells("#size-cells", TWO_CELLS)
        .cells("linux,pci-domain", domain)
        .cells("bus-range", 0, LAST_BUS)
        .numbers("reg", configuration, ECAM_BYTES)
        .cells(
            "ranges",
            windowFlags,
            high(window.base()),
            (int) window.base(),
            high(window.base()),
            (int) window.base(),
            high(window.size()),
            (int) window.size())
        .cells("msi-map", 0, ITS, domain << 16, 0x1_0000)
        .cells("iommu-map", 0, smmu, 0, streams)
        .end();
  }

  private static int high(long number) {
    return (int) (number >>> Integer.SIZE);
  }
}
