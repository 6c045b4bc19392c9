/**
 * The SMMUv3 driver at EL2 (series parts 4, 5, 11 and 13 to 24), trap and emulate: the host's own
 * driver keeps its registers, queue and stream table; the hardware sees only EL2's.
 *
 * <p>Every decision is a row of a table that the code interprets: {@link
 * portcullis.hyp.smmuv3.RegisterPolicy}, {@link portcullis.hyp.smmuv3.CommandPolicy}, {@link
 * portcullis.hyp.smmuv3.StePolicy} and {@link portcullis.hyp.smmuv3.ProtectionPolicy}.
 */
package portcullis.hyp.smmuv3;
