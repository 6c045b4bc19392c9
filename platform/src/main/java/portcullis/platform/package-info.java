/**
 * What EL2 and EL1 can touch of a machine. Defined by its consumers: the hypervisor's wish list
 * ({@link portcullis.platform.Platform}) and the host's view of its CPU ({@link
 * portcullis.platform.HostCpu}); the model and QEMU implement both. Every access states its width;
 * an aligned 64-bit access is single-copy atomic.
 */
package portcullis.platform;
