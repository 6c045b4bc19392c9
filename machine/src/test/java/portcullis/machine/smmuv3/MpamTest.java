package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** PARTID and PMG of every access, and the VMS that maps them (IHI 0070 17, 5.6, 6.3.41 on). */
class MpamTest {
  private static final int SID = 5;
  private static final int NONE = Translation.NO_SUBSTREAM;
  private static final int VMID = 3;
  private static final long VA = 0x1234_5000L;
  private static final long PA = 0x500_7000L;
  private static final long VMS = 0x40_0000L;

  /** MPAMIDR: 6 bits of PARTID and 3 of PMG, which could hold more than is supported. */
  private static final int MOST_PARTID = 0x34;

  private static final int MOST_PMG = 5;

  private static final int STE_IDS = 0x02_0011;
  private static final int CD_IDS = 0x03_0012;

  /** What the VMS has for virtual PARTID 0x12, with CD.PMG. */
  private static final int MAPPED_IDS = 0x03_0021;

  private Rig rig;
  private Tables s1;
  private Tables s2;

  MpamTest() {
    use(Profiles.mpam(MOST_PARTID, MOST_PMG));
  }

  private void use(Profile profile) {
    rig = new Rig(profile).start(4);
    s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    s1.map(VA, PA, 3, Tables.STAGE1_LEAF);
    // Stage 2 leads every address to itself.
    for (long block = 0; block < 1L << 40; block += 1L << 30) {
      s2.map(block, block, 1, Tables.STAGE2_LEAF);
    }
    for (int virtual = 0; virtual < 32; virtual++) {
      map(virtual, virtual + 0xf);
    }
  }

  private void map(int virtual, int physical) {
    rig.write(VMS + virtual * 2L, 2, physical);
  }

  private static long ste() {
    return Rig.ste(SID);
  }

  private static long cd() {
    return Rig.CONTEXTS + SID * 64L;
  }

  /** A stream with all that either stage needs, of which {@code config} says what is enabled. */
  private void stream(int config, int s1mpam) {
    rig.stage1Stream(SID, 9, s1);
    rig.stage2(SID, VMID, s2);
    rig.poke(ste(), Ste.CONFIG, config);
    rig.poke(ste(), Ste.S1MPAM, s1mpam);
    rig.poke(ste(), Ste.PARTID, 0x11);
    rig.poke(ste(), Ste.PMG, 2);
    rig.pokeAddress(ste(), Ste.VMSPTR, VMS);
    rig.poke(cd(), Cd.PARTID, 0x12);
    rig.poke(cd(), Cd.PMG, 3);
    forget();
  }

  private void forget() {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
  }

  private void forgetSte() {
    rig.command(Opcode.CFGI_STE, Cfgi.STREAMID.of(SID), Cfgi.LEAF.of(1));
  }

  private void forgetMap(int vmid) {
    rig.command(Opcode.CFGI_VMS_PIDM, Cfgi.VMID.of(vmid), 0);
  }

  private int ids() {
    assertTrue(rig.reads(SID, VA), () -> rig.out.abortReason() + rig.out.event());
    return rig.out.mpam();
  }

  /** The first access walks, the second hits the TLB, later ones are repeated. */
  private void assertAlways(int expected) {
    for (int access = 0; access < 4; access++) {
      assertEquals(expected, ids());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "4, 0, 0x020011",
    "4, 1, 0x020011",
    "6, 0, 0x020011",
    "6, 1, 0x020011",
    "5, 0, 0x020011",
    "5, 1, 0x030012",
    "7, 0, 0x020011",
    "7, 1, 0x030021"
  })
  void theTableOf172(int config, int s1mpam, int expected) {
    stream(config, s1mpam);
    assertAlways(expected);
    assertEquals(STE_IDS, rig.out.configurationMpam(), "17.4: L1CD, CD and stage 2");
  }

