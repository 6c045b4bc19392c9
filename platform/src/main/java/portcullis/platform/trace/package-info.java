/** What happened, as values: the machine and the hypervisor report, whoever listens formats. */
package portcullis.platform.trace;
