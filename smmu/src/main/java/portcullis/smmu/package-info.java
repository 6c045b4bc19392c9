/**
 * SMMUv3 driver code that is the same at EL1 and EL2: pure functions over {@code arch}'s
 * declarations, no state.
 */
package portcullis.smmu;
