package portcullis.board;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.board.fdt.Node;
import portcullis.board.fdt.Property;

/** The SMMUv3 nodes of a tree, and what must hold of their registers. */
final class SmmuReader {
  private static final String COMPATIBLE = "arm,smmu-v3";

  /** Register pages 0 and 1 (IHI 0070 6.1). */
  private static final long MIN_BYTES = 0x2_0000;

  /** Where this is said, registers of page 1 are in page 0 (Linux binding). */
  private static final String PAGE_0_ONLY = "cavium,cn9900-broken-page1-regspace";

  private static final long PAGE_0_BYTES = 0x1_0000;
  private static final long ALIGNMENT = 0x1_0000;
  private static final String REG = "reg";

  private final DeviceTree tree;
  private final AddressSpace space;
  private final BoardOptions options;
  private final ShortNames names;
  private final List<String> overrides;

  SmmuReader(
      DeviceTree tree,
      AddressSpace space,
      BoardOptions options,
      ShortNames names,
      List<String> overrides) {
    this.tree = tree;
    this.space = space;
    this.options = options;
    this.names = names;
    this.overrides = overrides;
  }

  static boolean isSmmu(Node node) throws BoardException {
    return Nodes.compatible(node).contains(COMPATIBLE);
  }

  /**
   * Every SMMUv3, in the tree's order.
   *
   * @param nodes their nodes
   * @param treeMemory the RAM that the tree names, where the board has that
   */
  List<Smmu> read(List<Node> nodes, AddressSet treeMemory) throws BoardException {
    if (nodes.isEmpty() && !options.smmuOptional()) {
      throw BoardException.in(tree.root(), "compatible", "no node is an SMMUv3", COMPATIBLE);
    }
    List<Smmu> smmus = new ArrayList<>();
    for (Node node : nodes) {
      smmus.add(read(smmus.size(), node));
    }
    for (Smmu smmu : smmus) {
      Optional<AddressRange> memory = treeMemory.overlapping(smmu.registers());
      if (memory.isPresent()) {
        throw fault(
            nodes.get(smmu.index()),
            smmu.registers() + " overlaps memory at " + memory.get(),
            "registers outside of memory");
      }
    }
    refuseOverlaps(smmus, nodes);
    return smmus;
  }

  private Smmu read(int index, Node node) throws BoardException {
    String name = names.of(node);
    boolean enabled = Nodes.enabled(node);
    if (!enabled && options.assumeEnabled()) {
      overrides.add(name + ": disabled in the tree, assumed enabled");
    }
    boolean coherent = node.has("dma-coherent");
    if (!coherent && options.assumeCoherent()) {
      overrides.add(name + ": not coherent in the tree, assumed coherent");
    }
    Optional<Node> coherentFrom = Nodes.coherentFrom(node);
    Optional<Property> phandle = node.property("phandle").or(() -> node.property("linux,phandle"));
    return new Smmu(
        index,
        node.path(),
        name,
        registers(node),
        enabled || options.assumeEnabled(),
        coherent || options.assumeCoherent(),
        coherent ? Optional.empty() : coherentFrom.map(Node::path),
        phandle.isPresent() ? OptionalInt.of(phandle.get().u32()) : OptionalInt.empty(),
        interrupts(node),
        node.properties().stream().map(Property::name).filter(p -> p.contains(",")).toList());
  }

  private AddressRange registers(Node node) throws BoardException {
    AddressRange registers = space.required(node).getFirst();
    long least = node.has(PAGE_0_ONLY) ? PAGE_0_BYTES : MIN_BYTES;
    if (registers.size() < least) {
      throw fault(
          node,
          "size of " + registers + " is too small",
          "at least 0x" + Long.toHexString(least) + " for its register pages");
    }
    if (registers.base() % ALIGNMENT != 0) {
      throw fault(node, "base of " + registers + " is not aligned", "a multiple of 0x10000");
    }
    return registers;
  }

  private static void refuseOverlaps(List<Smmu> smmus, List<Node> nodes) throws BoardException {
    List<Smmu> sorted = smmus.stream().sorted(Comparator.comparing(Smmu::registers)).toList();
    for (int i = 1; i < sorted.size(); i++) {
      Smmu below = sorted.get(i - 1);
      Smmu smmu = sorted.get(i);
      if (below.registers().overlaps(smmu.registers())) {
        throw fault(
            nodes.get(smmu.index()),
            smmu.registers() + " overlaps " + below.path() + " at " + below.registers(),
            "registers of its own");
      }
    }
  }

  /** The wired interrupts: {@code interrupt-names} says how many specifiers there are. */
  private static List<Interrupt> interrupts(Node node) throws BoardException {
    Optional<Property> interrupts = node.property("interrupts");
    Optional<Property> namesProperty = node.property("interrupt-names");
    List<String> names = namesProperty.isPresent() ? namesProperty.get().strings() : List.of();
    if (interrupts.isEmpty() || names.isEmpty()) {
      return List.of();
    }
    int cells = Cells.count(interrupts.get(), names.size()) / names.size();
    List<Interrupt> list = new ArrayList<>();
    for (String name : names) {
      List<Integer> specifier = new ArrayList<>();
      for (int i = 0; i < cells; i++) {
        specifier.add(interrupts.get().cell(list.size() * cells + i));
      }
      list.add(new Interrupt(name, specifier));
    }
    return list;
  }

  private static BoardException fault(Node node, String problem, String expected) {
    return BoardException.in(node, REG, problem, expected);
  }
}
