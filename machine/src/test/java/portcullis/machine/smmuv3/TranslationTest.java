package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.machine.Allocation;
import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.smmuv3.profile.Profile;

/** What translates, and to what: tables of streams and contexts, regions, permissions. */
class TranslationTest {
  private static final int SID = 5;
  private static final long VA = 0x1234_5000L;
  private static final long PA = 0x500_0000L;

  private final Rig rig = new Rig().start(4);

  private static long cd(int streamId) {
    return Rig.CONTEXTS + streamId * 64L;
  }

  private void twoLevel(int log2Size, int split) {
    rig.set(Register.CR0, 0);
    rig.set(
        Register.STRTAB_BASE_CFG,
        StrtabBaseCfg.FMT.of(1)
            | StrtabBaseCfg.SPLIT.of(split)
            | StrtabBaseCfg.LOG2SIZE.of(log2Size));
    rig.set(Register.CR0, 0xd);
  }

  @Test
  void twoLevelStreamTableAndItsBounds() {
    for (int split : new int[] {6, 8, 10}) {
      Rig table = new Rig().start(4);
      table.set(Register.CR0, 0);
      table.set(
          Register.STRTAB_BASE_CFG,
          StrtabBaseCfg.FMT.of(1) | StrtabBaseCfg.SPLIT.of(split) | StrtabBaseCfg.LOG2SIZE.of(16));
      table.set(Register.CR0, 0xd);
      int span = split - 1;
      long level2 = table.allocate(64L << split);
      table.write(Rig.STREAM_TABLE + 3 * 8, 8, level2 | span);
      for (int index : new int[] {0, 1, (1 << (span - 1)) - 1}) {
        table.poke(level2 + index * 64L, Ste.V, 1);
        table.poke(level2 + index * 64L, Ste.CONFIG, Ste.CONFIG_BYPASS);
        assertTrue(table.reads((3 << split) + index, VA));
      }
      assertFalse(table.reads((3 << split) + (1 << (span - 1)), VA), "beyond the Span");
      assertEquals(EventType.C_BAD_STREAMID, table.out.event());
      assertFalse(table.reads(4 << split, VA), "Span 0");
      assertEquals(EventType.C_BAD_STREAMID, table.out.event());
      table.write(Rig.STREAM_TABLE + 4 * 8, 8, level2 | (split + 2));
      assertFalse(table.reads(4 << split, VA), "Span larger than SPLIT + 1");
      assertEquals(EventType.C_BAD_STREAMID, table.out.event());
      assertFalse(table.reads(1 << 16, VA), "beyond LOG2SIZE");
      assertEquals(EventType.C_BAD_STREAMID, table.out.event());
    }
  }

  @Test
  void levelOneDescriptorInAHole() {
    twoLevel(16, 8);
    rig.write(Rig.STREAM_TABLE, 8, Rig.HOLE | 9);
    assertFalse(rig.reads(SID, VA));
    assertEquals(EventType.F_STE_FETCH, rig.out.event());
    assertEquals(Rig.HOLE + SID * 64, rig.out.fetchAddress());
  }

  @Test
  void sizeIsCappedToTheStreamIdSize() {
    Rig small = new Rig(Profile.GENERIC.withStreamIdBits(4)).start(20);
    small.stream(16, Ste.CONFIG_BYPASS);
    assertFalse(small.reads(16, VA));
    assertEquals(EventType.C_BAD_STREAMID, small.out.event());
    assertFalse(small.reads(-1, VA), "the largest StreamID");
  }

  @Test
  void streamTableIsAlignedToItsSize() {
    rig.set(Register.CR0, 0);
    rig.set(Register.STRTAB_BASE, Rig.STREAM_TABLE | 0x240);
    rig.set(Register.CR0, 0xd);
    rig.stream(0, Ste.CONFIG_BYPASS);
    assertTrue(rig.reads(0, VA));
  }

