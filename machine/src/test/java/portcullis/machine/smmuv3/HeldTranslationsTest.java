package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * What an SMMU may still hold: each mistake that software can make in taking a mapping or a
 * configuration away leaves the old one possible, and the right sequence does not (IHI 0070 3.17,
 * 3.21.1, 4.3, 4.4). Nothing is accessed before: an SMMU may have read all of it ahead of time.
 */
class HeldTranslationsTest {
  private static final Profile PROFILE =
      EnhancedRig.profile(0, 1).withCaches(CacheKind.ARCHITECTURAL);
  private static final long VA = 0x1234_5000L;
  private static final long IPA = 0x2_4680_0000L;
  private static final long OLD = 0x500_0000L;
  private static final long NEW = 0x600_0000L;
  private static final int STAGE_2 = 1;
  private static final int STAGE_1 = 2;
  private static final int NESTED = 3;
  private static final int VMID = 7;
  private static final int ASID = 9;

  /** Stands for "it does not pass". */
  private static final long STOPPED = -1;

  private final Rig rig = new Rig(PROFILE).start(4);
  private final Tables below = new Tables(rig, Granule.SIZE_4K, 40, 1);
  private final Tables above = Tables.stage1(rig, Granule.SIZE_4K, 39);

  /** VA is IPA at stage 1 of the nested stream, OLD at that of the other; IPA is OLD at stage 2. */
  private final Tables aboveNested = Tables.stage1(rig, Granule.SIZE_4K, 39);

