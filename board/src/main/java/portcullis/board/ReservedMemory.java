package portcullis.board;

import java.util.List;

/**
 * A child of {@code /reserved-memory} (Devicetree Specification 3.5).
 *
 * @param path the node's path
 * @param ranges where it is, from {@code reg}; empty for a region that the client program places
 * @param dynamicBytes the {@code size} of a region that the client program places; else 0
 * @param noMap whether the client program may not map it ({@code no-map})
 */
public record ReservedMemory(
    String path, List<AddressRange> ranges, long dynamicBytes, boolean noMap) {

  /** Copies the list. */
  public ReservedMemory {
    ranges = List.copyOf(ranges);
  }
}
