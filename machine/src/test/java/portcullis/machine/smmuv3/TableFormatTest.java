package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** Input sizes, 52-bit addresses, endianness, E0PD and the Contiguous bit of tables. */
class TableFormatTest {
  private static final int SID = 5;
  private static final long PAGE_64K = 0x1_0000L;

  /** Bits 51:48 and a page. */
  private static final long WIDE = 0xa_0000_0005_0000L;

  private Rig rig = new Rig(Profiles.complete()).start(4);

  private static long cd() {
    return Rig.CONTEXTS + SID * 64L;
  }

  private void forget() {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
  }

  private void stage1(Tables tables, int outputBits) {
    rig.stage1Stream(SID, 1, tables);
    rig.poke(cd(), Cd.IPS, AddressSize.code(outputBits));
    forget();
  }

  private void stage2(Tables tables, int outputBits) {
    rig.stream(SID, Ste.CONFIG_S2);
    rig.stage2(SID, 1, tables);
    rig.poke(Rig.ste(SID), Ste.S2PS, AddressSize.code(outputBits));
    forget();
  }

  private void faults(EventType event, long address) {
    assertFalse(rig.reads(SID, address));
    assertEquals(event, rig.out.event());
  }

  /** IHI 0070 5.4 T0SZ: 39, or 48 and 47 with STT; down to 16, or 12 with VAX and 64KB. */
  @ParameterizedTest
  @EnumSource(Granule.class)
  void inputSizesOfStage1(Granule granule) {
    for (int features = 0; features < 4; features++) {
      boolean small = (features & 1) != 0;
      boolean wide = (features & 2) != 0;
      rig =
          new Rig(
                  Profiles.complete()
                      .with(Register.IDR3, Idr3.STT, small ? 1 : 0)
                      .with(Register.IDR5, Idr5.VAX, wide ? 1 : 0))
              .start(4);
      int least = wide && granule == Granule.SIZE_64K ? 12 : 16;
      int most = !small ? 39 : granule == Granule.SIZE_64K ? 47 : 48;
      for (int tsz = 0; tsz < 64; tsz++) {
        boolean legal = tsz >= least && tsz <= most;
        Tables tables = Tables.stage1(rig, granule, legal ? 64 - tsz : 39);
        stage1(tables, 48);
        rig.poke(cd(), Cd.T0SZ, tsz);
        forget();
        if (!legal) {
          faults(EventType.C_BAD_CD, 0);
          continue;
        }
        long last = (1L << (64 - tsz)) - granule.bytes();
        tables.map(last, 0x500_0000L, 3, Tables.STAGE1_LEAF);
        assertTrue(rig.reads(SID, last + 7), granule + " T0SZ " + tsz);
        assertEquals(0x500_0007L, rig.out.pa());
        faults(EventType.F_TRANSLATION, last + granule.bytes());
      }
    }
  }

  /** IHI 0070 3.4: with 52-bit VAs both halves have them; VA[55] selects. */
  @Test
  void bothHalvesOf52Bits() {
    Tables low = Tables.stage1(rig, Granule.SIZE_64K, 52);
    low.map(0xf_0000_0000_0000L, 0x500_0000L, 3, Tables.STAGE1_LEAF);
    stage1(low, 48);
    Tables high = Tables.stage1(rig, Granule.SIZE_64K, 52);
    high.map(PAGE_64K, 0x600_0000L, 3, Tables.STAGE1_LEAF);
    rig.poke(cd(), Cd.EPD1, 0);
    rig.poke(cd(), Cd.T1SZ, 12);
    rig.poke(cd(), Cd.TG1, Granule.SIZE_64K.tg1());
    rig.pokeAddress(cd(), Cd.TTB1, high.root);
    forget();
    assertTrue(rig.reads(SID, 0xf_0000_0000_0000L));
    assertEquals(0x500_0000L, rig.out.pa());
    assertTrue(rig.reads(SID, (-1L << 52) | PAGE_64K));
    assertEquals(0x600_0000L, rig.out.pa());
    faults(EventType.F_TRANSLATION, 1L << 52);
    faults(EventType.F_TRANSLATION, (-1L << 53) | PAGE_64K);
  }

