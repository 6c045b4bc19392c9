package portcullis.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Ste;
import portcullis.platform.PhysicalMemory;

/**
 * What an SMMU can see of an entry while it is rewritten. It reads the eight words in any order and
 * at any moments between two syncs, so each word may be any that it was since the last sync.
 */
class EntryUpdateTest {
  private static final int WORDS = EntryUpdate.WORDS;
  private static final long ADDRESS = 0x8000;

  /** Looks at each combination of words that hardware may read, until each sync. */
  private static final class Hardware implements PhysicalMemory {
    final long[] old;
    final long[] target;
    final EntryUpdate.UsedBits usedBits;

    /** The entry as it was at the last sync, and as it is. */
    final long[] before;

    final long[] now;
    int syncs;
    int answers = Integer.MAX_VALUE;
    boolean unsynced;
    boolean sawInvalid;

    Hardware(long[] old, long[] target, EntryUpdate.UsedBits usedBits) {
      this.old = old.clone();
      this.target = target.clone();
      this.usedBits = usedBits;
      before = old.clone();
      now = old.clone();
    }

    boolean update() {
      return EntryUpdate.write(this, ADDRESS, target, usedBits, this::sync);
    }

    boolean sync() {
      syncs++;
      unsynced = false;
      System.arraycopy(now, 0, before, 0, WORDS);
      return syncs <= answers;
    }

    @Override
    public long read64(long address) {
      return now[word(address)];
    }

    @Override
    public void write64(long address, long value) {
      int word = word(address);
      assertEquals(before[word], now[word], "a word written twice without a sync");
      now[word] = value;
      unsynced = true;
      look(new long[WORDS], 0);
    }

    private void look(long[] seen, int word) {
      if (word == WORDS) {
        judge(seen);
        return;
      }
      seen[word] = now[word];
      look(seen, word + 1);
      if (before[word] != now[word]) {
        seen[word] = before[word];
        look(seen, word + 1);
      }
    }

    private void judge(long[] seen) {
      if ((seen[0] & 1) == 0) {
        sawInvalid = true;
      } else {
        assertTrue(
            same(seen, old) || same(seen, target),
            () ->
                "the SMMU sees %s while %s becomes %s".formatted(hex(seen), hex(old), hex(target)));
      }
    }

    /** Whether {@code seen} configures the SMMU as {@code entry} does. */
    private boolean same(long[] seen, long[] entry) {
      long[] used = new long[WORDS];
      long[] entryUsed = new long[WORDS];
      usedBits.of(seen, used);
      usedBits.of(entry, entryUsed);
      for (int i = 0; i < WORDS; i++) {
        if (used[i] != entryUsed[i] || ((seen[i] ^ entry[i]) & used[i]) != 0) {
          return false;
        }
      }
      return true;
    }

    private static int word(long address) {
      return (int) (address - ADDRESS) / 8;
    }

    private static String hex(long[] entry) {
      return Arrays.toString(Arrays.stream(entry).mapToObj(Long::toHexString).toArray());
    }

    @Override
    public int read32(long address) {
      throw new AssertionError("entries are read in words of 64 bits");
    }

    @Override
    public void write32(long address, int value) {
      throw new AssertionError("entries are written in words of 64 bits");
    }
  }

  @Test
  void hardwareSeesTheOldOrTheNewSteOrNone() {
    Random random = new Random(1);
    for (int i = 0; i < 3000; i++) {
      check(
          new Hardware(
              withRubbish(ste(random), random, Entries::steUsed), ste(random), Entries::steUsed));
    }
  }

  @Test
  void hardwareSeesTheOldOrTheNewCdOrNone() {
    Random random = new Random(2);
    for (int i = 0; i < 3000; i++) {
      check(
          new Hardware(
              withRubbish(cd(random), random, Entries::cdUsed), cd(random), Entries::cdUsed));
    }
  }

  /** Also where an entry changes little, so that it takes no invalid one in between. */
  @Test
  void oneWordChangesWithoutABreak() {
    Random random = new Random(3);
    for (int i = 0; i < 3000; i++) {
      long[] old = ste(random);
      long[] used = new long[WORDS];
      Entries.steUsed(old, used);
      long[] target = old.clone();
      int word = random.nextInt(4);
      target[word] ^= random.nextLong() & used[word] & ~Ste.V.mask() & ~Ste.CONFIG.mask();
      target[1] = (target[1] & ~Ste.S1DSS.mask()) | Ste.S1DSS.inPlace(old[1]);
      Hardware hardware = new Hardware(old, target, Entries::steUsed);
      check(hardware);
      assertFalse(hardware.sawInvalid && Ste.V.isSet(old[0]));
      assertEquals(Arrays.equals(old, target) ? 0 : 1, hardware.syncs);
    }
  }

  private static void check(Hardware hardware) {
    assertTrue(hardware.update());
    assertArrayEquals(hardware.target, hardware.now);
    assertFalse(hardware.unsynced, "the SMMU was not told of the last write");
  }

