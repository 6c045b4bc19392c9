package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.machine.smmuv3.caches.BbmLevel;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * A live change of block size that does not go through an invalid descriptor, and is not followed
 * by the invalidation of all that it replaces: what IDR3.BBML makes of it (IHI 0070 3.20.1,
 * 3.21.1).
 */
class BreakBeforeMakeTest {
  private static final int SID = 1;
  private static final int VMID = 1;
  private static final int ASID = 1;

  /** The first and the second page of a 2 MiB block. */
  private static final long PAGE_0 = 0x4020_0000L;

  private static final long PAGE_1 = PAGE_0 + 0x1000;
  private static final long PAGES_PA = 0x500_0000L;
  private static final long BLOCK_PA = 0x600_0000L;
  private static final long NT = Stage1Descriptor.NT.of(1);

  private Rig rig;
  private Tables tables;

  private static Profile profile(BbmLevel level) {
    return level == BbmLevel.LEVEL_0
        ? Profile.MMU_600_R2
        : Profile.GENERIC.with(Register.IDR3, Idr3.BBML, level.ordinal());
  }

  private void start(BbmLevel level) {
    rig = new Rig(profile(level)).start(4);
  }

  private static long leaf(boolean stage2) {
    return stage2 ? Tables.STAGE2_LEAF : Tables.STAGE1_LEAF;
  }

  /** A stream with one stage, and the first two pages of the block as pages. */
  private void pages(boolean stage2) {
    tables =
        stage2 ? new Tables(rig, Granule.SIZE_4K, 40, 1) : Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(PAGE_0, PAGES_PA, 3, leaf(stage2));
    tables.map(PAGE_1, PAGES_PA + 0x1000, 3, leaf(stage2));
    if (stage2) {
      rig.stream(SID, Ste.CONFIG_S2);
      rig.stage2(SID, VMID, tables);
    } else {
      rig.stage1Stream(SID, ASID, tables);
      rig.poke(Rig.ste(SID), Ste.S2VMID, VMID);
    }
  }

  /**
   * Uses the first page, turns the table into a block, invalidates for the second page only, and
   * uses that: both sizes are in the TLB now, if the SMMU keeps the block.
   */
  private void change(boolean stage2, long nT) {
    pages(stage2);
    assertTrue(rig.reads(SID, PAGE_0));
    tables.map(PAGE_0, BLOCK_PA, 2, leaf(stage2) | nT);
    invalidate(stage2, PAGE_1);
    assertTrue(rig.reads(SID, PAGE_1));
    assertEquals(BLOCK_PA + 0x1000, rig.out.pa());
  }

  private void invalidate(boolean stage2, long address) {
    rig.command((stage2 ? 0x2a : 0x12) | (long) VMID << 32 | (long) ASID << 48, address);
  }

  private void conflicts(boolean stage2) {
    assertFalse(rig.reads(SID, PAGE_0 + 0x123));
    assertEquals(EventType.F_TLB_CONFLICT, rig.out.event());
    long[] event = rig.lastEvent();
    assertEquals(EventType.F_TLB_CONFLICT.code(), Event.TYPE.get(event[0]));
    assertEquals(SID, Event.STREAMID.get(event[0]));
    assertEquals(stage2, Event.S2.isSet(event[1]));
    assertEquals(PAGE_0 + 0x123, event[2]);
    assertEquals(stage2 ? PAGE_0 : 0, Event.IPA.inPlace(event[3]));
  }

  @ParameterizedTest
  @EnumSource(
      value = BbmLevel.class,
      names = {"LEVEL_0", "LEVEL_1"})
  void twoSizesForOneAddressConflict(BbmLevel level) {
    for (boolean stage2 : new boolean[] {false, true}) {
      start(level);
      change(stage2, 0);
      conflicts(stage2);
      assertTrue(rig.reads(SID, PAGE_1), "one entry alone is none");
      invalidate(stage2, PAGE_0);
      assertTrue(rig.reads(SID, PAGE_0), "one invalidation removes both");
      assertEquals(BLOCK_PA, rig.out.pa());
    }
  }

  /** IHI 0070 3.12, 3.20.1: the transaction is aborted and recorded whatever CD.R or S2R say. */
  @Test
  void aConflictIsRecordedWhateverFaultsAre() {
    start(BbmLevel.LEVEL_1);
    change(false, 0);
    rig.poke(Rig.CONTEXTS + SID * 64L, Cd.R, 0);
    rig.command(0x05L | (long) SID << 32, 1);
    conflicts(false);
    start(BbmLevel.LEVEL_1);
    change(true, 0);
    rig.poke(Rig.ste(SID), Ste.S2R, 0);
    rig.command(0x03L | (long) SID << 32, 1);
    conflicts(true);
  }

  /** IHI 0070 3.21.1.3: translated by at most one of the entries, and never F_TLB_CONFLICT. */
  @Test
  void level2UsesOneOfThem() {
    for (boolean stage2 : new boolean[] {false, true}) {
      start(BbmLevel.LEVEL_2);
      change(stage2, 0);
      assertTrue(rig.reads(SID, PAGE_0));
      assertEquals(BLOCK_PA, rig.out.pa());
      invalidate(stage2, PAGE_0);
      rig.write(tables.slot(PAGE_0, 2), 8, 0);
      assertFalse(rig.reads(SID, PAGE_0), "neither entry is left");
    }
  }

