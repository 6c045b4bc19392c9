package portcullis.machine.smmuv3.caches;

import portcullis.arch.smmu.Cfgi;

/** Which configuration cache entries each CMD_CFGI_* command reaches (IHI 0070 4.3). */
public enum ConfigurationScope {
  /** One STE, and every CD found through it. */
  CFGI_STE(Kind.STES, false, false),
  /** An aligned power of two of STEs and every CD found through them; CMD_CFGI_ALL is Range 31. */
  CFGI_STE_RANGE(Kind.STES, true, false),
  /** The CD of one SubstreamID. */
  CFGI_CD(Kind.CDS, false, true),
  /** Every CD of one StreamID. */
  CFGI_CD_ALL(Kind.CDS, false, false),
  /** The PARTID_MAP that is kept for one VMID, and none of what CDs have of it. */
  CFGI_VMS_PIDM(Kind.MAPS, false, false);

  private enum Kind {
    STES("STEs, and the CDs found through them"),
    CDS("CDs"),
    MAPS("PARTID_MAPs of VMSs");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  private final Kind kind;
  private final boolean range;
  private final boolean oneSubstream;

  ConfigurationScope(Kind kind, boolean range, boolean oneSubstream) {
    this.kind = kind;
    this.range = range;
    this.oneSubstream = oneSubstream;
  }

  /** Which kinds of entry it reaches, in words. */
  public String kindsInWords() {
    return kind.words + (range ? "; with Range 31 PARTID_MAPs too" : "");
  }

  /** What an entry must have in common with it, in words. */
  public String matchInWords() {
    if (kind == Kind.MAPS) {
      return "VMID";
    }
    return (range ? "StreamIDs of an aligned power of two" : "StreamID")
        + (oneSubstream ? "; SubstreamID" : "");
  }

  /**
   * Whether the command reaches the cached STE of {@code streamId}.
   *
   * @param word0 and {@code word1}: the command
   */
  boolean reachesSte(int streamId, long word0, long word1) {
    return kind == Kind.STES && sameStream(streamId, word0, word1);
  }

  /** Whether the command reaches the CD cached for {@code streamId} and {@code substreamId}. */
  boolean reachesCd(int streamId, int substreamId, long word0, long word1) {
    return kind != Kind.MAPS
        && sameStream(streamId, word0, word1)
        && (!oneSubstream || Cfgi.SUBSTREAMID.get(word0) == substreamId);
  }

  /** Whether the command reaches the PARTID_MAP cached for {@code vmid} (IHI 0070 4.3.5, 4.3.6). */
  boolean reachesMap(int vmid, long word0, long word1) {
    return kind == Kind.MAPS
        ? Cfgi.VMID.get(word0) == vmid
        : range && Cfgi.RANGE.get(word1) == Cfgi.RANGE_ALL;
  }

  /**
   * Whether the command reaches the cached L1STD that leads to the STE of {@code streamId}: not
   * with Leaf set (IHI 0070 4.3.1).
   *
   * @param split how many bits of StreamID the L1STD does not resolve
   */
  boolean reachesL1std(int streamId, int split, long word0, long word1) {
    return kind == Kind.STES
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
    return kind != Kind.MAPS
        && sameStream(streamId, word0, word1)
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
