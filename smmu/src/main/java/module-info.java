/**
 * What the host's and EL2's SMMUv3 drivers share (series parts 3 to 5): features read from the ID
 * registers, queue pointers, commands, range invalidation. One definition for both.
 */
module portcullis.smmu {
  requires transitive portcullis.arch;

  exports portcullis.smmu;
}
