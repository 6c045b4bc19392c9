/**
 * QEMU's {@code virt} machine as the ground that EL2 and the host stand on ({@link
 * portcullis.qemu.QemuMachine}).
 *
 * <p>Device registers are reached over qtest, QEMU's protocol for testing devices: each command is
 * one access, done in order, on QEMU's main thread. RAM is a file that QEMU and this process both
 * map. No guest instruction runs: EL1 and EL2 are Java code on the model's CPUs ({@link
 * portcullis.machine.Cpus}), whose bus leads into QEMU.
 *
 * <p>QEMU's SMMUv3 departs from IHI 0070 in places. One concerns {@link
 * portcullis.platform.DeviceRegisters} itself: only the 64-bit registers can be read with 64 bits,
 * a pair of 32-bit ones, as IDR0 and IDR1, then reads as zero.
 */
package portcullis.qemu;
