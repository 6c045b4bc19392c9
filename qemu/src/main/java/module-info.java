/**
 * QEMU as a platform: its SMMUv3, memory and PCI devices, driven from this process over qtest while
 * no instruction of the guest runs.
 */
module portcullis.qemu {
  requires portcullis.arch;
  requires transitive portcullis.machine;
  requires transitive portcullis.platform;
  requires transitive portcullis.store;

  exports portcullis.qemu;
}
