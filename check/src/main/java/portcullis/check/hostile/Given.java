package portcullis.check.hostile;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Which pages the host has given to which guests, as far as it remembers. */
final class Given {
  /**
   * Pages that one call gave.
   *
   * @param page address of the first
   */
  record Gift(long guest, long page, long count) {}

  private final long pageBytes;
  private final List<Gift> gifts = new ArrayList<>();
  private final List<Long> guests = new ArrayList<>();

  /**
   * Nothing is given.
   *
   * @param pageBytes in a page of the hypervisor's
   */
  Given(long pageBytes) {
    this.pageBytes = pageBytes;
  }

  void guest(long handle) {
    guests.add(handle);
  }

  /** How many guests live. */
  int guests() {
    return guests.size();
  }

  /** A guest that lives, or 0. */
  long anyGuest(SplittableRandom random) {
    return guests.isEmpty() ? 0 : guests.get(random.nextInt(guests.size()));
  }

  void gift(Gift gift) {
    gifts.add(gift);
  }

  /** How many gifts there are. */
  int gifts() {
    return gifts.size();
  }

  /** A page that was given, or {@code otherwise} if none was. */
  long page(SplittableRandom random, long otherwise) {
    if (gifts.isEmpty()) {
      return otherwise;
    }
    Gift gift = gifts.get(random.nextInt(gifts.size()));
    return gift.page() + random.nextLong(gift.count()) * pageBytes;
  }

  /** What a guest was given. */
  List<Gift> of(long guest) {
    return gifts.stream().filter(gift -> gift.guest() == guest).toList();
  }

  /** Forgets a guest; what it was given. */
  List<Gift> end(long guest) {
    guests.remove(guest);
    List<Gift> its = of(guest);
    gifts.removeAll(its);
    return its;
  }
}
