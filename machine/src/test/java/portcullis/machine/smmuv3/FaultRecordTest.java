package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.platform.trace.TraceEvent;

/**
 * Every event of the slice, record by record. Expected words are written by bit position as IHI
 * 0070 7.3 draws them, not through {@code arch}.
 */
class FaultRecordTest {
  private static final int SID = 5;
  private static final int PNU = 1 << 1;
  private static final int IND = 1 << 2;
  private static final int RNW = 1 << 3;
  private static final int S2 = 1 << 7;
  private static final int CLASS_CD = 0 << 8;
  private static final int CLASS_TT = 1 << 8;
  private static final int CLASS_IN = 2 << 8;
  private static final int TTRNW = 1 << 12;
  private static final long PAGE = 0x1234_5000L;

  private final Rig rig = new Rig().start(4);
  private final Tables s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
  private final Tables s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);

  /** The newest record is this one, and the transaction was aborted. */
  private void recorded(EventType type, int access, long input, long last) {
    recorded(SID, -1, type, access, input, last);
  }

  private void recorded(int sid, int substream, EventType type, int access, long input, long last) {
    assertEquals(Outcome.FAULT, rig.out.outcome());
    assertEquals(type, rig.out.event());
    long word0 = (long) sid << 32 | type.code();
    if (substream >= 0) {
      word0 |= (long) substream << 12 | 1 << 11;
    }
    assertArrayEquals(
        new long[] {word0, (long) access << 32, input, last},
        rig.lastEvent(),
        () -> type + " word 1 " + Long.toHexString(rig.lastEvent()[1]));
  }

  private void bypassStage1WithStage2() {
    rig.stream(SID, Ste.CONFIG_S2);
    rig.stage2(SID, 3, s2);
  }

  /** Stage 2 maps IPA = PA for the first GiB, so CDs and tables are reachable. */
  private void nested() {
    for (long gib = 0; gib < 1; gib++) {
      s2.map(gib << 30, gib << 30, 1, Tables.STAGE2_LEAF);
    }
    rig.stage1Stream(SID, 9, s1);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(SID, 3, s2);
  }

  @Test
  void streamIdBeyondTheTable() {
    assertFalse(rig.reads(16, 0x1000));
    recorded(16, -1, EventType.C_BAD_STREAMID, 0, 0, 0);
  }

  @Test
  void streamIdBeyondTheTableIsSilentWithoutRecinvsid() {
    rig.set(Register.CR0, 0);
    rig.set(Register.CR2, 0);
    rig.set(Register.CR0, 0xd);
    assertFalse(rig.reads(16, 0x1000));
    assertEquals(Outcome.ABORTED, rig.out.outcome());
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void steFetchAborted() {
    rig.set(Register.CR0, 0);
    rig.set(Register.STRTAB_BASE, Rig.HOLE);
    rig.set(Register.CR0, 0xd);
    assertFalse(rig.reads(SID, 0x1000));
    recorded(EventType.F_STE_FETCH, 0, 0, Rig.HOLE + SID * 64);
  }

  @Test
  void invalidSteWithSubstream() {
    assertFalse(rig.smmu.transaction(SID, 0x12345, 0x1000, AccessType.READ, rig.out));
    recorded(SID, 0x12345, EventType.C_BAD_STE, 0, 0, 0);
  }

  @Test
  void steWithAbortIsSilent() {
    rig.stream(SID, Ste.CONFIG_ABORT);
    assertFalse(rig.reads(SID, 0x1000));
    assertEquals(Outcome.ABORTED, rig.out.outcome());
    assertNull(rig.out.event());
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void substreamWithoutStage1() {
    rig.stream(SID, Ste.CONFIG_BYPASS);
    assertFalse(rig.smmu.transaction(SID, 7, 0x1000, AccessType.READ, rig.out));
    assertArrayEquals(new long[] {(long) SID << 32 | 7 << 12 | 0x08, 0, 0, 0}, rig.lastEvent());
  }

  @Test
  void substreamBeyondS1CdMax() {
    rig.stage1Stream(SID, 1, s1);
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, 2);
    assertFalse(rig.smmu.transaction(SID, 4, 0x1000, AccessType.READ, rig.out));
    assertArrayEquals(new long[] {(long) SID << 32 | 4 << 12 | 0x08, 0, 0, 0}, rig.lastEvent());
  }

  @Test
  void noSubstreamWhereOneIsNeeded() {
    rig.stage1Stream(SID, 1, s1);
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, 2);
    assertFalse(rig.reads(SID, 0x1000));
    recorded(EventType.F_STREAM_DISABLED, 0, 0, 0);
  }

  @Test
  void substreamZeroTakenByTheDefault() {
    rig.stage1Stream(SID, 1, s1);
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, 2);
    rig.poke(Rig.ste(SID), Ste.S1DSS, 0b10);
    assertFalse(rig.smmu.transaction(SID, 0, 0x1000, AccessType.READ, rig.out));
    assertEquals(EventType.F_STREAM_DISABLED, rig.out.event());
  }

  @Test
  void cdFetchAborted() {
    rig.stage1Stream(SID, 1, s1);
    rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, Rig.HOLE + 0x40);
    assertFalse(rig.reads(SID, 0x1000));
    recorded(EventType.F_CD_FETCH, 0, 0, Rig.HOLE + 0x40);
  }

  @Test
  void invalidCd() {
    rig.stage1Stream(SID, 1, s1);
    rig.poke(Rig.CONTEXTS + SID * 64, Cd.V, 0);
    assertFalse(rig.reads(SID, 0x1000));
    recorded(EventType.C_BAD_CD, 0, 0, 0);
  }

  @Test
  void stage1TableFetchAborted() {
    rig.stage1Stream(SID, 1, s1);
    rig.write(s1.slot(PAGE, 1), 8, Rig.HOLE | 0b11);
    assertFalse(rig.access(SID, PAGE + 8, AccessType.WRITE));
    long descriptor = Rig.HOLE + (PAGE >>> 21 & 0x1ff) * 8;
    recorded(EventType.F_WALK_EABT, CLASS_TT, PAGE + 8, descriptor);
  }

  @Test
  void stage1Translation() {
    rig.stage1Stream(SID, 1, s1);
    assertFalse(rig.access(SID, PAGE + 8, AccessType.PRIVILEGED_FETCH));
    recorded(EventType.F_TRANSLATION, RNW | IND | PNU | CLASS_IN, PAGE + 8, 0);
  }

  @Test
  void stage1AddressBeyondT0sz() {
    rig.stage1Stream(SID, 1, s1);
    assertFalse(rig.reads(SID, 1L << 39));
    recorded(EventType.F_TRANSLATION, RNW | PNU | CLASS_IN, 1L << 39, 0);
  }

  @Test
  void stage1UpperHalfDisabled() {
    rig.stage1Stream(SID, 1, s1);
    assertFalse(rig.reads(SID, -0x1000));
    recorded(EventType.F_TRANSLATION, RNW | PNU | CLASS_IN, -0x1000, 0);
  }

  @Test
  void stage1OutputBeyondIps() {
    rig.stage1Stream(SID, 1, s1);
    rig.poke(Rig.CONTEXTS + SID * 64, Cd.IPS, 0);
    s1.map(PAGE, 1L << 32, 3, Tables.STAGE1_LEAF);
    assertFalse(rig.access(SID, PAGE, AccessType.READ));
    recorded(EventType.F_ADDR_SIZE, RNW | CLASS_IN, PAGE, 0);
  }

  @Test
  void bypassBeyondOas() {
    rig.stream(SID, Ste.CONFIG_BYPASS);
    assertFalse(rig.access(SID, 1L << 52, AccessType.READ));
    recorded(EventType.F_ADDR_SIZE, RNW | CLASS_IN, 1L << 52, 0);
  }

  @Test
  void stage1AccessFlag() {
    rig.stage1Stream(SID, 1, s1);
    s1.map(PAGE, 0x4000, 3, Tables.STAGE1_LEAF & ~(1L << 10));
    assertFalse(rig.access(SID, PAGE, AccessType.READ));
    recorded(EventType.F_ACCESS, RNW | CLASS_IN, PAGE, 0);
    rig.poke(Rig.CONTEXTS + SID * 64, Cd.AFFD, 1);
    rig.command(0x05L | (long) SID << 32, 1);
    assertTrue(rig.access(SID, PAGE, AccessType.READ));
  }

  @Test
  void stage1Permission() {
    rig.stage1Stream(SID, 1, s1);
    s1.map(PAGE, 0x4000, 3, Tables.STAGE1_LEAF | 0b10L << 6);
    assertFalse(rig.access(SID, PAGE + 1, AccessType.WRITE));
    recorded(EventType.F_PERMISSION, CLASS_IN, PAGE + 1, 0);
    assertTrue(rig.access(SID, PAGE + 1, AccessType.READ));
    assertFalse(rig.access(SID, PAGE + 1, AccessType.WRITE), "from the TLB entry too");
    recorded(EventType.F_PERMISSION, CLASS_IN, PAGE + 1, 0);
  }

  @Test
  void cdWithoutRecordBitIsSilent() {
    rig.stage1Stream(SID, 1, s1);
    rig.poke(Rig.CONTEXTS + SID * 64, Cd.R, 0);
    assertFalse(rig.reads(SID, PAGE));
    assertEquals(Outcome.ABORTED, rig.out.outcome());
    assertEquals(EventType.F_TRANSLATION, rig.out.event());
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void stage2Translation() {
    bypassStage1WithStage2();
    assertFalse(rig.access(SID, PAGE + 8, AccessType.WRITE));
    recorded(EventType.F_TRANSLATION, S2 | CLASS_IN, PAGE + 8, PAGE);
  }

  @Test
  void stage2AddressBeyondT0szIsStage2() {
    bypassStage1WithStage2();
    assertFalse(rig.access(SID, 1L << 41, AccessType.READ));
    recorded(EventType.F_TRANSLATION, RNW | S2 | CLASS_IN, 1L << 41, 1L << 41);
  }

  @Test
  void stage2AddressBeyondIasIsStage1() {
    bypassStage1WithStage2();
    assertFalse(rig.access(SID, 1L << 52, AccessType.READ));
    recorded(EventType.F_ADDR_SIZE, RNW | CLASS_IN, 1L << 52, 0);
  }

  @Test
  void stage2TableFetchAborted() {
    bypassStage1WithStage2();
    rig.write(s2.slot(PAGE, 1), 8, Rig.HOLE | 0b11);
    assertFalse(rig.access(SID, PAGE, AccessType.READ));
    recorded(
        EventType.F_WALK_EABT, RNW | S2 | CLASS_IN, PAGE, Rig.HOLE + (PAGE >>> 21 & 0x1ff) * 8);
  }

  @Test
  void stage2OutputBeyondS2ps() {
    bypassStage1WithStage2();
    rig.poke(Rig.ste(SID), Ste.S2PS, 1);
    s2.map(PAGE, 1L << 36, 3, Tables.STAGE2_LEAF);
    assertFalse(rig.access(SID, PAGE, AccessType.READ));
    recorded(EventType.F_ADDR_SIZE, RNW | S2 | CLASS_IN, PAGE, PAGE);
  }

  @Test
  void stage2AccessFlag() {
    bypassStage1WithStage2();
    s2.map(PAGE, 0x4000, 3, Tables.STAGE2_LEAF & ~(1L << 10));
    assertFalse(rig.access(SID, PAGE, AccessType.READ));
    recorded(EventType.F_ACCESS, RNW | S2 | CLASS_IN, PAGE, PAGE);
    rig.poke(Rig.ste(SID), Ste.S2AFFD, 1);
    rig.command(0x03L | (long) SID << 32, 1);
    assertTrue(rig.access(SID, PAGE, AccessType.READ));
  }

  @Test
  void stage2Permission() {
    bypassStage1WithStage2();
    s2.map(PAGE, 0x4000, 3, Tables.STAGE2_LEAF & ~(0b10L << 6));
    assertFalse(rig.access(SID, PAGE + 4, AccessType.WRITE));
    recorded(EventType.F_PERMISSION, S2 | CLASS_IN, PAGE + 4, PAGE);
    assertTrue(rig.access(SID, PAGE + 4, AccessType.READ));
  }

  @Test
  void stage2WithoutRecordBitIsSilent() {
    bypassStage1WithStage2();
    rig.poke(Rig.ste(SID), Ste.S2R, 0);
    assertFalse(rig.reads(SID, PAGE));
    assertEquals(Outcome.ABORTED, rig.out.outcome());
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void nestedCdNotMappedAtStage2() {
    nested();
    long cd = 0x9_0000_0000L;
    rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, cd);
    assertFalse(rig.access(SID, PAGE, AccessType.WRITE));
    recorded(EventType.F_TRANSLATION, S2 | CLASS_CD, PAGE, cd);
  }

  @Test
  void nestedCdFetchAbortedAtItsPhysicalAddress() {
    nested();
    s2.map(0x40_0000_0000L, Rig.HOLE & -(1L << 30), 1, Tables.STAGE2_LEAF);
    long offset = Rig.HOLE & ((1L << 30) - 1);
    rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, 0x40_0000_0000L + offset);
    assertFalse(rig.reads(SID, PAGE));
    recorded(EventType.F_CD_FETCH, 0, 0, Rig.HOLE);
  }

  @Test
  void nestedTableNotMappedAtStage2() {
    nested();
    long table = 0x9_0000_0000L;
    rig.write(s1.slot(PAGE, 2), 8, table | 0b11);
    assertFalse(rig.access(SID, PAGE, AccessType.WRITE));
    long descriptor = table + (PAGE >>> 12 & 0x1ff) * 8;
    recorded(EventType.F_TRANSLATION, S2 | CLASS_TT, PAGE, descriptor & ~0xfffL);
  }

  @Test
  void nestedTableNotReadableAtStage2() {
    nested();
    s2.map(0x9_0000_0000L, 0x4000_0000L, 1, Tables.STAGE2_LEAF & ~(0b11L << 6));
    rig.write(s1.slot(PAGE, 2), 8, 0x9_0000_0000L | 0b11);
    assertFalse(rig.access(SID, PAGE, AccessType.WRITE));
    recorded(EventType.F_PERMISSION, S2 | CLASS_TT | TTRNW, PAGE, 0x9_0000_0000L);
  }

  @Test
  void nestedTableInDeviceMemoryWithS2ptw() {
    nested();
    s2.map(0x9_0000_0000L, 0x4000_0000L, 1, Tables.STAGE2_LEAF & ~(0b1111L << 2));
    rig.write(s1.slot(PAGE, 2), 8, 0x9_0000_0000L | 0b11);
    rig.write(0x4000_0000L + (PAGE >>> 12 & 0x1ff) * 8, 8, 0x5000L | Tables.STAGE1_LEAF | 0b11);
    assertTrue(rig.access(SID, PAGE, AccessType.READ));
    rig.poke(Rig.ste(SID), Ste.S2PTW, 1);
    rig.command(0x03L | (long) SID << 32, 1);
    rig.command(0x10L | 3L << 32, 0);
    assertFalse(rig.access(SID, PAGE, AccessType.READ));
    recorded(EventType.F_PERMISSION, RNW | S2 | CLASS_TT | TTRNW, PAGE, 0x9_0000_0000L);
  }

  @Test
  void nestedStage1TableFetchAborted() {
    nested();
    s2.map(0x40_0000_0000L, Rig.HOLE & -(1L << 30), 1, Tables.STAGE2_LEAF);
    long hole = 0x40_0000_0000L + (Rig.HOLE & ((1L << 30) - 1));
    rig.write(s1.slot(PAGE, 2), 8, hole | 0b11);
    assertFalse(rig.access(SID, PAGE, AccessType.READ));
    recorded(EventType.F_WALK_EABT, RNW | CLASS_TT, PAGE, Rig.HOLE + (PAGE >>> 12 & 0x1ff) * 8);
  }

  @Test
  void nestedStage2WalkAbortedForATable() {
    nested();
    rig.write(s2.slot(0x9_0000_0000L, 1), 8, Rig.HOLE | 0b11);
    rig.write(s1.slot(PAGE, 2), 8, 0x9_0000_0000L | 0b11);
    assertFalse(rig.access(SID, PAGE, AccessType.READ));
    recorded(EventType.F_WALK_EABT, RNW | S2 | CLASS_TT, PAGE, Rig.HOLE);
  }

  @Test
  void nestedOutputNotMappedAtStage2() {
    nested();
    s1.map(PAGE, 0x9_0000_0000L, 3, Tables.STAGE1_LEAF);
    assertFalse(rig.access(SID, PAGE + 0x123, AccessType.WRITE));
    recorded(EventType.F_TRANSLATION, S2 | CLASS_IN, PAGE + 0x123, 0x9_0000_0000L);
  }

  @Test
  void nestedWriteToAStage2ReadOnlyPageFromTheTlb() {
    nested();
    s2.map(0x8000_0000L, 0x4000_0000L, 1, Tables.STAGE2_LEAF & ~(0b10L << 6));
    s1.map(PAGE, 0x8000_7000L, 3, Tables.STAGE1_LEAF);
    assertTrue(rig.access(SID, PAGE, AccessType.READ));
    assertFalse(rig.access(SID, PAGE, AccessType.WRITE));
    recorded(EventType.F_PERMISSION, S2 | CLASS_IN, PAGE, 0x8000_7000L);
  }

  @Test
  void privilegeAndInstructionAreRecordedAfterTheOverride() {
    rig.stage1Stream(SID, 1, s1);
    rig.poke(Rig.ste(SID), Ste.PRIVCFG, 0b11);
    rig.poke(Rig.ste(SID), Ste.INSTCFG, 0b11);
    rig.access(SID, PAGE, AccessType.READ);
    recorded(EventType.F_TRANSLATION, RNW | IND | PNU | CLASS_IN, PAGE, 0);
    rig.access(SID, PAGE, AccessType.WRITE);
    recorded(EventType.F_TRANSLATION, PNU | CLASS_IN, PAGE, 0);
  }

  @Test
  void faultsAndTranslationsAreTraced() {
    rig.tracing = true;
    rig.stage1Stream(SID, 1, s1);
    s1.map(PAGE, 0x4000, 3, Tables.STAGE1_LEAF);
    rig.access(SID, PAGE + 4, AccessType.READ);
    rig.access(SID, 0, AccessType.WRITE);
    assertEquals(
        new TraceEvent.Translation(7, "smmu0", SID, -1, false, PAGE + 4, 0x4004, "stage-1"),
        rig.trace.get(0));
    assertEquals(
        new TraceEvent.Fault(7, "smmu0", SID, -1, true, 0, "F_TRANSLATION", 1), rig.trace.get(1));
  }

  @Test
  void steIsIllegalOnEachForbiddenField() {
    record Illegal(Field field, long value) {}
    for (Illegal illegal :
        new Illegal[] {
          new Illegal(Ste.V, 0),
          new Illegal(Ste.S1CDMAX, 17),
          new Illegal(Ste.S1STALLD, 1),
          new Illegal(Ste.S1CONTEXTPTR, 1L << (48 - 6)),
          new Illegal(Ste.S2S, 1),
          new Illegal(Ste.S2AA64, 0),
          new Illegal(Ste.S2HA, 1),
          new Illegal(Ste.S2HD, 1),
          new Illegal(Ste.S2ENDI, 1),
          new Illegal(Ste.S2TG, 3),
          new Illegal(Ste.S2T0SZ, 15),
          new Illegal(Ste.S2T0SZ, 40),
          new Illegal(Ste.S2T0SZ, 16),
          new Illegal(Ste.S2SL0, 2),
          new Illegal(Ste.S2SL0, 3),
          new Illegal(Ste.S2PS, 0),
        }) {
      Rig fresh = new Rig(Rig.PLAIN).start(4);
      Tables tables = new Tables(fresh, Granule.SIZE_4K, 39, 1);
      fresh.stage1Stream(SID, 1, Tables.stage1(fresh, Granule.SIZE_4K, 39));
      fresh.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
      fresh.stage2(SID, 1, tables);
      fresh.reads(SID, 0);
      assertEquals(EventType.F_TRANSLATION, fresh.out.event(), "legal before");
      if (illegal.field == Ste.S2PS) {
        fresh.pokeAddress(Rig.ste(SID), Ste.S2TTB, 1L << 33);
      }
      fresh.poke(Rig.ste(SID), illegal.field, illegal.value);
      fresh.command(0x03L | (long) SID << 32, 1);
      fresh.reads(SID, 0);
      assertEquals(EventType.C_BAD_STE, fresh.out.event(), illegal::toString);
    }
  }

  @Test
  void cdIsIllegalOnEachForbiddenField() {
    record Illegal(Field field, long value) {}
    for (Illegal illegal :
        new Illegal[] {
          new Illegal(Cd.V, 0),
          new Illegal(Cd.A, 0),
          new Illegal(Cd.S, 1),
          new Illegal(Cd.ENDI, 1),
          new Illegal(Cd.AA64, 0),
          new Illegal(Cd.HA, 1),
          new Illegal(Cd.HD, 1),
          new Illegal(Cd.TG0, 3),
          new Illegal(Cd.T0SZ, 15),
          new Illegal(Cd.T0SZ, 40),
          new Illegal(Cd.TTB0, 1L << (48 - 4)),
          new Illegal(Cd.EPD1, 0),
        }) {
      Rig fresh = new Rig(Rig.PLAIN).start(4);
      fresh.stage1Stream(SID, 1, Tables.stage1(fresh, Granule.SIZE_4K, 39));
      fresh.reads(SID, 0);
      assertEquals(EventType.F_TRANSLATION, fresh.out.event(), "legal before");
      fresh.poke(Rig.CONTEXTS + SID * 64, illegal.field, illegal.value);
      fresh.command(0x05L | (long) SID << 32, 1);
      fresh.reads(SID, 0);
      assertEquals(EventType.C_BAD_CD, fresh.out.event(), illegal::toString);
    }
  }
}
