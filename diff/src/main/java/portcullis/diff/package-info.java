/**
 * Runs random cases on the model of the SMMUv3 and on QEMU's, and compares what both did.
 *
 * <p>A {@link portcullis.diff.Case} is memory and a list of steps; {@link
 * portcullis.diff.Generator} makes one from a seed. {@code ModelSide} runs it on the model and
 * works out, for each DMA, which outcomes the architecture allows; {@code QemuSide} runs it on QEMU
 * in one qtest batch; {@code Comparison} judges each step. What QEMU is known to do differently
 * stands in {@link portcullis.diff.Deviation}, and nowhere else.
 */
package portcullis.diff;
