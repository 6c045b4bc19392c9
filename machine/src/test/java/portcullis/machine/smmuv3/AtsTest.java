package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.Allocation;
import portcullis.machine.smmuv3.AtsCompletion.Status;
import portcullis.machine.smmuv3.profile.IdRegisters;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** Translation Requests and Translated transactions (IHI 0070 3.9.1, 5.2 EATS, 13.6, 13.7). */
class AtsTest {
  private static final int SID = 5;
  private static final int NO_PASID = Translation.NO_SUBSTREAM;
  private static final long PAGE = 0x1234_5000L;
  private static final long IPA = 0x4000;
  private static final long PA = 0x9000;
  private static final int R = AtsAccess.READ;
  private static final int W = AtsAccess.WRITE;
  private static final int X = AtsAccess.EXECUTE;
  private static final int PRIV = AtsAccess.PRIVILEGED;

  /** AP and XN of a stage-1 leaf (DDI 0487 D8.4.1): AP[1] gives user access, AP[2] read-only. */
  private static final long USER_RW = 1 << 6;

  private static final long USER_RO = 0b11 << 6;
  private static final long PRIVILEGED_RW = 0;
  private static final long UXN = 1L << 54;
  private static final long STAGE1_PAGE = Tables.STAGE1_LEAF & ~(0b11L << 6);

  private Rig rig;
  private Tables s1;
  private Tables s2;
  private final AtsCompletion answer = new AtsCompletion();

  @BeforeEach
  void begin() {
    start(Profiles.ats(), 0);
  }

  private void start(Profile profile, long enables) {
    rig = new Rig(profile).start(4);
    rig.set(Register.CR0, rig.get(Register.CR0) | enables);
    s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    rig.stage1Stream(SID, 1, s1);
    set(Ste.EATS, Ste.EATS_FULL);
  }

  private void set(portcullis.arch.Field field, long value) {
    rig.poke(Rig.ste(SID), field, value);
    rig.command(Opcode.CFGI_STE, (long) SID << 32, 1);
  }

  private void nested() {
    rig.stage2(SID, 3, s2);
    set(Ste.CONFIG, Ste.CONFIG_NESTED);
    s2.map(Rig.CONTEXTS, Rig.CONTEXTS, 3, Tables.STAGE2_LEAF);
    for (int level = 1; level <= 3; level++) {
      long table = s1.slot(PAGE, level) & ~0xfffL;
      s2.map(table, table, 3, Tables.STAGE2_LEAF);
    }
  }

