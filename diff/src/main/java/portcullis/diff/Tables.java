package portcullis.diff;

import java.util.ArrayList;
import java.util.List;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.StartLevel;

/** Translation tables while a case is made: one root, either stage. */
final class Tables {
  static final long TABLE = 0b11;
  static final long BLOCK = 0b01;

  /** A descriptor that some input is walked through. */
  record Entry(long address, int level, long input, boolean leaf) {}

  private final Memory memory;
  private final Arena arena;
  private final long offset;
  final Granule granule;
  final int inputBits;
  final int startLevel;
  final long root;
  private final List<Entry> entries = new ArrayList<>();

  /**
   * Empty tables.
   *
   * @param offset what is added to a table's physical address to point to it
   */
  Tables(Memory memory, Arena arena, long offset, Granule granule, int inputBits, int startLevel) {
    this.memory = memory;
    this.arena = arena;
    this.offset = offset;
    this.granule = granule;
    this.inputBits = inputBits;
    this.startLevel = startLevel;
    long bytes = (long) StartLevel.entries(granule, startLevel, inputBits) * Long.BYTES;
    root = arena.allocate(Math.max(64, bytes));
  }

  /** What a base register or an STE points to. */
  long rootPointer() {
    return root + offset;
  }

  /** Levels at which {@code granule} has leaves, from this table's start on. */
  int firstLeafLevel() {
    return Math.max(startLevel, granule.firstBlockLevel(AddressFormat.BITS_48));
  }

  /** All descriptors in use. */
  List<Entry> entries() {
    return entries;
  }

  /** The leaf for {@code input}; null if there is none. */
  Entry leaf(long input) {
    long table = root;
    for (int level = startLevel; level <= Granule.LAST_LEVEL; level++) {
      long at = place(table, input, level);
      long descriptor = memory.get(at);
      if ((descriptor & 1) == 0) {
        return null;
      }
      if (level == Granule.LAST_LEVEL || (descriptor & 0b10) == 0) {
        return new Entry(at, level, input & -granule.levelBytes(level), true);
      }
      table = AddressFormat.BITS_48.address(descriptor, granule.shift()) - offset;
    }
    return null;
  }

  private long place(long table, long input, int level) {
    int top = level == startLevel ? inputBits : granule.levelShift(level) + granule.bitsPerLevel();
    return table + ((input & (1L << top) - 1) >>> granule.levelShift(level)) * Long.BYTES;
  }

  /**
   * Maps what {@code input} lies in at {@code level}, unless a larger or smaller leaf is in the
   * way.
   *
   * @param output what {@code input} is mapped to; offset bits are dropped
   * @return the leaf that {@code input} has now
   */
  Entry map(long input, int level, long output, long attributes, long tableAttributes) {
    long table = root;
    for (int at = startLevel; at < level; at++) {
      long place = place(table, input, at);
      long descriptor = memory.get(place);
      if ((descriptor & 0b11) == BLOCK) {
        return leaf(input);
      }
      if ((descriptor & 0b11) == 0) {
        long next = arena.allocate(granule.bytes());
        memory.set(place, next + offset | TABLE | tableAttributes);
        entries.add(new Entry(place, at, input & -granule.levelBytes(at), false));
        table = next;
      } else {
        table = AddressFormat.BITS_48.address(descriptor, granule.shift()) - offset;
      }
    }
    long place = place(table, input, level);
    if ((memory.get(place) & 1) != 0) {
      return leaf(input);
    }
    long kind = level == Granule.LAST_LEVEL ? TABLE : BLOCK;
    memory.set(place, (output & -granule.levelBytes(level) & (1L << 48) - 1) | kind | attributes);
    Entry leaf = new Entry(place, level, input & -granule.levelBytes(level), true);
    entries.add(leaf);
    return leaf;
  }
}
