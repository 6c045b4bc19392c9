/**
 * The register file of an SMMUv3: one cell and one rule for each register (IHI 0070 6), what its
 * identification registers mean, and where queues are by their registers.
 */
package portcullis.machine.smmuv3.registers;