  @Test
  void substreamsThroughLinearAndTwoLevelContextTables() {
    Tables first = Tables.stage1(rig, Granule.SIZE_4K, 39);
    first.map(VA, PA, 3, Tables.STAGE1_LEAF);
    Tables second = Tables.stage1(rig, Granule.SIZE_4K, 39);
    second.map(VA, PA + 0x1000, 3, Tables.STAGE1_LEAF);
    for (int format : new int[] {0, 1, 2}) {
      rig.stream(SID, Ste.CONFIG_S1);
      rig.poke(Rig.ste(SID), Ste.S1FMT, format);
      rig.poke(Rig.ste(SID), Ste.S1CDMAX, 12);
      rig.poke(Rig.ste(SID), Ste.S1DSS, 0b10);
      long leaf = rig.allocate(64L << 12);
      long table = leaf;
      int split = format == 1 ? 6 : 10;
      if (format != 0) {
        table = rig.allocate(4096);
        for (int index = 0; index < 1 << (12 - split); index++) {
          long ignored = format == 2 ? 0xf000 : 0;
          rig.write(table + index * 8L, 8, (leaf + (64L * index << split)) | ignored | 1);
        }
      }
      rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, table);
      rig.context(leaf, 10 + format, first);
      rig.context(leaf + 4095 * 64, 20 + format, second);
      rig.command(0x03L | (long) SID << 32, 1);
      assertTrue(rig.reads(SID, VA), "S1DSS: substream 0");
      assertEquals(PA, rig.out.pa());
      assertTrue(rig.smmu.transaction(SID, 4095, VA, AccessType.READ, rig.out));
      assertEquals(PA + 0x1000, rig.out.pa());
      assertFalse(rig.smmu.transaction(SID, 4094, VA, AccessType.READ, rig.out));
      assertEquals(EventType.C_BAD_CD, rig.out.event());
      assertFalse(rig.smmu.transaction(SID, 4096, VA, AccessType.READ, rig.out));
      assertEquals(EventType.C_BAD_SUBSTREAMID, rig.out.event());
      if (format != 0) {
        rig.write(table, 8, 0);
        rig.command(0x06L | (long) SID << 32, 0);
        assertFalse(rig.reads(SID, VA));
        assertEquals(EventType.C_BAD_SUBSTREAMID, rig.out.event());
      }
    }
  }

  @Test
  void defaultSubstreamCanBypassStage1() {
    rig.stage1Stream(SID, 1, Tables.stage1(rig, Granule.SIZE_4K, 39));
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, 1);
    rig.poke(Rig.ste(SID), Ste.S1DSS, 0b01);
    assertTrue(rig.reads(SID, VA));
    assertEquals(Path.BYPASS, rig.out.path());
    Tables s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    s2.map(VA, PA, 3, Tables.STAGE2_LEAF);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(SID, 1, s2);
    rig.command(0x03L | (long) SID << 32, 1);
    assertTrue(rig.reads(SID, VA + 5));
    assertEquals(Path.STAGE_2, rig.out.path());
    assertEquals(PA + 5, rig.out.pa());
  }

  @Test
  void bothHalvesAndTopByteIgnore() {
    Tables low = Tables.stage1(rig, Granule.SIZE_4K, 39);
    low.map(VA, PA, 3, Tables.STAGE1_LEAF);
    Tables high = Tables.stage1(rig, Granule.SIZE_64K, 42);
    high.map(0x1_0000, PA + 0x1_0000, 3, Tables.STAGE1_LEAF);
    rig.stage1Stream(SID, 1, low);
    rig.poke(cd(SID), Cd.EPD1, 0);
    rig.poke(cd(SID), Cd.T1SZ, 64 - 42);
    rig.poke(cd(SID), Cd.TG1, Granule.SIZE_64K.tg1());
    rig.pokeAddress(cd(SID), Cd.TTB1, high.root);
    long upper = (-1L << 42) | 0x1_0008;
    assertTrue(rig.reads(SID, upper));
    assertEquals(PA + 0x1_0008, rig.out.pa());
    assertFalse(rig.reads(SID, upper ^ (1L << 60)));
    assertEquals(EventType.F_TRANSLATION, rig.out.event());
    assertFalse(rig.reads(SID, VA | 1L << 60));
    rig.poke(cd(SID), Cd.TBI0, 1);
    rig.poke(cd(SID), Cd.TBI1, 1);
    rig.command(0x05L | (long) SID << 32, 1);
    assertTrue(rig.reads(SID, upper ^ (1L << 60)));
    assertEquals(PA + 0x1_0008, rig.out.pa());
    assertTrue(rig.reads(SID, VA | 0xabL << 56));
    assertEquals(PA, rig.out.pa());
    assertFalse(rig.reads(SID, VA | 1L << 54), "only the top byte");
  }

  /** For each AP[2:1]: what privileged and unprivileged may do, as "RWX" with dots. */
  @Test
  void stage1Permissions() {
    assertEquals("RWX ..X", permissions(0b00L << 6, 0, 0));
    assertEquals("RW. RWX", permissions(0b01L << 6, 0, 0), "unprivileged-writable is PXN");
    assertEquals("R.X ..X", permissions(0b10L << 6, 0, 0));
    assertEquals("R.X R.X", permissions(0b11L << 6, 0, 0));
    assertEquals("R.. R.X", permissions(0b11L << 6 | 1L << 53, 0, 0), "PXN");
    assertEquals("R.X R..", permissions(0b11L << 6 | 1L << 54, 0, 0), "UXN");
    assertEquals("RW. RW.", permissions(0b01L << 6, 0, Cd.WXN.mask()));
    assertEquals("R.X R.X", permissions(0b11L << 6, 0, Cd.WXN.mask()));
    assertEquals("... RWX", permissions(0b01L << 6, 0, Cd.PAN.mask()));
    assertEquals("RWX ..X", permissions(0b00L << 6, 0, Cd.PAN.mask()));
  }

  @Test
  void hierarchicalPermissions() {
    assertEquals("RWX ..X", permissions(0b01L << 6, 0b01L << 61, 0), "APTable[0]");
    assertEquals("R.X R.X", permissions(0b01L << 6, 0b10L << 61, 0), "APTable[1]");
    assertEquals("RW. RW.", permissions(0b01L << 6, 1L << 60, 0), "UXNTable");
    assertEquals("R.. R.X", permissions(0b11L << 6, 1L << 59, 0), "PXNTable");
  }

  /** Leaves that are alike, one after the other, below tables that are not. */
  @Test
  void hierarchyIsThatOfTheTablesPassed() {
    long limited = VA + Granule.SIZE_4K.levelBytes(1);
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(VA, PA, 3, Tables.STAGE1_LEAF);
    tables.map(limited, PA, 3, Tables.STAGE1_LEAF);
    long table = tables.slot(limited, 1);
    rig.write(table, 8, rig.read(table, 8) | 0b10L << 61);
    rig.stage1Stream(SID, 1, tables);
    assertTrue(rig.access(SID, VA, AccessType.WRITE));
    assertFalse(rig.access(SID, limited, AccessType.WRITE));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    assertFalse(rig.access(SID, limited, AccessType.WRITE));
    assertTrue(rig.access(SID, VA, AccessType.WRITE));
  }

  @Test
  void hierarchyCanBeDisabled() {
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(VA, PA, 3, Tables.STAGE1_LEAF);
    long table = tables.slot(VA, 1);
    rig.write(table, 8, rig.read(table, 8) | 0b10L << 61);
    rig.stage1Stream(SID, 1, tables);
    assertFalse(rig.access(SID, VA, AccessType.WRITE));
    rig.poke(cd(SID), Cd.HAD0, 1);
    rig.command(0x05L | (long) SID << 32, 1);
    assertTrue(rig.access(SID, VA, AccessType.WRITE));
  }

  /** 5.4, CD.HWU059: what hardware makes of such bits is its own business; here it is nothing. */
  @Test
  void hardwareAttributesOfPagesChangeNothing() {
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(VA, PA, 3, Tables.STAGE1_LEAF | Stage1Descriptor.PBHA.mask());
    rig.stage1Stream(SID, 1, tables);
    rig.poke(cd(SID), Cd.HAD0, 1);
    for (Field use : List.of(Cd.HWU059, Cd.HWU060, Cd.HWU061, Cd.HWU062)) {
      rig.poke(cd(SID), use, 1);
    }
    assertTrue(rig.access(SID, VA, AccessType.WRITE));
    assertEquals(PA, rig.out.pa());
  }

  private String permissions(long leaf, long tableBits, long cdBits) {
    Rig fresh = new Rig().start(4);
    Tables tables = Tables.stage1(fresh, Granule.SIZE_4K, 39);
    tables.map(VA, PA, 3, 1L << 10 | 1L << 11 | leaf);
    long table = tables.slot(VA, 2);
    fresh.write(table, 8, fresh.read(table, 8) | tableBits);
    fresh.stage1Stream(SID, 1, tables);
    fresh.write(cd(SID), 8, fresh.read(cd(SID), 8) | cdBits);
    return allowed(fresh);
  }

  /** Twice, from the walk and from the TLB, which must agree. */
  private static String allowed(Rig rig) {
    String cold = coldThenWarm(rig);
    assertEquals(cold, coldThenWarm(rig));
    return cold;
  }

  private static String coldThenWarm(Rig rig) {
    return letters(
            rig,
            AccessType.PRIVILEGED_READ,
            AccessType.PRIVILEGED_WRITE,
            AccessType.PRIVILEGED_FETCH)
        + " "
        + letters(rig, AccessType.READ, AccessType.WRITE, AccessType.FETCH);
  }

  private static String letters(Rig rig, AccessType read, AccessType write, AccessType fetch) {
    return (rig.access(SID, VA, read) ? "R" : ".")
        + (rig.access(SID, VA, write) ? "W" : ".")
        + (rig.access(SID, VA, fetch) ? "X" : ".");
  }

  @Test
  void stage2Permissions() {
    assertEquals("..X ..X", stage2Permissions(0));
    assertEquals("R.X R.X", stage2Permissions(0b01L << 6));
    assertEquals(".WX .WX", stage2Permissions(0b10L << 6));
    assertEquals("RW. RWX", stage2Permissions(0b11L << 6 | 0b01L << 53), "XNX");
    assertEquals("RW. RW.", stage2Permissions(0b11L << 6 | 0b10L << 53));
    assertEquals("RWX RW.", stage2Permissions(0b11L << 6 | 0b11L << 53));
  }

  private static String stage2Permissions(long leaf) {
    Rig fresh = new Rig().start(4);
    Tables tables = new Tables(fresh, Granule.SIZE_4K, 40, 1);
    tables.map(VA, PA, 3, 1L << 10 | 0b1111L << 2 | leaf);
    fresh.stream(SID, Ste.CONFIG_S2);
    fresh.stage2(SID, 1, tables);
    return allowed(fresh);
  }

  @Test
  void streamAttributesOverrideABypass() {
    rig.stream(SID, Ste.CONFIG_BYPASS);
    rig.poke(Rig.ste(SID), Ste.MTCFG, 1);
    rig.poke(Rig.ste(SID), Ste.MEMATTR, 0b0101);
    assertTrue(rig.reads(SID, VA));
    assertEquals(0x44, MemoryAttributes.type(rig.out.memoryAttributes()));
  }

  @ParameterizedTest
  @EnumSource(Granule.class)
  void blocksAreAllowedWhereTheArchitectureHasThem(Granule granule) {
    int bits = 48;
    int start = 3 - (bits - 1 - granule.shift()) / granule.bitsPerLevel();
    for (int level = start; level <= 3; level++) {
      Rig fresh = new Rig(Rig.PLAIN).start(4);
      Tables tables = Tables.stage1(fresh, granule, bits);
      fresh.write(tables.slot(0, level), 8, Tables.STAGE1_LEAF | (level == 3 ? 0b11 : 0b01));
      fresh.stage1Stream(SID, 1, tables);
      boolean allowed = level == 3 || level == 2 || (level == 1 && granule == Granule.SIZE_4K);
      assertEquals(allowed, fresh.reads(SID, 0x123), granule + " level " + level);
    }
    Rig fresh = new Rig(Rig.PLAIN).start(4);
    Tables tables = Tables.stage1(fresh, granule, bits);
    fresh.write(tables.slot(0, 3), 8, Tables.STAGE1_LEAF | 0b01);
    fresh.stage1Stream(SID, 1, tables);
    assertFalse(fresh.reads(SID, 0), "0b01 is reserved at level 3");
  }

  @Test
  void undoTakesEverythingBack() {
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(VA, PA, 3, Tables.STAGE1_LEAF);
    rig.stage1Stream(SID, 1, tables);
    long before = rig.store.fingerprint();
    long mark = rig.store.mark();
    rig.reads(SID, VA);
    rig.reads(SID, 0);
    rig.command(0x46, 0);
    rig.command(0xff, 0);
    assertTrue(rig.store.fingerprint() != before);
    rig.store.undo(mark);
    assertEquals(before, rig.store.fingerprint());
  }

  /** What is decoded from the configuration caches follows their words, whoever puts them back. */
  @Test
  void undoTakesDecodedConfigurationBack() {
    rig.stream(SID, Ste.CONFIG_BYPASS);
    assertTrue(rig.reads(SID, VA));
    long mark = rig.store.mark();
    rig.stream(SID, Ste.CONFIG_ABORT);
    rig.command(0x03L | (long) SID << 32, 1);
    assertFalse(rig.reads(SID, VA), "the same place of the cache, another STE");
    rig.store.undo(mark);
    rig.write(Rig.ste(SID), 8, 0);
    assertTrue(rig.reads(SID, VA), "from the cache as it was");
  }

  @Test
  void translationAllocatesNothing() {
    Tables s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    s2.map(0, 0, 1, Tables.STAGE2_LEAF);
    Tables s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    for (int page = 0; page < 512; page++) {
      s1.map(page * 0x1000L, 0x1000_0000L + page * 0x1000L, 3, Tables.STAGE1_LEAF);
    }
    rig.stage1Stream(SID, 1, s1);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(SID, 1, s2);
    work();
    long bytes = Allocation.of(this::work);
    assertEquals(0, bytes, "bytes for 20 000 translations, faults and invalidations");
  }

  /** Misses, hits, faults, events and invalidations. */
  private void work() {
    for (int round = 0; round < 20; round++) {
      for (int page = 0; page < 1000; page++) {
        rig.access(SID, page * 0x1000L, AccessType.WRITE);
      }
      rig.set(Register.EVENTQ_CONS, rig.get(Register.EVENTQ_PROD));
      rig.command(0x10L | 1L << 32, 0);
      rig.command(0x04L, 31);
    }
  }
}
