package portcullis.hyp.mem;

/** To whom a page belongs: only its owner can share it or pass it on. */
public enum PageOwner {
  /** The host: every page that was never passed on. */
  HOST,
  /** EL2: its carve-out, and registers it emulates. */
  HYP,
  /** One guest, named by its handle. */
  GUEST;

  private static final PageOwner[] VALUES = values();

  /** The owner with {@code ordinal}. */
  static PageOwner of(int ordinal) {
    return VALUES[ordinal];
  }
}