  /** 5.2, S1MPAM: IGNORED where S1DSS makes a transaction bypass stage 1. */
  @Test
  void aTransactionThatBypassesStage1HasTheStesIds() {
    stream(Ste.CONFIG_S1, 1);
    rig.poke(ste(), Ste.S1CDMAX, 1);
    rig.poke(ste(), Ste.S1DSS, 0b01);
    forget();
    assertAlways(STE_IDS);
    assertEquals(Path.BYPASS, rig.out.path());
    rig.context(cd() + 64, 9, s1);
    rig.poke(ste(), Ste.CONFIG, Ste.CONFIG_NESTED);
    forget();
    assertAlways(STE_IDS);
    assertEquals(Path.STAGE_2, rig.out.path());
  }

  @Test
  void globalBypassHasItsOwn() {
    rig.set(Register.GBPMPAM, 0x8003_0012L);
    rig.set(Register.CR0, 0);
    assertEquals(CD_IDS, ids());
    assertEquals(0x12, rig.out.partId());
    assertEquals(3, rig.out.pmg());
    rig.set(Register.GBPMPAM, 0x8006_0035L);
    assertEquals(0, ids(), "6.3.43: larger than the largest");
    rig.set(Register.GBPMPAM, 0x8006_0034L);
    assertEquals(0x34, ids(), "each for itself");
  }

  @ParameterizedTest
  @CsvSource({
    "5, 0, 0x35, 5, 0x050000",
    "5, 0, 0x34, 6, 0x000034",
    "5, 0, 0xffff, 0xff, 0",
    "4, 0, 0x34, 5, 0x050034"
  })
  void anStesIdsAboveTheLargestAreUsedAsZero(
      int config, int s1mpam, int partId, int pmg, int used) {
    stream(config, s1mpam);
    rig.poke(ste(), Ste.PARTID, partId);
    rig.poke(ste(), Ste.PMG, pmg);
    forget();
    assertAlways(used);
  }

  @ParameterizedTest
  @CsvSource({"5, 0x35, 5, 0x050000", "5, 0x34, 6, 0x34", "7, 0x1f, 6, 0x2e", "7, 0, 5, 0x05000f"})
  void aCdsIdsAboveTheLargestAreUsedAsZero(int config, int partId, int pmg, int used) {
    stream(config, 1);
    rig.poke(cd(), Cd.PARTID, partId);
    rig.poke(cd(), Cd.PMG, pmg);
    forget();
    assertAlways(used);
  }

  /** 5.6, PARTID_MAP; 5.4, PARTID: bits above the virtual PARTID are reserved. */
  @Test
  void aMapMayGiveTooMuchToo() {
    stream(Ste.CONFIG_NESTED, 1);
    map(0x12, 0x35);
    assertAlways(0x03_0000);
    map(0x12, 0x34);
    rig.poke(cd(), Cd.PARTID, 0x7fe0 | 0x12);
    forget();
    assertAlways(0x03_0034);
  }

  /** 17.1: MPAMIDR of zero is no MPAM; 6.3.4. */
  @Test
  void withoutMpamAllIsZero() {
    for (Profile profile : new Profile[] {Profiles.withoutMpam(), Profiles.mpam(0, 0)}) {
      use(profile);
      rig.set(Register.GMPAM, 0xffff_ffffL);
      rig.set(Register.GBPMPAM, 0xffff_ffffL);
      assertEquals(0, rig.get(Register.GMPAM));
      assertEquals(0, rig.get(Register.GBPMPAM));
      assertEquals(0, rig.get(Register.MPAMIDR));
      for (int config = Ste.CONFIG_BYPASS; config <= Ste.CONFIG_NESTED; config++) {
        stream(config, 1);
        rig.pokeAddress(ste(), Ste.VMSPTR, Rig.HOLE);
        forget();
        assertAlways(0);
      }
      rig.set(Register.CR0, 0);
      assertEquals(0, ids());
    }
  }