  HeldTranslationsTest() {
    for (long block = 0; block < 1; block++) {
      // Where tables and CDs are, stage 2 changes nothing.
      below.map(block << 30, block << 30, 1, Tables.STAGE2_LEAF);
    }
    below.map(IPA, OLD, 3, Tables.STAGE2_LEAF);
    above.map(VA, OLD, 3, Tables.STAGE1_LEAF);
    aboveNested.map(VA, IPA, 3, Tables.STAGE1_LEAF);
    rig.stream(STAGE_2, Ste.CONFIG_S2);
    rig.stage2(STAGE_2, VMID, below);
    rig.stage1Stream(STAGE_1, ASID, above);
    rig.stage1Stream(NESTED, ASID, aboveNested);
    rig.poke(Rig.ste(NESTED), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(NESTED, VMID, below);
    forgetAll();
  }

  private void forgetAll() {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    sync();
  }

  private void sync() {
    rig.command(Opcode.SYNC, 0, 0);
  }

  private static List<PossibleOutcome> outcomes(Rig rig, int streamId, long address) {
    List<PossibleOutcome> outcomes = new ArrayList<>();
    rig.smmu.outcomes(
        streamId, Translation.NO_SUBSTREAM, address, AccessType.PRIVILEGED_READ, outcomes::add);
    return outcomes;
  }

  private Set<Long> reached(int streamId, long address) {
    Set<Long> pages = new TreeSet<>();
    for (PossibleOutcome outcome : outcomes(rig, streamId, address)) {
      pages.add(outcome.passes() ? outcome.pa() : STOPPED);
    }
    return pages;
  }

  private void unmap(Tables tables, long address) {
    rig.write(tables.slot(address, 3), 8, 0);
  }

  private static long s2Ipa() {
    return Tlbi.VMID.of(VMID);
  }

  @Test
  void beforeAnyChangeThereIsOneOutcome() {
    assertEquals(Set.of(OLD), reached(STAGE_2, IPA));
    assertEquals(Set.of(OLD), reached(STAGE_1, VA));
    assertEquals(Set.of(OLD), reached(NESTED, VA));
    assertEquals(Set.of(STOPPED), reached(NESTED, VA + 0x1000));
    assertEquals(Set.of(STOPPED), reached(0, VA), "no STE");
  }

  @Test
  void aTransactionTakesTheFirst() {
    rig.write(above.slot(VA, 3), 8, NEW | Tables.STAGE1_LEAF | 3);
    assertEquals(NEW, outcomes(rig, STAGE_1, VA).getFirst().pa());
    assertTrue(rig.reads(STAGE_1, VA));
    assertEquals(NEW, rig.out.pa());
    assertEquals(Set.of(OLD, NEW), reached(STAGE_1, VA), "an access forgets nothing");
  }

  @Test
  void anUnmappedPageStaysReachableUntilInvalidationAndSync() {
    unmap(below, IPA);
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA), "no TLBI");
    rig.command(Opcode.TLBI_S2_IPA, s2Ipa(), IPA);
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA), "no CMD_SYNC");
    sync();
    assertEquals(Set.of(STOPPED), reached(STAGE_2, IPA));
  }

  /** 3.5.6.1: the CMD_SYNC of one queue completes no command of another. */
  @Test
  void aSyncCompletesTheInvalidationsOfItsOwnQueueOnly() {
    EnhancedRig e = new EnhancedRig(rig);
    e.start(0).start(1);
    unmap(below, IPA);
    e.command(0, Opcode.TLBI_S2_IPA, s2Ipa(), IPA);
    sync();
    e.command(1, Opcode.SYNC, 0, 0);
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA), "others' CMD_SYNC");
    e.command(0, Opcode.SYNC, 0, 0);
    assertEquals(Set.of(STOPPED), reached(STAGE_2, IPA));
  }

  /** The same of what makes all before it unnecessary: not before it is complete itself. */
  @Test
  void invalidationOfEverythingCountsOnceItsOwnQueueIsSynced() {
    EnhancedRig e = new EnhancedRig(rig);
    e.start(0);
    unmap(below, IPA);
    e.command(0, Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    e.command(0, Opcode.TLBI_NSNH_ALL, 0, 0);
    sync();
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA));
    e.command(0, Opcode.SYNC, 0, 0);
    assertEquals(Set.of(STOPPED), reached(STAGE_2, IPA));
  }

  @Test
  void invalidatingBeforeUnmappingIsTooEarly() {
    rig.command(Opcode.TLBI_S2_IPA, s2Ipa(), IPA);
    sync();
    unmap(below, IPA);
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA));
    // Also where only the completion comes after: the walk may be later than the command.
    rig.command(Opcode.TLBI_S2_IPA, s2Ipa(), IPA + 0x1000);
    sync();
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA));
  }

  @Test
  void aSyncAloneDoesNotInvalidate() {
    rig.command(Opcode.TLBI_S2_IPA, s2Ipa(), IPA);
    unmap(below, IPA);
    sync();
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA));
  }

  @Test
  void theWrongVmidOrAddressReachesNothing() {
    unmap(below, IPA);
    rig.command(Opcode.TLBI_S2_IPA, Tlbi.VMID.of(VMID + 1), IPA);
    rig.command(Opcode.TLBI_S2_IPA, s2Ipa(), IPA + 0x1000);
    rig.command(Opcode.TLBI_NH_ALL, s2Ipa(), 0);
    sync();
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA));
  }

  /** CMD_TLBI_S2_IPA need not reach entries that combine both stages (IHI 0070 4.4.3.1). */
  @Test
  void combinedEntriesNeedAnInvalidationOfTheirOwn() {
    unmap(below, IPA);
    rig.command(Opcode.TLBI_S2_IPA, s2Ipa(), IPA);
    sync();
    assertEquals(Set.of(STOPPED), reached(STAGE_2, IPA));
    assertEquals(Set.of(STOPPED, OLD), reached(NESTED, VA));
    rig.command(Opcode.TLBI_NH_ALL, s2Ipa(), 0);
    sync();
    assertEquals(Set.of(STOPPED), reached(NESTED, VA));
  }

  @Test
  void combinedEntriesAloneAreNotEnoughEither() {
    unmap(below, IPA);
    rig.command(Opcode.TLBI_NH_ALL, s2Ipa(), 0);
    sync();
    assertEquals(Set.of(STOPPED, OLD), reached(NESTED, VA), "the stage-2 entry makes it again");
    rig.command(Opcode.TLBI_S12_VMALL, s2Ipa(), 0);
    sync();
    assertEquals(Set.of(STOPPED), reached(NESTED, VA));
  }

  @Test
  void anIntermediateTableStaysInUseAfterALeafInvalidation() {
    long descriptor = below.slot(IPA, 2);
    long leaf = below.slot(IPA, 3);
    rig.write(descriptor, 8, 0);
    rig.command(Opcode.TLBI_S2_IPA, s2Ipa(), Tlbi.LEAF.of(1) | IPA);
    sync();
    // The page that was a table is used for something else.
    rig.write(leaf, 8, NEW | Tables.STAGE2_LEAF | 3);
    assertEquals(Set.of(STOPPED, OLD, NEW), reached(STAGE_2, IPA));
    rig.command(Opcode.TLBI_S2_IPA, s2Ipa(), IPA);
    sync();
    assertEquals(Set.of(STOPPED), reached(STAGE_2, IPA));
  }

  /** The leaf was made while the table was in use: what became of the table is no matter. */
  @Test
  void aLeafOutlivesTheTableThatItWasFoundThrough() {
    long descriptor = below.slot(IPA, 2);
    rig.write(descriptor, 8, 0);
    rig.command(Opcode.TLBI_S2_IPA, s2Ipa(), IPA + 0x1000);
    sync();
    rig.write(below.slot(IPA + (1 << 21), 3), 8, 0);
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA));
  }

  @Test
  void stage2MayHaveBeenReadLongBeforeStage1() {
    long ipa = IPA + 0x1000;
    below.map(ipa, NEW, 3, Tables.STAGE2_LEAF);
    unmap(below, ipa);
    unmap(aboveNested, VA);
    rig.command(Opcode.TLBI_NH_ALL, s2Ipa(), 0);
    sync();
    aboveNested.map(VA, ipa, 3, Tables.STAGE1_LEAF);
    assertTrue(reached(NESTED, VA).contains(NEW));
  }

  @Test
  void anSteStaysInUseUntilItIsInvalidated() {
    rig.poke(Rig.ste(STAGE_2), Ste.CONFIG, Ste.CONFIG_ABORT);
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    sync();
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA), "no CFGI");
    rig.command(Opcode.CFGI_STE, Cfgi.STREAMID.of(STAGE_1), Cfgi.LEAF.of(1));
    sync();
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA), "another stream's");
    rig.command(Opcode.CFGI_STE, Cfgi.STREAMID.of(STAGE_2), Cfgi.LEAF.of(1));
    sync();
    assertEquals(Set.of(STOPPED), reached(STAGE_2, IPA));
  }

  /** CMD_CFGI_STE does not affect TLBs (IHI 0070 4.3.1). */
  @Test
  void translationsOfAnOldStage2OutliveItsSte() {
    Tables other = new Tables(rig, Granule.SIZE_4K, 40, 1);
    other.map(IPA, NEW, 3, Tables.STAGE2_LEAF);
    rig.pokeAddress(Rig.ste(STAGE_2), Ste.S2TTB, other.root);
    rig.command(Opcode.CFGI_STE, Cfgi.STREAMID.of(STAGE_2), Cfgi.LEAF.of(1));
    sync();
    assertEquals(Set.of(OLD, NEW), reached(STAGE_2, IPA));
    rig.command(Opcode.TLBI_S12_VMALL, s2Ipa(), 0);
    sync();
    assertEquals(Set.of(NEW), reached(STAGE_2, IPA));
  }

  @Test
  void anotherVmidFindsNoneOfThem() {
    Tables other = new Tables(rig, Granule.SIZE_4K, 40, 1);
    other.map(IPA, NEW, 3, Tables.STAGE2_LEAF);
    rig.poke(Rig.ste(STAGE_2), Ste.V, 0);
    rig.command(Opcode.CFGI_STE, Cfgi.STREAMID.of(STAGE_2), Cfgi.LEAF.of(1));
    sync();
    rig.pokeAddress(Rig.ste(STAGE_2), Ste.S2TTB, other.root);
    rig.poke(Rig.ste(STAGE_2), Ste.S2VMID, VMID + 1);
    rig.command(Opcode.CFGI_STE, Cfgi.STREAMID.of(STAGE_2), Cfgi.LEAF.of(1));
    sync();
    rig.poke(Rig.ste(STAGE_2), Ste.V, 1);
    rig.command(Opcode.CFGI_STE, Cfgi.STREAMID.of(STAGE_2), Cfgi.LEAF.of(1));
    sync();
    assertEquals(Set.of(NEW), reached(STAGE_2, IPA));
  }

  /** Changing TTB needs an invalidation by the old ASID as well (IHI 0070 4.3.3). */
  @Test
  void translationsOfAnOldTtbOutliveItsCd() {
    Tables other = Tables.stage1(rig, Granule.SIZE_4K, 39);
    other.map(VA, NEW, 3, Tables.STAGE1_LEAF);
    long cd = Rig.CONTEXTS + STAGE_1 * 64L;
    rig.pokeAddress(cd, Cd.TTB0, other.root);
    assertEquals(Set.of(OLD, NEW), reached(STAGE_1, VA));
    rig.command(Opcode.TLBI_NH_ASID, Tlbi.ASID.of(ASID), 0);
    sync();
    assertEquals(Set.of(OLD, NEW), reached(STAGE_1, VA), "the old CD makes them again");
    rig.command(Opcode.CFGI_CD, Cfgi.STREAMID.of(STAGE_1), Cfgi.LEAF.of(1));
    sync();
    assertEquals(Set.of(OLD, NEW), reached(STAGE_1, VA), "in the wrong order");
    rig.command(Opcode.TLBI_NH_ASID, Tlbi.ASID.of(ASID), 0);
    sync();
    assertEquals(Set.of(NEW), reached(STAGE_1, VA));
  }

  /** CMD_CFGI_STE reaches the CDs that were found through the STE (IHI 0070 4.3.1). */
  @Test
  void invalidatingAnSteInvalidatesItsCds() {
    rig.poke(Rig.CONTEXTS + STAGE_1 * 64L, Cd.V, 0);
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_1, VA));
    rig.command(Opcode.CFGI_STE, Cfgi.STREAMID.of(STAGE_1), Cfgi.LEAF.of(1));
    sync();
    assertEquals(Set.of(STOPPED), reached(STAGE_1, VA));
  }

  /** With Leaf, CMD_CFGI_CD need not reach the L1CD (IHI 0070 4.3.3). */
  @Test
  void anOldTableOfCdsIsReadThroughItsL1cd() {
    long level1 = rig.allocate(64);
    long oldCds = rig.allocate(4096);
    long newCds = rig.allocate(4096);
    Tables other = Tables.stage1(rig, Granule.SIZE_4K, 39);
    other.map(VA, NEW, 3, Tables.STAGE1_LEAF);
    rig.context(oldCds, ASID, above);
    rig.context(newCds, ASID + 1, other);
    rig.poke(Rig.ste(STAGE_1), Ste.S1FMT, 1);
    rig.poke(Rig.ste(STAGE_1), Ste.S1CDMAX, 7);
    rig.poke(Rig.ste(STAGE_1), Ste.S1DSS, 2);
    rig.pokeAddress(Rig.ste(STAGE_1), Ste.S1CONTEXTPTR, level1);
    rig.write(level1, 8, oldCds | 1);
    forgetAll();
    assertEquals(Set.of(OLD), reached(STAGE_1, VA));
    rig.write(level1, 8, newCds | 1);
    rig.command(Opcode.CFGI_CD, Cfgi.STREAMID.of(STAGE_1), Cfgi.LEAF.of(1));
    sync();
    assertEquals(Set.of(OLD, NEW), reached(STAGE_1, VA));
    rig.command(Opcode.CFGI_CD, Cfgi.STREAMID.of(STAGE_1), 0);
    sync();
    assertEquals(Set.of(NEW), reached(STAGE_1, VA));
  }

  /** Words of an STE may be read in any order, each at once (IHI 0070 3.21.3). */
  @Test
  void anSteChangedWhileValidMayBeReadHalfOldHalfNew() {
    Tables other = new Tables(rig, Granule.SIZE_4K, 40, 1);
    other.map(IPA, NEW, 3, Tables.STAGE2_LEAF);
    rig.pokeAddress(Rig.ste(STAGE_2), Ste.S2TTB, other.root);
    rig.poke(Rig.ste(STAGE_2), Ste.S2VMID, VMID + 1);
    // The old table under the new VMID, and the new one under the old.
    rig.command(Opcode.TLBI_S12_VMALL, Tlbi.VMID.of(VMID), 0);
    sync();
    assertEquals(Set.of(OLD, NEW), reached(STAGE_2, IPA));
    rig.command(Opcode.CFGI_STE, Cfgi.STREAMID.of(STAGE_2), 0);
    sync();
    assertEquals(Set.of(OLD, NEW), reached(STAGE_2, IPA), "entries of the mixture");
    rig.command(Opcode.TLBI_S12_VMALL, Tlbi.VMID.of(VMID + 1), 0);
    sync();
    assertEquals(Set.of(NEW), reached(STAGE_2, IPA));
  }

  /** Descriptors that translate nothing are not cached (DDI 0487 D8.14; IHI 0070 3.21.1). */
  @Test
  void aFaultIsNotHeld() {
    unmap(above, VA);
    forgetAll();
    assertEquals(Set.of(STOPPED), reached(STAGE_1, VA));
    above.map(VA, OLD, 3, Tables.STAGE1_LEAF);
    assertEquals(Set.of(OLD), reached(STAGE_1, VA));
  }

  @Test
  void stage2OfAnyStage1NeedsAllCombinedEntriesGone() {
    unmap(below, IPA);
    rig.command(Opcode.TLBI_S2_IPA, s2Ipa(), IPA);
    sync();
    assertEquals(Set.of(OLD), stage2(IPA));
    rig.command(Opcode.TLBI_NH_VAA, s2Ipa(), VA);
    sync();
    assertEquals(Set.of(OLD), stage2(IPA), "by the address that this stage 1 has");
    rig.command(Opcode.TLBI_NH_ALL, s2Ipa(), 0);
    sync();
    assertEquals(Set.of(), stage2(IPA));
  }

  private Set<Long> stage2(long ipa) {
    Set<Long> pages = new TreeSet<>();
    rig.smmu.stage2Outcomes(NESTED, ipa, AccessType.READ, pages::add);
    return pages;
  }

  @Test
  void askingChangesNothing() {
    unmap(below, IPA);
    long fingerprint = rig.store.fingerprint();
    reached(NESTED, VA);
    stage2(IPA);
    assertEquals(fingerprint, rig.store.fingerprint());
  }

  @Test
  void undoBringsBackWhatWasHeld() {
    unmap(below, IPA);
    long mark = rig.store.mark();
    forgetAll();
    assertEquals(Set.of(STOPPED), reached(STAGE_2, IPA));
    rig.store.undo(mark);
    assertEquals(Set.of(STOPPED, OLD), reached(STAGE_2, IPA));
  }

  @Test
  void tooManyWaysAreRefused() {
    for (int word = 0; word < 8; word++) {
      for (int value = 0; value < 6; value++) {
        long at = Rig.CONTEXTS + STAGE_1 * 64L + word * 8L;
        rig.write(at, 8, rig.read(at, 8) ^ 1L << 63 - value);
      }
    }
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> reached(STAGE_1, VA));
    assertTrue(
        refused.getMessage().contains("more than " + HeldTranslations.MAX_RUNS + " ways"),
        refused.getMessage());
    assertEquals(Set.of(OLD), reached(NESTED, VA), "and no mark stays open");
  }

  @Test
  void ordinaryCachesCannotBeAsked() {
    Rig ordinary = new Rig().start(4);
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> outcomes(ordinary, STAGE_1, VA));
    assertEquals("smmu0: its caches are not architectural", refused.getMessage());
    assertFalse(Profile.GENERIC.architecturalCaches());
  }
}
