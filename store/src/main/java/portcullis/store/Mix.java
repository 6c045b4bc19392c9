package portcullis.store;

/**
 * The mixing behind {@link Store#fingerprint()}: the sum, modulo 2^64, of one pseudo-random number
 * for each word that is not zero.
 *
 * <p>A sum does not depend on the order of writes and is updated by one addition per change. The
 * value, spread by its location's key, is mixed so that any bit of it changes about half of the
 * sum's: registers and descriptors differ in few bits, and neighbours hold equal values. The
 * multipliers are those of the splitmix64 finalizer (Stafford's variant 13).
 */
final class Mix {
  private static final long GOLDEN_GAMMA = 0x9e37_79b9_7f4a_7c15L;
  private static final long MULTIPLIER_1 = 0xbf58_476d_1ce4_e5b9L;
  private static final long MULTIPLIER_2 = 0x94d0_49bb_1331_11ebL;
  private static final long FNV_OFFSET = 0xcbf2_9ce4_8422_2325L;
  private static final long FNV_PRIME = 0x100_0000_01b3L;

  private Mix() {}

  /** A number for a declaration, from its name alone: the order of declarations does not matter. */
  static long seed(String name) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * FNV_PRIME;
    }
    return avalanche(hash);
  }

  /** The key of word {@code index} of the declaration with {@code seed}. */
  static long key(long seed, long index) {
    return seed + index * GOLDEN_GAMMA;
  }

  /**
   * What the fingerprint gains when the word with {@code key} turns from {@code before} into {@code
   * after}. From zero this is the word's whole share, so a zero word contributes nothing.
   */
  static long change(long key, long before, long after) {
    return share(after ^ key) - share(before ^ key);
  }

  /** Half the steps of an avalanche: the key has spread the location already. */
  private static long share(long word) {
    word = word * MULTIPLIER_1;
    word = (word ^ (word >>> 32)) * MULTIPLIER_2;
    return word ^ (word >>> 32);
  }

  private static long avalanche(long word) {
    word = (word ^ (word >>> 30)) * MULTIPLIER_1;
    word = (word ^ (word >>> 27)) * MULTIPLIER_2;
    return word ^ (word >>> 31);
  }
}
