package portcullis.board.fdt;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads one blob, once; every offset and length in it is checked before it is used. */
final class FdtParser {
  /** Deepest nesting accepted; Linux accepts no deeper tree either. */
  static final int MAX_DEPTH = 64;

  /**
   * Longest node or property name accepted, in bytes. The specification's limit is 31 (2.2.1),
   * which real trees exceed; without any limit names alone could make reading quadratic.
   */
  static final int MAX_NAME = 255;

  /** Longest path accepted, in characters; bounds the text that many deep nodes give. */
  static final int MAX_PATH = 1024;

  private final byte[] bytes;
  private final ByteBuffer blob;
  private final String fileName;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Integer, Node> byPhandle = new HashMap<>();
  private final Map<Integer, String> names = new HashMap<>();

  private int structEnd;
  private int stringsStart;
  private int stringsEnd;
  private int position;

  FdtParser(byte[] bytes, String fileName) {
    this.bytes = bytes;
    this.blob = ByteBuffer.wrap(bytes);
    this.fileName = fileName;
  }

  DeviceTree parse() throws BoardException {
    readHeader();
    List<MemoryReservation> reservations = readReservations();
    readStructure();
    for (Node node : nodes) {
      indexPhandle(node);
    }
    return new DeviceTree(fileName, nodes, byPhandle, reservations);
  }

  private void readHeader() throws BoardException {
    if (bytes.length == 0) {
      throw new BoardException(fileName, "is empty", "a flattened device tree");
    }
    if (bytes.length < Integer.BYTES || header(FdtFormat.H_MAGIC) != FdtFormat.MAGIC) {
      throw badMagic();
    }
    if (bytes.length < FdtFormat.HEADER_BYTES_16) {
      throw at(bytes.length, "file ends inside the header", FdtFormat.HEADER_BYTES_16 + " bytes");
    }
    int version = header(FdtFormat.H_VERSION);
    int compatible = header(FdtFormat.H_LAST_COMP_VERSION);
    if (version < FdtFormat.VERSION_16) {
      throw at(FdtFormat.H_VERSION, "version is " + version, "16 or 17");
    }
    if (compatible < 0 || compatible > FdtFormat.VERSION_17) {
      throw at(
          FdtFormat.H_LAST_COMP_VERSION,
          "readable only as version " + Integer.toUnsignedString(compatible) + " or later",
          "17 or less");
    }
    boolean sized = version >= FdtFormat.VERSION_17;
    int headerBytes = sized ? FdtFormat.HEADER_BYTES_17 : FdtFormat.HEADER_BYTES_16;
    long totalSize = unsigned(FdtFormat.H_TOTALSIZE);
    if (totalSize < headerBytes || totalSize > DeviceTree.MAX_BYTES) {
      throw at(
          FdtFormat.H_TOTALSIZE,
          "totalsize is " + totalSize,
          headerBytes + " to " + DeviceTree.MAX_BYTES);
    }
    if (totalSize > bytes.length) {
      throw at(
          bytes.length,
          "file ends before the tree's totalsize of " + totalSize + " bytes",
          (totalSize - bytes.length) + " more bytes");
    }
    int end = (int) totalSize;
    position = offset(FdtFormat.H_OFF_DT_STRUCT, "off_dt_struct", headerBytes, end, Integer.BYTES);
    structEnd = sized ? end(FdtFormat.H_SIZE_DT_STRUCT, "size_dt_struct", position, end) : end;
    stringsStart = offset(FdtFormat.H_OFF_DT_STRINGS, "off_dt_strings", headerBytes, end, 1);
    stringsEnd = end(FdtFormat.H_SIZE_DT_STRINGS, "size_dt_strings", stringsStart, end);
    blob.limit(end);
  }

