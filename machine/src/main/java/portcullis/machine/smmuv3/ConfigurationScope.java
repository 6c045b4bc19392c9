package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cfgi;

/** Which configuration cache entries each CMD_CFGI_* command reaches (IHI 0070 4.3). */
enum ConfigurationScope {
  /** One STE, and every CD found through it. */
  CFGI_STE(true, false, false),
  /** An aligned power of two of STEs and every CD found through them; CMD_CFGI_ALL is Range 31. */
  CFGI_STE_RANGE(true, true, false),
  /** The CD of one SubstreamID. */
  CFGI_CD(false, false, true),
  /** Every CD of one StreamID. */
  CFGI_CD_ALL(false, false, false);

  private final boolean ste;
  private final boolean range;
  private final boolean oneSubstream;

  ConfigurationScope(boolean ste, boolean range, boolean oneSubstream) {
    this.ste = ste;
    this.range = range;
    this.oneSubstream = oneSubstream;
  }

  /**
   * Whether the command reaches the cached STE of {@code streamId}.
   *
   * @param word0 and {@code word1}: the command
   */
  boolean reachesSte(int streamId, long word0, long word1) {
    return ste && sameStream(streamId, word0, word1);
  }

  /** Whether the command reaches the CD cached for {@code streamId} and {@code substreamId}. */
  boolean reachesCd(int streamId, int substreamId, long word0, long word1) {
    return sameStream(streamId, word0, word1)
        && (!oneSubstream || Cfgi.SUBSTREAMID.get(word0) == substreamId);
  }

  private boolean sameStream(int streamId, long word0, long word1) {
    int ignoredBits = range ? (int) Cfgi.RANGE.get(word1) + 1 : 0;
    long different = Integer.toUnsignedLong(streamId) ^ Cfgi.STREAMID.get(word0);
    return different >>> ignoredBits == 0;
  }
}
