package portcullis.board.fdt;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A node of a device tree. Immutable once {@link DeviceTree} has handed it out. */
public final class Node {
  private final String fileName;
  private final Optional<Node> parent;
  private final String name;
  private Map<String, Property> properties = Map.of();
  private Map<String, Node> children = Map.of();

  /** A node without properties or children; the root has no parent and an empty name. */
  Node(String fileName, Optional<Node> parent, String name) {
    this.fileName = fileName;
    this.parent = parent;
    this.name = name;
  }

  /** Adds a property while the tree is being read; false if there is one of that name. */
  boolean add(Property property) {
    if (properties.isEmpty()) {
      properties = new LinkedHashMap<>();
    }
    return properties.putIfAbsent(property.name(), property) == null;
  }

  /** Adds a child while the tree is being read; false if there is one of that name. */
  boolean add(Node child) {
    if (children.isEmpty()) {
      children = new LinkedHashMap<>();
    }
    return children.putIfAbsent(child.name, child) == null;
  }

  /** The name of the file that the tree came from, for messages. */
  public String fileName() {
    return fileName;
  }

  /**
   * The node's full name with its unit address, such as {@code iommu@d0040000}; empty at the root.
   */
  public String name() {
    return name;
  }

  /** The node's name without its unit address, such as {@code iommu}. */
  public String baseName() {
    int at = name.indexOf('@');
    return at < 0 ? name : name.substring(0, at);
  }

  /** What follows the {@code @} in the name; empty where there is none. */
  public String unitAddress() {
    int at = name.indexOf('@');
    return at < 0 ? "" : name.substring(at + 1);
  }

  /** The path from the root, {@code /} for the root itself (Devicetree Specification 2.2.3). */
  public String path() {
    if (parent.isEmpty()) {
      return "/";
    }
    Deque<String> names = new ArrayDeque<>();
    for (Node node = this; node.parent.isPresent(); node = node.parent.get()) {
      names.addFirst(node.name);
    }
    return "/" + String.join("/", names);
  }

  /** The parent; empty at the root. */
  public Optional<Node> parent() {
    return parent;
  }

  /** The children, in the blob's order. */
  public Collection<Node> children() {
    return Collections.unmodifiableCollection(children.values());
  }

  /** The child of that full name. */
  public Optional<Node> child(String childName) {
    return Optional.ofNullable(children.get(childName));
  }

  /** The properties, in the blob's order. */
  public Collection<Property> properties() {
    return Collections.unmodifiableCollection(properties.values());
  }

  /** The property of that name. */
  public Optional<Property> property(String propertyName) {
    return Optional.ofNullable(properties.get(propertyName));
  }

  /** Whether there is a property of that name, whatever its value. */
  public boolean has(String propertyName) {
    return properties.containsKey(propertyName);
  }

  @Override
  public String toString() {
    return path();
  }
}
