package portcullis.board.acpi;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import portcullis.board.fdt.BoardException;

/**
 * An I/O remapping table: its nodes, each within the table, and each ID mapping to a node of a kind
 * that its own kind may lead to. A device leads to an SMMU or an ITS group, an SMMU to an ITS
 * group, and an ITS group nowhere, so that no path is longer than that, or a cycle.
 *
 * <p>Time and memory are linear in the table's size.
 */
public final class Iort {
  private final AcpiTable table;
  private final List<IortNode> nodes = new ArrayList<>();
  private final Map<Integer, IortNode> byOffset = new HashMap<>();

  private Iort(AcpiTable table) {
    this.table = table;
  }

  /**
   * Parses the table.
   *
   * @throws BoardException if a node, an array or a reference leads out of the table or to
   *     something else
   */
  public static Iort parse(AcpiTable table) throws BoardException {
    Iort iort = new Iort(table);
    iort.readNodes();
    for (IortNode node : iort.nodes) {
      iort.checkMappings(node);
    }
    return iort;
  }

  /** All nodes, in the table's order. */
  public List<IortNode> nodes() {
    return List.copyOf(nodes);
  }

  /** The node that a mapping leads to. */
  public IortNode target(IdMapping mapping) {
    return byOffset.get(mapping.target());
  }

  private void readNodes() throws BoardException {
    if (table.length() < IortFormat.TABLE_BYTES) {
      throw table.fault(
          AcpiTable.LENGTH, "length", "is " + table.length(), "at least " + IortFormat.TABLE_BYTES);
    }
    long count = table.u32(IortFormat.NODE_COUNT);
    long first = table.u32(IortFormat.NODE_OFFSET);
    if (count > 0 && (first < IortFormat.TABLE_BYTES || first > table.length())) {
      throw table.fault(
          IortFormat.NODE_OFFSET,
          "node offset",
          "is " + hex(first),
          hex(IortFormat.TABLE_BYTES) + " to the table's length of " + hex(table.length()));
    }
    int at = (int) first;
    for (long i = 0; i < count; i++) {
      if (table.length() - at < IortFormat.NODE_BYTES) {
        throw table.fault(
            at,
            "node " + i + " of " + count,
            "table ends inside its header",
            (IortFormat.NODE_BYTES - (table.length() - at)) + " more bytes");
      }
      int length = table.u16(at + IortFormat.N_LENGTH);
      int least = leastBytes(at);
      if (length < least) {
        throw table.fault(
            at + IortFormat.N_LENGTH,
            "node length",
            "is " + length,
            "at least " + least + " for its type and revision");
      }
      if (length > table.length() - at) {
        throw table.fault(
            at + IortFormat.N_LENGTH,
            "node length",
            "is " + length + ", and the table ends before",
            "at most " + (table.length() - at));
      }
      IortNode node = node(at, at + length);
      nodes.add(node);
      byOffset.put(at, node);
      at += length;
    }
  }

  /** How long the node at {@code at} must be to have the fields that are read. */
  private int leastBytes(int at) {
    int revision = table.u8(at + IortFormat.N_REVISION);
    return switch (table.u8(at + IortFormat.N_TYPE)) {
      case IortFormat.TYPE_ITS_GROUP -> IortFormat.ITS_BYTES;
      case IortFormat.TYPE_NAMED_COMPONENT -> IortFormat.NAMED_BYTES;
      case IortFormat.TYPE_ROOT_COMPLEX -> IortFormat.ROOT_BYTES;
      case IortFormat.TYPE_SMMU_V3 ->
          revision == 0 ? IortFormat.SMMU_BYTES : IortFormat.SMMU_BYTES_1;
      case IortFormat.TYPE_RMR -> IortFormat.RMR_BYTES;
      default -> IortFormat.NODE_BYTES;
    };
  }

