package portcullis.board;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.Node;

/**
 * How an enabled node without {@code iommus} or {@code iommu-map} is known as a DMA master: the
 * first rule that fits. A tree need not say which devices are masters, so these rules err towards
 * naming one that is not: an unprotected master that goes unnamed is the worse mistake.
 *
 * <p>Buses, interrupt and MSI controllers, IOMMUs and DMA routers are none by themselves, whatever
 * properties they hand down.
 */
public enum MasterRule {
  /** A PCI host bridge, for the functions behind it ({@code device_type} is {@code pci}). */
  PCI_HOST("is a PCI host bridge") {
    @Override
    boolean fits(Node node, boolean reachable) {
      return Nodes.isPciHost(node);
    }
  },
  /** A DMA controller ({@code dma/dma-controller.yaml}). */
  DMA_CONTROLLER("has #dma-cells") {
    @Override
    boolean fits(Node node, boolean reachable) {
      return node.has("#dma-cells");
    }
  },
  /** A device that says how its DMA is (Devicetree Specification 2.3.9 to 2.3.11). */
  DMA_PROPERTY("has a DMA property") {
    @Override
    boolean fits(Node node, boolean reachable) {
      return DMA_PROPERTIES.stream().anyMatch(node::has);
    }
  },
  /**
   * A device of a class that has DMA engines of its own, by its name (Devicetree Specification
   * 2.2.2, and what Linux's bindings ask for). Only with registers that the CPU reaches: a device
   * behind I2C, SPI, SDIO or USB has no bus to master.
   */
  GENERIC_NAME("is of a class that masters the bus") {
    @Override
    boolean fits(Node node, boolean reachable) {
      return reachable && MASTER_NAMES.contains(node.baseName());
    }
  };

  private static final List<String> DMA_PROPERTIES =
      List.of("dma-coherent", "dma-noncoherent", "dma-ranges");

  private static final Set<String> MASTER_NAMES =
      Set.of(
          // Devicetree Specification 2.2.2
          "atm",
          "crypto",
          "display",
          "dma-controller",
          "dsp",
          "ethernet",
          "fdc",
          "gpu",
          "ide",
          "lcd-controller",
          "mmc",
          "nand-controller",
          "pci",
          "pcie",
          "sata",
          "scsi",
          "usb",
          "video-codec",
          // Linux bindings
          "camss",
          "clcd",
          "csi",
          "display-controller",
          "display-subsystem",
          "dss",
          "hdlcd",
          "infiniband",
          "isp",
          "jpegdec",
          "jpegenc",
          "mfc",
          "npu",
          "pcie-ep",
          "pcie_ep",
          "r5f",
          "remoteproc",
          "rga",
          "sas",
          "sdhci",
          "ufs",
          "ufshc",
          "video-decoder",
          "video-encoder",
          "virtio",
          "virtio_mmio",
          "vop",
          "vpu",
          "wifi");

  private static final Set<String> NEVER_COMPATIBLE =
      Set.of("simple-bus", "simple-pm-bus", "simple-mfd", "arm,amba-bus");

  private static final Set<String> NEVER_NAMES = Set.of("bus", "soc", "dma-router");

  private static final List<String> NEVER_PROPERTIES =
      List.of("#iommu-cells", "interrupt-controller", "msi-controller");

  private final String text;

  MasterRule(String text) {
    this.text = text;
  }

  /** Why a node that fits is taken as a master, to follow its name in a sentence. */
  public String text() {
    return text;
  }

  abstract boolean fits(Node node, boolean reachable);

  /**
   * The rule that makes {@code node} a master; empty if it is none.
   *
   * @param reachable whether the CPU reaches registers of it
   */
  static Optional<MasterRule> of(Node node, boolean reachable) throws BoardException {
    boolean never =
        node.parent().isEmpty()
            || NEVER_NAMES.contains(node.baseName())
            || NEVER_PROPERTIES.stream().anyMatch(node::has);
    if (never) {
      return Optional.empty();
    }
    for (MasterRule rule : values()) {
      if (rule.fits(node, reachable)) {
        boolean bus = Nodes.compatible(node).stream().anyMatch(NEVER_COMPATIBLE::contains);
        return bus ? Optional.empty() : Optional.of(rule);
      }
    }
    return Optional.empty();
  }
}
