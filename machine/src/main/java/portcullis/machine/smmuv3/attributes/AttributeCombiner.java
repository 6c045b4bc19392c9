package portcullis.machine.smmuv3.attributes;

/**
 * {@link MemoryAttributes#combine}, which remembers the last pair: mostly it is the next one too.
 */
public final class AttributeCombiner {
  private int first;
  private int second;
  private int combined = MemoryAttributes.combine(0, 0);

  /** The attributes of both stages. */
  public int combine(int ofStage1, int ofStage2) {
    if (ofStage1 != first || ofStage2 != second) {
      first = ofStage1;
      second = ofStage2;
      combined = MemoryAttributes.combine(ofStage1, ofStage2);
    }
    return combined;
  }
}