  /** IHI 0070 3.21.1.2: nT = 1 does not fault, and does not lead to a conflict. */
  @Test
  void level1KeepsNoBlockWithNt() {
    for (boolean stage2 : new boolean[] {false, true}) {
      start(BbmLevel.LEVEL_1);
      change(stage2, NT);
      assertTrue(rig.reads(SID, PAGE_0));
      assertEquals(PAGES_PA, rig.out.pa(), "the page is still cached, alone");
      rig.write(tables.slot(PAGE_0, 2), 8, 0);
      assertFalse(rig.reads(SID, PAGE_1), "the block never was");
    }
  }

  /** IHI 0070 3.21.1: the Note's two procedures for level 1, with live traffic throughout. */
  @Test
  void theProceduresForLevel1NeverFault() {
    start(BbmLevel.LEVEL_1);
    change(false, NT);
    invalidate(false, PAGE_0);
    rig.command(0x12 | (long) VMID << 32 | (long) ASID << 48 | 9L << 20, PAGE_0 | 0b01 << 10);
    bothReach(BLOCK_PA);
    long block = tables.slot(PAGE_0, 2);
    rig.write(block, 8, rig.read(block, 8) & ~NT);
    bothReach(BLOCK_PA);
    invalidate(false, PAGE_0);
    bothReach(BLOCK_PA);
    rig.write(block, 8, rig.read(block, 8) | NT);
    bothReach(BLOCK_PA);
    invalidate(false, PAGE_0);
    bothReach(BLOCK_PA);
    rig.write(block, 8, 0);
    tables.map(PAGE_0, BLOCK_PA, 3, Tables.STAGE1_LEAF);
    tables.map(PAGE_1, BLOCK_PA + 0x1000, 3, Tables.STAGE1_LEAF);
    bothReach(BLOCK_PA);
  }

  private void bothReach(long pa) {
    assertTrue(rig.reads(SID, PAGE_0));
    assertEquals(pa, rig.out.pa());
    assertTrue(rig.reads(SID, PAGE_1));
    assertEquals(pa + 0x1000, rig.out.pa());
  }

  @ParameterizedTest
  @EnumSource(
      value = BbmLevel.class,
      names = {"LEVEL_0", "LEVEL_2"})
  void otherLevelsIgnoreNt(BbmLevel level) {
    start(level);
    change(false, NT);
    rig.write(tables.slot(PAGE_0, 2), 8, 0);
    assertTrue(rig.reads(SID, PAGE_1), "the block is cached");
  }

  /** A stage-1 block with nT set over stage 2, and the other way round: not cached combined. */
  @Test
  void level1KeepsNoCombinedEntryOfABlockWithNt() {
    for (int blockStage = 1; blockStage <= 2; blockStage++) {
      start(BbmLevel.LEVEL_1);
      Tables stage2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
      stage2.map(0, 0, 2, Tables.STAGE2_LEAF);
      for (long pa = 0x100_0000; pa < 0x180_0000; pa += 0x20_0000) {
        stage2.map(pa, pa, 2, Tables.STAGE2_LEAF);
      }
      stage2.map(0x20_0000, 0x20_0000, 2, Tables.STAGE2_LEAF);
      long target = 0x4000_0000L;
      tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
      tables.map(PAGE_0, target, 2, Tables.STAGE1_LEAF | (blockStage == 1 ? NT : 0));
      stage2.map(target, BLOCK_PA, 2, Tables.STAGE2_LEAF | (blockStage == 2 ? NT : 0));
      rig.stage1Stream(SID, ASID, tables);
      rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, 0x20_0000 + SID * 64L);
      rig.context(0x20_0000 + SID * 64L, ASID, tables);
      rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
      rig.stage2(SID, VMID, stage2);
      assertTrue(rig.reads(SID, PAGE_0));
      assertEquals(BLOCK_PA, rig.out.pa());
      Tables changed = blockStage == 1 ? tables : stage2;
      rig.write(changed.slot(blockStage == 1 ? PAGE_0 : target, 2), 8, 0);
      assertFalse(rig.reads(SID, PAGE_0), "nothing is cached of it");
    }
  }

  /** IHI 0070 3.21.1: making a page global under entries of ASIDs needs break-before-make. */
  @Test
  void aGlobalEntryConflictsWithThoseOfAnAsid() {
    for (BbmLevel level : BbmLevel.values()) {
      start(level);
      Tables both = Tables.stage1(rig, Granule.SIZE_4K, 39);
      both.map(PAGE_0, PAGES_PA, 3, Tables.STAGE1_LEAF);
      rig.stage1Stream(SID, ASID, both);
      rig.stage1Stream(SID + 1, ASID + 1, both);
      assertTrue(rig.reads(SID, PAGE_0));
      both.map(PAGE_0, PAGES_PA, 3, Tables.STAGE1_LEAF & ~Stage1Descriptor.NG.mask());
      assertTrue(rig.reads(SID + 1, PAGE_0), "only the other ASID has two");
      assertEquals(!BbmLevel.LEVEL_2.equals(level), !rig.reads(SID, PAGE_0));
      assertTrue(rig.reads(SID + 1, PAGE_0));
    }
  }
}
