/**
 * Memory type, allocation hints and shareability of an access, and how those of both stages and of
 * the stream come to one (IHI 0070 13).
 */
package portcullis.machine.smmuv3.attributes;
