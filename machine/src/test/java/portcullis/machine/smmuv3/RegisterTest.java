package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;
import portcullis.machine.smmuv3.registers.Features;

/** Access rules of every register of pages 0 and 1 (IHI 0070 6.2, 6.3). */
class RegisterTest {
  private static final long ALL_ONES = -1L;
  private static final long SMMUEN = 1;
  private static final long EVENTQEN = 1 << 2;
  private static final long CMDQEN = 1 << 3;

  /** What reads back after all ones were written to a disabled SMMU; registers not here read 0. */
  private static final Map<Register, Long> WRITABLE =
      Map.ofEntries(
          Map.entry(Register.CR1, 0xfffL),
          Map.entry(Register.CR2, 0x2L),
          Map.entry(Register.GBPA, 0x001f_3f1fL),
          Map.entry(Register.GERRORN, 0x1b5L),
          Map.entry(Register.GERROR_IRQ_CFG0, 0x000f_ffff_ffff_fffcL),
          Map.entry(Register.GERROR_IRQ_CFG1, 0xffff_ffffL),
          Map.entry(Register.GERROR_IRQ_CFG2, 0x3fL),
          Map.entry(Register.STRTAB_BASE, 0x400f_ffff_ffff_ffc0L),
          Map.entry(Register.STRTAB_BASE_CFG, 0x0003_07ffL),
          Map.entry(Register.CMDQ_BASE, 0x400f_ffff_ffff_ffffL),
          Map.entry(Register.CMDQ_PROD, 0xf_ffffL),
          Map.entry(Register.CMDQ_CONS, 0x7f00_0001L),
          Map.entry(Register.EVENTQ_BASE, 0x400f_ffff_ffff_ffffL),
          Map.entry(Register.EVENTQ_IRQ_CFG0, 0x000f_ffff_ffff_fffcL),
          Map.entry(Register.EVENTQ_IRQ_CFG1, 0xffff_ffffL),
          Map.entry(Register.EVENTQ_IRQ_CFG2, 0x3fL),
          Map.entry(Register.EVENTQ_PROD, 0x8000_0001L),
          Map.entry(Register.EVENTQ_CONS, 0x800f_ffffL));

  /** CR0 or IRQ_CTRL enables that make a register read-only. */
  private static final Map<Register, Long> CLOSED_BY_CR0 =
      Map.of(
          Register.CR2, SMMUEN,
          Register.STRTAB_BASE, SMMUEN,
          Register.STRTAB_BASE_CFG, SMMUEN,
          Register.CMDQ_BASE, CMDQEN,
          Register.CMDQ_CONS, CMDQEN,
          Register.EVENTQ_BASE, EVENTQEN,
          Register.EVENTQ_PROD, EVENTQEN);

  private static final Map<Register, Long> CLOSED_BY_IRQ_CTRL =
      Map.of(
          Register.GERROR_IRQ_CFG0, 1L,
          Register.GERROR_IRQ_CFG1, 1L,
          Register.GERROR_IRQ_CFG2, 1L,
          Register.EVENTQ_IRQ_CFG0, 4L,
          Register.EVENTQ_IRQ_CFG1, 4L,
          Register.EVENTQ_IRQ_CFG2, 4L);

  private static long reset(Register register, Profile profile) {
    return switch (register) {
      case IDR0 -> Integer.toUnsignedLong(profile.idr0());
      case IDR1 -> Integer.toUnsignedLong(profile.idr1());
      case IDR3 -> Integer.toUnsignedLong(profile.idr3());
      case IDR5 -> Integer.toUnsignedLong(profile.idr5());
      case IDR6 -> Integer.toUnsignedLong(profile.ids().idr6());
      case IIDR -> Integer.toUnsignedLong(profile.iidr());
      case AIDR -> Integer.toUnsignedLong(profile.aidr());
      case MPAMIDR -> Integer.toUnsignedLong(profile.ids().value(register));
      case GBPA -> 0x1000;
      case CR2 -> Idr0.BTM.isSet(profile.idr0()) ? Cr2.PTM.mask() : 0;
      default -> 0;
    };
  }

  @Test
  void resetValues() {
    for (Profile profile : Profile.ALL) {
      Rig rig = new Rig(profile);
      for (Register register : Register.values()) {
        // ControlPagesTest has those that describe control pages, DormancyTest has STATUSR.
        if (register.page().fixed()
            && !register.name().matches("[CP]IDR.|CMDQ_CONTROL_PAGE_.*|STATUSR")) {
          assertEquals(
              reset(register, profile), rig.get(register), () -> profile.name() + " " + register);
        }
      }
    }
  }

