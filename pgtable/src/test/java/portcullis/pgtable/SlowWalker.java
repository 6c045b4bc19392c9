package portcullis.pgtable;

import java.util.HashSet;
import java.util.Set;

/**
 * A translation table walk written from DDI 0487's description alone, with its own bit positions:
 * what the module is judged by.
 */
final class SlowWalker {
  private final TableMemory memory;
  private final int pageBits;
  private final int inputBits;
  private final int startLevel;
  private final boolean wide;

  /** Level, descriptor and output of one walk. */
  record Answer(int level, long descriptor, boolean mapped, long out, long attributes) {}

  SlowWalker(TableMemory memory, int pageBits, int inputBits, int startLevel, boolean wide) {
    this.memory = memory;
    this.pageBits = pageBits;
    this.inputBits = inputBits;
    this.startLevel = startLevel;
    this.wide = wide;
  }

  private static long bits(long value, int high, int low) {
    return (value << (63 - high)) >>> (63 - high + low);
  }

  int lowestBit(int level) {
    return switch (level) {
      case 3 -> pageBits;
      case 2 -> pageBits + (pageBits - 3);
      case 1 -> pageBits + 2 * (pageBits - 3);
      case 0 -> pageBits + 3 * (pageBits - 3);
      case -1 -> pageBits + 4 * (pageBits - 3);
      default -> throw new AssertionError("level " + level);
    };
  }

  private boolean blockPossible(int level) {
    return switch (pageBits) {
      case 12 -> level == 2 || level == 1 || (level == 0 && wide);
      case 14 -> level == 2 || (level == 1 && wide);
      default -> level == 2 || (level == 1 && wide);
    };
  }

  /** The address in a descriptor whose lowest address bit is {@code low}. */
  long address(long descriptor, int low) {
    if (!wide) {
      return bits(descriptor, 47, low) << low;
    }
    if (pageBits == 16) {
      return (bits(descriptor, 47, low) << low) | (bits(descriptor, 15, 12) << 48);
    }
    return (bits(descriptor, 49, low) << low) | (bits(descriptor, 9, 8) << 50);
  }

  /** What a leaf says beside type and address. */
  private long attributes(long descriptor) {
    long high = bits(descriptor, 63, 50) << 50;
    long low = bits(descriptor, 11, 2) << 2;
    if (wide && pageBits != 16) {
      low &= ~0x300L;
    }
    return high | low;
  }

  Answer walk(long root, long in) {
    long table = root;
    int high = inputBits - 1;
    for (int level = startLevel; ; level++) {
      int low = lowestBit(level);
      long descriptor = memory.peek(table + 8 * bits(in, high, low));
      boolean valid = bits(descriptor, 0, 0) == 1;
      boolean second = bits(descriptor, 1, 1) == 1;
      if (!valid) {
        return new Answer(level, descriptor, false, 0, 0);
      }
      if (level < 3 && second) {
        table = address(descriptor, pageBits);
        high = low - 1;
        continue;
      }
      if (level < 3 ? !blockPossible(level) : !second) {
        throw new AssertionError(
            "reserved descriptor 0x" + Long.toHexString(descriptor) + " at level " + level);
      }
      long out = address(descriptor, low) | bits(in, low - 1, 0);
      return new Answer(level, descriptor, true, out, attributes(descriptor));
    }
  }

  /** Every page that holds part of the table. */
  Set<Long> tablePages(long root) {
    Set<Long> found = new HashSet<>();
    long rootEntries = 1L << (inputBits - lowestBit(startLevel));
    collect(root, startLevel, rootEntries, found);
    return found;
  }

  private void collect(long table, int level, long entries, Set<Long> found) {
    for (long at = table; at < table + 8 * entries; at += 1L << pageBits) {
      if (!found.add(at)) {
        throw new AssertionError("a table is linked twice");
      }
    }
    if (level == 3) {
      return;
    }
    for (long i = 0; i < entries; i++) {
      long descriptor = memory.peek(table + 8 * i);
      if ((descriptor & 3) == 3) {
        collect(address(descriptor, pageBits), level + 1, 1L << (pageBits - 3), found);
      }
    }
  }
}
