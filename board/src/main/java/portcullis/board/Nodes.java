package portcullis.board;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.Node;
import portcullis.board.fdt.Property;

/** What the standard properties say of a node (Devicetree Specification 2.3). */
final class Nodes {
  private Nodes() {}

  /** Whether the node is a PCI bus: a host bridge, or a bridge below one. */
  static boolean isPci(Node node) {
    return hasDeviceType(node, "pci");
  }

  /** Whether the node describes RAM. */
  static boolean isMemory(Node node) {
    return hasDeviceType(node, "memory");
  }

  private static boolean hasDeviceType(Node node, String deviceType) {
    byte[] wanted = (deviceType + "\0").getBytes(StandardCharsets.US_ASCII);
    return node.property("device_type")
        .map(property -> Arrays.equals(property.bytes(), wanted))
        .orElse(false);
  }

  /** Whether the node is a PCI host bridge: a PCI bus that is not below another. */
  static boolean isPciHost(Node node) {
    return isPci(node) && node.parent().map(parent -> !isPci(parent)).orElse(false);
  }

  /** The {@code compatible} strings, most specific first; none where there is no such property. */
  static List<String> compatible(Node node) throws BoardException {
    Optional<Property> compatible = node.property("compatible");
    return compatible.isPresent() ? compatible.get().strings() : List.of();
  }

  /**
   * Whether the node and all above it are enabled: {@code status} is absent, {@code okay} or, as
   * Linux takes it, {@code ok}.
   */
  static boolean enabled(Node node) throws BoardException {
    for (Optional<Node> at = Optional.of(node); at.isPresent(); at = at.get().parent()) {
      Optional<Property> status = at.get().property("status");
      if (status.isPresent()) {
        String value = status.get().string();
        if (!value.equals("okay") && !value.equals("ok")) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * The nearest node, from {@code node} upwards, that says whether DMA is coherent: {@code
   * dma-coherent} or {@code dma-noncoherent}, which hold for all below (as Linux's {@code
   * of_dma_is_coherent}); empty if none does, or it says it is not.
   */
  static Optional<Node> coherentFrom(Node node) {
    for (Optional<Node> at = Optional.of(node); at.isPresent(); at = at.get().parent()) {
      if (at.get().has("dma-coherent")) {
        return at;
      }
      if (at.get().has("dma-noncoherent")) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }
}
