package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.DptEntry;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** The check of the Device Permission Table, and its format (IHI 0070 3.24.1, 3.24.3, 3.24.4). */
class DptTest {
  private static final long PA = DptRig.PA;
  private static final long UPPER = PA + 0x1000;
  private static final int VMID = DptRig.VMID;
  private static final int OWN = DptEntry.AC_VMID;
  private static final int SHARED = DptEntry.AC_SHARED;
  private static final int ANY = DptEntry.AC_ANY;

  private DptRig dpt;

  @BeforeEach
  void begin() {
    dpt = new DptRig();
  }

  /** Reads without anything kept from before. */
  private boolean reads(long pa) {
    dpt.invalidateAll();
    return dpt.reads(pa);
  }

  private boolean writes(long pa) {
    dpt.invalidateAll();
    return dpt.writes(pa);
  }

  /** Refused as a Device Access fault: by an event only (3.24.4, 7.3.8). */
  private void denied(long pa) {
    long before = dpt.rig.get(Register.EVENTQ_PROD);
    assertFalse(reads(pa));
    assertEquals(EventType.F_TRANSL_FORBIDDEN, dpt.rig.out.event());
    assertEquals((before + 1) & 0xf, dpt.rig.get(Register.EVENTQ_PROD));
    assertArrayEquals(
        new long[] {(long) DptRig.SID << 32 | 0x07, 1L << 35, pa, 0}, dpt.rig.lastEvent());
    assertEquals(0, dpt.far());
    assertFalse(dpt.errorActive());
    dpt.rig.set(Register.EVENTQ_CONS, dpt.rig.get(Register.EVENTQ_PROD));
  }

  /** Refused as a DPT lookup fault (3.24.4), which is then acknowledged as 3.24.6.4 says. */
  private void faults(long pa, int code, int level) {
    assertFalse(reads(pa));
    assertEquals(EventType.F_TRANSL_FORBIDDEN, dpt.rig.out.event());
    assertEquals(pa & ~0xfffL | code << 4 | level << 1 | 1, dpt.far());
    assertTrue(dpt.errorActive());
    dpt.rig.set(Register.DPT_CFG_FAR, 0);
    dpt.rig.set(Register.GERRORN, dpt.rig.get(Register.GERROR));
    dpt.rig.set(Register.EVENTQ_CONS, dpt.rig.get(Register.EVENTQ_PROD));
    assertEquals(0, dpt.far());
    assertFalse(dpt.errorActive());
  }

  private static final int DISABLED = 0;
  private static final int WALK_FAULT = 1;
  private static final int ABORTED = 3;

  /** 3.24.3.1.4: two granules have permissions of their own. */
  @Test
  void eachGranuleOfAPairHasItsPermission() {
    denied(PA);
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    assertTrue(reads(PA + 8));
    assertEquals(PA + 8, dpt.rig.out.pa());
    assertEquals(Path.TRANSLATED, dpt.rig.out.path());
    denied(UPPER);
    dpt.level1(PA, DptRig.upper(OWN, 1, VMID));
    denied(PA);
    assertTrue(reads(UPPER));
    dpt.level1(PA, DptRig.upper(OWN, 1, VMID) | DptRig.lower(ANY, 0, 0));
    assertTrue(reads(PA));
    assertFalse(writes(PA), "W0");
    assertTrue(writes(UPPER));
    denied(PA + 0x2000);
  }

  /** 3.24.1: a write needs W, a read does not. */
  @Test
  void writesNeedPermission() {
    dpt.level1(PA, DptRig.lower(OWN, 0, VMID));
    assertTrue(reads(PA));
    assertFalse(writes(PA));
    assertEquals(EventType.F_TRANSL_FORBIDDEN, dpt.rig.out.event());
    assertEquals(0, dpt.far(), "a Device Access fault");
    dpt.level0(PA, DptRig.block(OWN, 0, VMID));
    assertFalse(writes(PA));
    dpt.level0(PA, DptRig.block(OWN, 1, VMID));
    assertTrue(writes(PA));
  }

  /** The table of 3.24.1; DPT_VMATCH 0b11 behaves as 0b00 (5.2). */
  @Test
  void vmidsMustMatchAsSteAndEntrySay() {
    boolean[][] compared = {
      {true, true, false}, {true, false, false}, {false, false, false}, {true, true, false}
    };
    for (int match = 0; match <= 3; match++) {
      dpt.set(Ste.DPT_VMATCH, match);
      for (int control = OWN; control <= ANY; control++) {
        int other = control == ANY ? 0 : VMID + 1;
        dpt.level1(PA, DptRig.lower(control, 1, other));
        assertEquals(!compared[match][control], reads(PA), match + " " + control);
        dpt.level0(PA, DptRig.block(control, 1, other));
        assertEquals(!compared[match][control], reads(PA), match + " " + control);
        dpt.level0(PA, DptRig.block(control, 1, control == ANY ? 0 : VMID));
        assertTrue(reads(PA));
        dpt.level0(PA, DptRig.table(DptRig.LEVEL_1));
      }
    }
  }

