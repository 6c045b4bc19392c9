package portcullis.check.cost;

/** What is counted. */
public enum Operation {
  /** EL2 takes the SMMUs over and builds the shadow stage-2. Of no number of pages. */
  BOOT,
  /** The host puts a device behind a stage-1 domain in which the pages are mapped. */
  ATTACH,
  /** The host maps the pages for an attached device. */
  MAP,
  /** The host takes the mapping back. */
  UNMAP,
  /** The host gives the pages to a guest. */
  DONATE,
  /** The host gets the pages of an ended guest back. */
  RECLAIM
}
