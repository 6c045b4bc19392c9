/** SMMUv3 (IHI 0070). */
package portcullis.arch.smmu;
