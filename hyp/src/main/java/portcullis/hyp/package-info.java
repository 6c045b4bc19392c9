/**
 * The hypervisor as the platform sees it: {@link portcullis.hyp.Hypervisor} is put together, boots,
 * deprivileges the host, and from then on is entered by traps and hypercalls only.
 */
package portcullis.hyp;
