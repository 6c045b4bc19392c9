package portcullis.pgtable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * A walker that has read, and keeps, every valid descriptor that it could ever have reached since
 * the last completed invalidation of it: through the table as it is, and through table pointers
 * that it kept. Knows nothing of the module but what bits 1:0 of a descriptor say.
 *
 * <p>Fails if a table page is freed that it may still read, and if a descriptor is written that
 * break-before-make forbids while it holds another.
 */
final class HoardingTlb implements TlbMaintenance {

  /** One descriptor that was read. */
  private record Held(long slot, int level, long va, long descriptor) {
    boolean table() {
      return level < 3 && (descriptor & 3) == 3;
    }
  }

  private record Request(long va, long bytes, int level, boolean leaf) {}

  private record Place(int level, long va) {}

  private final TableMemory memory;
  private final SlowWalker walker;
  private final int pageBits;
  private final int inputBits;
  private final int startLevel;
  private final long permissions;
  private final boolean mayReplace;
  private final boolean highHalf;
  private long root;

  private final Map<Long, Set<Held>> bySlot = new HashMap<>();
  private final Map<Integer, NavigableMap<Long, Set<Held>>> byLevel = new HashMap<>();
  private final Map<Long, Set<Place>> places = new HashMap<>();
  private final List<Request> pending = new ArrayList<>();
  private final Set<Long> written = new HashSet<>();

  /** How often {@link #complete} still succeeds. */
  long completions = Long.MAX_VALUE;

  int invalidations;
  int completed;

  HoardingTlb(
      TableMemory memory,
      SlowWalker walker,
      int pageBits,
      int inputBits,
      int startLevel,
      long permissions,
      boolean mayReplace,
      boolean highHalf) {
    this.memory = memory;
    this.walker = walker;
    this.pageBits = pageBits;
    this.inputBits = inputBits;
    this.startLevel = startLevel;
    this.permissions = permissions;
    this.mayReplace = mayReplace;
    this.highHalf = highHalf;
  }

  /** From now on it walks this table. */
  void use(long newRoot) {
    root = newRoot;
    long bytes = 8L << (inputBits - walker.lowestBit(startLevel));
    for (long page = 0; page < bytes; page += 1L << pageBits) {
      long first = page / 8 << walker.lowestBit(startLevel);
      places.computeIfAbsent(root + page, p -> new HashSet<>()).add(new Place(startLevel, first));
    }
    memory.writes = this::beforeWrite;
    memory.frees = this::beforeFree;
  }

  /** It no longer walks the table, and has forgotten all. */
  void stop() {
    memory.writes = (address, old, value) -> {};
    memory.frees = pa -> {};
  }

  private void beforeWrite(long slot, long old, long value) {
    long page = slot & -(1L << pageBits);
    written.add(slot);
    if ((value & 1) == 0) {
      return;
    }
    for (Place place : List.copyOf(places.getOrDefault(page, Set.of()))) {
      long va = place.va + ((slot - page) / 8 << walker.lowestBit(place.level));
      Held held = new Held(slot, place.level, va, value);
      checkBreakBeforeMake(held);
      hold(held);
    }
  }

  private void checkBreakBeforeMake(Held next) {
    if (mayReplace) {
      return;
    }
    for (Held old : bySlot.getOrDefault(next.slot, Set.of())) {
      boolean same =
          old.table() == next.table() && ((old.descriptor ^ next.descriptor) & ~permissions) == 0;
      if (!same) {
        throw new AssertionError("replaced without a break: " + old + " by " + next);
      }
    }
    long end = next.va + (1L << walker.lowestBit(next.level));
    for (int level = next.level + 1; level <= 3 && !next.table(); level++) {
      for (Set<Held> set : level(level).subMap(next.va, end).values()) {
        if (!set.isEmpty()) {
          throw new AssertionError("block over what is still held: " + set + " by " + next);
        }
      }
    }
  }

  private NavigableMap<Long, Set<Held>> level(int level) {
    return byLevel.computeIfAbsent(level, l -> new TreeMap<>());
  }

  private void hold(Held held) {
    if (!bySlot.computeIfAbsent(held.slot, s -> new HashSet<>()).add(held)) {
      return;
    }
    level(held.level).computeIfAbsent(held.va, v -> new HashSet<>()).add(held);
    if (held.table()) {
      long table = walker.address(held.descriptor, pageBits);
      if (!memory.exists(table)) {
        throw new AssertionError("a table descriptor points nowhere: " + held);
      }
      if (places
          .computeIfAbsent(table, t -> new HashSet<>())
          .add(new Place(held.level + 1, held.va))) {
        readTable(table, held.level + 1, held.va);
      }
    }
  }

  private void readTable(long table, int level, long va) {
    for (int i = 0; i < 1 << (pageBits - 3); i++) {
      long descriptor = memory.peek(table + 8L * i);
      if ((descriptor & 1) != 0) {
        hold(
            new Held(
                table + 8L * i, level, va + ((long) i << walker.lowestBit(level)), descriptor));
      }
    }
  }

  private void beforeFree(long pa) {
    if (!places.getOrDefault(pa, Set.of()).isEmpty()) {
      throw new AssertionError("a table is freed that a walker may still read");
    }
  }

  @Override
  public void invalidate(long in, long bytes, int level, boolean leaf) {
    invalidations++;
    long va = in & ((1L << inputBits) - 1);
    long size = 1L << walker.lowestBit(level);
    if (in >> inputBits != (highHalf ? -1 : 0)) {
      throw new AssertionError("no input address: 0x" + Long.toHexString(in));
    }
    if (bytes <= 0 || ((va | bytes) & (size - 1)) != 0 || va + bytes > 1L << inputBits) {
      throw new AssertionError("not whole entries of level " + level);
    }
    pending.add(new Request(va, bytes, level, leaf));
  }

  @Override
  public boolean complete() {
    if (completions == 0) {
      return false;
    }
    completions--;
    completed++;
    List<Held> forgotten = new ArrayList<>();
    for (Request request : pending) {
      for (int level = request.level; level <= (request.leaf ? request.level : 3); level++) {
        Iterator<Set<Held>> sets =
            level(level).subMap(request.va, request.va + request.bytes).values().iterator();
        while (sets.hasNext()) {
          Set<Held> set = sets.next();
          set.removeIf(held -> !(request.leaf && held.table()) && forgotten.add(held));
          if (set.isEmpty()) {
            sets.remove();
          }
        }
      }
    }
    pending.clear();
    for (Held held : forgotten) {
      bySlot.get(held.slot).remove(held);
      if (held.table()) {
        places
            .get(walker.address(held.descriptor, pageBits))
            .remove(new Place(held.level + 1, held.va));
      }
    }
    // What is still reachable may be read again at once.
    for (Held held : forgotten) {
      long page = held.slot & -(1L << pageBits);
      Set<Place> at = places.getOrDefault(page, Set.of());
      if (memory.exists(page) && (memory.peek(held.slot) & 1) != 0) {
        boolean reachable = at.stream().anyMatch(place -> place.level == held.level);
        if (reachable) {
          hold(new Held(held.slot, held.level, held.va, memory.peek(held.slot)));
        }
      }
    }
    return true;
  }

  /** After an operation and its completion: nothing is held that the table no longer says. */
  void assertNothingStale() {
    for (long slot : written) {
      for (Held held : bySlot.getOrDefault(slot, Set.of())) {
        if (!memory.exists(slot) || memory.peek(slot) != held.descriptor) {
          throw new AssertionError("still held: " + held);
        }
      }
    }
    written.clear();
  }
}
