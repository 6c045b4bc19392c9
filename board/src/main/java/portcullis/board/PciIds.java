package portcullis.board;

/** Numbers of PCI functions (PCI Express Base Specification 2.2.6.2 and 7.2.2). */
final class PciIds {
  /** A bus has 1 MiB of configuration space. */
  static final int ECAM_BUS_SHIFT = 20;

  /** A requester ID is the bus above 8 bits of device and function. */
  static final int BUS_SHIFT = 8;

  /** One more than the largest requester ID. */
  static final long LIMIT = 0x1_0000;

  private PciIds() {}
}
