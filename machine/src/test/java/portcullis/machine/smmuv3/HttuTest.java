package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** Hardware updates of access flags and dirty state (IHI 0070 3.13, DDI 0487 D8.5). */
class HttuTest {
  private static final int SID = 5;
  private static final long VA = 0x1234_5000L;
  private static final long PA = 0x500_0000L;
  private static final long OTHER_PA = 0x600_0000L;
  private static final long AF = 1L << 10;
  private static final long DBM = 1L << 51;

  /** AP[2] of stage 1, where 1 is read-only; S2AP[1] of stage 2, where 1 is writable. */
  private static final long BIT_7 = 1L << 7;

  private static final long READ_ONLY_1 = Tables.STAGE1_LEAF | BIT_7;
  private static final long READ_ONLY_2 = Tables.STAGE2_LEAF & ~BIT_7;

  private Rig rig = new Rig(Profiles.complete()).start(4);
  private Tables s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
  private Tables s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);

  private void use(Profile profile) {
    rig = new Rig(profile).start(4);
    s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
  }

  private static long cd() {
    return Rig.CONTEXTS + SID * 64L;
  }

  private void stage1(long leaf, Field... flags) {
    s1.map(VA, PA, 3, leaf);
    rig.stage1Stream(SID, 1, s1);
    for (Field flag : flags) {
      rig.poke(cd(), flag, 1);
    }
    forget();
  }

  private void stage2(long leaf, Field... flags) {
    s2.map(VA, PA, 3, leaf);
    rig.stream(SID, Ste.CONFIG_S2);
    rig.stage2(SID, 3, s2);
    for (Field flag : flags) {
      rig.poke(Rig.ste(SID), flag, 1);
    }
    forget();
  }

  /** Stage 1 maps VA to VA, and stage 2 that to PA; stage 2 maps all tables, in pages of 4 KiB. */
  private void nested(long leaf1, long leaf2) {
    s2.map(VA, PA, 3, leaf2);
    s1.map(VA, VA, 3, leaf1);
    mapPage(s1.root, Tables.STAGE2_LEAF);
    mapPage(s1.slot(VA, 2), Tables.STAGE2_LEAF);
    mapPage(s1.slot(VA, 3), Tables.STAGE2_LEAF);
    mapPage(cd(), Tables.STAGE2_LEAF);
    rig.stage1Stream(SID, 9, s1);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(SID, 3, s2);
    rig.poke(cd(), Cd.HA, 1);
    rig.poke(cd(), Cd.HD, 1);
    forget();
  }

  private void mapPage(long address, long leaf) {
    s2.map(address & ~0xfffL, address & ~0xfffL, 3, leaf);
  }

  private void forget() {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
  }

  private long leaf1() {
    return rig.read(s1.slot(VA, 3), 8);
  }

  private long leaf2(long ipa) {
    return rig.read(s2.slot(ipa, 3), 8);
  }

  private boolean write() {
    return rig.access(SID, VA, AccessType.WRITE);
  }

  private void faults(EventType event, boolean passed) {
    assertFalse(passed);
    assertEquals(event, rig.out.event());
  }

  @Test
  void accessFlagOfStage1IsSetInsteadOfAFault() {
    stage1(Tables.STAGE1_LEAF & ~AF);
    long before = leaf1();
    faults(EventType.F_ACCESS, rig.reads(SID, VA));
    assertEquals(before, leaf1(), "HA is 0");
    stage1(Tables.STAGE1_LEAF & ~AF, Cd.HA);
    assertTrue(rig.reads(SID, VA));
    assertEquals(before | AF, leaf1());
  }

  @Test
  void accessFlagOfStage2IsSetInsteadOfAFault() {
    stage2(Tables.STAGE2_LEAF & ~AF);
    long before = leaf2(VA);
    faults(EventType.F_ACCESS, rig.reads(SID, VA));
    assertEquals(before, leaf2(VA), "S2HA is 0");
    stage2(Tables.STAGE2_LEAF & ~AF, Ste.S2HA);
    assertTrue(rig.reads(SID, VA));
    assertEquals(before | AF, leaf2(VA));
  }

  /** IHI 0070 5.4 and 5.2: AFFD takes AF as 1; with HA it is ignored. */
  @Test
  void affdCountsWithoutHardwareUpdatesOnly() {
    stage1(Tables.STAGE1_LEAF & ~AF, Cd.AFFD);
    assertTrue(rig.reads(SID, VA));
    assertEquals(0, leaf1() & AF);
    stage1(Tables.STAGE1_LEAF & ~AF, Cd.AFFD, Cd.HA);
    assertTrue(rig.reads(SID, VA));
    assertEquals(AF, leaf1() & AF);
    stage2(Tables.STAGE2_LEAF & ~AF, Ste.S2AFFD);
    assertTrue(rig.reads(SID, VA));
    assertEquals(0, leaf2(VA) & AF);
    stage2(Tables.STAGE2_LEAF & ~AF, Ste.S2AFFD, Ste.S2HA);
    assertTrue(rig.reads(SID, VA));
    assertEquals(AF, leaf2(VA) & AF);
  }

  @Test
  void aWriteMarksAWritableCleanPageOfStage1() {
    stage1(READ_ONLY_1 & ~AF | DBM, Cd.HA, Cd.HD);
    long before = leaf1();
    assertTrue(rig.access(SID, VA, AccessType.READ));
    assertEquals(before | AF, leaf1(), "a read leaves it clean");
    assertTrue(write());
    assertEquals((before | AF) & ~BIT_7, leaf1());
    assertEquals(PA, rig.out.pa());
  }

  @Test
  void aWriteMarksAWritableCleanPageOfStage2() {
    stage2(READ_ONLY_2 & ~AF | DBM, Ste.S2HA, Ste.S2HD);
    long before = leaf2(VA);
    assertTrue(rig.reads(SID, VA));
    assertEquals(before | AF, leaf2(VA), "a read leaves it clean");
    assertTrue(write());
    assertEquals(before | AF | BIT_7, leaf2(VA));
  }

  @Test
  void nothingElseIsMadeWritable() {
    for (Field[] flags : new Field[][] {{}, {Cd.HA}, {Cd.HD}, {Cd.HA, Cd.HD}}) {
      boolean dirty = flags.length == 2;
      stage1(READ_ONLY_1 | (dirty ? 0 : DBM), flags);
      long before = leaf1();
      faults(EventType.F_PERMISSION, write());
      assertEquals(before, leaf1(), "DBM " + !dirty + ", flags " + List.of(flags));
    }
    for (Field[] flags : new Field[][] {{}, {Ste.S2HA}, {Ste.S2HD}, {Ste.S2HA, Ste.S2HD}}) {
      boolean dirty = flags.length == 2;
      stage2(READ_ONLY_2 | (dirty ? 0 : DBM), flags);
      long before = leaf2(VA);
      faults(EventType.F_PERMISSION, write());
      assertEquals(before, leaf2(VA), "DBM " + !dirty + ", flags " + List.of(flags));
    }
  }

  /** IHI 0070 3.13.3.1: only where AP alone keeps the write out. */
  @Test
  void otherReasonsForAPermissionFaultStay() {
    stage1(READ_ONLY_1 | DBM, Cd.HA, Cd.HD);
    long table = s1.slot(VA, 2);
    rig.write(table, 8, rig.read(table, 8) | 0b10L << 61);
    faults(EventType.F_PERMISSION, write());
    assertEquals(BIT_7, leaf1() & BIT_7, "APTable");
    rig.write(table, 8, rig.read(table, 8) & ~(0b10L << 61));
    rig.poke(cd(), Cd.PAN, 1);
    forget();
    faults(EventType.F_PERMISSION, rig.access(SID, VA, AccessType.PRIVILEGED_WRITE));
    assertEquals(BIT_7, leaf1() & BIT_7, "PAN");
    assertTrue(write(), "unprivileged");
  }

  /** DDI 0487 D8.5.2.2: WXN and the rule that user-writable is PXN take it as writable. */
  @Test
  void writableCleanIsWritableForExecution() {
    stage1(READ_ONLY_1 | DBM);
    assertTrue(rig.access(SID, VA, AccessType.PRIVILEGED_FETCH));
    stage1(READ_ONLY_1 | DBM, Cd.HA, Cd.HD);
    assertFalse(rig.access(SID, VA, AccessType.PRIVILEGED_FETCH));
    assertTrue(rig.access(SID, VA, AccessType.FETCH));
    stage1(READ_ONLY_1 | DBM, Cd.HA, Cd.HD, Cd.WXN);
    assertFalse(rig.access(SID, VA, AccessType.FETCH));
    assertEquals(BIT_7, leaf1() & BIT_7);
  }

  /** DDI 0487 D8.5.2.1, R_SGJBL: the update is made of the descriptor that is there. */
  @Test
  void markingUsesNoStaleCopyOfTheDescriptor() {
    stage1(READ_ONLY_1 | DBM, Cd.HA, Cd.HD);
    assertTrue(rig.reads(SID, VA));
    rig.write(s1.slot(VA, 3), 8, OTHER_PA | READ_ONLY_1 | DBM | 0b11);
    assertTrue(rig.reads(SID, VA));
    assertEquals(PA, rig.out.pa(), "from the TLB");
    assertTrue(write());
    assertEquals(OTHER_PA, rig.out.pa());
    assertTrue(rig.reads(SID, VA));
    assertEquals(OTHER_PA, rig.out.pa(), "the TLB has one entry for the page");
    rig.write(s1.slot(VA, 3), 8, 0);
    assertTrue(write(), "what is dirty is found in the TLB");
  }

  /** DDI 0487 D8.5.1: a descriptor without AF is in no TLB. */
  @Test
  void aPermissionFaultKeepsNothingWithoutAccessFlag() {
    stage2(READ_ONLY_2 & ~AF, Ste.S2HA);
    faults(EventType.F_PERMISSION, write());
    rig.write(s2.slot(VA, 3), 8, OTHER_PA | Tables.STAGE2_LEAF | 0b11);
    assertTrue(write());
    assertEquals(OTHER_PA, rig.out.pa());
  }

  /** IHI 0070 3.13.5: one access may update descriptors of both stages. */
  @Test
  void nestedAccessUpdatesEveryDescriptorOnItsWay() {
    nested(READ_ONLY_1 & ~AF | DBM, READ_ONLY_2 & ~AF | DBM);
    mapPage(s1.root, READ_ONLY_2 & ~AF | DBM);
    mapPage(s1.slot(VA, 3), READ_ONLY_2 & ~AF | DBM);
    mapPage(cd(), READ_ONLY_2 & ~AF | DBM);
    rig.poke(Rig.ste(SID), Ste.S2HA, 1);
    rig.poke(Rig.ste(SID), Ste.S2HD, 1);
    forget();
    assertTrue(write());
    assertEquals(PA, rig.out.pa());
    assertEquals(AF, leaf1() & (AF | BIT_7), "stage 1");
    assertEquals(AF | BIT_7, leaf2(VA) & (AF | BIT_7), "its output");
    assertEquals(AF | BIT_7, leaf2(s1.slot(VA, 3)) & (AF | BIT_7), "the updated table");
    assertEquals(AF, leaf2(s1.root) & (AF | BIT_7), "a table only read");
    assertEquals(AF, leaf2(cd()) & (AF | BIT_7), "S2AP[1] is never set for a CD (3.13.3.1)");
  }

  /** IHI 0070 3.13.5, 7.3.16: the update is a write at stage 2, and TTRnW says so. */
  @Test
  void updateNeedsWritePermissionOfStage2() {
    nested(Tables.STAGE1_LEAF & ~AF, Tables.STAGE2_LEAF);
    mapPage(s1.slot(VA, 3), READ_ONLY_2);
    faults(EventType.F_PERMISSION, rig.access(SID, VA + 8, AccessType.READ));
    long word1 = 1L << 35 | 1L << 39 | 0b01L << 40;
    assertArrayEquals(
        new long[] {(long) SID << 32 | 0x13, word1, VA + 8, s1.slot(VA, 3) & ~0xfffL},
        rig.lastEvent(),
        "RnW 1, S2 1, CLASS TT, TTRnW 0");
    assertEquals(0, leaf1() & AF);
    s1.map(VA, VA, 3, Tables.STAGE1_LEAF);
    assertTrue(rig.access(SID, VA, AccessType.READ), "no update, no write");
  }

  @Test
  void bigEndianDescriptorsAreUpdatedInPlace() {
    stage1(READ_ONLY_1 & ~AF | DBM, Cd.HA, Cd.HD, Cd.ENDI);
    for (int level = 1; level <= 3; level++) {
      long slot = s1.slot(VA, 1);
      for (int at = 2; at <= level; at++) {
        slot = (Long.reverseBytes(rig.read(slot, 8)) & ~0xfffL) + (VA >>> 39 - 9 * at & 0x1ff) * 8;
      }
      rig.write(slot, 8, Long.reverseBytes(rig.read(slot, 8)));
      if (level == 3) {
        long before = Long.reverseBytes(rig.read(slot, 8));
        assertTrue(write());
        assertEquals((before | AF) & ~BIT_7, Long.reverseBytes(rig.read(slot, 8)));
      }
    }
  }

  /** IHI 0070 3.13.7.1: a request for writing takes the page as written. */
  @Test
  void atsRequestsUpdateAsAccessesDo() {
    AtsCompletion answer = new AtsCompletion();
    stage1(READ_ONLY_1 & ~AF | DBM, Cd.HA, Cd.HD);
    rig.poke(Rig.ste(SID), Ste.EATS, Ste.EATS_FULL);
    forget();
    rig.smmu.atsRequest(SID, Translation.NO_SUBSTREAM, VA, 0, answer);
    assertEquals(AtsAccess.READ, answer.access());
    assertEquals(AF | BIT_7, leaf1() & (AF | BIT_7));
    rig.smmu.atsRequest(SID, Translation.NO_SUBSTREAM, VA, AtsAccess.WRITE, answer);
    assertEquals(AtsAccess.READ | AtsAccess.WRITE, answer.access());
    assertEquals(AF, leaf1() & (AF | BIT_7));
  }

  @Test
  void atsRequestLeavesStage2CleanWhereStage1IsReadOnly() {
    AtsCompletion answer = new AtsCompletion();
    nested(READ_ONLY_1, READ_ONLY_2 | DBM);
    rig.poke(Rig.ste(SID), Ste.S2HA, 1);
    rig.poke(Rig.ste(SID), Ste.S2HD, 1);
    rig.poke(Rig.ste(SID), Ste.EATS, Ste.EATS_FULL);
    forget();
    rig.smmu.atsRequest(SID, Translation.NO_SUBSTREAM, VA, AtsAccess.WRITE, answer);
    assertEquals(AtsAccess.READ, answer.access());
    assertEquals(0, leaf2(VA) & BIT_7);
  }

  /** IHI 0070 6.3.1: HTTU 0b01 has access flags only; the CD's HD is then ILLEGAL (5.4). */
  @Test
  void accessFlagsAloneCanBeOffered() {
    use(Profiles.complete().with(Register.IDR0, Idr0.HTTU, Idr0.HTTU_ACCESS));
    stage1(Tables.STAGE1_LEAF & ~AF, Cd.HA);
    assertTrue(rig.reads(SID, VA));
    assertEquals(AF, leaf1() & AF);
    stage1(Tables.STAGE1_LEAF, Cd.HA, Cd.HD);
    faults(EventType.C_BAD_CD, rig.reads(SID, VA));
    stage2(Tables.STAGE2_LEAF, Ste.S2HA, Ste.S2HD);
    faults(EventType.C_BAD_STE, rig.reads(SID, VA));
  }

  @Test
  void updatesAreUndoneWithEverythingElse() {
    stage1(READ_ONLY_1 & ~AF | DBM, Cd.HA, Cd.HD);
    long before = leaf1();
    long mark = rig.store.mark();
    assertTrue(write());
    rig.store.undo(mark);
    assertEquals(before, leaf1());
    assertTrue(write());
    assertEquals((before | AF) & ~BIT_7, leaf1());
  }

  /** What an SMMU may hold: never a descriptor without AF, and no update of what is gone. */
  @Test
  void heldTranslationsHaveBeenAccessed() {
    use(Profiles.complete().withCaches(CacheKind.ARCHITECTURAL));
    stage1(READ_ONLY_1 & ~AF | DBM, Cd.HA, Cd.HD);
    rig.command(Opcode.SYNC, 0, 0);
    assertEquals(List.of(PA), outcomes(AccessType.WRITE));
    assertEquals(0, leaf1() & AF, "asking changes nothing");
    rig.write(s1.slot(VA, 3), 8, OTHER_PA | READ_ONLY_1 | AF | DBM | 0b11);
    assertEquals(List.of(OTHER_PA), outcomes(AccessType.READ), "no AF: it was in no TLB");
    rig.write(s1.slot(VA, 3), 8, PA | READ_ONLY_1 | AF | DBM | 0b11);
    assertEquals(List.of(PA, OTHER_PA), outcomes(AccessType.READ), "a stale entry");
    assertEquals(List.of(PA), outcomes(AccessType.WRITE), "it was clean");
  }

  private List<Long> outcomes(AccessType type) {
    List<Long> found = new ArrayList<>();
    rig.smmu.outcomes(SID, Translation.NO_SUBSTREAM, VA, type, outcome -> found.add(outcome.pa()));
    return found;
  }
}
