package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.DptEntry;
import portcullis.arch.smmu.Dpti;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;

/** What the DPT TLB keeps, and what reaches it (IHI 0070 3.24.2, 3.24.5, 4.6). */
class DptTlbTest {
  private static final long PA = DptRig.PA;
  private static final int VMID = DptRig.VMID;
  private static final int OWN = DptEntry.AC_VMID;
  private static final int NO_PASID = Translation.NO_SUBSTREAM;
  private static final int SIZE_4K = 0;
  private static final int SIZE_16K = 1;
  private static final int SIZE_64K = 2;
  private static final int SIZE_2M = 3;
  private static final int SIZE_512M = 5;
  private static final int SIZE_1G = 6;
  private static final int SIZE_16G = 7;
  private static final int RESERVED = 10;

  private DptRig dpt;
  private final AtsCompletion answer = new AtsCompletion();

  @BeforeEach
  void begin() {
    dpt = new DptRig();
  }

  private void invalidate(long address, int size, int leaf) {
    dpt.rig.command(
        Opcode.DPTI_PA, 0, Dpti.ADDRESS.inPlace(address) | Dpti.SIZE.of(size) | Dpti.LEAF.of(leaf));
  }

  /** 3.24.2: kept, permitting or not, until CMD_DPTI_*. */
  @Test
  void whatAWalkFoundStays() {
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    assertTrue(dpt.writes(PA));
    dpt.level1(PA, DptRig.lower(OWN, 0, VMID));
    assertTrue(dpt.writes(PA));
    dpt.invalidateAll();
    assertFalse(dpt.writes(PA));
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    assertFalse(dpt.writes(PA), "3.24.2.1: a walk's entry may deny");
    assertTrue(dpt.reads(PA));
    dpt.invalidateAll();
    assertTrue(dpt.writes(PA));
  }

  /** 3.24.2: No Access is never kept, nor is a fault. */
  @Test
  void noAccessIsNotKept() {
    assertFalse(dpt.reads(PA));
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    assertTrue(dpt.reads(PA));
    assertFalse(dpt.reads(PA + 0x4000_0000L));
    dpt.level0(PA + 0x4000_0000L, 0b10);
    assertFalse(dpt.reads(PA + 0x4000_0000L));
    assertEquals(1, dpt.far() & 1);
    dpt.level0(PA + 0x4000_0000L, DptRig.block(OWN, 1, VMID));
    assertTrue(dpt.reads(PA + 0x4000_0000L));
  }

  /** 3.24.5 (Note), 4.3, 4.4: nothing else reaches it. */
  @Test
  void otherInvalidationsDoNotReachIt() {
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    assertTrue(dpt.reads(PA));
    dpt.level1(PA, 0);
    dpt.rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    dpt.rig.command(Opcode.TLBI_S12_VMALL, (long) VMID << 32, 0);
    dpt.rig.command(Opcode.CFGI_STE_RANGE, 0, 31);
    dpt.rig.command(Opcode.SYNC, 0, 0);
    assertTrue(dpt.reads(PA));
    dpt.invalidateAll();
    assertFalse(dpt.reads(PA));
  }

  /** 6.3.9, 3.24.4: without walks what is kept is still used; else DPT_DISABLED. */
  @Test
  void whatIsKeptIsUsedWithoutWalks() {
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    assertTrue(dpt.reads(PA));
    dpt.walks(false);
    assertTrue(dpt.reads(PA));
    assertEquals(0, dpt.far());
    assertFalse(dpt.reads(PA + 0x1000));
    assertEquals(PA + 0x1000 | 1, dpt.far());
  }

  /** 3.24.2: it is indexed by address; whose access it is is checked anew each time. */
  @Test
  void entriesServeAllStreams() {
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    assertTrue(dpt.reads(PA));
    dpt.set(Ste.S2VMID, VMID + 1);
    assertFalse(dpt.reads(PA));
    dpt.set(Ste.DPT_VMATCH, Ste.DPT_VMATCH_ANY);
    assertTrue(dpt.reads(PA));
  }

