/**
 * QEMU as the machine of a run: its own board, its SMMU and memory, and its {@code edu} and {@code
 * iommu-testdev} as the masters.
 */
package portcullis.check.qemu;
