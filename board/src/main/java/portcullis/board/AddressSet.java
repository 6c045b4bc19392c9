package portcullis.board;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A set of physical addresses: disjoint, non-adjacent, non-empty ranges in ascending order.
 * Immutable. Made in O(n log n); each operation on two sets is linear in their ranges.
 */
final class AddressSet {
  private final List<AddressRange> ranges;

  private AddressSet(List<AddressRange> ranges) {
    this.ranges = List.copyOf(ranges);
  }

  /** All addresses in any of {@code parts}, which may overlap. */
  static AddressSet of(Collection<AddressRange> parts) {
    List<AddressRange> sorted = parts.stream().filter(part -> part.size() > 0).sorted().toList();
    List<AddressRange> merged = new ArrayList<>();
    for (AddressRange next : sorted) {
      if (!merged.isEmpty() && next.base() <= merged.getLast().end()) {
        AddressRange last = merged.removeLast();
        merged.add(between(last.base(), Math.max(last.end(), next.end())));
      } else {
        merged.add(next);
      }
    }
    return new AddressSet(merged);
  }

  List<AddressRange> ranges() {
    return ranges;
  }

  /** The set without partial pages: each range shrunk to multiples of {@code page} bytes. */
  AddressSet inward(long page) {
    List<AddressRange> whole = new ArrayList<>();
    for (AddressRange range : ranges) {
      long base = up(range.base(), page);
      long end = range.end() & -page;
      if (base < end) {
        whole.add(between(base, end));
      }
    }
    return new AddressSet(whole);
  }

  /** The set with partial pages made whole: each range grown to multiples of {@code page} bytes. */
  AddressSet outward(long page) {
    return of(
        ranges.stream()
            .map(range -> between(range.base() & -page, up(range.end(), page)))
            .toList());
  }

  /** The addresses of this set that are not in {@code other}. */
  AddressSet minus(AddressSet other) {
    List<AddressRange> left = new ArrayList<>();
    int next = 0;
    for (AddressRange range : ranges) {
      long base = range.base();
      while (next < other.ranges.size() && other.ranges.get(next).end() <= base) {
        next++;
      }
      int cut = next;
      for (; cut < other.ranges.size() && other.ranges.get(cut).base() < range.end(); cut++) {
        if (base < other.ranges.get(cut).base()) {
          left.add(between(base, other.ranges.get(cut).base()));
        }
        base = Math.max(base, other.ranges.get(cut).end());
      }
      if (base < range.end()) {
        left.add(between(base, range.end()));
      }
      // The last range cut may reach into this set's next range.
      next = Math.max(next, cut - 1);
    }
    return new AddressSet(left);
  }

  /** The first range of this set that shares an address with {@code range}; O(log n). */
  Optional<AddressRange> overlapping(AddressRange range) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranges.get(middle).end() <= range.base()) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < ranges.size() && ranges.get(low).overlaps(range)
        ? Optional.of(ranges.get(low))
        : Optional.empty();
  }

  /** One more than the highest address; 0 for the empty set. */
  long end() {
    return ranges.isEmpty() ? 0 : ranges.getLast().end();
  }

  private static AddressRange between(long base, long end) {
    return new AddressRange(base, end - base);
  }

  private static long up(long address, long page) {
    return (address + page - 1) & -page;
  }
}