  /** 4.6.2, 3.24.5: SIZE at least that of the entry, the address aligned to it. */
  @Test
  void aGranuleIsReachedByItsAddressAndSize() {
    record Case(long address, int size, int leaf, boolean reaches) {}
    for (Case c :
        new Case[] {
          new Case(PA, SIZE_4K, 1, true),
          new Case(PA, SIZE_4K, 0, true),
          new Case(PA + 0x1000, SIZE_4K, 0, false),
          new Case(PA - 0x1000, SIZE_4K, 0, false),
          new Case(PA, SIZE_16K, 1, true),
          new Case(PA + 0x1000, SIZE_16K, 1, false),
          new Case(PA & -0x1_0000L, SIZE_64K, 1, true),
          new Case(PA, SIZE_64K, 1, false),
          new Case(PA & -0x20_0000L, SIZE_2M, 1, true),
          new Case(0x4000_0000L, SIZE_1G, 1, true),
          new Case(0, SIZE_16G, 1, true),
          new Case(PA, RESERVED, 0, false),
          new Case(PA | 1L << 48, SIZE_4K, 1, true),
        }) {
      dpt.invalidateAll();
      dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
      assertTrue(dpt.reads(PA));
      dpt.level1(PA, 0);
      invalidate(c.address, c.size, c.leaf);
      assertEquals(!c.reaches, dpt.reads(PA), c.toString());
    }
  }

  /** 3.24.5: a region is reached by no size that is smaller. */
  @Test
  void aRegionIsReachedAsAWhole() {
    long region = PA & -0x20_0000L;
    for (int size : new int[] {SIZE_4K, SIZE_64K, SIZE_2M, SIZE_512M}) {
      dpt.invalidateAll();
      dpt.level1(PA, DptRig.contiguous(2, OWN, 1, VMID));
      assertTrue(dpt.reads(PA));
      dpt.level1(PA, 0);
      invalidate(size == SIZE_512M ? 0x4000_0000L : region, size, 1);
      assertEquals(size < SIZE_2M, dpt.reads(PA), "SIZE " + size);
    }
    dpt.invalidateAll();
    dpt.level0(PA, DptRig.block(OWN, 1, VMID));
    assertTrue(dpt.reads(PA));
    dpt.level0(PA, 0);
    invalidate(0x4000_0000L, SIZE_512M, 0);
    assertTrue(dpt.reads(PA));
    invalidate(0x4000_0000L, SIZE_1G, 1);
    assertFalse(dpt.reads(PA));
  }

  /** 3.24.5: a Table entry is kept until Leaf 0 and any address of its region, or all. */
  @Test
  void aTableIsReachedWithoutLeaf() {
    long other = dpt.rig.allocate(8 << 17);
    record Case(long address, int size, int leaf, boolean reaches) {}
    for (Case c :
        new Case[] {
          new Case(0x4000_0000L, SIZE_1G, 1, false),
          new Case(PA, SIZE_4K, 0, true),
          new Case(0x7fff_f000L, SIZE_4K, 0, true),
          new Case(0x8000_0000L, SIZE_4K, 0, false),
          new Case(0, SIZE_16G, 0, true),
        }) {
      dpt.invalidateAll();
      dpt.level0(PA, DptRig.table(DptRig.LEVEL_1));
      dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
      assertTrue(dpt.reads(PA));
      dpt.level0(PA, DptRig.table(other));
      invalidate(c.address, c.size, c.leaf);
      invalidate(PA, SIZE_4K, 1);
      assertEquals(!c.reaches, dpt.reads(PA), c.toString());
    }
  }

  private void maps(long iova, long pa, int level, boolean writable) {
    long access = writable ? 0b11L << 6 : 0b01L << 6;
    long leaf = Tables.STAGE2_LEAF & ~(0b11L << 6) | access;
    dpt.s2.map(iova, pa, level, level == 3 ? leaf : leaf & ~0b10L);
  }

  private void asks(long iova, int wanted) {
    dpt.rig.smmu.atsRequest(DptRig.SID, NO_PASID, iova, wanted, answer);
    assertEquals(AtsCompletion.Status.SUCCESS, answer.status());
  }

  /** 3.24.2: a grant by ATS is kept, as the VMID's own, with what was granted. */
  @Test
  void answersArePermissions() {
    maps(0x3000, PA, 3, true);
    asks(0x3000, AtsAccess.WRITE);
    assertTrue(dpt.writes(PA), "the table says No Access");
    dpt.set(Ste.S2VMID, VMID + 1);
    assertFalse(dpt.writes(PA), "another VMID is for the table to decide");
    dpt.set(Ste.S2VMID, VMID);
    invalidate(PA, SIZE_4K, 1);
    assertFalse(dpt.writes(PA));
  }

  /** 3.24.2.1: an answer only permits: what it does not, the table decides. */
  @Test
  void answersDenyNothing() {
    maps(0x3000, PA, 3, true);
    asks(0x3000, 0);
    assertTrue(dpt.reads(PA));
    assertFalse(dpt.writes(PA));
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    assertTrue(dpt.writes(PA));
  }

