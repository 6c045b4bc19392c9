/** VMSAv8-64 translation tables and the syndromes of EL2's exceptions (DDI 0487 D8, D24.2). */
package portcullis.arch.vmsa;
