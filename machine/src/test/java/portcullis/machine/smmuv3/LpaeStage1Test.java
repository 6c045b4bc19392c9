package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** Stage 1 with VMSAv8-32 Long-descriptor tables: CD.AA64 is 0 (IHI 0070 3.4, 5.4). */
class LpaeStage1Test {
  private static final int SID = 5;
  private static final long VA = 0x1234_5000L;
  private static final long PA = 0x500_0000L;
  private static final long OTHER_PA = 0x600_0000L;
  private static final long END = 1L << 32;
  private static final Profile PROFILE =
      Profiles.complete().with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH32_64);

  private Rig rig = new Rig(PROFILE).start(4);

  private static long cd() {
    return Rig.CONTEXTS + SID * 64L;
  }

  private void forget() {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    rig.command(Opcode.TLBI_EL2_ALL, 0, 0);
  }

  private Tables tables(int bits) {
    return Tables.stage1(rig, Granule.SIZE_4K, bits);
  }

  /** A stage-1-only stream whose lower half is {@code tables}, and which has no upper half. */
  private void stream(Tables tables) {
    rig.stage1Stream(SID, 1, tables);
    rig.poke(cd(), Cd.AA64, 0);
    rig.poke(cd(), Cd.T0SZ, 32 - tables.inputBits);
    forget();
  }

  private void upper(Tables tables) {
    rig.poke(cd(), Cd.EPD1, 0);
    rig.poke(cd(), Cd.T1SZ, 32 - tables.inputBits);
    rig.pokeAddress(cd(), Cd.TTB1, tables.root);
    forget();
  }

  private void faults(EventType event, long address) {
    assertFalse(rig.reads(SID, address), "0x" + Long.toHexString(address));
    assertEquals(event, rig.out.event(), "0x" + Long.toHexString(address));
  }

  private void reaches(long pa, long address) {
    assertTrue(rig.reads(SID, address), () -> Long.toHexString(address) + ": " + rig.out.event());
    assertEquals(pa, rig.out.pa());
  }

  private static Rig ofOutputSize(int bits) {
    return new Rig(PROFILE.with(Register.IDR5, Idr5.VAX, 0).withOutputSize(bits)).start(4);
  }

  /** DDI 0487 table G5-2, for all T0SZ and T1SZ; IHI 0070 3.4.1: bits 63:32 must be zero. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void sizesSelectTheHalf(int t0sz) {
    for (int t1sz = 0; t1sz < 8; t1sz++) {
      rig = new Rig(PROFILE).start(4);
      long lowerEnd = t0sz != 0 ? END >> t0sz : t1sz != 0 ? END - (END >> t1sz) : END;
      long upperStart = t1sz != 0 ? END - (END >> t1sz) : t0sz != 0 ? END >> t0sz : END;
      Tables lower = tables(32 - t0sz);
      Tables upper = tables(32 - t1sz);
      Set<Long> addresses = new TreeSet<>();
      for (long edge : new long[] {0, lowerEnd, upperStart, END, 1L << 30, 1L << 31}) {
        addresses.add(edge);
        addresses.add(edge - 0x1000);
      }
      addresses.removeIf(address -> address < 0);
      for (long address : addresses) {
        if (address < END) {
          lower.map(address & ((END >> t0sz) - 1), PA, 3, Tables.STAGE1_LEAF);
          upper.map(address & ((END >> t1sz) - 1), OTHER_PA, 3, Tables.STAGE1_LEAF);
        }
      }
      stream(lower);
      upper(upper);
      for (long address : addresses) {
        if (address < lowerEnd) {
          reaches(PA + 4, address + 4);
        } else if (address >= upperStart && address < END) {
          reaches(OTHER_PA + 4, address + 4);
        } else {
          faults(EventType.F_TRANSLATION, address + 4);
        }
        faults(EventType.F_TRANSLATION, address | 1L << 32);
        faults(EventType.F_TRANSLATION, address | 1L << 55);
        faults(EventType.F_TRANSLATION, address | -1L << 32);
      }
    }
  }

  /** IHI 0070 5.4 EPDx: the size of a half that is not walked is IGNORED. */
  @Test
  void aHalfThatIsNotWalkedHasNoSize() {
    Tables lower = tables(32);
    lower.map(0xffff_f000L, PA, 3, Tables.STAGE1_LEAF);
    stream(lower);
    rig.poke(cd(), Cd.T1SZ, 1);
    forget();
    reaches(PA, 0xffff_f000L);
    Tables upper = tables(31);
    upper.map(0x7fff_f000L, OTHER_PA, 3, Tables.STAGE1_LEAF);
    upper(upper);
    reaches(OTHER_PA, 0xffff_f000L);
    rig.poke(cd(), Cd.EPD0, 1);
    rig.poke(cd(), Cd.T0SZ, 7);
    forget();
    reaches(OTHER_PA, 0xffff_f000L);
    faults(EventType.F_TRANSLATION, 0x7fff_f000L);
  }

  /** IHI 0070 5.4: the upper bits of TxSZ, TGx, IPS, HA and HD are IGNORED, E0PDx is RES0. */
  @Test
  void fieldsOfVmsav864DoNotMatter() {
    rig = new Rig(PROFILE.with(Register.IDR0, Idr0.HTTU, 0)).start(4);
    Tables tables = tables(32);
    tables.map(VA, PA, 3, Tables.STAGE1_LEAF);
    stream(tables);
    record Ignored(Field field, long value) {}
    for (Ignored ignored :
        new Ignored[] {
          new Ignored(Cd.T0SZ, 0b111_000),
          new Ignored(Cd.T1SZ, 0b111_000),
          new Ignored(Cd.TG0, 3),
          new Ignored(Cd.TG1, 0),
          new Ignored(Cd.IPS, 0),
          new Ignored(Cd.HA, 1),
          new Ignored(Cd.HD, 1),
          new Ignored(Cd.E0PD0, 1),
          new Ignored(Cd.TBI0, 1)
        }) {
      rig.poke(cd(), ignored.field, ignored.value);
    }
    forget();
    assertTrue(rig.access(SID, VA, AccessType.READ));
    assertEquals(PA, rig.out.pa());
    faults(EventType.F_TRANSLATION, VA | 1L << 56);
  }

  /** IHI 0070 5.4 HA: there is no HTTU, so AFFD says what AF means. */
  @Test
  void hardwareNeverUpdatesTheAccessFlag() {
    Tables tables = tables(32);
    tables.map(VA, PA, 3, Tables.STAGE1_LEAF & ~(1L << 10));
    stream(tables);
    rig.poke(cd(), Cd.HA, 1);
    rig.poke(cd(), Cd.HD, 1);
    forget();
    faults(EventType.F_ACCESS, VA);
    rig.poke(cd(), Cd.AFFD, 1);
    forget();
    long leaf = rig.read(tables.slot(VA, 3), 8);
    reaches(PA, VA);
    assertEquals(leaf, rig.read(tables.slot(VA, 3), 8));
    // A writable-clean page of VMSAv8-64 is read-only here.
    rig.write(tables.slot(VA, 3), 8, leaf | 1L << 51 | 1L << 7);
    forget();
    assertFalse(rig.access(SID, VA, AccessType.PRIVILEGED_WRITE));
    assertEquals(EventType.F_PERMISSION, rig.out.event());
  }

  /** What DDI 0487 G5.6.1 to G5.6.3 allow, as plainly as can be. */
  private static boolean allowed(
      AccessType type, int ap, int apTable, int xn, boolean wxn, boolean uwxn, boolean pan) {
    boolean userRead = (ap & 1) != 0 && (apTable & 1) == 0;
    boolean write = (ap & 2) == 0 && (apTable & 2) == 0;
    boolean userWrite = userRead && write;
    if (type.instruction()) {
      boolean never = (xn & 0b0101) != 0;
      boolean privilegedNever = (xn & 0b1010) != 0;
      return type.privileged()
          ? !never && !privilegedNever && !(wxn && write) && !(uwxn && userWrite)
          : userRead && !never && !(wxn && userWrite);
    }
    if (type.privileged() && pan && userRead) {
      return false;
    }
    return type.write() ? (type.privileged() ? write : userWrite) : type.privileged() || userRead;
  }

  /** Every AP, APTable, XN, PXN, XNTable, PXNTable, WXN, UWXN, PAN and HAD (DDI 0487 G5.6). */
  @ParameterizedTest
  @CsvSource({"false", "true"})
  void permissions(boolean ignoresTables) {
    Tables tables = tables(32);
    tables.map(VA, PA, 3, 0);
    stream(tables);
    rig.poke(cd(), Cd.HAD0, ignoresTables ? 1 : 0);
    long leaf = tables.slot(VA, 3);
    long table = tables.slot(VA, 2);
    long leafBits = rig.read(leaf, 8) | Tables.STAGE1_LEAF & ~(0b11L << 6);
    long tableBits = rig.read(table, 8);
    for (int control = 0; control < 8; control++) {
      boolean wxn = (control & 1) != 0;
      boolean uwxn = (control & 2) != 0;
      boolean pan = (control & 4) != 0;
      rig.poke(cd(), Cd.WXN, control & 1);
      rig.poke(cd(), Cd.UWXN, control >> 1 & 1);
      rig.poke(cd(), Cd.PAN, control >> 2);
      rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
      for (int bits = 0; bits < 256; bits++) {
        int ap = bits & 3;
        int apTable = bits >> 2 & 3;
        // XN, PXN, XNTable, PXNTable.
        int xn = bits >> 4;
        rig.write(leaf, 8, leafBits | (long) ap << 6 | (xn & 1L) << 54 | (xn >> 1 & 1L) << 53);
        rig.write(
            table,
            8,
            tableBits | (long) apTable << 61 | (xn >> 2 & 1L) << 60 | (xn >> 3 & 1L) << 59);
        rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
        for (AccessType type : AccessType.values()) {
          boolean expected =
              ignoresTables
                  ? allowed(type, ap, 0, xn & 3, wxn, uwxn, pan)
                  : allowed(type, ap, apTable, xn, wxn, uwxn, pan);
          String where = "control %d bits 0x%x %s".formatted(control, bits, type);
          assertEquals(expected, rig.access(SID, VA, type), where);
          if (!expected) {
            assertEquals(EventType.F_PERMISSION, rig.out.event(), where);
          }
        }
      }
    }
  }

  /** DDI 0487 G5.6.6, IHI 0070 5.4: EL2 has one half and one privilege level. */
  @Test
  void el2HasOneHalfAndOnePrivilegeLevel() {
    Tables tables = tables(32);
    tables.map(VA, PA, 3, Tables.STAGE1_LEAF & ~(1L << 6) | 1L << 53);
    tables.map(0xffff_f000L, OTHER_PA, 3, Tables.STAGE1_LEAF);
    stream(tables);
    rig.poke(Rig.ste(SID), Ste.STRW, Ste.STRW_EL2);
    rig.poke(cd(), Cd.EPD0, 1);
    rig.poke(cd(), Cd.EPD1, 0);
    rig.poke(cd(), Cd.T1SZ, 7);
    rig.poke(cd(), Cd.UWXN, 1);
    forget();
    for (AccessType type : AccessType.values()) {
      assertTrue(rig.access(SID, VA, type), type.name());
      assertEquals(PA, rig.out.pa());
    }
    reaches(OTHER_PA, 0xffff_f000L);
    faults(EventType.F_TRANSLATION, END);
    rig.poke(cd(), Cd.WXN, 1);
    forget();
    assertFalse(rig.access(SID, VA, AccessType.FETCH));
    // With E2H there are no such tables.
    rig.set(Register.CR0, 0);
    rig.set(Register.CR2, Cr2.E2H.of(1));
    rig.set(Register.CR0, Cr0.SMMUEN.of(1) | Cr0.EVENTQEN.of(1) | Cr0.CMDQEN.of(1));
    forget();
    faults(EventType.C_BAD_CD, VA);
  }

  /** DDI 0487 G5.5.2: bits 47:40 of any descriptor are zero; bits 51:48 are not looked at. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void outputBeyond40BitsIsAnAddressSizeFault(int level) {
    Tables tables = tables(32);
    long output = 0x4000_0000L;
    tables.map(VA & -Granule.SIZE_4K.levelBytes(level), output, level, Tables.STAGE1_LEAF);
    stream(tables);
    for (int at = 1; at <= level; at++) {
      long slot = tables.slot(VA, at);
      long descriptor = rig.read(slot, 8);
      for (int bit = 40; bit < 52; bit++) {
        rig.write(slot, 8, descriptor | 1L << bit);
        forget();
        if (bit < 48) {
          faults(EventType.F_ADDR_SIZE, VA);
          assertEquals(1, rig.out.stage());
        } else {
          reaches(output | VA & (Granule.SIZE_4K.levelBytes(level) - 1), VA);
        }
      }
      rig.write(slot, 8, descriptor);
    }
  }

  /** IHI 0070 3.4, 3.4.3: a PA is truncated to the OAS, a table beyond it faults. */
  @Test
  void outputOf40BitsWherePhysicalAddressesHave36() {
    rig = ofOutputSize(36);
    Tables tables = tables(32);
    tables.map(VA, PA | 1L << 38, 3, Tables.STAGE1_LEAF);
    stream(tables);
    reaches(PA, VA);
    reaches(PA, VA);
    long table = tables.slot(VA, 1);
    rig.write(table, 8, rig.read(table, 8) | 1L << 38);
    forget();
    faults(EventType.F_ADDR_SIZE, VA);
    rig.pokeAddress(cd(), Cd.TTB0, 1L << 38);
    forget();
    faults(EventType.C_BAD_CD, VA);
  }

  /** IHI 0070 3.4: a VMSAv8-64 stage 2 takes IPAs of 40 bits, however few bits a PA has. */
  @Test
  void stage2OfVmsav864Takes40Bits() {
    rig = ofOutputSize(36);
    long high = 1L << 39;
    Tables below = new Tables(rig, Granule.SIZE_4K, 40, 1);
    Tables tables = new Tables(rig, Granule.SIZE_4K, 32, 1, pa -> pa | high, ipa -> ipa & ~high);
    tables.map(VA, high | PA, 3, Tables.STAGE1_LEAF);
    below.map(high, 0, 1, Tables.STAGE2_LEAF);
    below.map(0, 0, 1, Tables.STAGE2_LEAF);
    stream(tables);
    rig.pokeAddress(cd(), Cd.TTB0, tables.root);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(SID, 1, below);
    forget();
    reaches(PA, VA);
    assertEquals(Path.NESTED, rig.out.path());
    // The table is where stage 2 says: taken away, the walk faults there.
    below.map(high, 0, 1, 0);
    forget();
    faults(EventType.F_ACCESS, VA);
    assertEquals(2, rig.out.stage());
    assertEquals(FaultClass.TT, rig.out.faultClass());
    assertEquals(tables.root + (VA >>> 30) * 8, rig.out.ipa());
  }

  /** IHI 0070 5.4 ENDI. */
  @Test
  void bigEndianTables() {
    Tables tables = tables(30);
    tables.map(VA, PA, 3, Tables.STAGE1_LEAF);
    for (int level = 3; level >= 2; level--) {
      long slot = tables.slot(VA, 2);
      long at = level == 2 ? slot : tables.slot(VA, 3);
      rig.write(at, 8, Long.reverseBytes(rig.read(at, 8)));
    }
    stream(tables);
    rig.poke(cd(), Cd.ENDI, 1);
    forget();
    reaches(PA, VA);
  }

  /** IHI 0070 4.4: invalidation by VA, with and without range and TTL, in the upper half too. */
  @Test
  void invalidationByAddress() {
    long va = 0xc123_4000L;
    Tables lower = tables(31);
    Tables upper = tables(31);
    upper.map(va & 0x7fff_ffffL, PA, 3, Tables.STAGE1_LEAF);
    stream(lower);
    upper(upper);
    reaches(PA, va);
    upper.map(va & 0x7fff_ffffL, OTHER_PA, 3, Tables.STAGE1_LEAF);
    long asid = Tlbi.ASID.of(1);
    rig.command(Opcode.TLBI_NH_VA, asid, va + 0x1000);
    rig.command(Opcode.TLBI_NH_VA, Tlbi.ASID.of(2), va);
    rig.command(Opcode.TLBI_NH_VA, asid, va & 0x7fff_ffffL);
    rig.command(Opcode.TLBI_NH_VA, asid, va | Tlbi.TG.of(1) | Tlbi.TTL.of(2));
    reaches(PA, va);
    rig.command(Opcode.TLBI_NH_VA, asid, va | Tlbi.TG.of(1) | Tlbi.TTL.of(3));
    reaches(OTHER_PA, va);
    upper.map(va & 0x7fff_ffffL, PA, 3, Tables.STAGE1_LEAF);
    rig.command(Opcode.TLBI_NH_VA, asid | Tlbi.NUM.of(3), (va - 0x3000) | Tlbi.TG.of(1));
    reaches(PA, va);
  }

  /** IHI 0070 4.4: where a table is stays in the walk cache until Leaf is 0. */
  @Test
  void tablesStayInTheWalkCache() {
    Tables tables = tables(32);
    Tables others = tables(32);
    tables.map(VA, PA, 3, Tables.STAGE1_LEAF);
    others.map(VA, OTHER_PA, 3, Tables.STAGE1_LEAF);
    stream(tables);
    reaches(PA, VA);
    rig.write(tables.slot(VA, 1), 8, rig.read(others.slot(VA, 1), 8));
    rig.command(Opcode.TLBI_NH_VA, Tlbi.ASID.of(1), VA | Tlbi.LEAF.of(1));
    reaches(PA, VA);
    rig.command(Opcode.TLBI_NH_VA, Tlbi.ASID.of(1), VA);
    reaches(OTHER_PA, VA);
  }

  /** IHI 0070 3.17: without nG a translation is every ASID's. */
  @Test
  void globalPages() {
    Tables tables = tables(32);
    tables.map(VA, PA, 3, Tables.STAGE1_LEAF & ~(1L << 11));
    stream(tables);
    reaches(PA, VA);
    tables.map(VA, OTHER_PA, 3, Tables.STAGE1_LEAF);
    rig.command(Opcode.TLBI_NH_ASID, Tlbi.ASID.of(1), 0);
    reaches(PA, VA);
    rig.command(Opcode.TLBI_NH_VA, Tlbi.ASID.of(2), VA);
    reaches(OTHER_PA, VA);
  }

  /** IHI 0070 3.21.1: what was mapped is held until it is invalidated. */
  @Test
  void architecturalCachesHoldWhatWasMapped() {
    rig = new Rig(PROFILE.withCaches(CacheKind.ARCHITECTURAL)).start(4);
    Tables tables = tables(32);
    tables.map(VA, PA, 3, Tables.STAGE1_LEAF);
    stream(tables);
    rig.command(Opcode.SYNC, 0, 0);
    tables.map(VA, OTHER_PA, 3, Tables.STAGE1_LEAF);
    assertEquals(Set.of(PA, OTHER_PA), held());
    rig.command(Opcode.TLBI_NH_VA, Tlbi.ASID.of(1), VA | Tlbi.LEAF.of(1));
    rig.command(Opcode.SYNC, 0, 0);
    assertEquals(Set.of(OTHER_PA), held());
  }

  /** IHI 0070 4.3: entries of an earlier TTB1 have the same tags, and outlive the CD. */
  @Test
  void architecturalCachesHoldWhatAnEarlierUpperHalfMapped() {
    rig = new Rig(PROFILE.withCaches(CacheKind.ARCHITECTURAL)).start(4);
    Tables before = tables(32);
    before.map(VA, PA, 3, Tables.STAGE1_LEAF);
    Tables after = tables(32);
    after.map(VA, OTHER_PA, 3, Tables.STAGE1_LEAF);
    stream(tables(25));
    upper(before);
    rig.command(Opcode.SYNC, 0, 0);
    assertEquals(Set.of(PA), held());
    rig.pokeAddress(cd(), Cd.TTB1, after.root);
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    rig.command(Opcode.SYNC, 0, 0);
    assertEquals(Set.of(PA, OTHER_PA), held());
    rig.command(Opcode.TLBI_NH_ASID, Tlbi.ASID.of(1), 0);
    rig.command(Opcode.SYNC, 0, 0);
    assertEquals(Set.of(OTHER_PA), held());
  }

  private Set<Long> held() {
    Set<Long> addresses = new TreeSet<>();
    rig.smmu.outcomes(
        SID,
        Translation.NO_SUBSTREAM,
        VA,
        AccessType.READ,
        outcome -> addresses.add(outcome.passes() ? outcome.pa() : -1));
    return addresses;
  }
}
