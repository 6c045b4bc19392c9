package portcullis.hyp.mem;

/** To whom a page belongs: only its owner can share it or pass it on. */
public enum PageOwner {
  /** The host: every page that was never passed on. */
  HOST(0),
  /** EL2: its carve-out, and registers it emulates. */
  HYP(1),
  /** One guest, named by its handle. */
  GUEST(2);

  private final int code;

  PageOwner(int code) {
    this.code = code;
  }

  /** What stands for it in a {@link PageWord}. */
  int code() {
    return code;
  }

  /** The owner with {@code code}. */
  static PageOwner of(int code) {
    return switch (code) {
      case 0 -> HOST;
      case 1 -> HYP;
      default -> GUEST;
    };
  }
}
