package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.caches.TaggedSets;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * Stale entries stay usable until the right command reaches them, and no command reaches more than
 * it must: each entry of a well-filled TLB against each command (IHI 0070 4.3, 4.4).
 */
class InvalidationTest {
  private static final long VA = 0x1234_5000L;
  private static final long GLOBAL_VA = 0x5234_5000L;
  private static final long OLD = 0x500_0000L;
  private static final long NEW = 0x600_0000L;

  /** What is cached before each command, one stream each. */
  private enum Cached {
    /** VMID 1, ASID 1. */
    PLAIN(1, 1, 1),
    /** The same, at the next page. */
    NEXT_PAGE(2, 1, 1),
    OTHER_ASID(3, 1, 2),
    OTHER_VMID(4, 2, 1),
    /** nG = 0, of ASID 3, at a page of its own: it matches every ASID. */
    GLOBAL(5, 1, 3),
    /** Stage 1 and 2, combined. */
    NESTED(6, 3, 4),
    /** Stage 2 only: VMID 1, IPA = VA. */
    STAGE_2(7, 1, 0),
    STAGE_2_OTHER_VMID(8, 2, 0),
    /** A 2 MiB block that holds VA: VMID 1, ASID 5. */
    BLOCK(9, 1, 5);

    final int sid;
    final int vmid;
    final int asid;

    Cached(int sid, int vmid, int asid) {
      this.sid = sid;
      this.vmid = vmid;
      this.asid = asid;
    }

    long address() {
      return switch (this) {
        case NEXT_PAGE -> VA + 0x1000;
        case GLOBAL -> GLOBAL_VA;
        default -> VA;
      };
    }
  }

  /** Fills the TLB, changes every table, and tells which entries are gone after a command. */
  private static Set<Cached> reached(long word0, long word1) {
    Rig rig = new Rig().start(4);
    Map<Cached, Long> slots = new EnumMap<>(Cached.class);
    Tables identity = new Tables(rig, Granule.SIZE_4K, 40, 1);
    identity.map(0, 0, 1, Tables.STAGE2_LEAF);
    Map<Integer, Tables> stage1 = new HashMap<>();
    for (Cached cached : Cached.values()) {
      slots.put(cached, fill(rig, cached, identity, stage1));
    }
    for (Cached cached : Cached.values()) {
      long slot = slots.get(cached);
      rig.write(slot, 8, rig.read(slot, 8) + (NEW - OLD));
    }
    for (Cached cached : Cached.values()) {
      assertEquals(OLD, outputPage(rig, cached), () -> cached + " is stale before the command");
    }
    rig.command(word0, word1);
    assertEquals(1, rig.smmu.counters().commands());
    Set<Cached> reached = EnumSet.noneOf(Cached.class);
    for (Cached cached : Cached.values()) {
      long page = outputPage(rig, cached);
      assertTrue(page == OLD || page == NEW);
      if (page == NEW) {
        reached.add(cached);
      }
    }
    return reached;
  }

  private static long outputPage(Rig rig, Cached cached) {
    assertTrue(rig.reads(cached.sid, cached.address()));
    long page = rig.out.pa() & ~0xfffL;
    return cached == Cached.BLOCK ? page & -(2L << 20) : page;
  }

  /**
   * Sets a stream up and translates once; returns where its leaf descriptor is. Streams with the
   * same VMID and ASID have the same tables, as the architecture asks.
   */
  private static long fill(Rig rig, Cached cached, Tables identity, Map<Integer, Tables> stage1) {
    boolean stage2Only = cached == Cached.STAGE_2 || cached == Cached.STAGE_2_OTHER_VMID;
    Tables tables =
        stage2Only
            ? new Tables(rig, Granule.SIZE_4K, 40, 1)
            : stage1.computeIfAbsent(
                cached.vmid << 16 | cached.asid, space -> Tables.stage1(rig, Granule.SIZE_4K, 39));
    int level = cached == Cached.BLOCK ? 2 : 3;
    long leaf =
        stage2Only
            ? Tables.STAGE2_LEAF
            : cached == Cached.GLOBAL ? Tables.STAGE1_LEAF & ~(1L << 11) : Tables.STAGE1_LEAF;
    long at = cached == Cached.BLOCK ? VA & -(2L << 20) : cached.address();
    tables.map(at, OLD, level, leaf);
    if (stage2Only) {
      rig.stream(cached.sid, Ste.CONFIG_S2);
      rig.stage2(cached.sid, cached.vmid, tables);
    } else {
      rig.stage1Stream(cached.sid, cached.asid, tables);
      rig.poke(Rig.ste(cached.sid), Ste.S2VMID, cached.vmid);
      if (cached == Cached.NESTED) {
        rig.poke(Rig.ste(cached.sid), Ste.CONFIG, Ste.CONFIG_NESTED);
        rig.stage2(cached.sid, cached.vmid, identity);
      }
    }
    assertEquals(OLD, outputPage(rig, cached));
    return tables.slot(at, level);
  }