  private BoardException badMagic() {
    boolean text = true;
    for (int i = 0; i < Math.min(bytes.length, 512); i++) {
      text &= bytes[i] >= ' ' || (bytes[i] >= '\t' && bytes[i] <= '\r');
    }
    return text
        ? at(
            FdtFormat.H_MAGIC,
            "file is text, not a flattened device tree",
            "the magic number 0xd00dfeed (dtc -I dts -O dtb makes a blob of a source)")
        : at(
            FdtFormat.H_MAGIC, "bad magic number", "0xd00dfeed, as a flattened device tree begins");
  }

  private int offset(int field, String name, int least, int end, int alignment)
      throws BoardException {
    long offset = unsigned(field);
    if (offset < least || offset > end || offset % alignment != 0) {
      throw at(
          field,
          name + " is 0x" + Long.toHexString(offset),
          "a multiple of "
              + alignment
              + " from 0x"
              + Integer.toHexString(least)
              + " to 0x"
              + Integer.toHexString(end));
    }
    return (int) offset;
  }

  private int end(int field, String name, int start, int end) throws BoardException {
    long size = unsigned(field);
    if (size > end - start) {
      throw at(field, name + " is " + size, "at most " + (end - start));
    }
    return start + (int) size;
  }

  private List<MemoryReservation> readReservations() throws BoardException {
    int end = blob.limit();
    int at =
        offset(
            FdtFormat.H_OFF_MEM_RSVMAP,
            "off_mem_rsvmap",
            FdtFormat.HEADER_BYTES_16,
            end,
            Long.BYTES);
    List<MemoryReservation> reservations = new ArrayList<>();
    while (end - at >= 2 * Long.BYTES) {
      MemoryReservation entry =
          new MemoryReservation(blob.getLong(at), blob.getLong(at + Long.BYTES));
      if (entry.address() == 0 && entry.size() == 0) {
        return reservations;
      }
      reservations.add(entry);
      at += 2 * Long.BYTES;
    }
    throw at(at, "memory reservation block has no end", "an entry of two zeros");
  }

  private void readStructure() throws BoardException {
    Optional<Node> open = Optional.empty();
    int depth = 0;
    while (true) {
      int at = position;
      int token = take("a token");
      switch (token) {
        case FdtFormat.BEGIN_NODE -> {
          if (open.isEmpty() && !nodes.isEmpty()) {
            throw at(at, "a second root node", "the end of the structure block");
          }
          if (++depth > MAX_DEPTH) {
            throw at(at, "nodes are nested too deeply", "at most " + MAX_DEPTH + " levels");
          }
          open = Optional.of(beginNode(open));
        }
        case FdtFormat.END_NODE -> {
          depth--;
          open =
              open.orElseThrow(() -> at(at, "a node ends that did not begin", "a node's begin"))
                  .parent();
        }
        case FdtFormat.PROP ->
            readProperty(
                open.orElseThrow(() -> at(at, "a property outside of nodes", "a node's begin")),
                at);
        case FdtFormat.NOP -> {}
        case FdtFormat.END -> {
          if (open.isPresent() || nodes.isEmpty()) {
            throw at(
                at,
                "structure block ends "
                    + open.map(node -> "inside node " + node.path()).orElse("without a node"),
                open.isPresent() ? "the node's end" : "a root node");
          }
          return;
        }
        default -> throw at(at, "bad token 0x" + Integer.toHexString(token), "1, 2, 3, 4 or 9");
      }
    }
  }

  private Node beginNode(Optional<Node> parent) throws BoardException {
    int at = position;
    String name = string(at, structEnd, "a node's name");
    position = FdtFormat.align(at + name.length() + 1);
    if (parent.isEmpty()) {
      if (!name.isEmpty() && !name.equals("/")) {
        throw at(at, "root node has the name " + name, "an empty name");
      }
      nodes.add(new Node(fileName, parent, ""));
      return nodes.getLast();
    }
    if (name.isEmpty() || name.indexOf('/') >= 0) {
      throw at(
          at,
          "bad node name '" + name + "' in " + parent.get().path(),
          "at least one character and no '/'");
    }
    Node node = new Node(fileName, parent, name);
    if (node.path().length() > MAX_PATH) {
      throw at(at, "path of a node is too long", "at most " + MAX_PATH + " characters");
    }
    if (!parent.get().add(node)) {
      throw at(at, "a second node " + node.path(), "names that differ");
    }
    nodes.add(node);
    return node;
  }

