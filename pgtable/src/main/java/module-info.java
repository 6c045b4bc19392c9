/** VMSAv8-64 stage-1 and stage-2 translation tables over a platform's memory. */
module portcullis.pgtable {
  requires transitive portcullis.arch;
  requires transitive portcullis.platform;

  exports portcullis.pgtable;
}
