package portcullis.board;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import portcullis.board.fdt.Node;

/** A name for each of some nodes by which it can be told from the others, short where it can be. */
final class ShortNames {
  private final Map<String, Integer> uses = new HashMap<>();

  ShortNames(List<Node> nodes) {
    for (Node node : nodes) {
      uses.merge(node.name(), 1, Integer::sum);
    }
  }

  /** The node's own name if no other of the nodes has it, else its path. */
  String of(Node node) {
    return uses.getOrDefault(node.name(), 0) == 1 ? node.name() : node.path();
  }
}
