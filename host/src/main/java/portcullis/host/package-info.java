/**
 * The host's kernel at EL1, as far as DMA needs it: its boot code (series part 12), its page
 * allocator, and an SMMUv3 driver that issues what Linux's issues, access for access.
 */
package portcullis.host;
