/**
 * Arm's facts and nothing else: SMMUv3 (IHI 0070) and VMSAv8-64 (DDI 0487), each field declared
 * once.
 */
module portcullis.arch {
  exports portcullis.arch;
  exports portcullis.arch.decode;
  exports portcullis.arch.smmu;
  exports portcullis.arch.vmsa;
}
