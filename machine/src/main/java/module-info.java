/** The model of a machine below the hypervisor: memory, bus, CPU, SMMUv3s, DMA masters. */
module portcullis.machine {
  requires transitive portcullis.arch;
  requires transitive portcullis.board;
  requires transitive portcullis.platform;
  requires transitive portcullis.store;

  exports portcullis.machine;
  exports portcullis.machine.smmuv3;
  exports portcullis.machine.smmuv3.profile;
}
