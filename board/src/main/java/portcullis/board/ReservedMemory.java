package portcullis.board;

import java.util.List;

/**
 * A child of {@code /reserved-memory} (Devicetree Specification 3.5), or an RMR node of an IORT
 * (DEN 0049E).
 *
 * @param path the node's path, or its place such as {@code IORT+0x98}
 * @param ranges where it is, from {@code reg}; empty for a region that the client program places
 * @param dynamicBytes the {@code size} of a region that the client program places; else 0
 * @param noMap whether the client program may not map it ({@code no-map})
 * @param streams from an RMR node: whose DMA firmware began there and means to go on; else empty
 */
public record ReservedMemory(
    String path,
    List<AddressRange> ranges,
    long dynamicBytes,
    boolean noMap,
    List<StreamRange> streams) {

  /** Copies the lists. */
  public ReservedMemory {
    ranges = List.copyOf(ranges);
    streams = List.copyOf(streams);
  }
}
