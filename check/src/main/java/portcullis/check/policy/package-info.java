/** EL2's decision tables, as pages for people: the very rows that the hypervisor interprets. */
package portcullis.check.policy;
