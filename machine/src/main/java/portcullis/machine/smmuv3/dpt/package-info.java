/**
 * The Device Permission Table: whether a Translated transaction of a stream with STE.EATS 0b11 may
 * access the physical address that it has (IHI 0070 3.24).
 */
package portcullis.machine.smmuv3.dpt;
