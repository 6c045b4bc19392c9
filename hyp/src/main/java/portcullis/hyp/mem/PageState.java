package portcullis.hyp.mem;

/** What a page is to one party, as pKVM's EL2 names it. */
public enum PageState {
  /** The party owns it and nobody else may touch it. */
  OWNED,
  /** The party owns it and lets another touch it. */
  SHARED_OWNED,
  /** Another owns it and lets this party touch it. */
  SHARED_BORROWED,
  /** The party may not touch it. */
  NO_PAGE,
}
