/** The system itself: page ownership, the IOMMU core and the SMMUv3 driver, at EL2. */
module portcullis.hyp {
  requires transitive portcullis.arch;
  requires transitive portcullis.pgtable;
  requires transitive portcullis.platform;
  requires transitive portcullis.smmu;
  requires transitive portcullis.store;

  exports portcullis.hyp;
  exports portcullis.hyp.iommu;
  exports portcullis.hyp.mem;
  exports portcullis.hyp.smmuv3;
}
