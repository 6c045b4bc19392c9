package portcullis.pgtable;

/** What a mapping is made of. */
public enum Leaves {
  /** Blocks, as large as alignment and size allow, and pages. */
  LARGEST,

  /** Pages only: a block is never made, so none needs to be split. */
  PAGES,
}
