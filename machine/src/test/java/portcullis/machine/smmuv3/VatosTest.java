package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr2;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** The VATOS page: stage 1 of one VM's streams (IHI 0070 9.1.6, 6.3.44, 6.3.99 to 6.3.102). */
class VatosTest {
  private static final int SID = 5;
  private static final int VMID = 0x103;
  private static final int STAGE_1 = 1;
  private static final int STAGE_2 = 2;
  private static final int BOTH = 3;
  private static final long RNW = 1 << 8;
  private static final long HTTUI = 1 << 6;
  private static final long VA = 0x1234_5000L;
  private static final long IPA = 0x2345_6000L;
  private static final long PA = 0x500_0000L;
  private static final long AF = 1L << 10;
  private static final long WRITE_BACK = 0xffL << 56 | 0b11L << 8;

  private Rig rig;
  private Tables s1;
  private Tables s2;

  VatosTest() {
    use(profile());
  }

  private static Profile profile() {
    return Profiles.complete()
        .withoutEnhancedQueues()
        .with(Register.IDR0, Idr0.ATOS, 1)
        .with(Register.IDR0, Idr0.VATOS, 1);
  }

  private void use(Profile profile) {
    rig = new Rig(profile).start(4);
    s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
  }

  private void nested() {
    s1.map(VA, IPA, 3, Tables.STAGE1_LEAF);
    s2.map(0, 0, 1, Tables.STAGE2_LEAF);
    rig.stage1Stream(SID, 9, s1);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(SID, VMID, s2);
    forget();
  }

  private void config(int config) {
    rig.poke(Rig.ste(SID), Ste.CONFIG, config);
    forget();
  }

  private void forget() {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
  }

  private long lookup(int type) {
    return lookup(SID, type, RNW);
  }

  private long lookup(int sid, int type, long properties) {
    rig.set(Register.VATOS_SID, sid);
    rig.set(Register.VATOS_ADDR, VA | (long) type << 10 | properties);
    rig.set(Register.VATOS_CTRL, 1);
    assertEquals(0, rig.get(Register.VATOS_CTRL));
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
    return rig.get(Register.VATOS_PAR);
  }

  private static long failed(int code) {
    return 1 | (long) code << 4;
  }

  private static long failed(EventType code) {
    return failed(code.code());
  }

  @Test
  void stage1OfTheSelectedVm() {
    nested();
    rig.set(Register.VATOS_SEL, VMID);
    assertEquals(IPA | WRITE_BACK, lookup(STAGE_1));
    config(Ste.CONFIG_S1);
    assertEquals(IPA | WRITE_BACK, lookup(STAGE_1), "S2VMID tags stage-1-only streams too");
  }

  /** 9.1.6: another VM's stream, and one whose translations have no VMID, are C_BAD_STE. */
  @Test
  void noOtherStreams() {
    nested();
    rig.set(Register.VATOS_SEL, VMID & 0xff);
    assertEquals(failed(EventType.C_BAD_STE), lookup(STAGE_1));
    config(Ste.CONFIG_S2);
    assertEquals(failed(EventType.C_BAD_STE), lookup(STAGE_1), "before INV_STAGE");
    rig.set(Register.VATOS_SEL, VMID);
    for (int config : new int[] {Ste.CONFIG_ABORT, Ste.CONFIG_BYPASS}) {
      config(config);
      assertEquals(failed(EventType.C_BAD_STE), lookup(STAGE_1), "9.1.3: no S2VMID");
    }
    rig.poke(Rig.ste(SID), Ste.STRW, Ste.STRW_EL2);
    config(Ste.CONFIG_S1);
    assertEquals(failed(EventType.C_BAD_STE), lookup(STAGE_1), "EL2's");
    assertEquals(failed(EventType.C_BAD_STREAMID), lookup(16, STAGE_1, RNW));
  }

  /** 9.1.3, 9.1.6: stage 2 cannot be asked for, nor a stream of stage 2 alone be asked about. */
  @Test
  void stage2IsNotTold() {
    nested();
    assertEquals(failed(0xff), lookup(0), "before C_BAD_STE");
    assertEquals(failed(0xff), lookup(STAGE_2));
    assertEquals(failed(0xff), lookup(BOTH));
    rig.set(Register.VATOS_SEL, VMID);
    config(Ste.CONFIG_S2);
    assertEquals(failed(0xfe), lookup(STAGE_1));
  }

  /** 9.1.4: faults of stage 2 look like aborts of fetches, and no address is told. */
  @Test
  void stage2FaultsAreAborts() {
    nested();
    rig.set(Register.VATOS_SEL, VMID);
    long block = s2.slot(0, 1);
    long leaf = rig.read(block, 8);
    rig.write(block, 8, 0);
    forget();
    assertEquals(failed(EventType.F_CD_FETCH), lookup(STAGE_1));
    rig.write(block, 8, leaf);
    forget();
    assertEquals(IPA | WRITE_BACK, lookup(STAGE_1));
    // A table in place of the block maps the CD alone.
    rig.write(block, 8, 0);
    s2.map(Rig.CONTEXTS, Rig.CONTEXTS, 3, Tables.STAGE2_LEAF);
    forget();
    assertEquals(failed(EventType.F_WALK_EABT), lookup(STAGE_1));
  }

