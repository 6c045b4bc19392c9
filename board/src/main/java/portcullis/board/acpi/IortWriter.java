package portcullis.board.acpi;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds an IORT, node by node: each method that adds one returns the node's offset, for the
 * mappings of others. The mappings of a node are given right after it.
 *
 * <p>Writes what it is told: whether references lead to nodes is for the reader to judge.
 */
public final class IortWriter {
  /** Revision of the table and of its nodes in DEN 0049E.e. */
  private static final int TABLE_REVISION = 6;

  private static final int ITS_REVISION = 1;
  private static final int NAMED_REVISION = 4;
  private static final int ROOT_REVISION = 4;
  private static final int SMMU_REVISION = 5;
  private static final int RMR_REVISION = 3;

  private static final int ROOT_BYTES_4 = 40;
  private static final int ADDRESS_LIMIT = 64;

  private final List<Node> nodes = new ArrayList<>();

  /** What a node is made of, until the table is put together. */
  private static final class Node {
    final int type;
    final int revision;
    final byte[] body;
    final List<long[]> mappings = new ArrayList<>();

    Node(int type, int revision, byte[] body) {
      this.type = type;
      this.revision = revision;
      this.body = body;
    }

    int mappingOffset() {
      return (IortFormat.NODE_BYTES + body.length + 3) & -4;
    }
  }

  /** A writer of a table without nodes. */
  public IortWriter() {}

  /** Adds an ITS group of one ITS. */
  public int its(int identifier) {
    return add(IortFormat.TYPE_ITS_GROUP, ITS_REVISION, body().u32(1).u32(identifier));
  }

  /**
   * Adds an SMMUv3 with wired interrupts.
   *
   * @param flags the COHACC override in bit 0
   * @param firstGsiv the interrupt of its event queue, with those of PRI queue, GERROR and CMD_SYNC
   *     behind; 0 for none of them
   */
  public int smmu(long base, int flags, int model, int firstGsiv) {
    AcpiWriter body = body().u64(base).u32(flags).u32(0).u64(0).u32(model);
    for (int i = 0; i < 4; i++) {
      body.u32(firstGsiv == 0 ? 0 : firstGsiv + i);
    }
    return add(IortFormat.TYPE_SMMU_V3, SMMU_REVISION, body.u32(0).u32(0));
  }

  /** Adds a root complex of PCI segment group {@code segment}. */
  public int rootComplex(int segment, boolean coherent) {
    AcpiWriter body = properties(body(), coherent).u32(0).u32(segment).u8(ADDRESS_LIMIT).u16(0);
    return add(
        IortFormat.TYPE_ROOT_COMPLEX,
        ROOT_REVISION,
        body.u8(0).bytes(new byte[ROOT_BYTES_4 - IortFormat.NODE_BYTES - 20]));
  }

  /** Adds a named component. */
  public int named(String name, boolean coherent) {
    AcpiWriter body = properties(body().u32(0), coherent).u8(ADDRESS_LIMIT);
    return add(
        IortFormat.TYPE_NAMED_COMPONENT,
        NAMED_REVISION,
        body.bytes((name + "\0").getBytes(StandardCharsets.ISO_8859_1)));
  }

  /**
   * Adds an RMR node, its descriptors before its mappings.
   *
   * @param ranges base and length of each range
   */
  public int reserved(long... ranges) {
    AcpiWriter body = body().u32(0).u32(ranges.length / 2).u32(IortFormat.RMR_BYTES);
    for (int i = 0; i < ranges.length; i += 2) {
      body.u64(ranges[i]).u64(ranges[i + 1]).u32(0);
    }
    return add(IortFormat.TYPE_RMR, RMR_REVISION, body);
  }

  /** Adds a node of any type, of these bytes after its header. */
  public int other(int type, byte... body) {
    return add(type, 0, body().bytes(body));
  }

  /** Maps {@code count} IDs of the node that was added last. */
  public IortWriter map(long inputBase, long count, long outputBase, int target) {
    nodes.getLast().mappings.add(new long[] {inputBase, count - 1, outputBase, target, 0});
    return this;
  }

  /** Maps every ID of the node that was added last to one. */
  public IortWriter mapAll(long output, int target) {
    nodes.getLast().mappings.add(new long[] {0, 0, output, target, IortFormat.M_FLAG_SINGLE});
    return this;
  }

  /** The table. */
  public byte[] table() {
    AcpiWriter table =
        new AcpiWriter(IortFormat.SIGNATURE, TABLE_REVISION)
            .u32(nodes.size())
            .u32(IortFormat.TABLE_BYTES)
            .u32(0);
    int identifier = 0;
    for (Node node : nodes) {
      int count = node.mappings.size();
      table
          .u8(node.type)
          .u16(bytes(node))
          .u8(node.revision)
          .u32(identifier++)
          .u32(count)
          .u32(count == 0 ? 0 : node.mappingOffset())
          .bytes(node.body)
          .bytes(new byte[node.mappingOffset() - IortFormat.NODE_BYTES - node.body.length]);
      for (long[] mapping : node.mappings) {
        for (long field : mapping) {
          table.u32(field);
        }
      }
    }
    return table.table();
  }

  private int add(int type, int revision, AcpiWriter body) {
    int offset = end();
    nodes.add(new Node(type, revision, body.body()));
    return offset;
  }

  /** Linear in the nodes, which is enough for the tables that are built here. */
  private int end() {
    return IortFormat.TABLE_BYTES + nodes.stream().mapToInt(IortWriter::bytes).sum();
  }

  private static int bytes(Node node) {
    return node.mappingOffset() + node.mappings.size() * IortFormat.MAPPING_BYTES;
  }

  private static AcpiWriter properties(AcpiWriter body, boolean coherent) {
    return body.u32(coherent ? IortFormat.FULLY_COHERENT : 0).u32(0);
  }

  private static AcpiWriter body() {
    return new AcpiWriter(IortFormat.SIGNATURE, 0);
  }
}