  /** 3.24.3.1.1, 3.24.3.1.2, Table 3.35. */
  @Test
  void levelZeroDecidesForWholeRegions() {
    dpt.level0(0, DptRig.block(OWN, 1, VMID));
    assertTrue(writes(0));
    assertTrue(writes(0x3fff_ffff));
    dpt.level0(0x4000_0000L, 0);
    denied(0x4000_0000L);
    dpt.level0(0xf_c000_0000L, DptRig.block(ANY, 1, 0));
    assertTrue(writes(0xf_ffff_ffffL));
    denied(0x10_0000_0000L);
    denied(0x8000_0000_0000L - 1);
  }

  /** 3.24.3.1.4: naturally aligned, of the size that Contig says. */
  @Test
  void contiguousRegionsAreWhatContigSays() {
    int[] shifts = {0, 16, 21, 25, 29, 30};
    for (int contig = 1; contig < shifts.length; contig++) {
      long inside = 0x4000_0000L + (1L << shifts[contig]) - 0x1000;
      dpt.level1(inside, DptRig.contiguous(contig, OWN, 1, VMID));
      assertTrue(writes(inside));
      assertTrue(writes(inside - 0x1000), "the lower granule of the same entry");
      dpt.rig.write(DptRig.LEVEL_1, 8, 0);
      assertFalse(reads(0x4000_0000L), "its own entry is what counts after an invalidation");
      assertTrue(dpt.reads(inside));
      assertTrue(dpt.reads(0x4000_0000L), "what is kept is the region (3.24.2)");
      dpt.level1(inside, 0);
    }
    dpt.level1(PA, DptRig.contiguous(6, OWN, 1, VMID));
    faults(PA, WALK_FAULT, 1);
  }

  /** 3.24.3: every granule, table size and place of a table. */
  @Test
  void walksFollowTheShape() {
    int[] granuleShifts = {12, 16, 14};
    int[] sizes = {32, 36, 40, 42, 44, 48};
    for (int granule = 0; granule < granuleShifts.length; granule++) {
      for (int size = 0; size < sizes.length; size++) {
        for (int entry : new int[] {0, 4, 6, 9}) {
          if (30 + entry > sizes[size]) {
            continue;
          }
          dpt = new DptRig();
          dpt.shape(entry << 20 | granule << 14 | size);
          int entryBits = 30 + entry;
          // The last granule that is covered, in the upper half of the last entries.
          long pa = (1L << sizes[size]) - 8;
          long tableBytes = Math.max(0x1000, 8L << sizes[size] - entryBits);
          long level0 = dpt.rig.allocate(tableBytes);
          long level1 = dpt.rig.allocate(8L << entryBits - granuleShifts[granule] - 1);
          dpt.walks(false);
          dpt.rig.set(Register.DPT_BASE, level0);
          dpt.walks(true);
          dpt.rig.write(level0 + (pa >>> entryBits) * 8, 8, DptRig.table(level1));
          long index = (1L << entryBits - granuleShifts[granule] - 1) - 1;
          dpt.rig.write(level1 + index * 8, 8, DptRig.upper(OWN, 0, VMID));
          String what = granuleShifts[granule] + " " + sizes[size] + " " + entry;
          assertTrue(reads(pa), what);
          assertFalse(reads(pa - (1L << granuleShifts[granule])), what);
          assertEquals(0, dpt.far(), what);
        }
      }
    }
  }

  /** 6.3.46, 3.24.3.1.3: hardware aligns a table to its size. */
  @Test
  void tablesAreAlignedByHardware() {
    dpt.walks(false);
    dpt.shape(0b100);
    dpt.walks(false);
    dpt.rig.set(Register.DPT_BASE, DptRig.LEVEL_0 + 0x1_f000);
    dpt.walks(true);
    dpt.level0(PA, DptRig.table(DptRig.LEVEL_1 + 0x1f_f000 & ~0x1f_ffffL | 0x3000));
    long base = DptRig.LEVEL_1 & -(8L << 30 - 13);
    dpt.rig.write(base + (PA & 0x3fff_ffffL) / 0x2000 * 8, 8, DptRig.lower(OWN, 1, VMID));
    assertTrue(reads(PA));
  }

