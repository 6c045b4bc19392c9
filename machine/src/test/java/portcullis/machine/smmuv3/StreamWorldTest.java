package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.caches.StreamWorld;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** Streams of EL1, EL2 and EL2 with E2H (IHI 0070 3.3.4, 5.2 STRW, 5.4.1, 13.4.1). */
class StreamWorldTest {
  private static final int SID = 5;
  private static final int OTHER_SID = 6;
  private static final long VA = 0x1234_5000L;
  private static final long PA = 0x500_0000L;
  private static final long OTHER_PA = 0x600_0000L;
  private static final long UPPER = -1L << 39;

  /** Block or page: AF and nG; the rest is added. */
  private static final long LEAF = 1L << 11 | 1L << 10 | 0b11L << 8;

  private Rig rig;
  private Tables s1;

  private void start(StreamWorld world) {
    start(world, Profiles.complete());
  }

  private void start(StreamWorld world, Profile profile) {
    rig = new Rig(profile).start(4);
    s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    s1.map(VA, PA, 3, Tables.STAGE1_LEAF);
    rig.stage1Stream(SID, 1, s1);
    enter(SID, world);
  }

  private void enter(int streamId, StreamWorld world) {
    boolean e2h = world == StreamWorld.EL2_E2H;
    long cr0 = rig.get(Register.CR0);
    rig.set(Register.CR0, cr0 & ~Cr0.SMMUEN.mask());
    rig.set(Register.CR2, Cr2.E2H.of(e2h ? 1 : 0));
    rig.set(Register.CR0, cr0);
    rig.poke(Rig.ste(streamId), Ste.STRW, world == StreamWorld.EL1 ? 0 : Ste.STRW_EL2);
    configure();
  }

  private static long cd(int streamId) {
    return Rig.CONTEXTS + streamId * 64L;
  }

  private void configure() {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
  }

  private void forget() {
    configure();
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    rig.command(Opcode.TLBI_EL2_ALL, 0, 0);
  }

  private String allowed() {
    StringBuilder letters = new StringBuilder();
    for (AccessType type : AccessType.values()) {
      letters.append(rig.access(SID, VA, type) ? type.name().charAt(0) : '.');
    }
    return letters.toString();
  }

  private String permissions(long leaf, long table) {
    rig.write(s1.slot(VA, 2), 8, (s1.slot(VA, 3) & ~0xfffL) | 0b11);
    s1.map(VA, PA, 3, LEAF | leaf);
    rig.write(s1.slot(VA, 2), 8, rig.read(s1.slot(VA, 2), 8) | table);
    forget();
    String cold = allowed();
    assertEquals(cold, allowed(), "from the TLB");
    return cold;
  }

  /**
   * For READ, WRITE, FETCH, PRIVILEGED_READ, PRIVILEGED_WRITE, PRIVILEGED_FETCH: AP[1] is as 1 and
   * privilege does not matter; bit 54 is XN for all.
   */
  @Test
  void el2HasOnePrivilegeLevel() {
    start(StreamWorld.EL2);
    assertEquals("RWFPPP", permissions(0b00L << 6, 0), "AP[1] is taken as 1");
    assertEquals("RWFPPP", permissions(0b01L << 6, 0), "writable is executable");
    assertEquals("R.FP.P", permissions(0b10L << 6, 0));
    assertEquals("RWFPPP", permissions(1L << 53, 0), "PXN is none");
    assertEquals("RW.PP.", permissions(1L << 54, 0), "XN");
    assertEquals("RWFPPP", permissions(0, 0b01L << 61 | 1L << 59), "APTable[0], PXNTable");
    assertEquals("R.FP.P", permissions(0, 0b10L << 61), "APTable[1]");
    assertEquals("RW.PP.", permissions(0, 1L << 60), "XNTable");
    rig.poke(cd(SID), Cd.PAN, 1);
    rig.poke(cd(SID), Cd.E0PD0, 1);
    assertEquals("RWFPPP", permissions(0b01L << 6, 0), "PAN and E0PD are none");
    rig.poke(cd(SID), Cd.WXN, 1);
    assertEquals("RW.PP.", permissions(0b01L << 6, 0), "WXN");
  }

  @Test
  void el2WithE2hHasTheTwoOfEl1() {
    for (StreamWorld world : new StreamWorld[] {StreamWorld.EL1, StreamWorld.EL2_E2H}) {
      start(world);
      assertEquals("..FPPP", permissions(0b00L << 6, 0), world.name());
      assertEquals("RWFPP.", permissions(0b01L << 6, 0), world.name());
      assertEquals("R.FP..", permissions(0b11L << 6 | 1L << 53, 0), world.name());
    }
  }