  private static long vmid(long vmid) {
    return vmid << 32;
  }

  private static long asid(long asid) {
    return asid << 48;
  }

  @Test
  void nhAllReachesStage1OfTheVmid() {
    assertEquals(
        EnumSet.of(Cached.PLAIN, Cached.NEXT_PAGE, Cached.OTHER_ASID, Cached.GLOBAL, Cached.BLOCK),
        reached(0x10 | vmid(1), 0));
    assertEquals(EnumSet.of(Cached.NESTED), reached(0x10 | vmid(3), 0));
  }

  @Test
  void nhAsidReachesNonGlobalEntriesOfTheAsid() {
    assertEquals(EnumSet.of(Cached.PLAIN, Cached.NEXT_PAGE), reached(0x11 | vmid(1) | asid(1), 0));
    assertEquals(EnumSet.of(Cached.NESTED), reached(0x11 | vmid(3) | asid(4), 0));
    assertEquals(EnumSet.noneOf(Cached.class), reached(0x11 | vmid(1) | asid(3), 0));
  }

  @Test
  void nhVaReachesTheAsidAndGlobals() {
    for (int leaf = 0; leaf <= 1; leaf++) {
      assertEquals(EnumSet.of(Cached.PLAIN), reached(0x12 | vmid(1) | asid(1), VA | leaf));
    }
    assertEquals(EnumSet.of(Cached.GLOBAL), reached(0x12 | vmid(1) | asid(9), GLOBAL_VA));
    assertEquals(EnumSet.of(Cached.NESTED), reached(0x12 | vmid(3) | asid(4), VA));
    assertEquals(EnumSet.of(Cached.BLOCK), reached(0x12 | vmid(1) | asid(5), VA));
    assertEquals(
        EnumSet.of(Cached.BLOCK), reached(0x12 | vmid(1) | asid(5), VA + 0x2000), "same block");
  }

  @Test
  void nhVaaReachesEveryAsid() {
    assertEquals(
        EnumSet.of(Cached.PLAIN, Cached.OTHER_ASID, Cached.BLOCK), reached(0x13 | vmid(1), VA));
    assertEquals(EnumSet.of(Cached.GLOBAL), reached(0x13 | vmid(1), GLOBAL_VA));
    assertEquals(EnumSet.of(Cached.NESTED), reached(0x13 | vmid(3), VA));
    assertEquals(EnumSet.of(Cached.OTHER_VMID), reached(0x13 | vmid(2), VA));
  }

  @Test
  void s2IpaLeavesCombinedEntries() {
    assertEquals(EnumSet.of(Cached.STAGE_2), reached(0x2a | vmid(1), VA));
    assertEquals(EnumSet.of(Cached.STAGE_2_OTHER_VMID), reached(0x2a | vmid(2), VA));
    assertEquals(EnumSet.noneOf(Cached.class), reached(0x2a | vmid(1), VA + 0x1000));
    assertEquals(EnumSet.noneOf(Cached.class), reached(0x2a | vmid(3), OLD));
  }

  @Test
  void s12VmallReachesBothStagesOfTheVmid() {
    assertEquals(
        EnumSet.of(Cached.OTHER_VMID, Cached.STAGE_2_OTHER_VMID), reached(0x28 | vmid(2), 0));
  }

  @Test
  void nsnhAllReachesEverything() {
    assertEquals(EnumSet.allOf(Cached.class), reached(0x30, 0));
  }

  @Test
  void syncPrefetchAndConfigurationReachNoTranslation() {
    assertEquals(EnumSet.noneOf(Cached.class), reached(0x46, 0));
    assertEquals(EnumSet.noneOf(Cached.class), reached(0x01, 0));
    assertEquals(EnumSet.noneOf(Cached.class), reached(0x04, 31));
  }

