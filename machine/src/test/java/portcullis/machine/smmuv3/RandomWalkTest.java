package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;

/**
 * Random stage-1, stage-2 and nested tables of every granule, against a walker that is as slow and
 * as plain as can be: it knows no caches, no masks and no shared code, only division.
 */
class RandomWalkTest {
  private static final int SID = 3;
  private static final int ACCESSES = 120;

  /** Result of the slow walk: an address, or minus (stage * 256 + event number). */
  private static final class SlowWalker {
    private final Rig rig;

    SlowWalker(Rig rig) {
      this.rig = rig;
    }

    private static long fault(int stage, EventType type) {
      return -(stage * 256L + type.code());
    }

    /** One stage: tables at addresses that {@code below} translates, or physical without it. */
    long walk(Tables tables, int stage, long input, boolean write, Tables below) {
      long pageBytes = tables.granule.bytes();
      long entriesPerTable = pageBytes / 8;
      if (input < 0 || input / (1L << tables.inputBits) != 0) {
        return fault(stage, EventType.F_TRANSLATION);
      }
      long table = tables.root;
      long bytesPerEntry = pageBytes;
      for (int level = 3; level > tables.startLevel; level--) {
        bytesPerEntry *= entriesPerTable;
      }
      for (int level = tables.startLevel; ; level++) {
        long index = input / bytesPerEntry;
        if (level > tables.startLevel) {
          index %= entriesPerTable;
        }
        long location = table + index * 8;
        if (below != null) {
          location = walk(below, 2, location, false, null);
          if (location < 0) {
            return location;
          }
        }
        if (!rig.responds(location)) {
          return fault(stage, EventType.F_WALK_EABT);
        }
        long descriptor = rig.read(location, 8);
        boolean bit0 = descriptor % 2 != 0;
        boolean bit1 = descriptor / 2 % 2 != 0;
        boolean block = bit0 && !bit1;
        boolean blockLevel = level == 2 || (level == 1 && pageBytes == 4096);
        if (!bit0 || (block && !blockLevel)) {
          return fault(stage, EventType.F_TRANSLATION);
        }
        long address = descriptor % (1L << 48) & -(level == 3 || block ? bytesPerEntry : pageBytes);
        if (level == 3 || block) {
          return leaf(stage, descriptor, address + input % bytesPerEntry, write);
        }
        table = address;
        bytesPerEntry /= entriesPerTable;
      }
    }

    private static long leaf(int stage, long descriptor, long output, boolean write) {
      if (descriptor / 1024 % 2 == 0) {
        return fault(stage, EventType.F_ACCESS);
      }
      boolean bit6 = descriptor / 64 % 2 != 0;
      boolean bit7 = descriptor / 128 % 2 != 0;
      boolean allowed = stage == 1 ? bit6 && !(write && bit7) : write ? bit7 : bit6;
      return allowed ? output : fault(stage, EventType.F_PERMISSION);
    }
  }

  private final Random random = new Random(42);

  private static long actual(Rig rig, boolean write, long input) {
    boolean ok = rig.access(SID, input, write ? AccessType.WRITE : AccessType.READ);
    return ok ? rig.out.pa() : -(rig.out.stage() * 256L + rig.out.event().code());
  }

  /** A random leaf: mostly good, sometimes without AF, read-only or invalid. */
  private long damaged(long leaf, boolean stage1) {
    return switch (random.nextInt(10)) {
      case 0 -> leaf & ~(1L << 10);
      case 1 -> leaf ^ (1L << 7);
      case 2 -> stage1 ? leaf & ~(1L << 6) : leaf & ~(3L << 6);
      default -> leaf;
    };
  }

  private int leafLevel(Tables tables) {
    int first = tables.granule == Granule.SIZE_4K ? 1 : 2;
    return Math.max(tables.startLevel, first + random.nextInt(4 - first));
  }

  /** An input from a few regions, so that some of them meet. */
  private long input(Tables tables) {
    long page = tables.granule.bytes();
    long region = (long) random.nextInt(3) << (tables.inputBits - 3);
    return region + random.nextInt(64) * page + random.nextInt((int) page);
  }

  private void fill(Rig rig, Tables tables, long leaf, boolean stage1, long[] outputs) {
    for (int entry = 0; entry < 40; entry++) {
      int level = leafLevel(tables);
      long bytes = tables.granule.levelBytes(level);
      long at = input(tables) & -bytes;
      long output = outputs[random.nextInt(outputs.length)] & -bytes;
      if (free(rig, tables, at, level)) {
        tables.map(at, output, level, damaged(leaf, stage1));
      }
    }
  }

  /** Whether no block lies above the slot and nothing in it. */
  private static boolean free(Rig rig, Tables tables, long at, int level) {
    for (int above = tables.startLevel; above <= level; above++) {
      long descriptor = rig.read(tables.slot(at, above), 8);
      if (above == level ? descriptor != 0 : (descriptor & 0b11) == 0b01) {
        return false;
      }
    }
    return true;
  }