  /** DDI 0487 D8.3.1: bits 15:12 of a 64KB descriptor are address bits 51:48. */
  @Test
  void stage1GivesAddressesOf52BitsWith64kOnly() {
    Tables tables = Tables.stage1(rig, Granule.SIZE_64K, 48);
    tables.map(0, AddressFormat.LPA.of(WIDE), 3, Tables.STAGE1_LEAF);
    stage1(tables, 52);
    assertTrue(rig.reads(SID, 0x123));
    assertEquals(WIDE + 0x123, rig.out.pa());
    assertTrue(rig.reads(SID, 0x124), "from the TLB");
    assertEquals(WIDE + 0x124, rig.out.pa());
    stage1(tables, 48);
    faults(EventType.F_ADDR_SIZE, 0);
    rig = new Rig(Profiles.complete().with(Register.IDR5, Idr5.OAS, 5)).start(4);
    tables = Tables.stage1(rig, Granule.SIZE_64K, 48);
    tables.map(0, 0x5_0000L | 0xa000L, 3, Tables.STAGE1_LEAF);
    stage1(tables, 52);
    assertTrue(rig.reads(SID, 0));
    assertEquals(0x5_0000L, rig.out.pa(), "an OAS of 48 bits knows no such bits");
  }

  @Test
  void blocksOfLevel1WithWideAddresses() {
    Tables tables = Tables.stage1(rig, Granule.SIZE_64K, 52);
    tables.map(1L << 42, AddressFormat.LPA.of(0x3_0000_0000_0000L), 1, Tables.STAGE1_LEAF);
    stage1(tables, 52);
    assertTrue(rig.reads(SID, (1L << 42) + 5));
    assertEquals(0x3_0000_0000_0005L, rig.out.pa());
  }

  @Test
  void stage2TakesAndGivesAddressesOf52Bits() {
    Tables tables = new Tables(rig, Granule.SIZE_64K, 52, 1);
    tables.map(0xf_0000_0000_0000L, AddressFormat.LPA.of(WIDE), 3, Tables.STAGE2_LEAF);
    stage2(tables, 52);
    assertTrue(rig.reads(SID, 0xf_0000_0000_0009L));
    assertEquals(WIDE + 9, rig.out.pa());
    stage2(tables, 48);
    faults(EventType.F_ADDR_SIZE, 0xf_0000_0000_0000L);
    assertEquals(2, rig.out.stage());
  }

  /** IHI 0070 5.2, 5.4: TTB of more than 48 bits is ILLEGAL for granules below 64KB. */
  @Test
  void wideTableBasesAreFor64kOnly() {
    for (Granule granule : Granule.values()) {
      boolean legal = granule == Granule.SIZE_64K;
      stage1(Tables.stage1(rig, granule, 39), 52);
      rig.pokeAddress(cd(), Cd.TTB0, 1L << 48);
      forget();
      faults(legal ? EventType.F_WALK_EABT : EventType.C_BAD_CD, 0);
      stage2(new Tables(rig, granule, 40, granule == Granule.SIZE_4K ? 1 : 2), 52);
      rig.pokeAddress(Rig.ste(SID), Ste.S2TTB, 1L << 48);
      forget();
      faults(legal ? EventType.F_WALK_EABT : EventType.C_BAD_STE, 0);
    }
  }

  /** IHI 0070 5.4: 64 bytes at least where the effective IPS is 52 bits. */
  @Test
  void smallTablesAreAlignedTo64BytesWithWideOutputs() {
    Tables tables = Tables.stage1(rig, Granule.SIZE_64K, 43);
    tables.map(0, 0x500_0000L, 3, Tables.STAGE1_LEAF);
    for (int outputBits : new int[] {48, 52}) {
      stage1(tables, outputBits);
      rig.pokeAddress(cd(), Cd.TTB0, tables.root + 16);
      forget();
      assertEquals(outputBits == 52, rig.reads(SID, 0), outputBits + " bits");
    }
  }