  /** 9: the groups of registers are independent. */
  @Test
  void besideGatos() {
    nested();
    rig.set(Register.VATOS_SEL, VMID);
    rig.set(Register.GATOS_SID, 16);
    rig.set(Register.GATOS_ADDR, VA | STAGE_1 << 10 | RNW);
    rig.set(Register.GATOS_CTRL, 1);
    assertEquals(IPA | WRITE_BACK, lookup(STAGE_1));
    assertEquals(failed(EventType.C_BAD_STREAMID), rig.get(Register.GATOS_PAR));
    assertEquals(16, rig.get(Register.GATOS_SID));
    rig.set(Register.CR0, 0);
    rig.set(Register.VATOS_SID, 16);
    rig.set(Register.VATOS_CTRL, 1);
    assertEquals(IPA | WRITE_BACK, rig.get(Register.VATOS_PAR), "6.3.99: guarded by SMMUEN");
  }

  /** 6.3.3, 6.1: 64KB at an offset from 0x20000; nothing else is in it, or beyond page 1. */
  @ParameterizedTest
  @ValueSource(ints = {0, 3, 1023})
  void thePageIsWhereIdr2Says(int base) {
    use(profile().with(Register.IDR2, Idr2.BA_VATOS, base));
    nested();
    rig.set(Register.VATOS_SEL, VMID);
    assertEquals(IPA | WRITE_BACK, lookup(STAGE_1));
    int page = 0x2_0000 + base * 0x1_0000;
    assertEquals(page + 0x1_0000, rig.smmu.registerBytes());
    assertEquals((IPA | WRITE_BACK) >>> 32, rig.smmu.read(page + 0xa1c, 4), "the upper half");
    assertEquals(IPA | WRITE_BACK & 0xffff_ffffL, rig.smmu.read(page + 0xa18, 4));
    assertEquals(0, rig.smmu.read(page + 0x118, 8), "no GATOS_PAR");
    if (base != 0) {
      assertEquals(0, rig.smmu.read(0x2_0a18, 8));
    }
  }

  /** 6.3.44, 6.3.100: what does not exist is RES0. */
  @Test
  void registersHoldWhatTheyHave() {
    rig.set(Register.VATOS_SEL, -1);
    assertEquals(0xffff, rig.get(Register.VATOS_SEL));
    rig.set(Register.VATOS_SID, -1);
    assertEquals(1L << 52 | 0xffffL << 32 | 0xf_ffff, rig.get(Register.VATOS_SID));
    rig.set(Register.VATOS_ADDR, -1);
    assertEquals(~0x3fL, rig.get(Register.VATOS_ADDR));
    use(profile().with(Register.IDR0, Idr0.VMID16, 0));
    rig.set(Register.VATOS_SEL, -1);
    assertEquals(0xff, rig.get(Register.VATOS_SEL));
    use(profile().withoutVatos());
    for (Register register :
        new Register[] {Register.VATOS_SEL, Register.VATOS_SID, Register.VATOS_ADDR}) {
      rig.set(register, -1);
      assertEquals(0, rig.get(register), register + " without IDR0.VATOS");
    }
    assertEquals(0x2_0000, rig.smmu.registerBytes());
  }

  /**
   * 6.3.99: while RUN is 1 writes are ignored, here one of the lookup itself: the descriptor that
   * it updates lies where VATOS_SID is.
   */
  @Test
  void writesWhileItRunsAreIgnored() {
    nested();
    long va = 0xa08 / 8 << 12;
    rig.poke(Rig.CONTEXTS + SID * 64L, Cd.HA, 1);
    config(Ste.CONFIG_S1);
    rig.write(s1.slot(va, 2), 8, Rig.REGISTERS + 0x2_0000 | 0b11);
    rig.plant(Rig.REGISTERS + 0x2_0a08, PA | (Tables.STAGE1_LEAF & ~AF) | 0b11);
    rig.set(Register.VATOS_SEL, VMID);
    rig.set(Register.VATOS_SID, SID);
    rig.set(Register.VATOS_ADDR, va | STAGE_1 << 10 | RNW);
    rig.set(Register.VATOS_CTRL, 1);
    assertEquals(PA | WRITE_BACK, rig.get(Register.VATOS_PAR));
    assertEquals(SID, rig.get(Register.VATOS_SID));
    forget();
    assertTrue(rig.reads(SID, va));
    assertNotEquals(SID, rig.get(Register.VATOS_SID), "a transaction does write there");
  }

  /** 9, HTTUI: as by GATOS. */
  @Test
  void inhibitedUpdates() {
    nested();
    rig.poke(Rig.CONTEXTS + SID * 64L, Cd.HA, 1);
    s1.map(VA, IPA, 3, Tables.STAGE1_LEAF & ~AF);
    rig.set(Register.VATOS_SEL, VMID);
    forget();
    assertEquals(IPA | WRITE_BACK, lookup(SID, STAGE_1, RNW | HTTUI));
    assertEquals(0, rig.read(s1.slot(VA, 3), 8) & AF);
    assertEquals(IPA | WRITE_BACK, lookup(SID, STAGE_1, RNW));
    assertEquals(AF, rig.read(s1.slot(VA, 3), 8) & AF);
  }
}