  /** The priorities of 3.24.4, each fault hidden by those before it. */
  @Test
  void lookupFaultsAreReportedByPriority() {
    dpt.level1(PA, 0b100);
    faults(PA, WALK_FAULT, 1);
    dpt.level0(PA, DptRig.table(Rig.HOLE));
    faults(PA, ABORTED, 1);
    dpt.level0(PA, 0b10);
    faults(PA, WALK_FAULT, 0);
    dpt.walks(false);
    dpt.rig.set(Register.DPT_BASE, Rig.HOLE);
    dpt.walks(true);
    faults(PA, ABORTED, 0);
    dpt.shape(0b111);
    faults(PA, WALK_FAULT, 0);
    dpt.walks(false);
    faults(PA, DISABLED, 0);
  }

  /** 3.24.4: invalid register configurations. */
  @Test
  void someShapesAreInvalid() {
    dpt.level0(PA, DptRig.block(OWN, 1, VMID));
    for (long shape : new long[] {0b110, 0b111, 0b11 << 14, 1 << 20, 5 << 20, 4 << 20, 0xf << 20}) {
      dpt.shape(shape);
      faults(PA, WALK_FAULT, 0);
    }
    dpt.shape(DptRig.SHAPE);
    assertTrue(reads(PA));
    dpt = new DptRig(DptRig.profile().with(Register.IDR5, Idr5.GRAN16K, 0));
    dpt.shape(0b10 << 14 | DptRig.SHAPE);
    faults(PA, WALK_FAULT, 0);
    dpt = new DptRig(DptRig.profile().withOutputSize(40));
    dpt.level0(PA, DptRig.block(OWN, 1, VMID));
    dpt.shape(0b011);
    faults(PA, WALK_FAULT, 0);
    dpt.shape(0b010);
    assertTrue(reads(PA));
  }

  /** 3.24.3.1: with any reserved bit set an entry is invalid. */
  @Test
  void reservedBitsMakeAnEntryInvalid() {
    for (int bit = 2; bit < 64; bit++) {
      dpt.level0(PA, 1L << bit);
      faults(PA, WALK_FAULT, 0);
    }
    for (int bit = 2; bit < 64; bit++) {
      long entry = DptRig.block(OWN, 1, VMID) ^ 1L << bit;
      dpt.level0(PA, entry);
      boolean defined = bit >= 2 && bit <= 4 || bit >= 16 && bit < 32;
      if (!defined) {
        faults(PA, WALK_FAULT, 0);
      }
    }
    for (int bit : new int[] {2, 11, 48, 55, 56, 63}) {
      dpt.level0(PA, DptRig.table(DptRig.LEVEL_1) | 1L << bit);
      faults(PA, WALK_FAULT, 0);
    }
    dpt.level0(PA, DptRig.table(DptRig.LEVEL_1));
    for (int bit : new int[] {5, 6, 7, 8, 9, 10, 11, 12, 15, 32, 33, 34, 35, 36, 37, 47, 48, 63}) {
      dpt.level1(PA, DptRig.lower(OWN, 1, VMID) | 1L << bit);
      faults(PA, WALK_FAULT, 1);
    }
    for (int bit : new int[] {2, 3, 4, 5, 8, 11, 16, 31, 32, 37, 47}) {
      dpt.level1(PA, DptRig.upper(OWN, 1, VMID) | 1L << bit);
      faults(PA, WALK_FAULT, 1);
    }
    for (int bit : new int[] {34, 36, 48}) {
      dpt.level1(PA, DptRig.contiguous(1, OWN, 1, VMID) | 1L << bit);
      faults(PA, WALK_FAULT, 1);
    }
  }