  /** The scheme of 6.3.170, which QEMU's (IIDR 0) and the generic SMMU do not follow here. */
  @Test
  void armProductsHaveComponentIds() {
    Rig rig = new Rig(Profile.MMU_700_R1);
    long[] expected = {0x04, 0, 0, 0, 0x87, 0xb4, 0x1b, 0x10, 0x0d, 0xf0, 0x05, 0xb1};
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], rig.smmu.read(0xfd0 + 4 * i, 4), "register " + i);
    }
    for (int i = 0; i < expected.length; i++) {
      assertEquals(0, new Rig(Profile.QEMU_11).smmu.read(0xfd0 + 4 * i, 4));
    }
  }

  @Test
  void onesWrittenToEachRegisterAlone() {
    for (Register register : Register.values()) {
      if (!register.page().fixed() || register == Register.CR0 || register == Register.IRQ_CTRL) {
        continue;
      }
      Rig rig = new Rig(Rig.PLAIN);
      rig.set(register, ALL_ONES);
      long expected = WRITABLE.getOrDefault(register, reset(register, Rig.PLAIN));
      assertEquals(expected, rig.get(register), register::toString);
    }
  }

  @Test
  void guardedRegistersIgnoreWritesWhileEnabled() {
    CLOSED_BY_CR0.forEach(
        (register, enable) -> {
          Rig rig = new Rig(Rig.PLAIN);
          rig.set(Register.CR0, enable);
          rig.set(register, ALL_ONES);
          assertEquals(0, rig.get(register), register::toString);
          rig.set(Register.CR0, 0xd & ~enable);
          rig.set(register, ALL_ONES);
          assertEquals(WRITABLE.get(register), rig.get(register), register::toString);
        });
    CLOSED_BY_IRQ_CTRL.forEach(
        (register, enable) -> {
          Rig rig = new Rig(Rig.PLAIN);
          rig.set(Register.IRQ_CTRL, enable);
          rig.set(register, ALL_ONES);
          assertEquals(0, rig.get(register), register::toString);
          rig.set(Register.IRQ_CTRL, 5 & ~enable);
          rig.set(register, ALL_ONES);
          assertEquals(WRITABLE.get(register), rig.get(register), register::toString);
        });
  }

  /** Each half of CR1 describes what its own enables use (6.3.11). */
  @Test
  void halvesOfCr1AreGuardedApart() {
    for (long enable : new long[] {SMMUEN, EVENTQEN, CMDQEN, 1 << 1}) {
      Rig rig = new Rig(Profiles.ats());
      rig.set(Register.CR0, enable);
      rig.set(Register.CR1, ALL_ONES);
      assertEquals(enable == SMMUEN ? 0x03f : 0xfc0, rig.get(Register.CR1));
    }
  }

  @Test
  void featuresBringTheirRegistersAndEnables() {
    Rig rig = new Rig(Profiles.ats());
    rig.set(Register.PRIQ_BASE, ALL_ONES);
    assertEquals(0x400f_ffff_ffff_ffffL, rig.get(Register.PRIQ_BASE));
    rig.set(Register.PRIQ_PROD, ALL_ONES);
    assertEquals(0x8000_001fL, rig.get(Register.PRIQ_PROD), "IDR1.PRIQS is 4 (6.3.97)");
    rig.set(Register.PRIQ_CONS, ALL_ONES);
    assertEquals(0x800f_ffffL, rig.get(Register.PRIQ_CONS));
    rig.set(Register.PRIQ_IRQ_CFG0, ALL_ONES);
    assertEquals(0x000f_ffff_ffff_fffcL, rig.get(Register.PRIQ_IRQ_CFG0));
    rig.set(Register.PRIQ_IRQ_CFG2, ALL_ONES);
    assertEquals(0x8000_003fL, rig.get(Register.PRIQ_IRQ_CFG2));
    rig.set(Register.CR2, ALL_ONES);
    assertEquals(0xb, rig.get(Register.CR2), "E2H, RECINVSID, REC_CFG_ATS");
    rig.set(Register.GERRORN, ALL_ONES);
    assertEquals(0x1fd, rig.get(Register.GERRORN));
    rig.set(Register.IRQ_CTRL, ALL_ONES);
    assertEquals(7, rig.get(Register.IRQ_CTRLACK));
    rig.set(Register.CR0, ALL_ONES);
    assertEquals(0x1f, rig.get(Register.CR0ACK), "ATSCHK and PRIQEN");
    for (Register register :
        new Register[] {Register.PRIQ_BASE, Register.PRIQ_PROD, Register.PRIQ_IRQ_CFG0}) {
      long before = rig.get(register);
      rig.set(register, 0);
      assertEquals(before, rig.get(register), register + " is guarded");
    }
    Rig wild = new Rig(Profiles.plain().with(Register.IDR0, Idr0.VMW, 1));
    wild.set(Register.CR0, ALL_ONES);
    assertEquals(0x1cd, wild.get(Register.CR0ACK));
  }

  /** The bits of the SMMU's own indexes above the queue's size read as zero (6.3.28, 6.3.95). */
  @Test
  void indexesReadAsWideAsTheirQueue() {
    Rig rig = new Rig(Rig.PLAIN);
    rig.set(Register.CMDQ_BASE, 5);
    rig.set(Register.EVENTQ_BASE, 31);
    rig.set(Register.CMDQ_CONS, ALL_ONES);
    rig.set(Register.EVENTQ_PROD, ALL_ONES);
    rig.set(Register.CMDQ_PROD, ALL_ONES);
    assertEquals(0x7f00_003fL, rig.get(Register.CMDQ_CONS));
    assertEquals(0x800f_ffffL, rig.get(Register.EVENTQ_PROD), "capped at IDR1.EVENTQS");
    assertEquals(0xf_ffffL, rig.get(Register.CMDQ_PROD), "software's index is its own");
  }

  @Test
  void enablesAreAcknowledgedWithoutReservedBits() {
    Rig rig = new Rig(Rig.PLAIN);
    rig.set(Register.CR0, ALL_ONES);
    assertEquals(0xd, rig.get(Register.CR0));
    assertEquals(0xd, rig.get(Register.CR0ACK));
    rig.set(Register.IRQ_CTRL, ALL_ONES);
    assertEquals(5, rig.get(Register.IRQ_CTRL));
    assertEquals(5, rig.get(Register.IRQ_CTRLACK));
  }

  @Test
  void halvesOfSixtyFourBitRegisters() {
    Rig rig = new Rig(Rig.PLAIN);
    int base = Register.STRTAB_BASE.offset();
    rig.smmu.write(base, 4, 0x1234_5678_9abc_def0L);
    assertEquals(0x9abc_dec0L, rig.smmu.read(base, 8));
    rig.smmu.write(base + 4, 4, 0x4003_2100L);
    assertEquals(0x4003_2100_9abc_dec0L, rig.smmu.read(base, 8));
    assertEquals(0x4003_2100L, rig.smmu.read(base + 4, 4));
    assertEquals(0x9abc_dec0L, rig.smmu.read(base, 4));
  }

  @Test
  void otherAccessesReadZeroAndAreIgnored() {
    Rig rig = new Rig(Rig.PLAIN);
    assertEquals(0, rig.smmu.read(0, 8), "two 32-bit registers");
    assertEquals(0, rig.smmu.read(0, 2));
    assertEquals(0, rig.smmu.read(1, 4));
    assertEquals(0, rig.smmu.read(Register.STRTAB_BASE.offset() + 4, 8));
    assertEquals(0, rig.smmu.read(0x3c, 4), "no register");
    assertEquals(0, rig.smmu.read(0x1_fffc, 4));
    assertEquals(0, rig.smmu.read(0xa8, 4), "EVENTQ_PROD is in page 1");
    rig.smmu.write(0x28, 8, ALL_ONES);
    rig.smmu.write(0x28, 1, ALL_ONES);
    assertEquals(0, rig.get(Register.CR1));
    assertEquals(0, rig.get(Register.CR2));
  }

  @Test
  void noAccessThrows() {
    Rig rig = new Rig(Rig.PLAIN).start(4);
    for (int offset = 0; offset < rig.smmu.registerBytes(); offset++) {
      for (int bytes = 1; bytes <= 8; bytes *= 2) {
        rig.smmu.read(offset, bytes);
        rig.smmu.write(offset, bytes, 0x5a5a_5a5a_5a5a_5a5aL);
      }
    }
  }

  @Test
  void gbpaNeedsUpdate() {
    Rig rig = new Rig(Rig.PLAIN);
    rig.set(Register.GBPA, 1 << 20);
    assertEquals(0x1000, rig.get(Register.GBPA));
    rig.set(Register.GBPA, 1L << 31 | 1 << 20);
    assertEquals(1 << 20, rig.get(Register.GBPA), "Update reads as zero: it is done");
  }

  @Test
  void globalBypass() {
    Rig rig = new Rig(Rig.PLAIN);
    assertTrue(rig.reads(77, 0x1234_5678));
    assertEquals(Path.BYPASS, rig.out.path());
    assertEquals(0x1234_5678, rig.out.pa());
    assertTrue(
        rig.smmu.transaction(77, 3, 0x1000, AccessType.WRITE, rig.out), "a substream is no matter");
    assertFalse(rig.reads(77, 1L << 48), "beyond OAS");
    assertEquals(Outcome.ABORTED, rig.out.outcome());
    rig.set(Register.GBPA, 1L << 31 | 1 << 20);
    assertFalse(rig.reads(77, 0x1234_5678));
    assertEquals("GBPA.ABORT", rig.out.abortReason());
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void globalBypassAttributes() {
    Rig rig = new Rig(Rig.PLAIN);
    rig.reads(1, 0);
    assertEquals(MemoryAttributes.NORMAL_WRITE_BACK, rig.out.memoryAttributes());
    rig.set(Register.GBPA, 1L << 31 | 0b0001 | 1 << 4 | 0b11 << 12);
    rig.reads(1, 0);
    assertTrue(MemoryAttributes.device(rig.out.memoryAttributes()));
    assertEquals(0b10, MemoryAttributes.shareability(rig.out.memoryAttributes()));
  }

  @Test
  void qemuAdvertisesWhatWasMeasured() {
    Rig rig = new Rig(Profile.QEMU_11);
    assertEquals(0x0d44101bL, rig.get(Register.IDR0));
    assertEquals(0x02730010L, rig.get(Register.IDR1));
    assertEquals(0x1414, rig.get(Register.IDR3));
    assertEquals(0x74, rig.get(Register.IDR5));
    assertEquals(1, rig.get(Register.AIDR));
    assertEquals(0, rig.get(Register.IIDR));
    rig.set(Register.EVENTQ_IRQ_CFG0, ALL_ONES);
    assertEquals(0, rig.get(Register.EVENTQ_IRQ_CFG0), "no MSI, no MSI registers");
  }

  @Test
  void armProductsNameThemselves() {
    assertEquals(0x4832_043b, Profile.MMU_600_R2.iidr());
    assertEquals(0x4871_143b, Profile.MMU_700_R1.iidr());
  }

  @Test
  void mmu600IsTheProductLessWhatIsMissing() {
    int missing = (int) Idr0.TTF.mask();
    assertEquals(0x080f_7e3f & ~missing, Profile.MMU_600_R2.idr0() & ~missing);
    assertEquals(0x0e73_9d18, Profile.MMU_600_R2.idr1());
    assertEquals(0x3c, Profile.MMU_600_R2.idr3());
    assertEquals(0x0040_0075, Profile.MMU_600_R2.idr5());
  }

  @Test
  void profilesAdvertiseOnlyWhatTheModelDoes() {
    Profile generic = Profile.GENERIC;
    int realms = generic.idr0() | (int) Idr0.RME_IMPL.of(1);
    assertThrows(IllegalArgumentException.class, () -> generic.withIdr0(realms));
    assertThrows(IllegalArgumentException.class, () -> generic.withOutputSize(41));
    assertEquals(40, new Features(generic.withOutputSize(40)).outputBits());
    assertFalse(Idr0.COHACC.isSet(generic.withCoherence(false).idr0()));
    assertEquals(24, new Features(generic.withStreamIdBits(24)).streamIdBits());
    assertEquals(generic, Profile.named("generic").orElseThrow());
    assertTrue(Profile.named("no such").isEmpty());
  }

  @Test
  void presetTablesAreReadOnly() {
    Rig rig =
        new Rig(Profile.GENERIC.withIdr1(Profile.GENERIC.idr1() | (int) Idr1.TABLES_PRESET.of(1)));
    rig.set(Register.STRTAB_BASE, ALL_ONES);
    assertEquals(0, rig.get(Register.STRTAB_BASE));
  }
}
