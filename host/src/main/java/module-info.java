/** EL1: the host's own SMMUv3 driver with Linux's sequences, and its DMA API. */
module portcullis.host {
  requires portcullis.arch;
  requires transitive portcullis.board;
  requires transitive portcullis.pgtable;
  requires transitive portcullis.platform;
  requires transitive portcullis.smmu;
  requires transitive portcullis.store;

  exports portcullis.host;
}