  /** 3.3.4: one table at EL2, TTB0; EPD0 and EPD1 are ignored, and TTB1's fields are RES0. */
  @Test
  void el2HasOneAddressRange() {
    start(StreamWorld.EL2);
    Tables high = Tables.stage1(rig, Granule.SIZE_4K, 39);
    high.map(0x1000, OTHER_PA, 3, Tables.STAGE1_LEAF);
    rig.poke(cd(SID), Cd.EPD0, 1);
    rig.poke(cd(SID), Cd.EPD1, 0);
    rig.poke(cd(SID), Cd.T1SZ, 25);
    rig.poke(cd(SID), Cd.TG1, Granule.SIZE_4K.tg1());
    rig.pokeAddress(cd(SID), Cd.TTB1, high.root);
    rig.poke(cd(SID), Cd.TBI0, 1);
    rig.poke(cd(SID), Cd.TBI1, 1);
    configure();
    assertTrue(rig.reads(SID, VA));
    assertTrue(rig.reads(SID, VA | 0xabL << 56), "TBI");
    assertFalse(rig.reads(SID, UPPER | 0x1000));
    assertEquals(EventType.F_TRANSLATION, rig.out.event());
    rig.poke(cd(SID), Cd.TG1, 0);
    configure();
    assertTrue(rig.reads(SID, VA), "TG1 0b00 is reserved, where there is a TTB1");
    enter(SID, StreamWorld.EL2_E2H);
    assertFalse(rig.reads(SID, VA));
    assertEquals(EventType.C_BAD_CD, rig.out.event());
    rig.poke(cd(SID), Cd.TG1, Granule.SIZE_4K.tg1());
    configure();
    assertTrue(rig.reads(SID, UPPER | 0x1000));
    assertEquals(OTHER_PA, rig.out.pa());
    assertFalse(rig.reads(SID, VA + 0x1000), "EPD0");
  }

  /** 3.17: no ASID at EL2; ASIDs with E2H; never a VMID. */
  @Test
  void translationsAreOfTheirWorld() {
    for (StreamWorld world : StreamWorld.values()) {
      start(world);
      Tables other = Tables.stage1(rig, Granule.SIZE_4K, 39);
      other.map(VA, OTHER_PA, 3, Tables.STAGE1_LEAF);
      rig.stage1Stream(OTHER_SID, 2, other);
      rig.poke(Rig.ste(OTHER_SID), Ste.S2VMID, 7);
      enter(OTHER_SID, world);
      assertTrue(rig.reads(SID, VA));
      assertTrue(rig.reads(OTHER_SID, VA));
      long shared = world == StreamWorld.EL2 ? PA : OTHER_PA;
      assertEquals(shared, rig.out.pa(), world + ", another ASID");
      rig.poke(cd(OTHER_SID), Cd.ASID, 1);
      configure();
      assertTrue(rig.reads(OTHER_SID, VA));
      boolean oneSpace = world != StreamWorld.EL1;
      assertEquals(oneSpace ? PA : OTHER_PA, rig.out.pa(), world + ", another VMID");
    }
  }

  @Test
  void anotherWorldFindsNothingInTheTlb() {
    start(StreamWorld.EL1);
    assertTrue(rig.reads(SID, VA));
    rig.write(s1.slot(VA, 3), 8, OTHER_PA | Tables.STAGE1_LEAF | 0b11);
    assertTrue(rig.reads(SID, VA));
    assertEquals(PA, rig.out.pa());
    enter(SID, StreamWorld.EL2);
    assertTrue(rig.reads(SID, VA));
    assertEquals(OTHER_PA, rig.out.pa());
    enter(SID, StreamWorld.EL1);
    assertTrue(rig.reads(SID, VA));
    assertEquals(PA, rig.out.pa(), "still there (5.2.1)");
  }

  /** 3.17.1: nG has no effect where there are no ASIDs. */
  @Test
  void invalidationByAsidReachesWhatHasOne() {
    for (long notGlobal : new long[] {0, 1L << 11}) {
      for (StreamWorld world : StreamWorld.values()) {
        start(world);
        s1.map(VA, PA, 3, (Tables.STAGE1_LEAF & ~(1L << 11)) | notGlobal);
        assertTrue(rig.reads(SID, VA));
        rig.write(s1.slot(VA, 3), 8, 0);
        long asid = Tlbi.ASID.of(1);
        rig.command(world == StreamWorld.EL1 ? Opcode.TLBI_NH_ASID : Opcode.TLBI_EL2_ASID, asid, 0);
        boolean reached = world != StreamWorld.EL2 && notGlobal != 0;
        if (world != StreamWorld.EL2) {
          assertEquals(!reached, rig.reads(SID, VA), world + " nG " + notGlobal);
        }
        rig.command(Opcode.TLBI_EL2_ALL, 0, 0);
        assertEquals(world == StreamWorld.EL1 && !reached, rig.reads(SID, VA), world + ", EL2_ALL");
      }
    }
  }