  private IortNode node(int at, int end) throws BoardException {
    List<IdMapping> mappings = mappings(at, end);
    int type = table.u8(at + IortFormat.N_TYPE);
    return switch (type) {
      case IortFormat.TYPE_ITS_GROUP -> new IortNode.ItsGroup(at, mappings);
      case IortFormat.TYPE_NAMED_COMPONENT ->
          new IortNode.NamedComponent(
              at, coherent(at + IortFormat.NAMED_PROPERTIES), name(at, end), mappings);
      case IortFormat.TYPE_ROOT_COMPLEX ->
          new IortNode.RootComplex(
              at,
              coherent(at + IortFormat.ROOT_PROPERTIES),
              table.u32(at + IortFormat.ROOT_SEGMENT),
              mappings);
      case IortFormat.TYPE_SMMU_V2 -> new IortNode.SmmuV2(at, mappings);
      case IortFormat.TYPE_SMMU_V3 -> smmu(at, mappings);
      case IortFormat.TYPE_RMR -> new IortNode.ReservedRanges(at, ranges(at, end), mappings);
      default -> new IortNode.Other(at, type, mappings);
    };
  }

  private IortNode.SmmuV3 smmu(int at, List<IdMapping> mappings) {
    return new IortNode.SmmuV3(
        at,
        table.u64(at + IortFormat.SMMU_BASE),
        (table.u32(at + IortFormat.SMMU_FLAGS) & IortFormat.SMMU_FLAG_COHACC) != 0,
        table.u64(at + IortFormat.SMMU_VATOS),
        table.u32(at + IortFormat.SMMU_MODEL),
        (int) table.u32(at + IortFormat.SMMU_EVENT_GSIV),
        (int) table.u32(at + IortFormat.SMMU_PRI_GSIV),
        (int) table.u32(at + IortFormat.SMMU_GERROR_GSIV),
        (int) table.u32(at + IortFormat.SMMU_SYNC_GSIV),
        mappings);
  }

  private boolean coherent(int properties) {
    return table.u32(properties) == IortFormat.FULLY_COHERENT;
  }

  private String name(int at, int end) throws BoardException {
    int from = at + IortFormat.NAMED_NAME;
    StringBuilder name = new StringBuilder();
    for (int i = from; i < end; i++) {
      int c = table.u8(i);
      if (c == 0 && !name.isEmpty()) {
        return name.toString();
      }
      if (c <= ' ' || c > '~') {
        throw table.fault(
            i,
            "device object name",
            "has the byte 0x%02x".formatted(c),
            "printable ASCII characters and a zero");
      }
      name.append((char) c);
    }
    throw table.fault(from, "device object name", "has no end", "a zero byte before the node ends");
  }

