/**
 * Puts a machine, the hypervisor and a host together, drives them, attacks them and judges what
 * happened.
 */
module portcullis.check {
  requires transitive portcullis.board;
  requires transitive portcullis.host;
  requires transitive portcullis.hyp;
  requires transitive portcullis.machine;
  requires transitive portcullis.qemu;

  exports portcullis.check.cost;
  exports portcullis.check.hostile;
  exports portcullis.check.policy;
  exports portcullis.check.qemu;
  exports portcullis.check.run;
  exports portcullis.check.trace;
}
