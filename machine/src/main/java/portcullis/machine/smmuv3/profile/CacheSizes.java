package portcullis.machine.smmuv3.profile;

/**
 * What an SMMU caches, in entries.
 *
 * @param kind how the caches behave
 * @param tlb translations of each stage, a power of two of at least 4
 * @param walk addresses of next-level tables, a power of two of at least 4, or 0 for none
 * @param ste Stream table entries, a power of two
 * @param cd Context descriptors, a power of two
 */
public record CacheSizes(CacheKind kind, int tlb, int walk, int ste, int cd) {

  /** The least and the unit of a set-associative cache. */
  static final int WAYS = 4;

  /** The most entries of any cache. */
  static final int MAX = 1 << 20;

  /** These sizes with another kind. */
  CacheSizes withKind(CacheKind other) {
    return new CacheSizes(other, tlb, walk, ste, cd);
  }

  /** Whether every size is one that the model's caches can have. */
  boolean legal() {
    return size(tlb, WAYS) && (walk == 0 || size(walk, WAYS)) && size(ste, 1) && size(cd, 1);
  }

  private static boolean size(int entries, int least) {
    return Integer.bitCount(entries) == 1 && entries >= least && entries <= MAX;
  }
}