  /** 3.24.2: nothing is kept of a refusal, nor of a request that no stage translated. */
  @Test
  void onlyTranslationsArePermissions() {
    asks(0x3000, AtsAccess.WRITE);
    assertFalse(answer.grants());
    assertFalse(dpt.reads(0x3000));
    dpt.set(Ste.CONFIG, Ste.CONFIG_S1);
    dpt.rig.poke(Rig.ste(DptRig.SID), Ste.S1CDMAX, 2);
    dpt.rig.pokeAddress(Rig.ste(DptRig.SID), Ste.S1CONTEXTPTR, Rig.CONTEXTS);
    dpt.set(Ste.S1DSS, Ste.S1DSS_BYPASS);
    asks(PA, AtsAccess.WRITE);
    assertTrue(answer.grants());
    assertEquals(PA, answer.address());
    assertFalse(dpt.reads(PA));
    assertEquals(EventType.F_TRANSL_FORBIDDEN, dpt.rig.out.event());
  }

  /** 3.24.2: of the answer's size, but no larger than a level 0 entry; 1GB if that is reserved. */
  @Test
  void answersAreForTheirRegion() {
    maps(0, 0x4020_0000L, 2, true);
    asks(0x1000, 0);
    assertTrue(dpt.reads(0x403f_f000L));
    assertFalse(dpt.reads(0x4040_0000L));
    dpt = new DptRig(DptRig.profile());
    dpt.shape(3 << 20 | DptRig.SHAPE);
    maps(0x4000_0000L, 0x8000_0000L, 1, true);
    asks(0x4000_0000L, 0);
    assertEquals(30, answer.shift());
    assertTrue(dpt.reads(0xbfff_f000L));
    assertFalse(dpt.reads(0xc000_0000L));
  }

  /** 3.24.2, "all enabled stages": an answer of both stages is the combination. */
  @Test
  void answersCombineTheStages() {
    dpt.rig.poke(Rig.ste(DptRig.SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    maps(Rig.CONTEXTS, Rig.CONTEXTS, 3, true);
    dpt.s1.map(0x5000, 0x3000, 3, Tables.STAGE1_LEAF | 1 << 6);
    for (int level = 1; level <= 3; level++) {
      long table = dpt.s1.slot(0x5000, level) & ~0xfffL;
      maps(table, table, 3, true);
    }
    maps(0x3000, PA, 3, false);
    dpt.set(Ste.CONFIG, Ste.CONFIG_NESTED);
    asks(0x5000, AtsAccess.WRITE);
    assertEquals(AtsAccess.READ, answer.access());
    assertEquals(PA, answer.address());
    assertTrue(dpt.reads(PA));
    assertFalse(dpt.writes(PA));
    assertEquals(Granule.SIZE_4K.shift(), answer.shift());
  }

  /** A full TLB forgets; what it then reads again is the table's. */
  @Test
  void manyRegionsDoNotConfuseIt() {
    for (int page = 0; page < 512; page++) {
      long pa = 0x4000_0000L + page * 0x2000L;
      dpt.level1(pa, DptRig.lower(OWN, page & 1, VMID));
    }
    for (int round = 0; round < 2; round++) {
      for (int page = 0; page < 512; page++) {
        long pa = 0x4000_0000L + page * 0x2000L;
        assertTrue(dpt.reads(pa));
        assertEquals((page & 1) != 0, dpt.writes(pa));
        assertFalse(dpt.reads(pa + 0x1000));
      }
    }
    dpt.invalidateAll();
    assertEquals(0, dpt.rig.get(Register.DPT_CFG_FAR));
  }

  /** 4.6: commands that an SMMU without DPT does not have. */
  @Test
  void withoutDptTheCommandsAreIllegal() {
    for (Opcode opcode : new Opcode[] {Opcode.DPTI_ALL, Opcode.DPTI_PA}) {
      DptRig without = new DptRig(portcullis.machine.smmuv3.profile.Profiles.ats());
      without.rig.command(opcode, 0, 0);
      assertEquals(1, without.rig.get(Register.CMDQ_CONS) >>> 24 & 0x7f, opcode.commandName());
      dpt.rig.command(opcode, 0, 0);
      assertEquals(0, dpt.rig.get(Register.CMDQ_CONS) >>> 24 & 0x7f, opcode.commandName());
    }
  }
}
