package portcullis.board;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.board.fdt.Node;
import portcullis.board.fdt.Property;

/**
 * DMA masters and the StreamIDs they send, from {@code iommus} (Linux binding {@code
 * iommu/iommu.txt}) and {@code iommu-map} ({@code pci/pci-iommu.txt}).
 */
final class MasterReader {
  private static final String IOMMUS = "iommus";
  private static final String IOMMU_MAP = "iommu-map";
  private static final String IOMMU_MAP_MASK = "iommu-map-mask";
  private static final String IOMMU_CELLS = "#iommu-cells";

  /** An entry of {@code iommu-map}: rid-base, phandle, iommu-base, length. */
  private static final int MAP_ENTRY_CELLS = 4;

  /** What an SMMUv3's specifier is: one cell, the StreamID (binding {@code arm,smmu-v3.yaml}). */
  private static final int SMMU_CELLS = 1;

  private final DeviceTree tree;
  private final AddressSpace space;
  private final ShortNames names;
  private final List<Smmu> smmus;
  private final Map<Node, Smmu> smmuOf = new HashMap<>();

  /**
   * A reader of masters behind {@code smmus}.
   *
   * @param smmuNodes the SMMUs' nodes, in the same order
   */
  MasterReader(
      DeviceTree tree,
      AddressSpace space,
      ShortNames names,
      List<Smmu> smmus,
      List<Node> smmuNodes) {
    this.tree = tree;
    this.space = space;
    this.names = names;
    this.smmus = smmus;
    for (Smmu smmu : smmus) {
      smmuOf.put(smmuNodes.get(smmu.index()), smmu);
    }
  }

  /** Whether the tree says by which IOMMU the node's DMA goes. */
  static boolean namesIommu(Node node) {
    return node.has(IOMMUS) || node.has(IOMMU_MAP);
  }

  /**
   * The master that {@code node} is, which {@link #namesIommu} or for which {@code rule} speaks.
   */
  Master read(Node node, Optional<MasterRule> rule) throws BoardException {
    Streams streams = new Streams();
    Optional<Property> iommus = node.property(IOMMUS);
    if (iommus.isPresent()) {
      readIommus(iommus.get(), streams);
    }
    Optional<Property> map = node.property(IOMMU_MAP);
    int mask = -1;
    if (map.isPresent()) {
      Optional<Property> maskProperty = node.property(IOMMU_MAP_MASK);
      mask = maskProperty.isPresent() ? maskProperty.get().u32() : -1;
      readMap(map.get(), mask, streams);
    }
    return new Master(
        node.path(),
        names.of(node),
        Nodes.compatible(node),
        space.registers(node),
        Nodes.enabled(node),
        Nodes.coherentFrom(node).isPresent(),
        Nodes.isPciHost(node),
        streams.ranges,
        mask,
        streams.attachment(),
        streams.reason(rule));
  }

  private void readIommus(Property iommus, Streams streams) throws BoardException {
    int cells = iommus.cellCount();
    int at = 0;
    while (at < cells) {
      Node iommu = iommu(iommus, iommus.cell(at));
      int arguments = iommuCells(iommu);
      at++;
      if (arguments > cells - at) {
        throw iommus.fault(
            "ends inside the specifier for " + iommu.path(),
            (arguments - (cells - at)) + " more cells");
      }
      Optional<Smmu> smmu = smmu(iommu);
      if (smmu.isPresent()) {
        long streamId = Integer.toUnsignedLong(iommus.cell(at));
        streams.ranges.add(new StreamRange(smmu.get().index(), streamId, 1, 0));
      } else {
        streams.addOther(iommu);
      }
      at += arguments;
    }
  }