  /** 5.2, VMSPtr: without PARTIDs it is not enabled; PMG needs no map. */
  @Test
  void withPmgsOnlyThereIsNoVms() {
    use(Profiles.mpam(0, MOST_PMG));
    stream(Ste.CONFIG_NESTED, 1);
    rig.pokeAddress(ste(), Ste.VMSPTR, Rig.HOLE);
    forget();
    assertAlways(0x03_0000);
    assertIllegal(Opcode.CFGI_VMS_PIDM, 0);
  }

  /** 5.4: PARTID and PMG are in no TLB entry. */
  @Test
  void aCdsIdsChangeWithTheCdAndNeedNoTlbi() {
    stream(Ste.CONFIG_S1, 1);
    assertAlways(CD_IDS);
    rig.poke(cd(), Cd.PARTID, 0x13);
    assertAlways(CD_IDS);
    rig.command(Opcode.CFGI_CD, Cfgi.STREAMID.of(SID), Cfgi.LEAF.of(1));
    assertAlways(0x03_0013);
    assertTrue(rig.out.fromTlb() || rig.out.path() == Path.STAGE_1);
  }

  @Test
  void streamsThatShareATlbEntryHaveTheirOwnIds() {
    stream(Ste.CONFIG_S1, 0);
    int other = SID + 1;
    for (int word = 0; word < 8; word++) {
      rig.write(Rig.ste(other) + word * 8L, 8, rig.read(ste() + word * 8L, 8));
    }
    rig.poke(Rig.ste(other), Ste.PARTID, 0x15);
    assertAlways(STE_IDS);
    for (int access = 0; access < 3; access++) {
      assertTrue(rig.reads(other, VA));
      assertEquals(0x02_0015, rig.out.mpam());
      assertEquals(STE_IDS, ids());
    }
  }

  @Test
  void anUndoTakesIdsBack() {
    stream(Ste.CONFIG_NESTED, 1);
    assertAlways(MAPPED_IDS);
    long mark = rig.store.mark();
    map(0x12, 0x22);
    forget();
    assertAlways(0x03_0022);
    rig.store.undo(mark);
    assertAlways(MAPPED_IDS);
    forgetSte();
    assertAlways(MAPPED_IDS);
  }

  @ParameterizedTest
  @EnumSource(
      value = Register.class,
      names = {"GMPAM", "GBPMPAM"})
  void theUpdateProtocol(Register register) {
    assertEquals(0, rig.get(register), "6.3.42, 6.3.43: reset");
    rig.set(register, 0x0003_0012L);
    assertEquals(0, rig.get(register), "a write that does not set Update is IGNORED");
    rig.set(register, 0x8003_0012L);
    assertEquals(0x0003_0012L, rig.get(register), "complete, so Update is 0");
    rig.set(register, 0xffff_ffffL);
    assertEquals(0x0007_003fL, rig.get(register), "bits above the widths are RES0");
    rig.smmu.write(register.offset() & -8, 8, 0x8001_0001_8001_0001L);
    assertEquals(0x0007_003fL, rig.get(register), "6.3.14.1: one 32-bit write");
    rig.smmu.power(false);
    rig.smmu.power(true);
    assertEquals(0, rig.get(register));
  }

  @Test
  void ownAccessesHaveThoseOfGmpam() {
    assertEquals(0x05_0034, rig.get(Register.MPAMIDR), "6.3.41");
    assertEquals(0, rig.smmu.ownMpam());
    rig.set(Register.GMPAM, 0x8003_0012L);
    assertEquals(CD_IDS, rig.smmu.ownMpam());
    rig.set(Register.GMPAM, 0x8007_0012L);
    assertEquals(0x12, rig.smmu.ownMpam());
    rig.set(Register.MPAMIDR, 0x01_0001);
    assertEquals(0x05_0034, rig.get(Register.MPAMIDR));
  }

  private long[] fetchFault(long address) {
    return new long[] {0x25 | (long) SID << 32, 0, 0, address};
  }

