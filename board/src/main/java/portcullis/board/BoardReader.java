package portcullis.board;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.board.fdt.Node;

/**
 * Makes a {@link Board} of a device tree, or says in one line what is wrong with the tree.
 *
 * <p>Time and memory are O(n log n) in the tree's nodes and cells.
 *
 * <p>RAM and registers may not share a page. Where the tree's own memory covers an SMMU's registers
 * the tree is wrong, and refused. Other registers are carved out of RAM, whether the tree or an
 * override covers them: boards put memory around their registers, and an override names only how
 * much there is.
 */
public final class BoardReader {
  /** Children of the root whose {@code reg} is no device's registers. */
  private static final Set<String> NOT_DEVICES = Set.of("chosen", "cpus", "reserved-memory");

  /** Bytes of an SMMU's register pages 0 and 1. */
  private static final long REGISTER_PAGES = 0x2_0000;

  private final DeviceTree tree;
  private final BoardOptions options;
  private final AddressSpace space = new AddressSpace();
  private final List<String> overrides = new ArrayList<>();
  private final List<AddressRange> registers = new ArrayList<>();
  private final List<Node> smmuNodes = new ArrayList<>();
  private final List<Candidate> candidates = new ArrayList<>();

  /** A node that is a DMA master, and by which rule unless it names an IOMMU itself. */
  private record Candidate(Node node, Optional<MasterRule> rule) {}

  private BoardReader(DeviceTree tree, BoardOptions options) {
    this.tree = tree;
    this.options = options;
  }

  /**
   * Reads the board.
   *
   * @throws BoardException if the tree contradicts itself or names what cannot be, or has no SMMUv3
   *     where {@code options} do not allow that; the message is one line {@code file: node:
   *     property: what is wrong: expected ...}
   */
  public static Board read(DeviceTree tree, BoardOptions options) throws BoardException {
    return new BoardReader(tree, options).read();
  }

  private Board read() throws BoardException {
    for (Node child : tree.root().children()) {
      if (!NOT_DEVICES.contains(child.name())) {
        visit(child, false);
      }
    }
    MemoryReader memoryReader = new MemoryReader(tree, space);
    List<AddressRange> treeMemory = memoryReader.memory();
    Optional<MemoryArgument> argument = options.memory();
    List<AddressRange> claimed =
        argument.isPresent() ? argument.get().over(treeMemory) : treeMemory;
    if (argument.isPresent()) {
      overrides.add(MemoryMap.override(treeMemory, "tree", claimed));
    }
    ShortNames names = new ShortNames(named());
    List<Smmu> smmus =
        new SmmuReader(tree, space, options, names, overrides)
            .read(smmuNodes, AddressSet.of(argument.isPresent() ? List.of() : treeMemory));
    MasterReader masterReader = new MasterReader(tree, space, names, smmus, smmuNodes);
    AddressSet smmuPages = registerPages(smmus);
    List<Master> masters = new ArrayList<>();
    for (Candidate candidate : candidates) {
      masters.add(masterReader.read(candidate.node, candidate.rule));
      refuseSharedRegisters(candidate.node, masters.getLast(), smmuPages);
    }
    MemoryMap map = MemoryMap.of(claimed, registers);
    List<String> compatible = Nodes.compatible(tree.root());
    return new Board(
        tree.fileName(),
        model(compatible),
        compatible,
        map.memory(),
        map.carveOuts(),
        memoryReader.reserved(),
        memoryReader.firmwareReserved(),
        map.registers(),
        smmus,
        masters,
        overrides);
  }

  /** A master's registers cannot be an SMMU's pages 0 and 1. */
  private static void refuseSharedRegisters(Node node, Master master, AddressSet smmuPages)
      throws BoardException {
    for (AddressRange range : master.registers()) {
      Optional<AddressRange> shared = smmuPages.overlapping(range);
      if (shared.isPresent()) {
        throw BoardException.in(
            node,
            "reg",
            range + " overlaps an SMMU's registers at " + shared.get(),
            "registers of its own");
      }
    }
  }

  /**
   * Pages 0 and 1 of each SMMU (IHI 0070 6.1); what lies behind, within the same {@code reg}, may
   * belong to its performance monitors.
   */
  private static AddressSet registerPages(List<Smmu> smmus) {
    return AddressSet.of(
        smmus.stream()
            .map(Smmu::registers)
            .map(all -> new AddressRange(all.base(), Math.min(all.size(), REGISTER_PAGES)))
            .toList());
  }

  /** Sorts {@code node} and all below it into registers, SMMUs and masters. */
  private void visit(Node node, boolean belowPci) throws BoardException {
    if (Nodes.isMemory(node)) {
      return;
    }
    List<AddressRange> reachable = space.registers(node);
    registers.addAll(reachable);
    if (Nodes.isPciHost(node)) {
      registers.addAll(space.pciWindows(node));
    }
    if (SmmuReader.isSmmu(node)) {
      smmuNodes.add(node);
    } else if (MasterReader.namesIommu(node)) {
      candidates.add(new Candidate(node, Optional.empty()));
    } else if (!belowPci && Nodes.enabled(node)) {
      // Functions below a host bridge send its requester IDs: the bridge stands for them.
      Optional<MasterRule> rule = MasterRule.of(node, !reachable.isEmpty());
      if (rule.isPresent()) {
        candidates.add(new Candidate(node, rule));
      }
    }
    for (Node child : node.children()) {
      visit(child, belowPci || Nodes.isPci(node));
    }
  }

  private List<Node> named() {
    List<Node> named = new ArrayList<>(smmuNodes);
    candidates.forEach(candidate -> named.add(candidate.node));
    return named;
  }

  private String model(List<String> compatible) throws BoardException {
    if (tree.root().has("model")) {
      return tree.root().property("model").orElseThrow().string();
    }
    return compatible.isEmpty() ? tree.fileName() : compatible.getFirst();
  }
}
