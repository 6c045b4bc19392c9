package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.Allocation;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/**
 * Address translation operations by GATOS (IHI 0070 9, 6.3.37 to 6.3.40). Requests and results are
 * written by bit position, not through {@code arch}.
 */
class AtosTest {
  private static final int SID = 5;
  private static final int STAGE_1 = 1;
  private static final int STAGE_2 = 2;
  private static final int BOTH = 3;

  private static final long HTTUI = 1 << 6;
  private static final long IND = 1 << 7;
  private static final long RNW = 1 << 8;
  private static final long PNU = 1 << 9;

  private static final long VA = 0x1234_5000L;
  private static final long IPA = 0x2345_6000L;
  private static final long PA = 0x500_7000L;

  /** Stage 1's IPA is in this block of stage 2, which PA is in. */
  private static final long IPA_BLOCK = IPA & -0x20_0000L;

  private static final long PA_BLOCK = 0x500_0000L & -0x20_0000L;

  private static final long AF = 1L << 10;
  private static final long DBM = 1L << 51;
  private static final long BIT_7 = 1L << 7;

  private static final long WRITE_BACK = 0xffL << 56 | 0b11L << 8;
  private static final long SIZE = 1L << 11;

  private Rig rig;
  private Tables s1;
  private Tables s2;

  AtosTest() {
    use(profile());
  }

  private static Profile profile() {
    return Profiles.complete().with(Register.IDR0, Idr0.ATOS, 1);
  }

  private void use(Profile profile) {
    rig = new Rig(profile).start(4);
    s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
  }

  private static long cd() {
    return Rig.CONTEXTS + SID * 64L;
  }

  private void stage1() {
    s1.map(VA, PA, 3, Tables.STAGE1_LEAF);
    rig.stage1Stream(SID, 1, s1);
    forget();
  }

  private void stage2() {
    s2.map(IPA_BLOCK, PA_BLOCK, 2, Tables.STAGE2_LEAF);
    rig.stream(SID, Ste.CONFIG_S2);
    rig.stage2(SID, 3, s2);
    forget();
  }

  /** VA to IPA by a page, IPA to PA by a block; what else stage 1 needs is mapped as it is. */
  private void nested() {
    s2.map(IPA_BLOCK, PA_BLOCK, 2, Tables.STAGE2_LEAF);
    s1.map(VA, IPA, 3, Tables.STAGE1_LEAF);
    rig.stage1Stream(SID, 9, s1);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(SID, 3, s2);
    for (long page : new long[] {cd(), s1.root, s1.slot(VA, 2), s1.slot(VA, 3)}) {
      s2.map(page & -0x1000L, page & -0x1000L, 3, Tables.STAGE2_LEAF);
    }
    forget();
  }

  private void forget() {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
  }

  private long lookup(int type, long address, long properties) {
    return lookup(SID, -1, type, address, properties);
  }

  private long lookup(int sid, int substream, int type, long address, long properties) {
    rig.set(Register.GATOS_SID, sid | (substream < 0 ? 0 : 1L << 52 | (long) substream << 32));
    rig.set(Register.GATOS_ADDR, address | (long) type << 10 | properties);
    rig.set(Register.GATOS_CTRL, 1);
    assertEquals(0, rig.get(Register.GATOS_CTRL), "RUN is cleared with the result");
    assertEquals(0, rig.get(Register.EVENTQ_PROD), "9: nothing is recorded");
    return rig.get(Register.GATOS_PAR);
  }

  private static long failed(int code, int reason) {
    return 1 | (long) reason << 1 | (long) code << 4;
  }

  private static long failed(EventType code, int reason) {
    return failed(code.code(), reason);
  }

  private static long invalidStage() {
    return failed(0xfe, 0);
  }

  private static long invalidRequest() {
    return failed(0xff, 0);
  }

