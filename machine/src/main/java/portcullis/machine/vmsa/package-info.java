/**
 * The walk of VMSAv8-64 and VMSAv8-32 Long-descriptor translation tables, as hardware does it (DDI
 * 0487 D8.2, D8.3, G5.5): what the CPUs' stage 2 and both stages of an SMMU have in common. It
 * shares no code with the tables that EL2 and the host build, only {@code arch}'s encodings.
 */
package portcullis.machine.vmsa;