  private void substreams(int defaultSubstream) {
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, 2);
    rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, Rig.CONTEXTS);
    for (int substream = 0; substream < 4; substream++) {
      rig.context(Rig.CONTEXTS + substream * 64, 1, s1);
    }
    set(Ste.S1DSS, defaultSubstream);
  }

  private void asks(int pasid, int wanted) {
    rig.smmu.atsRequest(SID, pasid, PAGE + 0x123, wanted, answer);
  }

  private void granted(int access, long address, int shift) {
    assertEquals(Status.SUCCESS, answer.status());
    assertEquals(access, answer.access());
    assertEquals(address, answer.address());
    assertEquals(shift, answer.shift());
  }

  private void denied() {
    granted(0, PAGE, 12);
    assertFalse(answer.grants());
    assertEquals(0, rig.get(Register.EVENTQ_PROD), "3.9.1.2: no event");
  }

  /** The newest record is F_BAD_ATS_TREQ, with these bits in its word 1 (7.3.6). */
  private void refusedWithEvent(long word1) {
    assertEquals(Status.UNSUPPORTED_REQUEST, answer.status());
    assertArrayEquals(
        new long[] {(long) SID << 32 | 0x05, word1, PAGE + 0x123, 0}, rig.lastEvent());
  }

  private static final long READ_BIT = 1L << 31;
  private static final long ONE_UNIT = 1;

  @Test
  void requestIsAnsweredWithThePage() {
    s1.map(PAGE, PA, 3, STAGE1_PAGE | USER_RW);
    asks(NO_PASID, W);
    granted(R | W, PA, 12);
    asks(NO_PASID, 0);
    granted(R, PA, 12);
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void answerSpansTheBlock() {
    s1.map(PAGE & -(2L << 20), 0x4000_0000, 2, STAGE1_PAGE & ~0b10L | USER_RW);
    asks(NO_PASID, W);
    granted(R | W, 0x4000_0000, 21);
  }

  /** The examples of 13.7, row by row. */
  @Test
  void permissionsAreWhatThePageGivesOfWhatIsAsked() {
    substreams(Ste.S1DSS_SSID0);
    record Example(int wanted, long page, int granted) {}
    for (Example example :
        new Example[] {
          new Example(0, USER_RO, R),
          new Example(W, USER_RW, R | W),
          new Example(W, USER_RO, R),
          new Example(W | PRIV, PRIVILEGED_RW, R | W | PRIV),
          new Example(X, USER_RW | UXN, R),
          new Example(W, USER_RW | UXN, R | W),
          new Example(W | X, USER_RW, R | W | X),
          new Example(W | X, PRIVILEGED_RW, 0),
          new Example(X | PRIV, PRIVILEGED_RW, R | X | PRIV),
        }) {
      rig.write(s1.slot(PAGE, 3), 8, PA | STAGE1_PAGE | example.page | 0b11);
      rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
      asks(2, example.wanted);
      granted(example.granted, example.granted == 0 ? PAGE : PA, 12);
    }
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void withoutAPasidThereIsNeitherPrivilegeNorExecution() {
    s1.map(PAGE, PA, 3, STAGE1_PAGE | PRIVILEGED_RW);
    asks(NO_PASID, W | X | PRIV);
    granted(0, PAGE, 12);
  }

  @Test
  void overridesOfTheSteApply() {
    substreams(Ste.S1DSS_SSID0);
    s1.map(PAGE, PA, 3, STAGE1_PAGE | PRIVILEGED_RW);
    set(Ste.PRIVCFG, 0b11);
    asks(NO_PASID, W);
    granted(R | W, PA, 12);
    set(Ste.PRIVCFG, 0b10);
    asks(2, W | PRIV);
    granted(0, PAGE, 12);
    rig.write(s1.slot(PAGE, 3), 8, PA | STAGE1_PAGE | USER_RW | UXN | 0b11);
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    set(Ste.INSTCFG, 0b10);
    asks(2, X);
    granted(R | X, PA, 12);
    set(Ste.INSTCFG, 0b11);
    asks(2, X | W);
    granted(W, PA, 12);
  }

  @Test
  void translationFaultsGrantNothing() {
    asks(NO_PASID, W);
    denied();
    s1.map(PAGE, PA, 3, (STAGE1_PAGE | USER_RW) & ~(1L << 10));
    asks(NO_PASID, W);
    denied();
    rig.write(s1.slot(PAGE, 3), 8, 1L << 47 | STAGE1_PAGE | USER_RW | 0b11);
    rig.poke(Rig.CONTEXTS + SID * 64, Cd.IPS, 0);
    rig.command(Opcode.CFGI_CD, (long) SID << 32, 1);
    asks(NO_PASID, W);
    denied();
  }

  @Test
  void stage2FaultsGrantNothingWhatEverTheyAreMetFor() {
    nested();
    s1.map(PAGE, IPA, 3, STAGE1_PAGE | USER_RW);
    asks(NO_PASID, W);
    denied();
    s2.map(IPA, PA, 3, Tables.STAGE2_LEAF & ~(0b11L << 6) | 0b01 << 6);
    asks(NO_PASID, W);
    granted(R, PA, 12);
    s2.map(s1.slot(PAGE, 3) & ~0xfffL, 0x5000, 3, Tables.STAGE2_LEAF & ~(0b11L << 6));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    asks(NO_PASID, W);
    denied();
  }

  @Test
  void configurationErrorsAreCompleterAborts() {
    set(Ste.V, 0);
    asks(NO_PASID, 0);
    assertEquals(Status.COMPLETER_ABORT, answer.status());
    rig.smmu.atsRequest(100, NO_PASID, PAGE, 0, answer);
    assertEquals(Status.COMPLETER_ABORT, answer.status(), "C_BAD_STREAMID");
    set(Ste.V, 1);
    asks(3, 0);
    assertEquals(Status.COMPLETER_ABORT, answer.status(), "C_BAD_SUBSTREAMID");
    substreams(Ste.S1DSS_TERMINATE);
    asks(NO_PASID, 0);
    assertEquals(Status.COMPLETER_ABORT, answer.status(), "F_STREAM_DISABLED");
    rig.poke(Rig.CONTEXTS + 128, Cd.V, 0);
    asks(2, 0);
    assertEquals(Status.COMPLETER_ABORT, answer.status(), "C_BAD_CD");
    rig.pokeAddress(Rig.CONTEXTS + 64, Cd.TTB0, Rig.HOLE);
    asks(1, 0);
    assertEquals(Status.COMPLETER_ABORT, answer.status(), "F_WALK_EABT");
    assertEquals(0, rig.get(Register.EVENTQ_PROD), "3.9.1.2");
  }

  @Test
  void configurationErrorsAreRecordedIfAskedFor() {
    set(Ste.V, 0);
    for (int invalid = 0; invalid <= 1; invalid++) {
      rig.set(Register.CR0, 0xc);
      rig.set(Register.CR2, Cr2.REC_CFG_ATS.of(1) | Cr2.RECINVSID.of(invalid));
      rig.set(Register.CR0, 0xd);
      asks(NO_PASID, 0);
      assertEquals(0x04, rig.lastEvent()[0] & 0xff);
      long before = rig.get(Register.EVENTQ_PROD);
      rig.smmu.atsRequest(100, NO_PASID, PAGE, 0, answer);
      assertEquals(before + invalid, rig.get(Register.EVENTQ_PROD), "C_BAD_STREAMID: RECINVSID");
    }
  }

  @Test
  void streamsThatMayNotUseAtsAreRefused() {
    s1.map(PAGE, PA, 3, STAGE1_PAGE | USER_RW);
    set(Ste.EATS, Ste.EATS_ABORT);
    asks(NO_PASID, W);
    refusedWithEvent(READ_BIT | 1L << 30 | ONE_UNIT);
    set(Ste.EATS, Ste.EATS_FULL_DPT);
    asks(NO_PASID, 0);
    refusedWithEvent(READ_BIT | ONE_UNIT);
    set(Ste.EATS, Ste.EATS_FULL);
    set(Ste.CONFIG, Ste.CONFIG_BYPASS);
    asks(NO_PASID, 0);
    refusedWithEvent(READ_BIT | ONE_UNIT);
    assertEquals(3, rig.get(Register.EVENTQ_PROD));
    set(Ste.CONFIG, Ste.CONFIG_ABORT);
    asks(NO_PASID, 0);
    assertEquals(Status.UNSUPPORTED_REQUEST, answer.status());
    assertEquals(3, rig.get(Register.EVENTQ_PROD), "STE.Config abort is silent");
    rig.set(Register.CR0, 0xc);
    asks(NO_PASID, 0);
    assertEquals(4, rig.get(Register.EVENTQ_PROD), "SMMUEN is 0");
    refusedWithEvent(READ_BIT | ONE_UNIT);
  }

  @Test
  void recordTellsWhatThePasidAskedFor() {
    set(Ste.EATS, Ste.EATS_ABORT);
    asks(2, X | PRIV);
    assertEquals((long) SID << 32 | 2 << 12 | 1 << 11 | 0x05, rig.lastEvent()[0]);
    assertEquals(READ_BIT | 1L << 29 | 1L << 28 | ONE_UNIT, rig.lastEvent()[1]);
  }

  @Test
  void bypassedStage1IsIdentity() {
    substreams(Ste.S1DSS_BYPASS);
    asks(NO_PASID, W);
    granted(R | W, PAGE, 12);
    rig.smmu.atsRequest(SID, NO_PASID, 1L << 50, W, answer);
    assertEquals(0, answer.access(), "an Address Size fault grants nothing");
  }

  @Test
  void splitStageGivesTheIpa() {
    start(Profiles.ats(), Cr0.ATSCHK.of(1));
    nested();
    set(Ste.EATS, Ste.EATS_SPLIT);
    s1.map(PAGE, IPA, 3, STAGE1_PAGE | USER_RW);
    s2.map(IPA, PA, 3, Tables.STAGE2_LEAF & ~(0b11L << 6) | 0b01 << 6);
    for (int hit = 0; hit <= 1; hit++) {
      asks(NO_PASID, W);
      granted(R, IPA, 12);
    }
    rig.set(Register.CR0, 0xd);
    asks(NO_PASID, W);
    assertEquals(Status.UNSUPPORTED_REQUEST, answer.status(), "without ATSCHK it is 0b00");
  }

  @Test
  void splitStageWithoutStage1IsIdentityWithStage2sPermissions() {
    start(Profiles.ats(), Cr0.ATSCHK.of(1));
    nested();
    set(Ste.EATS, Ste.EATS_SPLIT);
    substreams(Ste.S1DSS_BYPASS);
    s2.map(PAGE, PA, 3, Tables.STAGE2_LEAF & ~(0b11L << 6) | 0b01 << 6);
    asks(NO_PASID, W);
    granted(R, PAGE, 12);
  }

  /** EATS against Config, S2S, NS1ATS and ATS (5.2). */
  @Test
  void steIsIllegalWhereEatsIs() {
    int[] configs = {Ste.CONFIG_BYPASS, Ste.CONFIG_S1, Ste.CONFIG_S2, Ste.CONFIG_NESTED};
    for (int bits = 0; bits < 8; bits++) {
      boolean offersAts = (bits & 1) != 0;
      boolean offersSplit = offersAts && (bits & 2) != 0;
      boolean stalls = (bits & 4) != 0;
      IdRegisters ids =
          Profiles.stalling(Idr0.STALL_MODEL_BOTH, 4)
              .ids()
              .with(Register.IDR0, Idr0.ATS, offersAts ? 1 : 0)
              .with(Register.IDR0, Idr0.NS1ATS, offersAts && !offersSplit ? 1 : 0);
      Profile profile = new Profile("test", ids, Profile.MMU_700_R1.caches());
      for (int config : configs) {
        for (int eats = 0; eats <= 3; eats++) {
          start(profile, 0);
          rig.stage2(SID, 3, s2);
          rig.poke(Rig.ste(SID), Ste.S2S, stalls ? 1 : 0);
          rig.poke(Rig.ste(SID), Ste.CONFIG, config);
          set(Ste.EATS, eats);
          rig.reads(SID, PAGE);
          boolean stage2 = (config & Ste.CONFIG_BIT_S2) != 0;
          boolean illegal =
              offersAts
                  && config != Ste.CONFIG_BYPASS
                  && (eats == Ste.EATS_FULL && stage2 && stalls
                      || eats == Ste.EATS_SPLIT
                          && (config != Ste.CONFIG_NESTED || stalls || !offersSplit));
          assertEquals(
              illegal,
              rig.out.event() == EventType.C_BAD_STE,
              "bits %d config %d EATS %d".formatted(bits, config, eats));
        }
      }
    }
  }

  private boolean translated(long address, boolean write) {
    return rig.smmu.translatedTransaction(SID, address, write, rig.out);
  }

  private void forbidden(boolean write) {
    assertEquals(EventType.F_TRANSL_FORBIDDEN, rig.out.event());
    assertEquals(0x07, rig.lastEvent()[0] & 0xff);
    assertEquals(write ? 0 : 1L << 35, rig.lastEvent()[1]);
    assertEquals(PA + 8, rig.lastEvent()[2]);
  }

  @Test
  void withoutChecksTranslatedTrafficPasses() {
    set(Ste.EATS, Ste.EATS_ABORT);
    assertTrue(translated(PA + 8, true));
    assertEquals(PA + 8, rig.out.pa());
    assertEquals(Path.TRANSLATED, rig.out.path());
    assertTrue(rig.smmu.translatedTransaction(1000, PA, false, rig.out), "no STE is looked at");
    assertFalse(translated(1L << 48, false), "beyond OAS (3.9.1.1)");
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void withChecksTheSteDecides() {
    start(Profiles.ats(), Cr0.ATSCHK.of(1));
    assertTrue(translated(PA + 8, true));
    assertEquals(PA + 8, rig.out.pa());
    assertFalse(translated(1L << 48, false));
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
    set(Ste.EATS, Ste.EATS_ABORT);
    assertFalse(translated(PA + 8, true));
    forbidden(true);
    set(Ste.EATS, Ste.EATS_FULL);
    set(Ste.CONFIG, Ste.CONFIG_BYPASS);
    assertFalse(translated(PA + 8, false));
    forbidden(false);
    set(Ste.CONFIG, Ste.CONFIG_ABORT);
    assertFalse(translated(PA + 8, false));
    assertEquals(2, rig.get(Register.EVENTQ_PROD), "silent");
    rig.set(Register.CR0, 0xc);
    assertFalse(translated(PA + 8, false));
    assertEquals(3, rig.get(Register.EVENTQ_PROD), "SMMUEN is 0");
    forbidden(false);
  }

  @Test
  void configurationErrorsAbortTranslatedTraffic() {
    for (int record = 0; record <= 1; record++) {
      start(Profiles.ats(), 0);
      rig.set(Register.CR0, 0xc);
      rig.set(Register.CR2, Cr2.REC_CFG_ATS.of(record));
      rig.set(Register.CR0, 0xd | Cr0.ATSCHK.of(1));
      set(Ste.V, 0);
      assertFalse(translated(PA, false));
      assertFalse(rig.smmu.translatedTransaction(1000, PA, false, rig.out));
      set(Ste.V, 1);
      substreams(Ste.S1DSS_TERMINATE);
      assertFalse(translated(PA, false));
      assertEquals(EventType.F_STREAM_DISABLED, rig.out.event());
      assertEquals(
          3 * record, rig.get(Register.EVENTQ_PROD), "3.9.1.3: REC_CFG_ATS, not RECINVSID");
    }
  }

  @Test
  void splitStageTrafficGoesThroughStage2() {
    start(Profiles.ats(), Cr0.ATSCHK.of(1));
    nested();
    set(Ste.EATS, Ste.EATS_SPLIT);
    s2.map(IPA, PA, 3, Tables.STAGE2_LEAF & ~(0b11L << 6) | 0b01 << 6);
    assertTrue(translated(IPA + 8, false));
    assertEquals(PA + 8, rig.out.pa());
    assertFalse(translated(IPA + 8, true));
    assertEquals(EventType.F_PERMISSION, rig.out.event());
    assertEquals(1, rig.get(Register.EVENTQ_PROD), "as an ordinary transaction's");
    assertEquals(2 << 8 | 1 << 7, rig.lastEvent()[1] >>> 32, "IN, S2, write, user, data");
    assertFalse(translated(1L << 48, false));
    assertEquals(EventType.F_ADDR_SIZE, rig.out.event());
    assertEquals(1, rig.out.stage());
    set(Ste.S2R, 0);
    assertFalse(translated(IPA + 0x1000, false));
    assertEquals(2, rig.get(Register.EVENTQ_PROD), "S2R is 0");
  }

  /** ATS notes the access in the tables, as nothing later will (3.13.7.1). */
  @Test
  void requestUpdatesTheDescriptors() {
    long accessFlag = 1L << 10;
    long dirtyBitModifier = 1L << 51;
    long readOnly = 1L << 7;
    start(Profiles.ats().with(Register.IDR0, Idr0.HTTU, Idr0.HTTU_DIRTY), 0);
    rig.poke(Rig.CONTEXTS + SID * 64, Cd.HA, 1);
    rig.poke(Rig.CONTEXTS + SID * 64, Cd.HD, 1);
    long clean = (STAGE1_PAGE | USER_RO | dirtyBitModifier) & ~accessFlag;
    s1.map(PAGE, PA, 3, clean);
    asks(NO_PASID, 0);
    granted(R, PA, 12);
    long leaf = rig.read(s1.slot(PAGE, 3), 8);
    assertTrue((leaf & accessFlag) != 0);
    assertTrue((leaf & readOnly) != 0, "No Write: not made dirty");
    asks(NO_PASID, W);
    granted(R | W, PA, 12);
    assertEquals(0, rig.read(s1.slot(PAGE, 3), 8) & readOnly, "writable-dirty");
  }

  /** A stage-1 table that stage 2 does not let the SMMU update denies all (3.9.1.2). */
  @Test
  void updateThatStage2ForbidsDeniesTheRequest() {
    start(Profiles.ats().with(Register.IDR0, Idr0.HTTU, Idr0.HTTU_DIRTY), 0);
    rig.poke(Rig.CONTEXTS + SID * 64, Cd.HA, 1);
    rig.poke(Rig.CONTEXTS + SID * 64, Cd.HD, 1);
    nested();
    s1.map(PAGE, IPA, 3, STAGE1_PAGE | USER_RO | 1L << 51);
    s2.map(IPA, PA, 3, Tables.STAGE2_LEAF);
    long table = s1.slot(PAGE, 3) & ~0xfffL;
    s2.map(table, table, 3, Tables.STAGE2_LEAF & ~(0b11L << 6) | 0b01 << 6);
    asks(NO_PASID, 0);
    granted(R, PA, 12);
    asks(NO_PASID, W);
    denied();
  }

  @Test
  void withoutTheFeatureNothingOfItPasses() {
    start(Profiles.plain(), Cr0.ATSCHK.of(1));
    assertEquals(0, rig.get(Register.CR0) & Cr0.ATSCHK.mask());
    asks(NO_PASID, 0);
    assertEquals(Status.UNSUPPORTED_REQUEST, answer.status());
    assertFalse(translated(PA, false));
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void requestsAllocateNothing() {
    s1.map(PAGE, PA, 3, STAGE1_PAGE | USER_RW);
    Runnable work =
        () -> {
          for (int i = 0; i < 10_000; i++) {
            asks(NO_PASID, W);
            translated(PA, true);
          }
        };
    work.run();
    work.run();
    assertEquals(0, Allocation.of(work));
  }
}
