package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.arch.smmu.Aidr;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/**
 * Stage 2 with VMSAv8-32 Long-descriptor tables: STE.S2AA64 is 0 (IHI 0070 3.4, 5.2); and the IPAs
 * of 40 bits that an SMMU with such tables has.
 */
class LpaeStage2Test {
  private static final int SID = 5;
  private static final int VMID = 7;
  private static final long IPA = 0x1234_5000L;
  private static final long PA = 0x500_0000L;
  private static final long OTHER_PA = 0x600_0000L;
  private static final Profile PROFILE =
      Profiles.complete().with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH32_64);

  private Rig rig = new Rig(PROFILE).start(4);

  private void forget() {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
  }

  private static Rig ofOutputSize(int bits) {
    return new Rig(PROFILE.with(Register.IDR5, Idr5.VAX, 0).withOutputSize(bits)).start(4);
  }

  private Tables tables(int bits, int startLevel) {
    return new Tables(rig, Granule.SIZE_4K, bits, startLevel);
  }

  private void stage2(Tables tables) {
    rig.stage2(SID, VMID, tables);
    rig.poke(Rig.ste(SID), Ste.S2AA64, 0);
    rig.poke(Rig.ste(SID), Ste.S2T0SZ, 32 - tables.inputBits & 0xf);
    forget();
  }

  private void stream(Tables tables) {
    rig.stream(SID, Ste.CONFIG_S2);
    stage2(tables);
  }

  private void faults(EventType event, int stage, long address) {
    assertFalse(rig.reads(SID, address), "0x" + Long.toHexString(address));
    assertEquals(event, rig.out.event());
    assertEquals(stage, rig.out.stage());
  }

  private void reaches(long pa, long address) {
    assertTrue(rig.reads(SID, address), () -> Long.toHexString(address) + ": " + rig.out.event());
    assertEquals(pa, rig.out.pa());
  }

  /** DDI 0487 table G5-5: T0SZ from -8 to 7, with up to 16 concatenated tables. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void sizesAndStartLevels(int sl0) {
    for (int t0sz = -8; t0sz <= 7; t0sz++) {
      boolean legal = sl0 == 0 ? t0sz >= -2 : sl0 == 1 && t0sz <= 1;
      int bits = 32 - t0sz;
      Tables tables = tables(bits, legal ? 2 - sl0 : 1);
      stream(tables);
      rig.poke(Rig.ste(SID), Ste.S2SL0, sl0);
      // Bits 5:4 of S2T0SZ, S2TG and S2PS are not looked at.
      rig.poke(Rig.ste(SID), Ste.S2T0SZ, t0sz & 0xf | 0x30);
      rig.poke(Rig.ste(SID), Ste.S2TG, 3);
      rig.poke(Rig.ste(SID), Ste.S2PS, 0);
      forget();
      if (!legal) {
        faults(EventType.C_BAD_STE, 0, 0);
        continue;
      }
      long last = (1L << bits) - 0x1000;
      tables.map(last, PA, 3, Tables.STAGE2_LEAF);
      tables.map(0, OTHER_PA, 3, Tables.STAGE2_LEAF);
      reaches(PA + 7, last + 7);
      reaches(OTHER_PA, 0);
      faults(EventType.F_TRANSLATION, 2, last + 0x1000);
      assertEquals(last + 0x1000, rig.out.ipa());
    }
  }

  /** DDI 0487 tables G5-10 and G5-11: execution needs read access, unlike with VMSAv8-64. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void permissions(int xnx) {
    rig =
        new Rig(
                new Profile(
                    "xnx",
                    Profiles.BASIC
                        .ids()
                        .with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH32_64)
                        .with(Register.AIDR, Aidr.ARCH_MINOR_REV, xnx)
                        .with(Register.IDR3, 0)
                        .with(Register.IDR3, Idr3.HAD, xnx)
                        .with(Register.IDR3, Idr3.XNX, xnx),
                    Profiles.BASIC.caches()))
            .start(4);
    Tables tables = tables(32, 1);
    tables.map(IPA, PA, 3, 0);
    stream(tables);
    long slot = tables.slot(IPA, 3);
    long page = rig.read(slot, 8) | Tables.STAGE2_LEAF & ~(0b11L << 6);
    for (int bits = 0; bits < 16; bits++) {
      boolean read = (bits & 1) != 0;
      boolean write = (bits & 2) != 0;
      int xn = bits >> 2;
      rig.write(slot, 8, page | (bits & 3L) << 6 | (long) xn << 53);
      forget();
      boolean userExecutes = xn < 2;
      boolean privilegedExecutes = xnx == 1 ? xn == 0 || xn == 3 : xn < 2;
      for (AccessType type : AccessType.values()) {
        boolean executes = type.privileged() ? privilegedExecutes : userExecutes;
        boolean expected = type.write() ? write : read && (executes || !type.instruction());
        assertEquals(expected, rig.access(SID, IPA, type), "bits " + bits + " " + type);
        if (!expected) {
          assertEquals(EventType.F_PERMISSION, rig.out.event());
        }
      }
    }
  }

  /** DDI 0487 G5.5.2: bits 47:40 of any descriptor are zero, whatever S2PS says. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void outputBeyond40BitsIsAnAddressSizeFault(int level) {
    Tables tables = tables(40, 1);
    long output = 0x4000_0000L;
    tables.map(IPA & -Granule.SIZE_4K.levelBytes(level), output, level, Tables.STAGE2_LEAF);
    stream(tables);
    for (int at = 1; at <= level; at++) {
      long slot = tables.slot(IPA, at);
      long descriptor = rig.read(slot, 8);
      for (int bit = 40; bit < 52; bit++) {
        rig.write(slot, 8, descriptor | 1L << bit);
        forget();
        if (bit < 48) {
          faults(EventType.F_ADDR_SIZE, 2, IPA);
        } else {
          reaches(output | IPA & (Granule.SIZE_4K.levelBytes(level) - 1), IPA);
        }
      }
      rig.write(slot, 8, descriptor);
    }
  }

  /** IHI 0070 3.4, 3.4.3: the output is truncated to the OAS; a table beyond it faults. */
  @Test
  void outputOf40BitsWherePhysicalAddressesHave36() {
    rig = ofOutputSize(36);
    Tables tables = tables(40, 1);
    long ipa = IPA | 1L << 39;
    tables.map(ipa, PA | 1L << 37, 3, Tables.STAGE2_LEAF);
    stream(tables);
    reaches(PA, ipa);
    reaches(PA, ipa);
    faults(EventType.F_ADDR_SIZE, 1, ipa | 1L << 40);
    long slot = tables.slot(ipa, 1);
    rig.write(slot, 8, rig.read(slot, 8) | 1L << 37);
    forget();
    faults(EventType.F_ADDR_SIZE, 2, ipa);
    rig.pokeAddress(Rig.ste(SID), Ste.S2TTB, 1L << 37);
    forget();
    faults(EventType.C_BAD_STE, 0, ipa);
  }

  /** IHI 0070 3.4: stage 2 of VMSAv8-64 takes 40 bits too, bypass of both stages only the OAS. */
  @Test
  void everyIpaHas40Bits() {
    rig = ofOutputSize(36);
    Tables tables = tables(40, 1);
    long ipa = IPA | 1L << 39;
    tables.map(ipa, PA, 3, Tables.STAGE2_LEAF);
    rig.stream(SID, Ste.CONFIG_S2);
    rig.stage2(SID, VMID, tables);
    forget();
    reaches(PA, ipa);
    faults(EventType.F_ADDR_SIZE, 1, 1L << 40);
    rig.poke(Rig.ste(SID), Ste.S2T0SZ, 23);
    forget();
    faults(EventType.C_BAD_STE, 0, ipa);
    rig.stream(SID, Ste.CONFIG_BYPASS);
    forget();
    faults(EventType.F_ADDR_SIZE, 1, 1L << 36);
    reaches(PA, PA);
    // Stage 1 bypassed by S1DSS, and no stage 2: truncated.
    rig.stage1Stream(SID, 1, Tables.stage1(rig, Granule.SIZE_4K, 39));
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, 1);
    rig.poke(Rig.ste(SID), Ste.S1DSS, 1);
    forget();
    reaches(PA, PA | 1L << 39);
    faults(EventType.F_ADDR_SIZE, 1, 1L << 40);
  }

  /** IHI 0070 5.4 AA64: over such a stage 2 only such a stage 1. */
  @Test
  void nested() {
    Tables below = tables(40, 1);
    long shift = 0x40_0000_0000L;
    Tables above = new Tables(rig, Granule.SIZE_4K, 32, 1, pa -> pa | shift, ipa -> ipa & ~shift);
    below.map(shift, 0, 1, Tables.STAGE2_LEAF);
    below.map(0, 0, 1, Tables.STAGE2_LEAF);
    long ipa = 0x80_0000_0000L;
    below.map(ipa, PA, 3, Tables.STAGE2_LEAF);
    above.map(IPA, ipa, 3, Tables.STAGE1_LEAF);
    rig.stage1Stream(SID, 1, above);
    rig.poke(Rig.CONTEXTS + SID * 64L, Cd.AA64, 0);
    rig.poke(Rig.CONTEXTS + SID * 64L, Cd.T0SZ, 0);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    stage2(below);
    reaches(PA + 8, IPA + 8);
    assertEquals(Path.NESTED, rig.out.path());
    above.map(IPA, ipa + 0x1000, 3, Tables.STAGE1_LEAF);
    rig.command(Opcode.TLBI_NH_VA, Tlbi.VMID.of(VMID) | Tlbi.ASID.of(1), IPA);
    faults(EventType.F_TRANSLATION, 2, IPA + 8);
    assertEquals(ipa + 0x1008, rig.out.ipa());
    assertEquals(FaultClass.IN, rig.out.faultClass());
    rig.poke(Rig.CONTEXTS + SID * 64L, Cd.AA64, 1);
    rig.poke(Rig.CONTEXTS + SID * 64L, Cd.T0SZ, 32);
    forget();
    faults(EventType.C_BAD_CD, 0, IPA);
    rig.poke(Rig.ste(SID), Ste.S2AA64, 1);
    rig.poke(Rig.ste(SID), Ste.S2T0SZ, 24);
    forget();
    faults(EventType.F_TRANSLATION, 2, IPA + 8);
  }

  /** IHI 0070 4.4.3: invalidation by IPA and by VMID. */
  @Test
  void invalidation() {
    Tables tables = tables(34, 2);
    long ipa = 0x3_1234_5000L;
    tables.map(ipa, PA, 3, Tables.STAGE2_LEAF);
    stream(tables);
    reaches(PA, ipa);
    tables.map(ipa, OTHER_PA, 3, Tables.STAGE2_LEAF);
    rig.command(Opcode.TLBI_S2_IPA, Tlbi.VMID.of(VMID), ipa + 0x1000);
    rig.command(Opcode.TLBI_S2_IPA, Tlbi.VMID.of(VMID + 1), ipa);
    rig.command(Opcode.TLBI_S2_IPA, Tlbi.VMID.of(VMID), ipa | Tlbi.TG.of(1) | Tlbi.TTL.of(2));
    reaches(PA, ipa);
    rig.command(Opcode.TLBI_S2_IPA, Tlbi.VMID.of(VMID), ipa | Tlbi.TG.of(1) | Tlbi.TTL.of(3));
    reaches(OTHER_PA, ipa);
    tables.map(ipa, PA, 3, Tables.STAGE2_LEAF);
    reaches(OTHER_PA, ipa);
    rig.command(Opcode.TLBI_S12_VMALL, Tlbi.VMID.of(VMID), 0);
    reaches(PA, ipa);
  }
}
