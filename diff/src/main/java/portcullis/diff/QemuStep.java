package portcullis.diff;

/**
 * What one step came to on QEMU.
 *
 * @param outcome of a DMA, else null
 * @param data that a DMA read, 0 for any other step
 * @param readback of a register write
 * @param edges of the SMMU's interrupts
 * @param gerror with those errors flipped that were set before the case
 */
record QemuStep(
    Outcome outcome,
    int data,
    long readback,
    long cmdqCons,
    long gerror,
    long eventqProd,
    Edges edges) {}
