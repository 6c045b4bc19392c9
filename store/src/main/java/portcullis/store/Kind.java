package portcullis.store;

import java.util.Optional;

/** The shapes that a declaration can have. */
public enum Kind {
  /** One 64-bit word. */
  CELL(1),
  /** One boolean, kept as a word of 0 or 1. */
  FLAG(2),
  /** A fixed array of words. */
  WORDS(3),
  /** A sparse array of words. */
  PAGED(4);

  /** What stands for it in a saved file. */
  final int code;

  Kind(int code) {
    this.code = code;
  }

  /** The kind with {@code code}, if there is one. */
  static Optional<Kind> of(int code) {
    for (Kind kind : values()) {
      if (kind.code == code) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }
}
