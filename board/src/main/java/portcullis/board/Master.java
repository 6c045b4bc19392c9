package portcullis.board;

import java.util.List;

/**
 * A node that can access memory by itself.
 *
 * @param path the node's path
 * @param name the node's name, such as {@code ethernet@c7040000}, or its path where another master
 *     or SMMU has that name too
 * @param compatible its {@code compatible} strings, most specific first
 * @param registers where the CPU reaches its registers; may be empty
 * @param enabled whether {@code status} here and above says so
 * @param coherent whether {@code dma-coherent} is said here or, as Linux takes it, above
 * @param pci whether it is a PCI host bridge, and so stands for every function behind it; else a
 *     platform device
 * @param streams the StreamIDs that it sends, to whichever SMMUv3s, enabled or not
 * @param ridMask {@code iommu-map-mask}: the bits of a requester ID that {@code iommu-map} looks at
 * @param attachment what stands between it and memory, the weakest of all its streams
 * @param reason why the attachment is not {@link Attachment#SMMU}, or why this is a master at all;
 *     one line
 */
public record Master(
    String path,
    String name,
    List<String> compatible,
    List<AddressRange> registers,
    boolean enabled,
    boolean coherent,
    boolean pci,
    List<StreamRange> streams,
    int ridMask,
    Attachment attachment,
    String reason) {

  /** Copies the lists. */
  public Master {
    compatible = List.copyOf(compatible);
    registers = List.copyOf(registers);
    streams = List.copyOf(streams);
  }
}
