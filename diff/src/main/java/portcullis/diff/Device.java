package portcullis.diff;

import portcullis.arch.smmu.Ste;

/**
 * A DMA master of QEMU's machine, at the place on bus 0 that {@code qemu} gives it. Masters of a
 * kind are functions of one PCI device, so that their StreamIDs follow each other.
 */
enum Device {
  TESTDEV(Kind.TESTDEV, 0),
  EDU(Kind.EDU, 0),
  TESTDEV1(Kind.TESTDEV, 1),
  EDU1(Kind.EDU, 1),
  TESTDEV2(Kind.TESTDEV, 2),
  EDU2(Kind.EDU, 2),
  TESTDEV3(Kind.TESTDEV, 3),
  EDU3(Kind.EDU, 3);

  /** How many there are of each kind. */
  static final int FUNCTIONS = 4;

  /** What a master can do. */
  enum Kind {
    /** {@code iommu-testdev}: writes, and tells whether it could. */
    TESTDEV(1, false),

    /** {@code edu}: reads and writes, and tells nothing. */
    EDU(2, true);

    private final int slot;
    private final boolean reads;

    Kind(int slot, boolean reads) {
      this.slot = slot;
      this.reads = reads;
    }
  }

  private final Kind kind;
  private final int function;

  Device(Kind kind, int function) {
    this.kind = kind;
    this.function = function;
  }

  Kind kind() {
    return kind;
  }

  /** Its number among those of its kind. */
  int function() {
    return function;
  }

  /** Its StreamID. */
  int streamId() {
    return kind.slot << 3 | function;
  }

  /** Whether it can be asked to read. */
  boolean reads() {
    return kind.reads;
  }

  /** Byte offset of its STE in a linear table. */
  long steOffset() {
    return (long) streamId() * Ste.BYTES;
  }
}
