package portcullis.machine;

import portcullis.machine.smmuv3.Translation;

/**
 * The tag of a transaction on its way to memory.
 *
 * @param smmu the board's index of the SMMU that it passes, or {@link #NO_SMMU}
 * @param streamId as the SMMU sees it, unsigned
 * @param substreamId or {@link Translation#NO_SUBSTREAM}
 */
public record Stream(int smmu, int streamId, int substreamId) {
  /** Nothing stands between the master and memory. */
  public static final int NO_SMMU = -1;

  /** The stream of a master with no SMMU in front of it. */
  public static final Stream UNTRANSLATED = new Stream(NO_SMMU, 0, Translation.NO_SUBSTREAM);

  /** A stream without a SubstreamID. */
  public static Stream of(int smmu, int streamId) {
    return new Stream(smmu, streamId, Translation.NO_SUBSTREAM);
  }
}