  @Test
  void aStreamOfStage1() {
    stage1();
    assertEquals(PA | WRITE_BACK, lookup(STAGE_1, VA, RNW));
    assertEquals(invalidStage(), lookup(STAGE_2, VA, RNW));
    assertEquals(invalidStage(), lookup(BOTH, VA, RNW));
  }

  /** 6.3.40: a 2MB block has bit 20 set, the lowest one. */
  @Test
  void aStreamOfStage2() {
    stage2();
    assertEquals(PA_BLOCK | 1 << 20 | SIZE | WRITE_BACK, lookup(STAGE_2, IPA, RNW));
    assertEquals(invalidStage(), lookup(STAGE_1, IPA, RNW));
    assertEquals(invalidStage(), lookup(BOTH, IPA, RNW));
  }

  /** 9.1.3: a request for one stage does not need a stream of that stage only. */
  @Test
  void aNestedStream() {
    nested();
    for (int again = 0; again < 2; again++) {
      assertEquals(IPA | WRITE_BACK, lookup(STAGE_1, VA, RNW));
      assertEquals(PA_BLOCK | 1 << 20 | SIZE | WRITE_BACK, lookup(STAGE_2, IPA, RNW));
      long pa = PA_BLOCK | (IPA & 0x1f_ffff);
      assertEquals(pa | WRITE_BACK, lookup(BOTH, VA, RNW), "the smaller page");
      assertTrue(rig.reads(SID, VA));
      assertEquals(pa, rig.out.pa(), "as a transaction");
    }
  }

  /** The caches of the checker's SMMU are a question, not a state: lookups answer by memory. */
  @Test
  void withArchitecturalCaches() {
    use(profile().withCaches(CacheKind.ARCHITECTURAL));
    nested();
    long pa = PA_BLOCK | (IPA & 0x1f_ffff);
    assertEquals(pa | WRITE_BACK, lookup(BOTH, VA, RNW));
    s1.map(VA, IPA + 0x1000, 3, Tables.STAGE1_LEAF);
    assertEquals(pa + 0x1000 | WRITE_BACK, lookup(BOTH, VA, RNW | HTTUI));
    assertEquals(IPA + 0x1000 | WRITE_BACK, lookup(STAGE_1, VA, RNW));
  }

  @ParameterizedTest
  @CsvSource({"4, 1, 30", "4, 2, 21", "16, 2, 25", "16, 3, 14", "64, 2, 29", "64, 3, 16"})
  void sizes(int kib, int level, int shift) {
    Granule granule = kib == 4 ? Granule.SIZE_4K : kib == 16 ? Granule.SIZE_16K : Granule.SIZE_64K;
    s1 = Tables.stage1(rig, granule, 39);
    long output = 0b101L << shift;
    s1.map(VA & -1L << shift, output, level, Tables.STAGE1_LEAF);
    rig.stage1Stream(SID, 1, s1);
    forget();
    assertEquals(output | 1L << shift - 1 | SIZE | WRITE_BACK, lookup(STAGE_1, VA, RNW));
  }

  /** 9.1.3 Config 0b0xx and 0b100; 9.1.5: after C_BAD_STREAMID, F_STE_FETCH and C_BAD_STE. */
  @Test
  void streamsWithoutTranslation() {
    for (int config : new int[] {Ste.CONFIG_ABORT, Ste.CONFIG_BYPASS}) {
      rig.stream(SID, config);
      forget();
      for (int type = STAGE_1; type <= BOTH; type++) {
        assertEquals(invalidStage(), lookup(type, VA, RNW));
      }
    }
    rig.poke(Rig.ste(SID), Ste.V, 0);
    forget();
    assertEquals(failed(EventType.C_BAD_STE, 0), lookup(BOTH, VA, RNW));
    assertEquals(failed(EventType.C_BAD_STREAMID, 0), lookup(16, -1, STAGE_1, VA, RNW));
    rig.set(Register.CR0, 0);
    rig.set(Register.STRTAB_BASE, Rig.HOLE);
    rig.set(Register.CR0, 0xd);
    forget();
    assertEquals(failed(EventType.F_STE_FETCH, 0), lookup(STAGE_1, VA, RNW));
  }

