/** What the trusted boot code of the host tells EL2, once, before it is deprivileged. */
package portcullis.platform.boot;