  /** 4.4.2.8, 4.4.2.9: CR2.E2H says whose entries are meant, and whether ASIDs matter. */
  @Test
  void invalidationByAddressReachesTheWorldOfE2h() {
    for (StreamWorld world : new StreamWorld[] {StreamWorld.EL2, StreamWorld.EL2_E2H}) {
      boolean e2h = world == StreamWorld.EL2_E2H;
      assertTrue(staleAfter(world, world, Opcode.TLBI_NH_VA, Tlbi.ASID.of(1), VA));
      assertTrue(staleAfter(world, world, Opcode.TLBI_EL2_VA, Tlbi.ASID.of(1), VA + 0x1000));
      assertFalse(staleAfter(world, world, Opcode.TLBI_EL2_VA, Tlbi.ASID.of(1), VA));
      assertEquals(e2h, staleAfter(world, world, Opcode.TLBI_EL2_VA, Tlbi.ASID.of(2), VA));
      assertFalse(staleAfter(world, world, Opcode.TLBI_EL2_VAA, Tlbi.ASID.of(2), VA));
      StreamWorld other = e2h ? StreamWorld.EL2 : StreamWorld.EL2_E2H;
      assertTrue(staleAfter(world, other, Opcode.TLBI_EL2_VA, Tlbi.ASID.of(1), VA));
      assertTrue(staleAfter(world, other, Opcode.TLBI_EL2_VAA, 0, VA));
      assertFalse(staleAfter(world, other, Opcode.TLBI_EL2_ALL, 0, 0));
    }
  }

  /** Whether an entry of {@code filled} survives a command that comes with E2H as in another. */
  private boolean staleAfter(
      StreamWorld filled, StreamWorld during, Opcode opcode, long word0, long word1) {
    start(filled);
    assertTrue(rig.reads(SID, VA));
    rig.write(s1.slot(VA, 3), 8, OTHER_PA | Tables.STAGE1_LEAF | 0b11);
    enter(SID, during);
    rig.command(opcode, word0, word1);
    enter(SID, filled);
    assertTrue(rig.reads(SID, VA));
    return rig.out.pa() == PA;
  }

  @Test
  void strwCountsForStage1OnlyStreamsAndWithHypOnly() {
    start(StreamWorld.EL1);
    for (int strw = 0; strw < 4; strw++) {
      rig.poke(Rig.ste(SID), Ste.STRW, strw);
      configure();
      boolean legal = (strw & 1) == 0;
      assertEquals(legal, rig.reads(SID, VA), "STRW " + strw);
      if (!legal) {
        assertEquals(EventType.C_BAD_STE, rig.out.event());
      }
    }
    Profile without =
        new Profile(
            "without",
            Profiles.complete()
                .withoutEnhancedQueues()
                .ids()
                .with(Register.IDR0, Idr0.HYP, 0)
                .with(Register.IDR0, Idr0.ATSRECERR, 0)
                .with(Register.AIDR, 1)
                .with(Register.IDR3, Idr3.E0PD, 0)
                .with(Register.IDR3, Idr3.DPT, 0)
                .with(Register.IDR3, Idr3.PTWNNC, 0),
            Profile.GENERIC.caches());
    start(StreamWorld.EL1, without);
    s1.map(VA, PA, 3, LEAF);
    rig.poke(Rig.ste(SID), Ste.STRW, 0b11);
    configure();
    assertTrue(rig.reads(SID, VA), "RES0");
    assertFalse(rig.access(SID, VA, AccessType.READ), "EL1");
  }

  @Test
  void aNestedStreamIsOfEl1WhateverStrwSays() {
    start(StreamWorld.EL1);
    Tables s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    s2.map(0, 0, 1, Tables.STAGE2_LEAF);
    s1.map(VA, PA, 3, LEAF);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(SID, 3, s2);
    rig.poke(Rig.ste(SID), Ste.STRW, 0b11);
    configure();
    assertTrue(rig.reads(SID, VA));
    assertEquals(Path.NESTED, rig.out.path());
    assertFalse(rig.access(SID, VA, AccessType.READ), "privileges are EL1's");
  }

  /** 5.2.2, 5.4.2: sizes of identifiers that a world has not are no matter. */
  @Test
  void identifiersThatAWorldHasNotAreNotChecked() {
    Profile narrow =
        Profiles.complete().with(Register.IDR0, Idr0.ASID16, 0).with(Register.IDR0, Idr0.VMID16, 0);
    for (StreamWorld world : StreamWorld.values()) {
      start(world, narrow);
      rig.poke(Rig.ste(SID), Ste.S2VMID, 0x100);
      configure();
      boolean vmid = world == StreamWorld.EL1;
      assertEquals(!vmid, rig.reads(SID, VA), world + " VMID");
      rig.poke(Rig.ste(SID), Ste.S2VMID, 0xff);
      rig.poke(cd(SID), Cd.ASID, 0x100);
      configure();
      assertEquals(world == StreamWorld.EL2, rig.reads(SID, VA), world + " ASID");
      rig.poke(cd(SID), Cd.ASID, 0xff);
      configure();
      assertTrue(rig.reads(SID, VA), world.name());
    }
  }
}