  /** 9.1.3: determined before any configuration is looked at. */
  @Test
  void malformedRequests() {
    rig.poke(Rig.ste(SID), Ste.V, 0);
    assertEquals(invalidRequest(), lookup(0, VA, RNW));
    assertEquals(invalidRequest(), lookup(SID, 0, STAGE_2, VA, RNW), "a SubstreamID");
    use(profile().withoutStage2());
    assertEquals(failed(EventType.C_BAD_STE, 0), lookup(STAGE_1, VA, RNW));
    assertEquals(invalidRequest(), lookup(STAGE_2, VA, RNW));
    assertEquals(invalidRequest(), lookup(BOTH, VA, RNW));
    use(profile().withoutStage1());
    assertEquals(invalidRequest(), lookup(STAGE_1, VA, RNW));
    assertEquals(failed(EventType.C_BAD_STE, 0b11), lookup(STAGE_2, VA, RNW));
    assertEquals(invalidRequest(), lookup(BOTH, VA, RNW));
  }

  /** 9.1.4, 9.1.5: SubstreamIDs and CDs. */
  @Test
  void contexts() {
    stage1();
    assertEquals(failed(EventType.C_BAD_SUBSTREAMID, 0), lookup(SID, 1, STAGE_1, VA, RNW));
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, 2);
    rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, Rig.CONTEXTS);
    forget();
    assertEquals(failed(EventType.F_STREAM_DISABLED, 0), lookup(STAGE_1, VA, RNW));
    assertEquals(failed(EventType.C_BAD_SUBSTREAMID, 0), lookup(SID, 4, STAGE_1, VA, RNW));
    assertEquals(failed(EventType.C_BAD_CD, 0), lookup(SID, 3, STAGE_1, VA, RNW));
    rig.context(Rig.CONTEXTS + 3 * 64, 1, s1);
    forget();
    assertEquals(PA | WRITE_BACK, lookup(SID, 3, STAGE_1, VA, RNW));
    rig.poke(Rig.ste(SID), Ste.S1DSS, 0b10);
    forget();
    assertEquals(failed(EventType.F_STREAM_DISABLED, 0), lookup(SID, 0, STAGE_1, VA, RNW));
    rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, Rig.HOLE);
    forget();
    assertEquals(failed(EventType.F_CD_FETCH, 0), lookup(STAGE_1, VA, RNW));
  }

  /** 9.1.3: S1DSS 0b01 bypasses stage 1, and causes no INV_STAGE. */
  @Test
  void bypassedStage1() {
    nested();
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, 2);
    rig.poke(Rig.ste(SID), Ste.S1DSS, 0b01);
    forget();
    assertEquals(IPA | WRITE_BACK, lookup(STAGE_1, IPA, RNW));
    assertEquals(PA_BLOCK | 1 << 20 | SIZE | WRITE_BACK, lookup(BOTH, IPA, RNW));
    long beyond = 1L << 52;
    assertEquals(failed(EventType.F_ADDR_SIZE, 0), lookup(STAGE_1, beyond, RNW));
    assertEquals(failed(EventType.F_ADDR_SIZE, 0), lookup(BOTH, beyond, RNW));
    assertEquals(failed(EventType.F_ADDR_SIZE, 0), lookup(STAGE_2, beyond, RNW), "a stage 1 fault");
  }

  /** 9.1.4: faults of stage 1 are told alike, whichever stages are asked for. */
  @Test
  void faultsOfStage1() {
    nested();
    for (int type : new int[] {STAGE_1, BOTH}) {
      s1.map(VA, IPA, 3, Tables.STAGE1_LEAF);
      assertEquals(failed(EventType.F_TRANSLATION, 0), lookup(type, VA + 0x1000, RNW));
      assertEquals(failed(EventType.F_TRANSLATION, 0), lookup(type, 1L << 50, RNW), "T0SZ");
      s1.map(VA, IPA, 3, Tables.STAGE1_LEAF & ~AF);
      assertEquals(failed(EventType.F_ACCESS, 0), lookup(type, VA, RNW));
      s1.map(VA, IPA, 3, Tables.STAGE1_LEAF | BIT_7);
      assertEquals(failed(EventType.F_PERMISSION, 0), lookup(type, VA, 0));
      s1.map(VA, 1L << 47, 3, Tables.STAGE1_LEAF);
      rig.poke(cd(), Cd.IPS, 1);
      forget();
      assertEquals(failed(EventType.F_ADDR_SIZE, 0), lookup(type, VA, RNW));
      rig.poke(cd(), Cd.IPS, 5);
      forget();
      s2.map(0x7000_0000L, Rig.HOLE, 3, Tables.STAGE2_LEAF);
      long slot = s1.slot(VA, 2);
      long table = rig.read(slot, 8);
      rig.write(slot, 8, 0x7000_0000L | 0b11);
      forget();
      assertEquals(failed(EventType.F_WALK_EABT, 0), lookup(type, VA, RNW), "the fetch of a leaf");
      rig.write(slot, 8, table);
      forget();
    }
  }

  /** 9.1.4: the input address, REASON 0b11; FADDR only where both stages are asked for. */
  @Test
  void faultsOfStage2() {
    nested();
    long slot = s2.slot(IPA, 2);
    long leaf = rig.read(slot, 8);
    long size = leaf & ~0x000f_ffff_ffff_f000L | 1L << 47;
    rig.poke(Rig.ste(SID), Ste.S2PS, 1);
    forget();
    stage2Fault(EventType.F_TRANSLATION, slot, 0);
    stage2Fault(EventType.F_ADDR_SIZE, slot, size);
    stage2Fault(EventType.F_ACCESS, slot, leaf & ~AF);
    stage2Fault(EventType.F_PERMISSION, slot, leaf & ~(0b11L << 6));
    rig.write(slot, 8, Rig.HOLE | 0b11);
    forget();
    assertEquals(failed(EventType.F_WALK_EABT, 0b11), lookup(STAGE_2, IPA, RNW));
    assertEquals(failed(EventType.F_WALK_EABT, 0b11), lookup(BOTH, VA, RNW), "FADDR is 0");
  }

  private void stage2Fault(EventType fault, long slot, long descriptor) {
    rig.write(slot, 8, descriptor);
    forget();
    assertEquals(failed(fault, 0b11), lookup(STAGE_2, IPA, RNW));
    assertEquals(IPA | failed(fault, 0b11), lookup(BOTH, VA, RNW));
    assertEquals(IPA | WRITE_BACK, lookup(STAGE_1, VA, RNW), "the IPA is not translated");
  }

  /** 9.1.4: on the way to a CD and to stage 1's tables; stage 1 alone is told of an abort. */
  @Test
  void faultsOfStage2OnTheWay() {
    nested();
    long table = s1.slot(VA, 3);
    for (long page : new long[] {cd(), table}) {
      boolean context = page == cd();
      int reason = context ? 0b01 : 0b10;
      EventType abort = context ? EventType.F_CD_FETCH : EventType.F_WALK_EABT;
      long slot = s2.slot(page, 3);
      long leaf = rig.read(slot, 8);
      for (EventType fault : new EventType[] {EventType.F_TRANSLATION, EventType.F_ACCESS}) {
        rig.write(slot, 8, fault == EventType.F_ACCESS ? leaf & ~AF : 0);
        forget();
        long faddr = (context ? cd() : table) & -0x1000L;
        assertEquals(faddr | failed(fault, reason), lookup(BOTH, VA, RNW));
        assertEquals(failed(abort, 0), lookup(STAGE_1, VA, RNW));
      }
      long above = s2.slot(page, 2);
      long tables = rig.read(above, 8);
      rig.write(slot, 8, leaf);
      rig.write(above, 8, Rig.HOLE | 0b11);
      forget();
      // The CD may share this table, and is fetched first.
      boolean shared = s2.slot(cd(), 2) == above;
      assertEquals(
          failed(EventType.F_WALK_EABT, shared ? 0b01 : 0b10), lookup(BOTH, VA, RNW), "FADDR is 0");
      assertEquals(
          failed(shared ? EventType.F_CD_FETCH : EventType.F_WALK_EABT, 0),
          lookup(STAGE_1, VA, RNW));
      rig.write(above, 8, tables);
    }
  }

  /** 9, 9.1.3: permissions are those of the request; STE.PRIVCFG and INSTCFG are no matter. */
  @ParameterizedTest
  @ValueSource(ints = {0b00, 0b10, 0b11})
  void propertiesAreTheRequests(int override) {
    stage1();
    rig.poke(Rig.ste(SID), Ste.PRIVCFG, override);
    rig.poke(Rig.ste(SID), Ste.INSTCFG, override);
    // AP[1] 0: privileged only; PXN.
    s1.map(VA, PA, 3, (Tables.STAGE1_LEAF & ~(1L << 6)) | 1L << 53);
    forget();
    long denied = failed(EventType.F_PERMISSION, 0);
    long found = PA | WRITE_BACK;
    for (long passive : new long[] {0, HTTUI}) {
      assertEquals(denied, lookup(STAGE_1, VA, passive | RNW));
      assertEquals(denied, lookup(STAGE_1, VA, passive));
      assertEquals(found, lookup(STAGE_1, VA, passive | RNW | PNU));
      assertEquals(found, lookup(STAGE_1, VA, passive | PNU));
      assertEquals(denied, lookup(STAGE_1, VA, passive | RNW | PNU | IND));
      assertEquals(found, lookup(STAGE_1, VA, passive | PNU | IND), "6.3.39: a write is data");
    }
  }

  /** 9.1.4: attributes of the tables, without STE's overrides; Device is Outer Shareable. */
  @Test
  void attributesAreTheTables() {
    nested();
    rig.poke(Rig.ste(SID), Ste.MTCFG, 1);
    rig.poke(Rig.ste(SID), Ste.MEMATTR, 0);
    rig.poke(Rig.ste(SID), Ste.SHCFG, 0b10);
    // Attr1: Write-Through; non-shareable.
    s1.map(VA, IPA, 3, (Tables.STAGE1_LEAF & ~(0b11L << 8)) | 1 << 2);
    // Non-cacheable.
    s2.map(IPA_BLOCK, PA_BLOCK, 2, (Tables.STAGE2_LEAF & ~(0b1111L << 2)) | 0b0101L << 2);
    forget();
    long pa = PA_BLOCK | (IPA & 0x1f_ffff);
    long nonCacheable = 0x44L << 56 | 0b10L << 8;
    for (int again = 0; again < 2; again++) {
      assertEquals(IPA | 0xbbL << 56, lookup(STAGE_1, VA, RNW));
      assertEquals(PA_BLOCK | 1 << 20 | SIZE | nonCacheable, lookup(STAGE_2, IPA, RNW));
      assertEquals(pa | nonCacheable, lookup(BOTH, VA, RNW));
    }
    // Attr3: Device-nGnRnE.
    s1.map(VA, IPA, 3, Tables.STAGE1_LEAF | 3 << 2);
    forget();
    assertEquals(IPA | 0b10L << 8, lookup(STAGE_1, VA, RNW));
    assertEquals(pa | 0b10L << 8, lookup(BOTH, VA, RNW));
  }

  /** 6.3.40: stage 2 alone has RA and WA 1, also where S2FWB decides. */
  @Test
  void attributesOfAForcingStage2() {
    stage2();
    rig.poke(Rig.ste(SID), Ste.S2FWB, 1);
    long[][] expected = {{0b110, 0xff, 0b11}, {0b101, 0x44, 0b10}, {0b010, 0x08, 0b10}};
    for (long[] row : expected) {
      s2.map(IPA_BLOCK, PA_BLOCK, 2, (Tables.STAGE2_LEAF & ~(0b1111L << 2)) | row[0] << 2);
      forget();
      long size = PA_BLOCK | 1 << 20 | SIZE;
      assertEquals(size | row[1] << 56 | row[2] << 8, lookup(STAGE_2, IPA, RNW));
    }
  }

  /** 9: with HTTUI 0 descriptors are updated as by a transaction. */
  @Test
  void updates() {
    nested();
    rig.poke(cd(), Cd.HA, 1);
    rig.poke(cd(), Cd.HD, 1);
    s1.map(VA, IPA, 3, (Tables.STAGE1_LEAF & ~AF) | BIT_7 | DBM);
    forget();
    long before = leaf1();
    assertEquals(IPA | WRITE_BACK, lookup(STAGE_1, VA, RNW));
    assertEquals(before | AF, leaf1());
    assertEquals(IPA | WRITE_BACK, lookup(STAGE_1, VA, 0));
    assertEquals((before | AF) & ~BIT_7, leaf1());
  }

  /**
   * 9: stage 1 alone does not mark the final IPA's page; stage 2's pages of stage 1's tables are.
   */
  @Test
  void stage1AloneDoesNotMarkThePage() {
    nested();
    rig.poke(Rig.ste(SID), Ste.S2HA, 1);
    rig.poke(Rig.ste(SID), Ste.S2HD, 1);
    clearAccessFlags();
    assertEquals(IPA | WRITE_BACK, lookup(STAGE_1, VA, 0));
    assertEquals(0, rig.read(s2.slot(IPA, 2), 8) & AF);
    assertEquals(AF, rig.read(s2.slot(s1.slot(VA, 3), 3), 8) & AF);
    assertEquals(PA_BLOCK | (IPA & 0x1f_ffff) | WRITE_BACK, lookup(BOTH, VA, 0));
    assertEquals(AF | BIT_7, rig.read(s2.slot(IPA, 2), 8) & (AF | BIT_7), "marked by both stages");
  }

  private void clearAccessFlags() {
    clear(s2.slot(IPA, 2), AF | BIT_7, DBM);
    clear(s2.slot(s1.slot(VA, 3), 3), AF, 0);
    clear(s2.slot(cd(), 3), AF, 0);
    forget();
  }

  private void clear(long slot, long bits, long set) {
    rig.write(slot, 8, rig.read(slot, 8) & ~bits | set);
  }

  private long leaf1() {
    return rig.read(s1.slot(VA, 3), 8);
  }

  /** 9, 6.3.39 HTTUI: as if updated, in both stages, but nothing is. */
  @Test
  void inhibitedUpdates() {
    nested();
    rig.poke(cd(), Cd.HA, 1);
    rig.poke(cd(), Cd.HD, 1);
    rig.poke(Rig.ste(SID), Ste.S2HA, 1);
    rig.poke(Rig.ste(SID), Ste.S2HD, 1);
    s1.map(VA, IPA, 3, (Tables.STAGE1_LEAF & ~AF) | BIT_7 | DBM);
    clearAccessFlags();
    long[] slots = {s1.slot(VA, 3), s2.slot(IPA, 2), s2.slot(s1.slot(VA, 3), 3), s2.slot(cd(), 3)};
    long[] before = Arrays.stream(slots).map(slot -> rig.read(slot, 8)).toArray();
    long pa = PA_BLOCK | (IPA & 0x1f_ffff);
    for (long write : new long[] {0, RNW}) {
      assertEquals(IPA | WRITE_BACK, lookup(STAGE_1, VA, write | HTTUI));
      assertEquals(pa | WRITE_BACK, lookup(BOTH, VA, write | HTTUI));
      assertEquals(PA_BLOCK | 1 << 20 | SIZE | WRITE_BACK, lookup(STAGE_2, IPA, write | HTTUI));
    }
    assertArrayEquals(before, Arrays.stream(slots).map(slot -> rig.read(slot, 8)).toArray());
    long leaf = leaf1();
    // 9: no entry is left that is marked although its descriptor is not.
    assertTrue(rig.access(SID, VA, AccessType.WRITE));
    assertEquals((leaf | AF) & ~BIT_7, leaf1());
    for (long slot : new long[] {s2.slot(IPA, 2), s2.slot(s1.slot(VA, 3), 3)}) {
      assertEquals(AF, rig.read(slot, 8) & AF);
    }
  }

  /** 9: HTTUI means nothing where no update is enabled. */
  @Test
  void inhibitedUpdatesWithoutAny() {
    nested();
    s1.map(VA, IPA, 3, (Tables.STAGE1_LEAF & ~AF) | BIT_7 | DBM);
    forget();
    assertEquals(failed(EventType.F_ACCESS, 0), lookup(BOTH, VA, RNW | HTTUI));
    rig.poke(cd(), Cd.AFFD, 1);
    forget();
    assertEquals(failed(EventType.F_PERMISSION, 0), lookup(BOTH, VA, HTTUI));
  }

  /** 9: an ordinary lookup uses and fills the TLB. */
  @Test
  void translationsAreKept() {
    stage1();
    lookup(STAGE_1, VA, RNW);
    s1.map(VA, PA + 0x1000, 3, Tables.STAGE1_LEAF);
    assertEquals(PA | WRITE_BACK, lookup(STAGE_1, VA, RNW));
    assertTrue(rig.reads(SID, VA));
    assertEquals(PA, rig.out.pa());
    forget();
    assertEquals(PA + 0x1000 | WRITE_BACK, lookup(STAGE_1, VA, RNW));
  }

  /** 9.1.5: F_TLB_CONFLICT. */
  @Test
  void conflicts() {
    use(profile().with(Register.IDR3, Idr3.BBML, 1));
    stage1();
    long other = VA + 0x1000;
    s1.map(other, PA, 3, Tables.STAGE1_LEAF);
    lookup(STAGE_1, VA, RNW);
    s1.map(VA & -0x20_0000L, 0x60_0000, 2, Tables.STAGE1_LEAF);
    rig.command(0x12 | 1L << 48, other);
    lookup(STAGE_1, other, RNW);
    assertEquals(failed(EventType.F_TLB_CONFLICT, 0), lookup(STAGE_1, VA, RNW));
  }

  /** 9: fault configuration does not matter; nothing stalls, is recorded or is answered with 0. */
  @Test
  void faultConfigurationIsNoMatter() {
    use(
        profile()
            .with(Register.IDR0, Idr0.STALL_MODEL, Idr0.STALL_MODEL_BOTH)
            .with(Register.IDR0, Idr0.TERM_MODEL, 0));
    nested();
    for (int flags = 0; flags < 8; flags++) {
      rig.poke(cd(), Cd.S, flags & 1);
      rig.poke(cd(), Cd.R, flags >> 1 & 1);
      rig.poke(cd(), Cd.A, flags >> 2);
      rig.poke(Rig.ste(SID), Ste.S2S, flags & 1);
      rig.poke(Rig.ste(SID), Ste.S2R, flags >> 1 & 1);
      forget();
      assertEquals(failed(EventType.F_TRANSLATION, 0), lookup(BOTH, VA + 0x1000, RNW));
      assertEquals(failed(EventType.F_TRANSLATION, 0b11), lookup(STAGE_2, 0x1000, RNW));
    }
    rig.set(Register.CR0, 0);
    rig.set(Register.CR2, 0);
    rig.set(Register.CR0, 0xd);
    assertEquals(
        failed(EventType.C_BAD_STREAMID, 0), lookup(16, -1, BOTH, VA, RNW), "RECINVSID is 0");
  }

  /** 6.3.37: RUN is guarded by SMMUEN; such a write is ignored. */
  @Test
  void needsTranslationEnabled() {
    stage1();
    long found = lookup(STAGE_1, VA, RNW);
    rig.set(Register.CR0, Cr0.CMDQEN.of(1));
    assertEquals(found, lookup(STAGE_1, VA + 0x1000, RNW), "PAR keeps its value");
    rig.set(Register.CR0, 0xd);
    assertEquals(0, rig.get(Register.GATOS_CTRL));
    assertEquals(found, rig.get(Register.GATOS_PAR), "nor is it made up for");
    rig.set(Register.GATOS_CTRL, 0);
    rig.set(Register.GATOS_CTRL, ~1);
    assertEquals(found, rig.get(Register.GATOS_PAR));
    rig.set(Register.GATOS_PAR, 0);
    assertEquals(found, rig.get(Register.GATOS_PAR), "6.3.40: RO");
  }

  /** 6.3.38, 6.3.39: bits of IDs that do not exist are RES0. */
  @Test
  void registersHoldWhatTheyHave() {
    use(profile().withStreamIdBits(9).with(Register.IDR1, Idr1.SSIDSIZE, 4));
    rig.set(Register.GATOS_SID, -1);
    rig.set(Register.GATOS_ADDR, -1);
    assertEquals(1L << 52 | 0xfL << 32 | 0x1ff, rig.get(Register.GATOS_SID));
    assertEquals(~0x3fL, rig.get(Register.GATOS_ADDR));
    use(profile().withStreamIdBits(32).with(Register.IDR1, Idr1.SSIDSIZE, 0));
    rig.set(Register.GATOS_SID, -1);
    assertEquals(0xffff_ffffL, rig.get(Register.GATOS_SID));
    use(profile().withoutVatos().with(Register.IDR0, Idr0.ATOS, 0));
    for (Register register :
        new Register[] {Register.GATOS_CTRL, Register.GATOS_SID, Register.GATOS_ADDR}) {
      rig.set(register, -1);
      assertEquals(0, rig.get(register), register + " without IDR0.ATOS");
    }
    assertEquals(0, rig.get(Register.GATOS_PAR));
  }

  /**
   * 6.3.37: while RUN is 1 writes are ignored. Here they come from the lookup itself: a descriptor
   * that it updates lies where GATOS_SID or GATOS_ADDR is.
   */
  @ParameterizedTest
  @ValueSource(strings = {"GATOS_SID", "GATOS_ADDR"})
  void writesWhileItRunsAreIgnored(Register register) {
    long va = register.offset() / 8 << 12;
    long leaf = PA | (Tables.STAGE1_LEAF & ~AF) | 0b11;
    stage1();
    rig.poke(cd(), Cd.HA, 1);
    rig.write(s1.slot(va, 2), 8, Rig.REGISTERS | 0b11);
    rig.plant(Rig.REGISTERS + register.offset(), leaf);
    forget();
    assertEquals(PA | WRITE_BACK, lookup(STAGE_1, va, RNW));
    assertEquals(SID, rig.get(Register.GATOS_SID));
    assertEquals(va | STAGE_1 << 10 | RNW, rig.get(Register.GATOS_ADDR));
    forget();
    assertTrue(rig.reads(SID, va));
    assertFalse(
        rig.get(Register.GATOS_SID) == SID
            && rig.get(Register.GATOS_ADDR) == (va | STAGE_1 << 10 | RNW),
        "a transaction does write there");
  }

  /** 9: what is undone in the store is undone in the registers too. */
  @Test
  void lookupsAreState() {
    stage1();
    long found = lookup(STAGE_1, VA, RNW);
    long before = rig.store.fingerprint();
    long mark = rig.store.mark();
    lookup(STAGE_1, VA + 0x1000, RNW);
    rig.store.undo(mark);
    assertEquals(before, rig.store.fingerprint());
    assertEquals(found, rig.get(Register.GATOS_PAR));
  }

  @Test
  void allocatesNothing() {
    nested();
    lookup(BOTH, VA, RNW);
    assertEquals(0, Allocation.of(() -> rig.set(Register.GATOS_CTRL, 1)));
  }
}
