/** The one store of all mutable state: cells, undo journal, fingerprint, diff, save and load. */
module portcullis.store {
  exports portcullis.store;
}