  @Test
  void rangesReachFromTheirAddressOn() {
    long num1 = 1L << 12;
    long tg4k = 0b01 << 10;
    assertEquals(
        EnumSet.of(Cached.PLAIN, Cached.NEXT_PAGE),
        reached(0x12 | vmid(1) | asid(1) | num1, VA | tg4k));
    assertEquals(
        EnumSet.of(Cached.PLAIN),
        reached(0x12 | vmid(1) | asid(1) | num1, (VA - 0x1000) | tg4k),
        "two pages, VA the last");
    assertEquals(
        EnumSet.of(Cached.NEXT_PAGE),
        reached(0x12 | vmid(1) | asid(1) | num1, (VA + 0x1000) | tg4k));
    long scale9 = 9L << 20;
    assertEquals(
        EnumSet.of(Cached.STAGE_2),
        reached(0x2a | vmid(1) | scale9, (VA & -(2L << 20)) | tg4k),
        "2 MiB");
    assertEquals(
        EnumSet.noneOf(Cached.class),
        reached(0x12 | vmid(1) | asid(1) | 31L << 20 | 31L << 12, (-1L << 12) | tg4k),
        "does not wrap to low addresses");
  }

  @Test
  void levelAndGranuleHintsNarrow() {
    long tg4k = 0b01 << 10;
    long tg64k = 0b11 << 10;
    assertEquals(EnumSet.of(Cached.PLAIN), reached(0x12 | vmid(1) | asid(1), VA | tg4k | 3 << 8));
    assertEquals(
        EnumSet.noneOf(Cached.class), reached(0x12 | vmid(1) | asid(1), VA | tg4k | 2 << 8));
    assertEquals(
        EnumSet.of(Cached.BLOCK),
        reached(0x12 | vmid(1) | asid(5), (VA & -(2L << 20)) | tg4k | 2 << 8));
    assertEquals(
        EnumSet.noneOf(Cached.class),
        reached(0x12 | vmid(1) | asid(1), (VA & -0x10000) | tg64k | 3 << 8));
  }

