package portcullis.board;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import portcullis.board.acpi.AcpiTable;
import portcullis.board.acpi.IdMapping;
import portcullis.board.acpi.Iort;
import portcullis.board.acpi.IortNode;
import portcullis.board.acpi.Mcfg;
import portcullis.board.fdt.BoardException;

/**
 * DMA masters and the StreamIDs that they send, from the root complexes and named components of an
 * IORT, and the buses that it forgot from an MCFG.
 *
 * <p>A mapping to an ITS group is a way to memory through no SMMU (DEN 0049E, ID mappings: an SMMU
 * in between would be the target). The requester IDs of a root complex that go so are a master of
 * their own beside those that go through an SMMU; a named component with such a mapping is not
 * protected, whatever else it has.
 */
final class AcpiMasters {
  private final AcpiTable table;
  private final Iort iort;
  private final Map<Integer, Smmu> smmuAt;
  private final List<String> overrides;
  private final Map<Long, List<AddressRange>> configurationSpace = new HashMap<>();

  /** By segment, requester IDs as ranges: those that exist, and those that are mapped. */
  private final Map<Long, List<AddressRange>> buses = new HashMap<>();

  private final Map<Long, List<AddressRange>> mapped = new HashMap<>();
  private final Map<String, Integer> uses = new HashMap<>();

  AcpiMasters(AcpiTable table, Iort iort, Map<Integer, Smmu> smmuAt, List<String> overrides) {
    this.table = table;
    this.iort = iort;
    this.smmuAt = smmuAt;
    this.overrides = overrides;
  }

  /** Adds buses that a segment has, with the configuration space of these. */
  void addBuses(Mcfg.Allocation allocation, AddressRange space) {
    long segment = allocation.segment();
    configurationSpace.computeIfAbsent(segment, _ -> new ArrayList<>()).add(space);
    buses
        .computeIfAbsent(segment, _ -> new ArrayList<>())
        .add(
            new AddressRange(
                (long) allocation.firstBus() << PciIds.BUS_SHIFT,
                (long) (allocation.lastBus() - allocation.firstBus() + 1) << PciIds.BUS_SHIFT));
  }

  /** Every master: first the IORT's in its order, then buses that it leaves out. */
  List<Master> read() throws BoardException {
    for (IortNode node : iort.nodes()) {
      switch (node) {
        case IortNode.RootComplex root -> uses.merge(name(root), 1, Integer::sum);
        case IortNode.NamedComponent named -> uses.merge(named.name(), 1, Integer::sum);
        default -> {}
      }
    }
    List<Master> masters = new ArrayList<>();
    for (IortNode node : iort.nodes()) {
      switch (node) {
        case IortNode.RootComplex root -> addRootComplex(root, masters);
        case IortNode.NamedComponent named -> masters.add(namedComponent(named));
        default -> {}
      }
    }
    buses.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(segment -> forgotten(segment.getKey(), segment.getValue(), masters));
    return masters;
  }

  private static String name(IortNode.RootComplex root) {
    return "pci-segment-" + root.segment();
  }

  private String unique(String name, IortNode node) {
    return uses.get(name) == 1 ? name : name + "@" + Integer.toHexString(node.offset());
  }

  private Master namedComponent(IortNode.NamedComponent node) {
    Path path = new Path(node);
    for (IdMapping mapping : node.mappings()) {
      path.add(mapping, mapping.count(), 0);
    }
    return new Master(
        node.place(),
        unique(node.name(), node),
        List.of(),
        List.of(),
        true,
        node.coherent(),
        false,
        path.streams,
        -1,
        path.attachment(),
        path.reason());
  }

  private void addRootComplex(IortNode.RootComplex node, List<Master> masters)
      throws BoardException {
    Path path = new Path(node);
    boolean single = node.mappings().stream().anyMatch(IdMapping::single);
    List<AddressRange> ids = mapped.computeIfAbsent(node.segment(), _ -> new ArrayList<>());
    List<AddressRange> bypassing = new ArrayList<>();
    if (single) {
      ids.add(new AddressRange(0, PciIds.LIMIT));
      addSingle(node, path);
    } else {
      addRanges(node, path, ids, bypassing);
    }
    if (path.streams.isEmpty() && path.other.isEmpty()) {
      path.addBypass(bypassing);
    }
    masters.add(
        new Master(
            node.place(),
            unique(name(node), node),
            List.of(),
            configurationSpace.getOrDefault(node.segment(), List.of()),
            true,
            node.coherent(),
            true,
            path.streams,
            single ? 0 : -1,
            path.attachment(),
            path.reason()));
    if (path.bypass.isEmpty()) {
      for (AddressRange range : bypassing) {
        masters.add(
            withoutSmmu(
                node.place(),
                node.segment(),
                range,
                "go through no SMMU: the IORT maps them to an ITS group alone"));
      }
    }
  }

