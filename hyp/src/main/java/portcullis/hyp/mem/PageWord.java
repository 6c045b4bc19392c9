package portcullis.hyp.mem;

/**
 * The layout of a page's word in {@link PageOwnership}. 0 says: of the host, neither shared nor
 * pinned.
 *
 * <pre>
 *  1:0   owner, the code of a {@link PageOwner}
 * 23:8   guest: the owner's handle if the owner is a guest; if shared, whom it is shared with (0 is
 *        EL2); else 0
 * 43:24  pins: how often an IOMMU driver relies on the host keeping it
 * 59:44  shares: how often the host has shared it and not unshared it; above 0 only for a host page
 * </pre>
 */
final class PageWord {
  /** The guest of a page that is shared with EL2. No guest has this handle. */
  static final int HYP_PARTY = 0;

  /** The most pins that a page can have. */
  static final int MAX_PINS = (1 << 20) - 1;

  /** The most times that a page can be shared. */
  static final int MAX_SHARES = (1 << 16) - 1;

  static final long HOST = PageOwner.HOST.code();
  static final long HYP = PageOwner.HYP.code();

  private static final int OWNER_MASK = 0b11;
  private static final int GUEST_LSB = 8;
  private static final long GUEST_MASK = 0xffffL << GUEST_LSB;
  private static final int PINS_LSB = 24;
  private static final int SHARES_LSB = 44;
  private static final long ONE_PIN = 1L << PINS_LSB;
  private static final long ONE_SHARE = 1L << SHARES_LSB;

  private PageWord() {}

  /** The word of a page that {@code guest} owns. */
  static long ofGuest(int guest) {
    return PageOwner.GUEST.code() | (long) guest << GUEST_LSB;
  }

  static PageOwner owner(long word) {
    return PageOwner.of((int) word & OWNER_MASK);
  }

  static boolean isHost(long word) {
    return (word & OWNER_MASK) == HOST;
  }

  /** The guest that owns the page or that it is shared with. */
  static int guest(long word) {
    return (int) ((word & GUEST_MASK) >>> GUEST_LSB);
  }

  static int pins(long word) {
    return (int) (word >>> PINS_LSB) & MAX_PINS;
  }

  static int shares(long word) {
    return (int) (word >>> SHARES_LSB) & MAX_SHARES;
  }

  static long pinned(long word) {
    assert pins(word) < MAX_PINS;
    return word + ONE_PIN;
  }

  static long unpinned(long word) {
    assert pins(word) > 0;
    return word - ONE_PIN;
  }

  /** One more share, with {@code party}. */
  static long shared(long word, int party) {
    assert isHost(word) && shares(word) < MAX_SHARES;
    return ((word & ~GUEST_MASK) | (long) party << GUEST_LSB) + ONE_SHARE;
  }

  /** One share less; the last one forgets whom it was shared with. */
  static long unshared(long word) {
    assert isHost(word) && shares(word) > 0;
    long rest = word - ONE_SHARE;
    return shares(rest) == 0 ? rest & ~GUEST_MASK : rest;
  }
}