  /** IHI 0070 5.4 ENDI, 5.2 S2ENDI: every descriptor of the stage is byte-swapped. */
  @Test
  void bigEndianTablesOfBothStages() {
    Tables s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    s1.map(0x7000, 0x9000, 3, Tables.STAGE1_LEAF);
    swap(s1, 0x7000);
    stage1(s1, 48);
    faults(EventType.F_TRANSLATION, 0x7000);
    rig.poke(cd(), Cd.ENDI, 1);
    forget();
    assertTrue(rig.reads(SID, 0x7000));
    assertEquals(0x9000, rig.out.pa());

    Tables s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    s2.map(0x7000, 0xb000, 3, Tables.STAGE2_LEAF);
    swap(s2, 0x7000);
    stage2(s2, 48);
    faults(EventType.F_TRANSLATION, 0x7000);
    rig.poke(Rig.ste(SID), Ste.S2ENDI, 1);
    forget();
    assertTrue(rig.reads(SID, 0x7000));
    assertEquals(0xb000, rig.out.pa());
  }

  private void swap(Tables tables, long input) {
    long[] slots = {tables.slot(input, 1), tables.slot(input, 2), tables.slot(input, 3)};
    for (long slot : slots) {
      rig.write(slot, 8, Long.reverseBytes(rig.read(slot, 8)));
    }
  }

  /** IHI 0070 5.4 E0PD0, E0PD1: unprivileged accesses are Translation faults, mapped or not. */
  @Test
  void e0pdKeepsUnprivilegedAccessesOut() {
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(0x7000, 0x9000, 3, Tables.STAGE1_LEAF);
    stage1(tables, 48);
    rig.poke(cd(), Cd.EPD1, 0);
    rig.poke(cd(), Cd.T1SZ, 25);
    rig.poke(cd(), Cd.TG1, Granule.SIZE_4K.tg1());
    rig.pokeAddress(cd(), Cd.TTB1, tables.root);
    rig.poke(cd(), Cd.E0PD0, 1);
    forget();
    long upper = (-1L << 39) | 0x7000;
    assertTrue(rig.reads(SID, 0x7000), "privileged");
    assertFalse(rig.access(SID, 0x7000, AccessType.READ), "although in the TLB");
    assertEquals(EventType.F_TRANSLATION, rig.out.event());
    assertEquals(1, rig.out.stage());
    assertTrue(rig.access(SID, upper, AccessType.READ), "the other half");
    rig.poke(cd(), Cd.E0PD0, 0);
    rig.poke(cd(), Cd.E0PD1, 1);
    forget();
    assertTrue(rig.access(SID, 0x7000, AccessType.READ));
    assertFalse(rig.access(SID, upper, AccessType.READ));
    rig.poke(Rig.ste(SID), Ste.PRIVCFG, 0b11);
    forget();
    assertTrue(rig.access(SID, upper, AccessType.READ), "PRIVCFG: all are privileged");
    rig = new Rig().start(4);
    tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(0x7000, 0x9000, 3, Tables.STAGE1_LEAF);
    stage1(tables, 48);
    rig.poke(cd(), Cd.E0PD0, 1);
    forget();
    assertEquals(
        !Idr3.E0PD.isSet(Profile.GENERIC.idr3()), rig.access(SID, 0x7000, AccessType.READ));
  }

  /** IHI 0070 5.4: UWXN is for VMSAv8-32 tables alone. */
  @Test
  void uwxnIsIgnored() {
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(0x7000, 0x9000, 3, Tables.STAGE1_LEAF);
    stage1(tables, 48);
    rig.poke(cd(), Cd.UWXN, 1);
    forget();
    assertTrue(rig.access(SID, 0x7000, AccessType.FETCH));
  }

  /**
   * DDI 0487 D8.7.1: a hint. It is not taken, so that a run of entries that are not alike (which is
   * CONSTRAINED UNPREDICTABLE) translates each page by its own entry.
   */
  @Test
  void theContiguousBitChangesNothing() {
    Tables s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    Tables s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    for (int page = 0; page < 16; page++) {
      long output = page == 3 ? 0x77_7000L : 0x50_0000L + page * 0x1000;
      s1.map(page * 0x1000L, output, 3, Tables.STAGE1_LEAF | 1L << 52);
      s2.map(page * 0x1000L, output, 3, Tables.STAGE2_LEAF | 1L << 52);
    }
    stage1(s1, 48);
    eachPageByItsEntry();
    stage2(s2, 48);
    eachPageByItsEntry();
  }

  private void eachPageByItsEntry() {
    for (int page = 15; page >= 0; page--) {
      assertTrue(rig.reads(SID, page * 0x1000L));
      assertEquals(page == 3 ? 0x77_7000L : 0x50_0000L + page * 0x1000, rig.out.pa());
    }
  }
}