  private static int stage2Start(Granule granule, int bits, int concatenated) {
    int single = 3 - (bits - 1 - granule.shift()) / granule.bitsPerLevel();
    return single + concatenated;
  }

  @Test
  void stage1Alone() {
    int good = 0;
    for (Granule granule : Granule.values()) {
      for (int bits : new int[] {25, 32, 36, 39, 42, 47, 48}) {
        Rig rig = new Rig().start(4);
        Tables tables = Tables.stage1(rig, granule, bits);
        fill(rig, tables, Tables.STAGE1_LEAF, true, new long[] {0x4000_0000L, 0xff_0000_0000L});
        rig.stage1Stream(SID, 1, tables);
        good += compare(rig, tables, null);
      }
    }
    assertTrue(good > 300, good + " accesses went through");
  }

  @Test
  void stage2AloneWithConcatenatedRoots() {
    int good = 0;
    for (Granule granule : Granule.values()) {
      for (int extra = 0; extra <= 4; extra++) {
        for (int concatenated = 0; concatenated <= 1; concatenated++) {
          int full = granule.levelShift(1);
          int bits = concatenated == 1 ? full + extra : full - 4 + extra;
          if (bits > 48 || (concatenated == 1 && extra == 0)) {
            continue;
          }
          int start = stage2Start(granule, bits, concatenated);
          if (start > 3 || (start == 3 && granule == Granule.SIZE_4K)) {
            continue;
          }
          Rig rig = new Rig().start(4);
          Tables tables = new Tables(rig, granule, bits, start);
          fill(rig, tables, Tables.STAGE2_LEAF, false, new long[] {0x4000_0000L, 0xffL << 32});
          rig.stream(SID, Ste.CONFIG_S2);
          rig.stage2(SID, 1, tables);
          good += compare(rig, tables, null);
        }
      }
    }
    assertTrue(good > 300, good + " accesses went through");
  }

  @Test
  void nestedInEveryPairOfGranules() {
    int good = 0;
    for (Granule upper : Granule.values()) {
      for (Granule lower : Granule.values()) {
        for (int round = 0; round < 3; round++) {
          good += nested(upper, lower);
        }
      }
    }
    assertTrue(good > 300, good + " accesses went through");
  }

  /** Stage-1 tables lie at IPAs that stage 2 moves by a fixed distance, in granule-sized pages. */
  private int nested(Granule upper, Granule lower) {
    long moved = 1L << 36;
    Rig rig = new Rig().start(4);
    int bits = 40;
    Tables s2 = new Tables(rig, lower, bits, stage2Start(lower, bits, 0));
    Tables s1 =
        new Tables(
            rig,
            upper,
            39,
            3 - (38 - upper.shift()) / upper.bitsPerLevel(),
            pa -> pa + moved,
            ipa -> ipa - moved);
    long[] ipas = new long[12];
    for (int index = 0; index < ipas.length; index++) {
      ipas[index] = ((long) random.nextInt(1 << 12) << 24) | (long) random.nextInt(16) << 16;
    }
    fill(rig, s1, Tables.STAGE1_LEAF, true, ipas);
    for (long ipa : ipas) {
      int level = leafLevel(s2);
      long bytes = lower.levelBytes(level);
      if (free(rig, s2, ipa & -bytes, level)) {
        s2.map(
            ipa & -bytes,
            ((long) random.nextInt(200) << 32) & -bytes,
            level,
            damaged(Tables.STAGE2_LEAF, false));
      }
    }
    long blockBytes = lower.levelBytes(2);
    for (long pa = 0; pa < 0x800_0000L; pa += blockBytes) {
      if (free(rig, s2, (pa + moved) & -blockBytes, 2)) {
        s2.map((pa + moved) & -blockBytes, pa, 2, Tables.STAGE2_LEAF);
      }
    }
    rig.stage1Stream(SID, 1, s1);
    rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, Rig.CONTEXTS + SID * 64L + moved);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(SID, 1, s2);
    return compare(rig, s1, s2);
  }

  private int compare(Rig rig, Tables tables, Tables below) {
    boolean stage2Only = (rig.read(Rig.ste(SID), 8) >>> 1 & 0b111) == Ste.CONFIG_S2;
    SlowWalker slow = new SlowWalker(rig);
    int good = 0;
    for (int access = 0; access < ACCESSES; access++) {
      long input = random.nextInt(30) == 0 ? 1L << tables.inputBits : input(tables);
      boolean write = random.nextBoolean();
      long expected = slow.walk(tables, stage2Only ? 2 : 1, input, write, below);
      if (below != null && expected >= 0) {
        expected = slow.walk(below, 2, expected, write, null);
      }
      if (input >>> 48 != 0 && stage2Only) {
        expected = -(256L + EventType.F_ADDR_SIZE.code());
      }
      assertEquals(
          expected,
          actual(rig, write, input),
          () -> tables.granule + " " + tables.inputBits + " bits, 0x" + Long.toHexString(input));
      assertEquals(expected, actual(rig, write, input), "again, from the TLB");
      if (expected >= 0) {
        good++;
      }
    }
    return good;
  }
}
