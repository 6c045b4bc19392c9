/** The SMMUv3 model compared with QEMU's SMMUv3, case by random case. */
module portcullis.diff {
  requires transitive portcullis.arch;
  requires transitive portcullis.machine;
  requires transitive portcullis.qemu;
  requires portcullis.store;

  exports portcullis.diff;
}