  /** 3.24.3.1.2, 3.24.3.1.4: AC 0b11, a VMID where there is none, and reserved sizes. */
  @Test
  void reservedEncodingsMakeAnEntryInvalid() {
    dpt.level0(PA, DptRig.block(0b11, 1, VMID));
    faults(PA, WALK_FAULT, 0);
    dpt.level0(PA, DptRig.block(ANY, 1, VMID));
    faults(PA, WALK_FAULT, 0);
    dpt.level0(PA, DptRig.table(DptRig.LEVEL_1));
    dpt.level1(PA, DptRig.lower(0b11, 1, VMID));
    faults(PA, WALK_FAULT, 1);
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID) | DptRig.upper(ANY, 1, 1));
    faults(PA, WALK_FAULT, 1);
    for (int contig = 6; contig < 16; contig++) {
      dpt.level1(PA, DptRig.contiguous(contig, OWN, 1, VMID));
      faults(PA, WALK_FAULT, 1);
    }
    dpt.shape(0b01 << 14 | DptRig.SHAPE);
    dpt.rig.write(DptRig.LEVEL_1, 8, DptRig.contiguous(1, OWN, 1, VMID));
    faults(PA, WALK_FAULT, 1);
  }

  /** 3.24.3.1.2: VMIDs of 8 bits. */
  @Test
  void narrowVmidsHaveNoUpperBits() {
    dpt = new DptRig(DptRig.profile().with(Register.IDR0, Idr0.VMID16, 0));
    dpt.level0(PA, DptRig.block(OWN, 1, 0x100 | VMID));
    faults(PA, WALK_FAULT, 0);
    dpt.level0(PA, DptRig.table(DptRig.LEVEL_1));
    dpt.level1(PA, DptRig.upper(OWN, 1, 0x100 | VMID));
    faults(PA, WALK_FAULT, 1);
  }

  /** 3.24.4: the first fault stays until it is cleared; a later one is not told. */
  @Test
  void theFirstLookupFaultIsTold() {
    dpt.level0(PA, 0b10);
    assertFalse(dpt.reads(PA));
    long first = dpt.far();
    assertFalse(dpt.writes(PA + 0x1000));
    assertEquals(first, dpt.far());
    assertEquals(2, dpt.rig.get(Register.EVENTQ_PROD), "each has its event");
    assertEquals(1, dpt.rig.signals(InterruptLine.GERROR));
    dpt.rig.set(Register.GERRORN, dpt.rig.get(Register.GERROR));
    assertFalse(dpt.reads(PA));
    assertFalse(dpt.errorActive(), "DPT_CFG_FAR still has the fault");
    dpt.rig.set(Register.DPT_CFG_FAR, 0);
    assertFalse(dpt.reads(PA + 0x1000));
    assertEquals(PA + 0x1000 | 1 << 4 | 1, dpt.far());
    assertTrue(dpt.errorActive());
  }

  /** STE.EATS (5.2): 0b11 is 0b00 without ATSCHK, and where there is no DPT. */
  @Test
  void eatsThreeNeedsChecks() {
    AtsCompletion answer = new AtsCompletion();
    dpt.level0(PA, DptRig.block(OWN, 1, VMID));
    assertTrue(dpt.reads(PA));
    dpt.rig.smmu.atsRequest(DptRig.SID, Translation.NO_SUBSTREAM, 0, 0, answer);
    assertEquals(AtsCompletion.Status.SUCCESS, answer.status());
    dpt.rig.set(Register.CR0, DptRig.ENABLES & ~Cr0.ATSCHK.mask() | Cr0.DPT_WALK_EN.of(1));
    dpt.rig.smmu.atsRequest(DptRig.SID, Translation.NO_SUBSTREAM, 0, 0, answer);
    assertEquals(AtsCompletion.Status.UNSUPPORTED_REQUEST, answer.status());
    assertEquals(0x05, dpt.rig.lastEvent()[0] & 0xff);
    assertTrue(dpt.reads(PA + 0x4000_0000L), "without ATSCHK nothing is checked (3.9.1.3)");
    dpt = new DptRig(Profiles.ats());
    dpt.level0(PA, DptRig.block(OWN, 1, VMID));
    assertFalse(dpt.reads(PA));
    assertEquals(EventType.F_TRANSL_FORBIDDEN, dpt.rig.out.event());
    assertEquals(0, dpt.far());
  }

  /** STE.EATS (5.2), 3.24: ILLEGAL at EL2, and with stalls at stage 2. */
  @Test
  void someStesAreIllegal() {
    int[] configs = {Ste.CONFIG_BYPASS, Ste.CONFIG_S1, Ste.CONFIG_S2, Ste.CONFIG_NESTED};
    for (int bits = 0; bits < 8; bits++) {
      boolean has = (bits & 1) != 0;
      boolean stalls = (bits & 2) != 0;
      boolean el2 = (bits & 4) != 0;
      Profile profile = Profile.GENERIC.with(Register.IDR3, Idr3.DPT, has ? 1 : 0);
      for (int config : configs) {
        dpt = new DptRig(profile);
        dpt.rig.poke(Rig.ste(DptRig.SID), Ste.S2S, stalls ? 1 : 0);
        dpt.rig.poke(Rig.ste(DptRig.SID), Ste.STRW, el2 ? Ste.STRW_EL2 : Ste.STRW_EL1);
        dpt.set(Ste.CONFIG, config);
        dpt.rig.reads(DptRig.SID, PA);
        boolean stage2 = (config & Ste.CONFIG_BIT_S2) != 0;
        assertEquals(
            has && (stage2 && stalls || el2 && config == Ste.CONFIG_S1),
            dpt.rig.out.event() == EventType.C_BAD_STE,
            "bits %d config %d".formatted(bits, config));
      }
    }
  }

  /** 3.9.1.1: an address beyond OAS is aborted before the check. */
  @Test
  void addressesBeyondOasAreNotChecked() {
    assertFalse(dpt.reads(1L << 48));
    assertEquals(0, dpt.rig.get(Register.EVENTQ_PROD));
    assertEquals(0, dpt.far());
  }
}