  private List<IortNode.ReservedRanges.Range> ranges(int at, int end) throws BoardException {
    long count = table.u32(at + IortFormat.RMR_COUNT);
    int array =
        array(
            at,
            end,
            at + IortFormat.RMR_OFFSET,
            "memory range descriptor offset",
            at + IortFormat.RMR_COUNT,
            "memory range descriptor count",
            IortFormat.RMR_RANGE_BYTES);
    List<IortNode.ReservedRanges.Range> ranges = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int descriptor = array + i * IortFormat.RMR_RANGE_BYTES;
      ranges.add(
          new IortNode.ReservedRanges.Range(
              descriptor,
              table.u64(descriptor + IortFormat.RMR_BASE),
              table.u64(descriptor + IortFormat.RMR_LENGTH)));
    }
    return ranges;
  }

  private List<IdMapping> mappings(int at, int end) throws BoardException {
    long count = table.u32(at + IortFormat.N_MAPPING_COUNT);
    int array =
        array(
            at,
            end,
            at + IortFormat.N_MAPPING_OFFSET,
            "ID mapping offset",
            at + IortFormat.N_MAPPING_COUNT,
            "ID mapping count",
            IortFormat.MAPPING_BYTES);
    List<IdMapping> mappings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      mappings.add(mapping(array + i * IortFormat.MAPPING_BYTES));
    }
    return mappings;
  }

  /** Where an array of a node begins, all of which is in the node. */
  private int array(
      int at,
      int end,
      int offsetField,
      String offsetName,
      int countField,
      String countName,
      int entryBytes)
      throws BoardException {
    long count = table.u32(countField);
    if (count == 0) {
      return at;
    }
    long offset = table.u32(offsetField);
    if (offset < IortFormat.NODE_BYTES || offset > end - at) {
      throw table.fault(
          offsetField,
          offsetName,
          "is " + hex(offset),
          hex(IortFormat.NODE_BYTES) + " to the node's length of " + hex(end - at));
    }
    long room = (end - at - offset) / entryBytes;
    if (count > room) {
      throw table.fault(
          countField,
          countName,
          "is " + count + ", and the node ends before",
          "at most " + room + " of " + entryBytes + " bytes from " + hex(offset));
    }
    return at + (int) offset;
  }

  private IdMapping mapping(int at) throws BoardException {
    boolean single = (table.u32(at + IortFormat.M_FLAGS) & IortFormat.M_FLAG_SINGLE) != 0;
    long inputBase = single ? 0 : table.u32(at + IortFormat.M_INPUT_BASE);
    long count = single ? 1 : table.u32(at + IortFormat.M_ID_COUNT) + 1;
    long outputBase = table.u32(at + IortFormat.M_OUTPUT_BASE);
    if (inputBase + count > IdMapping.LIMIT || outputBase + count > IdMapping.LIMIT) {
      throw table.fault(
          at + IortFormat.M_ID_COUNT,
          "number of IDs",
          "is " + hex(count - 1) + " from ID " + hex(Math.max(inputBase, outputBase)),
          "IDs of at most 32 bits");
    }
    long target = table.u32(at + IortFormat.M_OUTPUT_REFERENCE);
    return new IdMapping(
        at, inputBase, count, outputBase, (int) Math.min(target, Integer.MAX_VALUE), single);
  }

  private void checkMappings(IortNode node) throws BoardException {
    for (IdMapping mapping : node.mappings()) {
      IortNode target =
          Optional.ofNullable(target(mapping))
              .orElseThrow(
                  () ->
                      table.fault(
                          mapping.offset() + IortFormat.M_OUTPUT_REFERENCE,
                          "output reference",
                          "is "
                              + hex(table.u32(mapping.offset() + IortFormat.M_OUTPUT_REFERENCE))
                              + ", where no node begins",
                          "the offset of a node"));
      Optional<String> wanted = misled(node, target);
      if (wanted.isPresent()) {
        throw table.fault(
            mapping.offset() + IortFormat.M_OUTPUT_REFERENCE,
            "output reference",
            "of the " + node.text() + " is the " + target.text(),
            wanted.get());
      }
    }
  }

  /** What a mapping of {@code node} must lead to, where {@code target} is not that. */
  private static Optional<String> misled(IortNode node, IortNode target) {
    boolean its = target instanceof IortNode.ItsGroup;
    boolean device =
        target instanceof IortNode.RootComplex
            || target instanceof IortNode.NamedComponent
            || target instanceof IortNode.ReservedRanges;
    boolean smmu = target instanceof IortNode.SmmuV3 || target instanceof IortNode.SmmuV2;
    return switch (node) {
      case IortNode.SmmuV3 _, IortNode.SmmuV2 _ ->
          its ? Optional.empty() : Optional.of("an ITS group, the only thing behind an SMMU");
      case IortNode.RootComplex _, IortNode.NamedComponent _ ->
          device ? Optional.of("an SMMU or an ITS group") : Optional.empty();
      case IortNode.ReservedRanges _ -> smmu ? Optional.empty() : Optional.of("an SMMU");
      case IortNode.ItsGroup _ -> Optional.of("no mapping of an ITS group");
      case IortNode.Other _ -> Optional.empty();
    };
  }

  static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
