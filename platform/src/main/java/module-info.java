/** What the hypervisor (EL2) and the host (EL1) can touch of a machine: interfaces only. */
module portcullis.platform {
  exports portcullis.platform;
  exports portcullis.platform.boot;
  exports portcullis.platform.trace;
}
