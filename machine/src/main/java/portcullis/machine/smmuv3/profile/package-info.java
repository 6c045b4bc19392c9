/**
 * What an SMMUv3 is, said from outside: identification registers and cache sizes, the profiles that
 * are built in, the text format of others, and the rules that every one keeps (IHI 0070 6.3).
 */
package portcullis.machine.smmuv3.profile;
