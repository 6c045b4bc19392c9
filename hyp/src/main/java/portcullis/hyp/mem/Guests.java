package portcullis.hyp.mem;

import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The guests: which handles are in use, and how many pages each still holds, owned and shared with
 * it. A handle is given again only when no page names it any more.
 */
public final class Guests {
  /** The most guests at a time: as many as pKVM's EL2 has. */
  public static final int MAX = 255;

  // A guest's word: its pages above its life.
  private static final int LIFE_BITS = 2;
  private static final long LIFE_MASK = (1 << LIFE_BITS) - 1;
  private static final long FREE = 0;
  private static final long ALIVE = 1;
  private static final long DYING = 2;

  private final Words words;

  /** No guest. */
  Guests(Store store) {
    this.words = store.words("hyp.guests", MAX);
  }

  /**
   * Starts a guest.
   *
   * @return its handle, 1 to {@link #MAX}, or 0 if all are in use
   */
  int create() {
    for (int i = 0; i < MAX; i++) {
      if (words.get(i) == FREE) {
        words.set(i, ALIVE);
        return i + 1;
      }
    }
    return 0;
  }

  /** Makes a living guest a dying one, or its handle free if it holds no page. */
  void destroy(int guest) {
    assert isAlive(guest);
    settle(guest, pages(guest), DYING);
  }

  /** Whether {@code guest} is the handle of a guest that can get pages. */
  public boolean isAlive(long guest) {
    return life(guest) == ALIVE;
  }

  /** Whether {@code guest} is the handle of a guest that was destroyed and still holds pages. */
  public boolean isDying(long guest) {
    return life(guest) == DYING;
  }

  /** How many pages {@code guest} owns or has been lent, 0 if there is no such guest. */
  public long pages(long guest) {
    return exists(guest) ? words.get((int) guest - 1) >>> LIFE_BITS : 0;
  }

  /** How many handles are in use. */
  public int count() {
    int count = 0;
    for (int i = 0; i < MAX; i++) {
      if (words.get(i) != FREE) {
        count++;
      }
    }
    return count;
  }

  /** Adds to the pages that {@code guest} holds; a dying guest without pages is gone. */
  void addPages(int guest, long change) {
    settle(guest, pages(guest) + change, life(guest));
  }

  private void settle(int guest, long pages, long life) {
    assert pages >= 0;
    boolean gone = life == DYING && pages == 0;
    words.set(guest - 1, gone ? FREE : pages << LIFE_BITS | life);
  }

  private long life(long guest) {
    return exists(guest) ? words.get((int) guest - 1) & LIFE_MASK : FREE;
  }

  private static boolean exists(long guest) {
    return guest >= 1 && guest <= MAX;
  }
}
