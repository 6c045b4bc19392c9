package portcullis.board;

/** What stands between a DMA master and memory. */
public enum Attachment {
  /** Every stream that the tree names passes through an enabled SMMUv3. */
  SMMU,
  /** A stream passes through an SMMUv3 that is disabled. */
  SMMU_DISABLED,
  /** A stream passes through an IOMMU that is no SMMUv3. */
  OTHER_IOMMU,
  /** The tree names no IOMMU. */
  NONE
}