  /** 7.3.20; 3.21.1: that it failed is not remembered. */
  @Test
  void anAbortedFetchOfTheVmsIsRecordedAndTriedAgain() {
    stream(Ste.CONFIG_NESTED, 1);
    rig.pokeAddress(ste(), Ste.VMSPTR, Rig.HOLE);
    forget();
    assertFalse(rig.reads(SID, VA));
    assertEquals(EventType.F_VMS_FETCH, rig.out.event());
    assertArrayEquals(fetchFault(Rig.HOLE), rig.lastEvent());
    assertEquals(Outcome.FAULT, rig.out.outcome());
    rig.pokeAddress(ste(), Ste.VMSPTR, VMS);
    forgetSte();
    assertAlways(MAPPED_IDS);
  }

  /** 7.3.22: only C_BAD_STE, and what precedes it, comes first of necessity. */
  @Test
  void anIllegalCdNeedsNoMap() {
    stream(Ste.CONFIG_NESTED, 1);
    rig.pokeAddress(ste(), Ste.VMSPTR, Rig.HOLE);
    rig.poke(cd(), Cd.V, 0);
    forget();
    assertFalse(rig.reads(SID, VA));
    assertEquals(EventType.C_BAD_CD, rig.out.event());
  }

  /** 5.2, VMSPtr: an address beyond OAS is ILLEGAL where it is enabled, else IGNORED. */
  @Test
  void thePointerIsAPhysicalAddress() {
    use(Profiles.mpam(MOST_PARTID, MOST_PMG).withOutputSize(44));
    stream(Ste.CONFIG_NESTED, 1);
    rig.pokeAddress(ste(), Ste.VMSPTR, 1L << 44);
    forget();
    assertFalse(rig.reads(SID, VA));
    assertEquals(EventType.C_BAD_STE, rig.out.event());
    for (int config = Ste.CONFIG_BYPASS; config < Ste.CONFIG_NESTED; config++) {
      rig.poke(ste(), Ste.CONFIG, config);
      forget();
      assertTrue(rig.reads(SID, VA));
    }
    rig.poke(ste(), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.poke(ste(), Ste.S1MPAM, 0);
    forget();
    assertAlways(STE_IDS);
  }

  /** 5.6.2: kept by VMID, and by StreamID; software invalidates both. */
  @Test
  void aChangedMapNeedsBothInvalidations() {
    stream(Ste.CONFIG_NESTED, 1);
    assertAlways(MAPPED_IDS);
    map(0x12, 0x22);
    forgetSte();
    assertAlways(MAPPED_IDS);
    forgetMap(VMID + 1);
    forgetSte();
    assertAlways(MAPPED_IDS);
    forgetMap(VMID);
    assertAlways(MAPPED_IDS);
    forgetSte();
    assertAlways(0x03_0022);
  }

  /** 4.3.6. */
  @Test
  void configurationOfAllHasTheMapsToo() {
    stream(Ste.CONFIG_NESTED, 1);
    assertAlways(MAPPED_IDS);
    map(0x12, 0x22);
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(30));
    assertAlways(MAPPED_IDS);
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    assertAlways(0x03_0022);
  }

  /** 5.6: UNPREDICTABLE which VMS serves a VMID: the one that was there first. */
  @Test
  void oneMapServesAVmid() {
    stream(Ste.CONFIG_NESTED, 1);
    assertAlways(MAPPED_IDS);
    rig.pokeAddress(ste(), Ste.VMSPTR, Rig.HOLE);
    forgetSte();
    assertAlways(MAPPED_IDS);
    rig.poke(ste(), Ste.S2VMID, VMID + 1);
    forgetSte();
    assertFalse(rig.reads(SID, VA));
    assertEquals(EventType.F_VMS_FETCH, rig.out.event());
  }

  @Test
  void withoutCachesTheMapIsReadEachTime() {
    use(Profiles.mpam(MOST_PARTID, MOST_PMG).withCaches(CacheKind.ARCHITECTURAL));
    stream(Ste.CONFIG_NESTED, 1);
    assertAlways(MAPPED_IDS);
    map(0x12, 0x22);
    assertAlways(0x03_0022);
    List<PossibleOutcome> outcomes = new ArrayList<>();
    rig.smmu.outcomes(SID, NONE, VA, AccessType.PRIVILEGED_READ, outcomes::add);
    assertEquals(new PossibleOutcome(true, PA, Path.NESTED, null), outcomes.getFirst());
  }

