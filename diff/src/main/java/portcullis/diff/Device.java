package portcullis.diff;

import portcullis.arch.smmu.Ste;

/** A DMA master of QEMU's machine, at the place on bus 0 that {@code qemu} gives it. */
enum Device {
  /** {@code iommu-testdev}: writes, and tells whether it could. */
  TESTDEV(1 << 3, false),

  /** {@code edu}: reads and writes, and tells nothing. */
  EDU(2 << 3, true);

  private final int streamId;
  private final boolean reads;

  Device(int streamId, boolean reads) {
    this.streamId = streamId;
    this.reads = reads;
  }

  /** Its StreamID. */
  int streamId() {
    return streamId;
  }

  /** Whether it can be asked to read. */
  boolean reads() {
    return reads;
  }

  /** Byte offset of its STE in a linear table. */
  long steOffset() {
    return (long) streamId * Ste.BYTES;
  }
}
