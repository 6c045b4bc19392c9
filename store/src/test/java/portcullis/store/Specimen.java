package portcullis.store;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A store with some of everything declared, and beside it a naive model: a map of the words that
 * are not zero, copied whole for a snapshot.
 */
final class Specimen {
  static final int ARRAY_WORDS = 20;

  /** A word by declaration name and index. */
  record Place(String name, long index) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int names = name.compareTo(other.name);
      return names != 0 ? names : Long.compare(index, other.index);
    }
  }

  final Store store = new Store();
  final Cell cr0 = store.cell("smmu0.cr0");
  final Cell clock = store.cell("clock");
  final Flag deprivileged = store.flag("hyp.deprivileged");
  final Words tlb = store.words("smmu0.tlb", ARRAY_WORDS);
  final PagedWords ram = store.paged("ram", PagedWords.MAX_LENGTH);
  final PagedWords owners = store.paged("hyp.owners", 1 << 20);
  final Words none = store.words("host.none", 0);

  TreeMap<Place, Long> model = new TreeMap<>();

  /** Changes one random word, in store and model; often to what it was or to zero. */
  void step(SplittableRandom random) {
    long value =
        switch (random.nextInt(4)) {
          case 0 -> 0;
          case 1 -> random.nextInt(4);
          default -> random.nextLong();
        };
    switch (random.nextInt(7)) {
      case 0 -> set(cr0, value);
      case 1 -> set(clock, value);
      case 2 -> set(deprivileged, value < 0);
      case 3 -> set(tlb, random.nextInt(ARRAY_WORDS), value);
      case 4 -> set(ram, address(random), value);
      case 5 -> setFour(random, value);
      default -> set(owners, random.nextLong(1 << 20), value);
    }
  }

  /** An index of few pages, all over physical memory, so that words are hit again. */
  private static long address(SplittableRandom random) {
    long page = (random.nextLong() >>> 61) * (PagedWords.MAX_LENGTH >>> 3);
    return page + (random.nextInt(3) << 9) + random.nextInt(8);
  }

  void set(Cell cell, long value) {
    cell.set(value);
    note(cell.name, 0, value);
  }

  void set(Flag flag, boolean value) {
    flag.set(value);
    note(flag.name, 0, value ? 1 : 0);
  }

  void set(Words words, int index, long value) {
    words.set(index, value);
    note(words.name, index, value);
  }

  void set(PagedWords words, long index, long value) {
    words.set(index, value);
    note(words.name, index, value);
  }

  /** Changes four words of a row of {@link #tlb} at once. */
  private void setFour(SplittableRandom random, long value) {
    int stride = random.nextInt(1, 5);
    int first = stride == 1 ? Words.ROW_WORDS : random.nextInt(Words.ROW_WORDS - 3 * stride);
    tlb.set(first, stride, value, 0, ~value, 1);
    note(tlb.name, first, value);
    note(tlb.name, first + stride, 0);
    note(tlb.name, first + 2L * stride, ~value);
    note(tlb.name, first + 3L * stride, 1);
  }

  private void note(String name, long index, long value) {
    if (value == 0) {
      model.remove(new Place(name, index));
    } else {
      model.put(new Place(name, index), value);
    }
  }

  /** What the store holds now, read from its blocks: every word that is not zero. */
  TreeMap<Place, Long> contents() {
    TreeMap<Place, Long> contents = new TreeMap<>();
    for (Variable variable : store.variables()) {
      for (int block : variable.blocksInOrder()) {
        long[] words = store.blocks.words(block);
        for (int offset = 0; offset < words.length; offset++) {
          if (words[offset] != 0) {
            contents.put(
                new Place(variable.name, store.blocks.first(block) + offset), words[offset]);
          }
        }
      }
    }
    return contents;
  }

  /** What the public accessors answer for {@code place}. */
  long read(Place place) {
    return switch (place.name()) {
      case "smmu0.cr0" -> cr0.get();
      case "clock" -> clock.get();
      case "hyp.deprivileged" -> deprivileged.get() ? 1 : 0;
      case "smmu0.tlb" -> tlb.get((int) place.index());
      case "ram" -> ram.get(place.index());
      default -> owners.get(place.index());
    };
  }

  /** The fingerprint of {@code contents} from scratch. */
  static long fingerprint(TreeMap<Place, Long> contents) {
    long sum = 0;
    for (var entry : contents.entrySet()) {
      long seed = 0xcbf29ce484222325L;
      for (char c : entry.getKey().name().toCharArray()) {
        seed = (seed ^ c) * 0x100000001b3L;
      }
      long key = finalizer(seed) + entry.getKey().index() * 0x9e3779b97f4a7c15L;
      sum += share(entry.getValue() ^ key) - share(key);
    }
    return sum;
  }

  private static long share(long z) {
    z *= 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 32)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 32);
  }

  /** The published splitmix64 finalizer. */
  private static long finalizer(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** The differences from {@code before} to {@code after}, in the store's order of declarations. */
  List<Difference> difference(TreeMap<Place, Long> before, TreeMap<Place, Long> after) {
    List<Difference> differences = new ArrayList<>();
    for (Variable variable : store.variables()) {
      TreeMap<Place, Long> places = new TreeMap<>(before);
      places.putAll(after);
      for (Place place : places.keySet()) {
        long was = before.getOrDefault(place, 0L);
        long is = after.getOrDefault(place, 0L);
        if (place.name().equals(variable.name) && was != is) {
          differences.add(new Difference(place.name(), variable.kind(), place.index(), was, is));
        }
      }
    }
    return differences;
  }
}