  private void assertIllegal(Opcode opcode, long word0) {
    rig.command(opcode, word0, 0);
    assertTrue(Gerror.CMDQ_ERR.isSet(rig.get(Register.GERROR)));
    assertEquals(CommandError.CERROR_ILL, CmdqCons.ERR.get(rig.get(Register.CMDQ_CONS)));
  }

  /** 4.3.5: there is such a command where there are VMSs, and Secure ones are not ours. */
  @Test
  void theCommandIsIllegalWhereThereIsNoVms() {
    assertIllegal(Opcode.CFGI_VMS_PIDM, Cfgi.SSEC.of(1));
    for (Profile profile :
        new Profile[] {
          Profiles.withoutMpam(),
          Profiles.mpam(0, 0),
          Profiles.mpam(MOST_PARTID, 0).withoutStage1(),
          Profiles.mpam(MOST_PARTID, 0).withoutStage2()
        }) {
      rig = new Rig(profile).start(4);
      assertIllegal(Opcode.CFGI_VMS_PIDM, 0);
    }
  }

  /** 17.3: Translated transactions have no CD here. */
  @Test
  void translatedTransactionsHaveTheStesIdsOrThoseOfGlobalBypass() {
    rig.set(Register.GBPMPAM, 0x8001_0001L);
    stream(Ste.CONFIG_NESTED, 1);
    rig.poke(ste(), Ste.EATS, Ste.EATS_FULL);
    forget();
    assertTrue(rig.smmu.translatedTransaction(SID, PA, false, rig.out));
    assertEquals(0x01_0001, rig.out.mpam());
    rig.set(Register.CR0, rig.get(Register.CR0) | Cr0.ATSCHK.mask());
    assertTrue(rig.smmu.translatedTransaction(SID, PA, false, rig.out));
    assertEquals(STE_IDS, rig.out.mpam());
    rig.poke(ste(), Ste.EATS, Ste.EATS_SPLIT);
    forget();
    assertTrue(rig.smmu.translatedTransaction(SID, PA, false, rig.out));
    assertEquals(STE_IDS, rig.out.mpam());
  }

  /** 3.9.1.2: Completer Abort, and a record with CR2.REC_CFG_ATS. */
  @Test
  void aTranslationRequestMeetsTheSameAbort() {
    rig.set(Register.CR0, 0);
    rig.set(Register.CR2, Cr2.RECINVSID.mask() | Cr2.REC_CFG_ATS.mask());
    rig.set(Register.CR0, Cr0.SMMUEN.mask() | Cr0.EVENTQEN.mask() | Cr0.CMDQEN.mask());
    stream(Ste.CONFIG_NESTED, 1);
    rig.poke(ste(), Ste.EATS, Ste.EATS_FULL);
    rig.pokeAddress(ste(), Ste.VMSPTR, Rig.HOLE);
    forget();
    AtsCompletion answer = new AtsCompletion();
    rig.smmu.atsRequest(SID, NONE, VA, AtsAccess.READ, answer);
    assertEquals(AtsCompletion.Status.COMPLETER_ABORT, answer.status());
    assertArrayEquals(fetchFault(Rig.HOLE), rig.lastEvent());
  }

  /** 9.1.5. */
  @Test
  void aLookupSaysThatTheVmsWasNotRead() {
    stream(Ste.CONFIG_NESTED, 1);
    rig.pokeAddress(ste(), Ste.VMSPTR, Rig.HOLE);
    forget();
    rig.set(Register.GATOS_SID, SID);
    rig.set(Register.GATOS_ADDR, VA | 3 << 10 | 1 << 8 | 1 << 9);
    rig.set(Register.GATOS_CTRL, 1);
    assertEquals(1 | 0x25 << 4, rig.get(Register.GATOS_PAR));
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
  }
}
