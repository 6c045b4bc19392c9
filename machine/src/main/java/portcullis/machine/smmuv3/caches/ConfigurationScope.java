package portcullis.machine.smmuv3.caches;

import portcullis.arch.smmu.Cfgi;

/** Which configuration cache entries each CMD_CFGI_* command reaches (IHI 0070 4.3). */
public enum ConfigurationScope {
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

  /** Which kinds of entry it reaches, in words. */
  public String kindsInWords() {
    return ste ? "STEs, and the CDs found through them" : "CDs";
  }

  /** What an entry must have in common with it, in words. */
  public String matchInWords() {
    return (range ? "StreamIDs of an aligned power of two" : "StreamID")
        + (oneSubstream ? "; SubstreamID" : "");
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

  /**
   * Whether the command reaches the cached L1STD that leads to the STE of {@code streamId}: not
   * with Leaf set (IHI 0070 4.3.1).
   *
   * @param split how many bits of StreamID the L1STD does not resolve
   */
  boolean reachesL1std(int streamId, int split, long word0, long word1) {
    return ste
        && (range || !Cfgi.LEAF.isSet(word1))
        && different(streamId, word0) >>> Math.max(split, ignoredBits(word1)) == 0;
  }

  /**
   * Whether the command reaches the cached L1CD that leads to a CD: not CMD_CFGI_CD with Leaf set
   * (IHI 0070 4.3.3).
   *
   * @param split how many bits of SubstreamID the L1CD does not resolve
   */
  boolean reachesL1cd(int streamId, int substreamId, int split, long word0, long word1) {
    long other = Cfgi.SUBSTREAMID.get(word0) >>> split;
    return sameStream(streamId, word0, word1)
        && (!oneSubstream || (!Cfgi.LEAF.isSet(word1) && other == substreamId >>> split));
  }

  private boolean sameStream(int streamId, long word0, long word1) {
    return different(streamId, word0) >>> ignoredBits(word1) == 0;
  }

  private static long different(int streamId, long word0) {
    return Integer.toUnsignedLong(streamId) ^ Cfgi.STREAMID.get(word0);
  }

  private int ignoredBits(long word1) {
    return range ? (int) Cfgi.RANGE.get(word1) + 1 : 0;
  }
}
