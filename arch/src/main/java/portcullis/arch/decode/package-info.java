/**
 * Values told field by field: the {@code decode} command's engine, and the reference pages. All of
 * it reads the declarations of {@code arch.smmu} and {@code arch.vmsa}.
 */
package portcullis.arch.decode;