  private void readMap(Property map, int mask, Streams streams) throws BoardException {
    int cells = Cells.count(map, MAP_ENTRY_CELLS);
    for (int at = 0; at < cells; at += MAP_ENTRY_CELLS) {
      int ridBase = map.cell(at);
      Node iommu = iommu(map, map.cell(at + 1));
      iommuCells(iommu);
      long first = Integer.toUnsignedLong(map.cell(at + 2));
      long count = Integer.toUnsignedLong(map.cell(at + 3));
      if ((ridBase & ~mask) != 0) {
        throw map.fault(
            "rid-base 0x" + Integer.toHexString(ridBase) + " has bits outside of " + IOMMU_MAP_MASK,
            "bits in 0x" + Integer.toHexString(mask));
      }
      if (count == 0) {
        // A placeholder that matches nothing, as NXP's trees have for the boot loader to fill in.
        continue;
      }
      if (first + count > StreamRange.LIMIT
          || Integer.toUnsignedLong(ridBase) + count > StreamRange.LIMIT) {
        throw map.fault(
            "entry " + at / MAP_ENTRY_CELLS + " of length 0x" + Long.toHexString(count) + " wraps",
            "IDs of at most 32 bits");
      }
      Optional<Smmu> smmu = smmu(iommu);
      if (smmu.isPresent()) {
        streams.ranges.add(new StreamRange(smmu.get().index(), first, count, ridBase));
      } else {
        streams.addOther(iommu);
      }
    }
  }

  private Node iommu(Property property, int phandle) throws BoardException {
    Node node =
        tree.byPhandle(phandle)
            .orElseThrow(
                () ->
                    property.fault(
                        "no node has phandle 0x" + Integer.toHexString(phandle),
                        "the phandle of an IOMMU"));
    if (!node.has(IOMMU_CELLS)) {
      throw property.fault(
          node.path() + " (phandle 0x" + Integer.toHexString(phandle) + ") is no IOMMU",
          "a node with " + IOMMU_CELLS);
    }
    return node;
  }

  private int iommuCells(Node iommu) throws BoardException {
    Property property = iommu.property(IOMMU_CELLS).orElseThrow();
    int cells = property.u32();
    if (smmu(iommu).isPresent() && cells != SMMU_CELLS) {
      throw property.fault(
          "is " + Integer.toUnsignedString(cells), SMMU_CELLS + ", the StreamID, for an SMMUv3");
    }
    if (cells < 0 || cells > DeviceTree.MAX_BYTES) {
      throw property.fault("is " + Integer.toUnsignedString(cells), "a small number");
    }
    return cells;
  }

  private Optional<Smmu> smmu(Node iommu) {
    return Optional.ofNullable(smmuOf.get(iommu));
  }

  /** Where a master's DMA goes, as far as it has been read. */
  private final class Streams {
    final List<StreamRange> ranges = new ArrayList<>();
    private Optional<Node> other = Optional.empty();

    void addOther(Node iommu) {
      other = other.or(() -> Optional.of(iommu));
    }

    private Optional<Smmu> disabled() {
      return ranges.stream()
          .map(range -> smmus.get(range.smmu()))
          .filter(smmu -> !smmu.enabled())
          .findFirst();
    }

    Attachment attachment() {
      if (other.isPresent()) {
        return Attachment.OTHER_IOMMU;
      }
      if (disabled().isPresent()) {
        return Attachment.SMMU_DISABLED;
      }
      return ranges.isEmpty() ? Attachment.NONE : Attachment.SMMU;
    }

    String reason(Optional<MasterRule> rule) throws BoardException {
      return switch (attachment()) {
        case OTHER_IOMMU -> {
          Node iommu = other.orElseThrow();
          List<String> compatible = Nodes.compatible(iommu);
          yield "behind "
              + iommu.name()
              + (compatible.isEmpty() ? "" : " (" + compatible.getFirst() + ")")
              + ", which is no SMMUv3";
        }
        case SMMU_DISABLED -> "behind " + disabled().orElseThrow().name() + ", which is disabled";
        case NONE ->
            rule.map(fit -> fit.text() + " but names no IOMMU")
                .orElse("names an IOMMU but no stream");
        case SMMU -> "";
      };
    }
  }
}
