package portcullis.diff;

/**
 * What became of one DMA: where its data went, and the event record, as four words that are zero if
 * there is none.
 *
 * @param passed whether data moved
 * @param pa where to or from; 0 if it did not
 */
record Outcome(boolean passed, long pa, long event0, long event1, long event2, long event3) {
  /** {@link #pa} of data that went where nobody looked. */
  static final long ELSEWHERE = -1;

  /** Nothing moved, nothing was recorded. */
  static final Outcome SILENT = new Outcome(false, 0, 0, 0, 0, 0);

  boolean recorded() {
    return event0 != 0;
  }

  /** The word at {@code index}, 0 to 3, of the event record. */
  long event(int index) {
    return switch (index) {
      case 0 -> event0;
      case 1 -> event1;
      case 2 -> event2;
      default -> event3;
    };
  }

  /** This outcome as an SMMU shows it that records nothing. */
  Outcome unrecorded() {
    return new Outcome(passed, pa, 0, 0, 0, 0);
  }
}