  @Test
  void blockOverSmallerStage2PagesIsReachedAsAWhole() {
    Rig rig = new Rig().start(4);
    Tables s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    for (long page = 0; page < 4; page++) {
      s2.map(0x4000_0000L + page * 0x1000, OLD + page * 0x1000, 3, Tables.STAGE2_LEAF);
    }
    s2.map(0, 0, 1, Tables.STAGE2_LEAF);
    Tables s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    s1.map(0x20_0000, 0x4000_0000L, 2, Tables.STAGE1_LEAF);
    rig.stage1Stream(1, 1, s1);
    rig.poke(Rig.ste(1), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(1, 1, s2);
    for (long page = 0; page < 4; page++) {
      assertTrue(rig.reads(1, 0x20_0000 + page * 0x1000));
      assertEquals(OLD + page * 0x1000, rig.out.pa());
    }
    rig.write(s1.slot(0x20_0000, 2), 8, 0);
    assertTrue(rig.reads(1, 0x20_3000), "stale");
    rig.command(0x12 | vmid(1) | asid(1), 0x20_0000);
    for (long page = 0; page < 4; page++) {
      assertFalse(rig.reads(1, 0x20_0000 + page * 0x1000));
    }
  }

  @Test
  void unmappedStage2PageStaysReachableThroughANestedEntryUntilStage1IsInvalidated() {
    Rig rig = new Rig().start(4);
    Tables s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    s2.map(0, 0, 1, Tables.STAGE2_LEAF);
    s2.map(0x4000_0000L, OLD, 3, Tables.STAGE2_LEAF);
    Tables s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    s1.map(VA, 0x4000_0000L, 3, Tables.STAGE1_LEAF);
    rig.stage1Stream(1, 1, s1);
    rig.poke(Rig.ste(1), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(1, 1, s2);
    assertTrue(rig.reads(1, VA));
    rig.write(s2.slot(0x4000_0000L, 3), 8, 0);
    rig.command(0x2a | vmid(1), 0x4000_0000L);
    assertTrue(rig.reads(1, VA), "IHI 0070 4.4.3.1: not enough");
    rig.command(0x10 | vmid(1), 0);
    assertFalse(rig.reads(1, VA));
  }

  @Test
  void globalEntriesMatchTheirOwnAsidSetOnly() {
    Rig rig = new Rig().start(4);
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(VA, OLD, 3, Tables.STAGE1_LEAF & ~(1L << 11));
    for (int sid = 1; sid <= 3; sid++) {
      rig.stage1Stream(sid, sid, tables);
    }
    rig.poke(Rig.CONTEXTS + 3 * 64, Cd.ASET, 1);
    assertTrue(rig.reads(1, VA));
    rig.write(tables.slot(VA, 3), 8, 0);
    assertTrue(rig.reads(2, VA), "another ASID, same set");
    assertFalse(rig.reads(3, VA), "the other set");
  }

  @Test
  void commandsReachCachedConfiguration() {
    // Config change of streams 4 and 6, CD change of stream 5: what each command makes visible.
    assertEquals(Set.of(4), configurationReached(0x03L | 4L << 32, 0));
    assertEquals(Set.of(4), configurationReached(0x03L | 4L << 32, 1));
    assertEquals(Set.of(5), configurationReached(0x03L | 5L << 32, 1), "and its CDs");
    assertEquals(Set.of(4, 5), configurationReached(0x04L | 5L << 32, 0));
    assertEquals(Set.of(4, 5, 6), configurationReached(0x04L | 7L << 32, 1));
    assertEquals(Set.of(4, 5, 6), configurationReached(0x04L, 31));
    assertEquals(Set.of(5), configurationReached(0x05L | 5L << 32, 1));
    assertEquals(Set.of(), configurationReached(0x05L | 5L << 32 | 1 << 12, 1));
    assertEquals(Set.of(), configurationReached(0x05L | 4L << 32, 1));
    assertEquals(Set.of(5), configurationReached(0x06L | 5L << 32, 0));
    assertEquals(Set.of(), configurationReached(0x30L, 0));
  }

  private static Set<Integer> configurationReached(long word0, long word1) {
    Rig rig = new Rig().start(4);
    Tables first = Tables.stage1(rig, Granule.SIZE_4K, 39);
    first.map(VA, OLD, 3, Tables.STAGE1_LEAF);
    Tables second = Tables.stage1(rig, Granule.SIZE_4K, 39);
    second.map(VA, NEW, 3, Tables.STAGE1_LEAF);
    rig.stream(4, Ste.CONFIG_BYPASS);
    rig.stage1Stream(5, 1, first);
    rig.stream(6, Ste.CONFIG_BYPASS);
    for (int sid = 4; sid <= 6; sid++) {
      assertTrue(rig.reads(sid, VA));
    }
    rig.stream(4, Ste.CONFIG_ABORT);
    rig.context(Rig.CONTEXTS + 5 * 64, 2, second);
    rig.poke(Rig.ste(6), Ste.V, 0);
    rig.command(word0, word1);
    Set<Integer> reached = new TreeSet<>();
    if (!rig.reads(4, VA)) {
      reached.add(4);
    }
    assertTrue(rig.reads(5, VA));
    if (rig.out.pa() == NEW) {
      reached.add(5);
    }
    if (!rig.reads(6, VA)) {
      reached.add(6);
    }
    return reached;
  }

  @Test
  void invalidConfigurationIsCachedToo() {
    Rig rig = new Rig().start(4);
    assertFalse(rig.reads(4, VA));
    rig.stream(4, Ste.CONFIG_BYPASS);
    assertFalse(rig.reads(4, VA), "IHI 0070 5.2.1: cached in any state");
    rig.command(0x03L | 4L << 32, 1);
    assertTrue(rig.reads(4, VA));
  }

  @Test
  void disablingKeepsTheCaches() {
    Rig rig = new Rig().start(4);
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(VA, OLD, 3, Tables.STAGE1_LEAF);
    rig.stage1Stream(1, 1, tables);
    assertTrue(rig.reads(1, VA));
    rig.write(tables.slot(VA, 3), 8, 0);
    rig.set(Register.CR0, 0);
    rig.set(Register.CR0, 0xd);
    assertTrue(rig.reads(1, VA), "IHI 0070 6.3.9.6");
  }

  @Test
  void aFullSetEvictsOne() {
    Rig rig = new Rig(Profile.QEMU_11).start(4);
    int sets = Profile.QEMU_11.tlbEntries() / TaggedSets.WAYS;
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    for (int page = 0; page <= TaggedSets.WAYS; page++) {
      tables.map((long) page * sets << 12, OLD, 3, Tables.STAGE1_LEAF);
    }
    rig.stage1Stream(1, 1, tables);
    for (int page = 0; page <= TaggedSets.WAYS; page++) {
      assertTrue(rig.reads(1, (long) page * sets << 12));
      rig.write(tables.slot((long) page * sets << 12, 3), 8, 0);
    }
    int gone = 0;
    for (int page = 0; page <= TaggedSets.WAYS; page++) {
      gone += rig.reads(1, (long) page * sets << 12) ? 0 : 1;
    }
    assertEquals(1, gone, "one made room for the last");
  }
}