  /** One mapping for whatever requester ID leaves none to another mapping. */
  private void addSingle(IortNode.RootComplex node, Path path) throws BoardException {
    if (node.mappings().size() > 1) {
      IdMapping other = node.mappings().get(1);
      throw table.fault(
          other.offset(),
          "ID mapping",
          "of the " + node.text() + ", of whose mappings one is for all IDs",
          "no other mapping");
    }
    path.add(node.mappings().getFirst(), 1, 0);
  }

  private void addRanges(
      IortNode.RootComplex node, Path path, List<AddressRange> ids, List<AddressRange> bypassing)
      throws BoardException {
    List<IdMapping> sorted =
        node.mappings().stream().sorted(Comparator.comparingLong(IdMapping::inputBase)).toList();
    for (int i = 0; i < sorted.size(); i++) {
      IdMapping mapping = sorted.get(i);
      if (mapping.inputBase() >= PciIds.LIMIT) {
        throw table.fault(
            mapping.offset(),
            "input base",
            "0x%x is no requester ID".formatted(mapping.inputBase()),
            "at most 16 bits");
      }
      long next = i + 1 < sorted.size() ? sorted.get(i + 1).inputBase() : PciIds.LIMIT;
      long count = mapping.count();
      if (mapping.inputLast() >= next) {
        count = cut(node, mapping, next, i + 1 < sorted.size());
      }
      AddressRange range = new AddressRange(mapping.inputBase(), count);
      ids.add(range);
      if (iort.target(mapping) instanceof IortNode.ItsGroup) {
        bypassing.add(range);
      } else {
        path.add(mapping, count, (int) mapping.inputBase());
      }
    }
  }

  /**
   * How many IDs a mapping has that reaches {@code next}. Firmware is known that counts the IDs
   * where it should say one less: one ID too many is the next mapping's, as Linux has it, or none.
   */
  private long cut(IortNode.RootComplex node, IdMapping mapping, long next, boolean another)
      throws BoardException {
    long count = next - mapping.inputBase();
    if (another && (mapping.inputLast() > next || count == 0)) {
      throw table.fault(
          mapping.offset(),
          "ID mapping",
          "of the %s: input IDs 0x%x-0x%x overlap those of another from 0x%x"
              .formatted(node.text(), mapping.inputBase(), mapping.inputLast(), next),
          "one mapping of each ID");
    }
    overrides.add(
        "%s: an ID mapping reaches to ID 0x%x, assumed 0x%x"
            .formatted(name(node), mapping.inputLast(), next - 1));
    return count;
  }

  /** Names requester IDs of a segment's buses that no root complex maps. */
  private void forgotten(long segment, List<AddressRange> present, List<Master> masters) {
    AddressSet covered = AddressSet.of(mapped.getOrDefault(segment, List.of()));
    for (AddressRange ids : AddressSet.of(present).minus(covered).ranges()) {
      masters.add(
          withoutSmmu("MCFG", segment, ids, "are of buses in the MCFG that the IORT does not map"));
    }
  }

  private static Master withoutSmmu(String path, long segment, AddressRange ids, String reason) {
    return new Master(
        path,
        "pci-segment-%d requester IDs 0x%x-0x%x".formatted(segment, ids.base(), ids.end() - 1),
        List.of(),
        List.of(),
        true,
        false,
        true,
        List.of(),
        -1,
        Attachment.NONE,
        reason);
  }

  /** Where a master's DMA goes, as far as it has been read. */
  private final class Path {
    final List<StreamRange> streams = new ArrayList<>();
    private final IortNode node;
    private String bypass = "";
    private String other = "";

    Path(IortNode node) {
      this.node = node;
    }

    void add(IdMapping mapping, long count, int ridBase) {
      IortNode target = iort.target(mapping);
      switch (target) {
        case IortNode.SmmuV3 smmu ->
            streams.add(
                new StreamRange(
                    smmuAt.get(smmu.offset()).index(), mapping.outputBase(), count, ridBase));
        case IortNode.ItsGroup its -> bypass = firstOf(bypass, its);
        default -> other = firstOf(other, target);
      }
    }

    /** Takes the ID mappings of a root complex that has no others. */
    void addBypass(List<AddressRange> bypassing) {
      if (!bypassing.isEmpty()) {
        add(node.mappings().getFirst(), 1, 0);
      }
    }

    private static String firstOf(String known, IortNode target) {
      return known.isEmpty() ? target.text() : known;
    }

    Attachment attachment() {
      if (node.mappings().isEmpty() || !bypass.isEmpty()) {
        return Attachment.NONE;
      }
      return other.isEmpty() ? Attachment.SMMU : Attachment.OTHER_IOMMU;
    }

    String reason() {
      return switch (attachment()) {
        case NONE ->
            node.mappings().isEmpty()
                ? "has no ID mapping in the IORT"
                : (streams.isEmpty() ? "all" : "part")
                    + " of its IDs go through no SMMU, but to the "
                    + bypass;
        case OTHER_IOMMU -> "behind the " + other + ", which is no SMMUv3";
        case SMMU, SMMU_DISABLED -> "";
      };
    }
  }
}