  /** How often Linux syncs, and whether it breaks: as its own KUnit tests of 6.12 expect. */
  @Test
  void syncsAsOftenAsLinux() {
    long[] abort = Entries.abort();
    long[] bypass = Entries.bypass();
    long[] table = stage1(0xdead_b000L, Ste.S1DSS_SSID0);
    long[] substreamBypass = stage1(0xdead_b000L, Ste.S1DSS_BYPASS);
    long[] otherTable = stage1(0x4b4b_4b40L, Ste.S1DSS_BYPASS);
    long[] stage2 = stage2();
    expect(2, false, bypass, abort);
    expect(2, false, abort, bypass);
    expect(2, false, table, abort);
    expect(2, false, abort, table);
    expect(3, false, table, bypass);
    expect(3, false, bypass, table);
    expect(1, false, table, substreamBypass);
    expect(1, false, substreamBypass, table);
    expect(2, false, substreamBypass, bypass);
    expect(2, false, bypass, substreamBypass);
    expect(2, false, stage2, abort);
    expect(2, false, abort, stage2);
    expect(2, false, stage2, bypass);
    expect(2, false, bypass, stage2);
    expect(3, false, table, stage2);
    expect(3, false, stage2, table);
    expect(3, true, table, otherTable);
  }

  @Test
  void syncsCdsAsOftenAsLinux() {
    long[] none = new long[WORDS];
    long[] cd = cd(778);
    long[] other = cd(1997);
    expectCd(2, none, cd);
    expectCd(2, cd, none);
    expectCd(1, cd, other);
  }

  @Test
  void stopsWhereTheSmmuDoesNotAnswer() {
    long[] table = stage1(0xdead_b000L, Ste.S1DSS_SSID0);
    long[] other = stage1(0x4b4b_4b40L, Ste.S1DSS_BYPASS);
    for (int answers = 0; answers < 3; answers++) {
      Hardware hardware = new Hardware(table, other, Entries::steUsed);
      hardware.answers = answers;
      assertFalse(hardware.update());
      assertEquals(answers + 1, hardware.syncs);
    }
  }

  private static void expect(int syncs, boolean breaks, long[] old, long[] target) {
    Hardware hardware = new Hardware(old, target, Entries::steUsed);
    check(hardware);
    assertEquals(syncs, hardware.syncs);
    assertEquals(breaks, hardware.sawInvalid);
  }

  private static void expectCd(int syncs, long[] old, long[] target) {
    Hardware hardware = new Hardware(old, target, Entries::cdUsed);
    check(hardware);
    assertEquals(syncs, hardware.syncs);
  }

  private static long[] stage1(long cdTable, int s1dss) {
    long[] ste = Entries.stage1(cdTable);
    ste[1] = Ste.S1DSS.with(ste[1], s1dss) | Ste.EATS.of(Ste.EATS_FULL);
    if (s1dss == Ste.S1DSS_BYPASS) {
      ste[1] |= Ste.SHCFG.of(Ste.SHCFG_INCOMING);
    }
    return ste;
  }

  private static long[] stage2() {
    long[] ste = new long[WORDS];
    ste[0] = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2);
    ste[1] = Ste.EATS.of(Ste.EATS_FULL) | Ste.SHCFG.of(Ste.SHCFG_INCOMING);
    ste[2] = Ste.S2T0SZ.of(4) | Ste.S2SL0.of(3) | Ste.S2AA64.of(1) | Ste.S2PTW.of(1);
    ste[3] = Ste.S2TTB.inPlace(0xdaed_beef_dead_beefL);
    return ste;
  }

  private static long[] cd(int asid) {
    long[] cd = new long[WORDS];
    cd[0] = Cd.V.of(1) | Cd.AA64.of(1) | Cd.T0SZ.of(16) | Cd.ASID.of(asid);
    cd[1] = Cd.TTB0.inPlace(0xdaed_beef_dead_beefL);
    cd[3] = 0x0abc_def0_1234_5678L;
    return cd;
  }

  /** An STE with any values in the bits that its configuration uses, and no others. */
  private static long[] ste(Random random) {
    int[] configs = {
      Ste.CONFIG_ABORT, Ste.CONFIG_BYPASS, Ste.CONFIG_S1, Ste.CONFIG_S2, Ste.CONFIG_NESTED
    };
    long[] ste = new long[WORDS];
    if (random.nextInt(8) == 0) {
      return ste;
    }
    long fixed0 = Ste.V.of(1) | Ste.CONFIG.of(configs[random.nextInt(configs.length)]);
    long fixed1 = Ste.S1DSS.of(random.nextInt(3));
    ste[0] = fixed0;
    ste[1] = fixed1;
    long[] used = new long[WORDS];
    Entries.steUsed(ste, used);
    for (int i = 0; i < WORDS; i++) {
      ste[i] = random.nextLong() & used[i];
    }
    ste[0] = (ste[0] & ~Ste.V.mask() & ~Ste.CONFIG.mask()) | fixed0;
    ste[1] = (ste[1] & ~Ste.S1DSS.mask()) | (fixed1 & used[1]);
    return ste;
  }

  private static long[] cd(Random random) {
    long[] cd = new long[WORDS];
    if (random.nextInt(8) == 0) {
      return cd;
    }
    long fixed = Cd.V.of(1) | Cd.EPD0.of(random.nextInt(2));
    cd[0] = fixed;
    long[] used = new long[WORDS];
    Entries.cdUsed(cd, used);
    for (int i = 0; i < WORDS; i++) {
      cd[i] = random.nextInt(3) == 0 ? 0 : random.nextLong() & used[i];
    }
    cd[0] = (cd[0] & ~Cd.V.mask() & ~Cd.EPD0.mask()) | fixed;
    return cd;
  }

  /** What may stand in an entry where its configuration makes nobody look. */
  private static long[] withRubbish(long[] entry, Random random, EntryUpdate.UsedBits usedBits) {
    long[] used = new long[WORDS];
    usedBits.of(entry, used);
    for (int i = 0; i < WORDS; i++) {
      entry[i] |= random.nextInt(2) == 0 ? 0 : random.nextLong() & ~used[i];
    }
    return entry;
  }
}
