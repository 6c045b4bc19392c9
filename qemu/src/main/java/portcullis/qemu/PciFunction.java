package portcullis.qemu;

/**
 * A PCI function and where its registers were placed.
 *
 * @param bus 0 to 255
 * @param device 0 to 31
 * @param function 0 to 7
 * @param bar0 the physical address of its first memory BAR
 */
public record PciFunction(int bus, int device, int function, long bar0) {

  /** What the SMMU sees: the requester ID, as the machine's {@code iommu-map} passes it on. */
  public int streamId() {
    return bus << 8 | device << 3 | function;
  }

  @Override
  public String toString() {
    return "%02x:%02x.%x".formatted(bus, device, function);
  }
}