  private void readProperty(Node node, int at) throws BoardException {
    long length = Integer.toUnsignedLong(take("a property"));
    long nameOffset = Integer.toUnsignedLong(take("a property"));
    String name = propertyName(nameOffset, at, node);
    if (length > structEnd - position) {
      throw at(
          structEnd,
          "structure block ends inside a property: " + node.path() + ": " + name,
          (length - (structEnd - position)) + " more bytes");
    }
    if (!node.children().isEmpty()) {
      throw at(
          at, "property " + name + " follows a child of " + node.path(), "properties before nodes");
    }
    if (!node.add(new Property(node, name, blob.slice(position, (int) length)))) {
      throw at(at, node.path() + ": a second property " + name, "names that differ");
    }
    position = FdtFormat.align(position + (int) length);
  }

  private String propertyName(long nameOffset, int at, Node node) throws BoardException {
    if (nameOffset >= stringsEnd - stringsStart) {
      throw at(
          at + 2 * Integer.BYTES,
          node.path()
              + ": a property's name is at 0x"
              + Long.toHexString(nameOffset)
              + " of the strings block",
          "less than its size of " + (stringsEnd - stringsStart));
    }
    int start = stringsStart + (int) nameOffset;
    String name = names.get(start);
    if (name == null) {
      name = string(start, stringsEnd, "a property's name");
      if (name.isEmpty()) {
        throw at(start, node.path() + ": a property's name is empty", "at least one character");
      }
      names.put(start, name);
    }
    return name;
  }

  private void indexPhandle(Node node) throws BoardException {
    Optional<Property> property = node.property("phandle").or(() -> node.property("linux,phandle"));
    if (property.isEmpty()) {
      return;
    }
    int phandle = property.get().u32();
    if (phandle == 0 || phandle == -1) {
      throw property.get().fault("is 0x" + Integer.toHexString(phandle), "1 to 0xfffffffe");
    }
    Node other = byPhandle.putIfAbsent(phandle, node);
    if (other != null) {
      throw property
          .get()
          .fault(
              "0x" + Integer.toHexString(phandle) + " is also that of " + other.path(),
              "a phandle of its own");
    }
  }

  /** The next 32-bit word of the structure block. */
  private int take(String what) throws BoardException {
    if (structEnd - position < Integer.BYTES) {
      throw at(
          structEnd,
          "structure block ends inside " + what,
          (Integer.BYTES - Math.max(0, structEnd - position)) + " more bytes");
    }
    int word = blob.getInt(position);
    position += Integer.BYTES;
    return word;
  }

  /** The zero-terminated string at {@code start}; its zero byte is before {@code end}. */
  private String string(int start, int end, String what) throws BoardException {
    int stop = Math.min(end, start + MAX_NAME + 1);
    int zero = start;
    while (zero < stop && bytes[zero] != 0) {
      zero++;
    }
    if (zero == stop) {
      throw stop == end
          ? at(
              start,
              what + " has no end",
              "a zero byte before offset 0x" + Integer.toHexString(end))
          : at(start, what + " is too long", "at most " + MAX_NAME + " characters");
    }
    return new String(bytes, start, zero - start, StandardCharsets.ISO_8859_1);
  }

  private int header(int field) {
    return blob.getInt(field);
  }

  private long unsigned(int field) {
    return Integer.toUnsignedLong(header(field));
  }

  private BoardException at(int offset, String problem, String expected) {
    return BoardException.at(fileName, offset, problem, expected);
  }
}
