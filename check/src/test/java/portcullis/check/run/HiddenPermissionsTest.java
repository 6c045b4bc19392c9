package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.DptBlock;
import portcullis.arch.smmu.DptEntry;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.host.SmmuDriver;
import portcullis.machine.smmuv3.Translation;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.DeviceRegisters;

/** T19 of the threat model: SMMUs that have a Device Permission Table have none for the host. */
class HiddenPermissionsTest {
  private static final Register[] REGISTERS = {
    Register.DPT_BASE, Register.DPT_BASE_CFG, Register.DPT_CFG_FAR
  };

  /** 48 bits, by 512GB: one page of Block entries. */
  private static final long SHAPE = 0x90_0005;

  private OneStream s;
  private DeviceRegisters hardware;
  private long base;

  @BeforeEach
  void start() {
    s = new OneStream(Profile.GENERIC, true);
    hardware = s.system.machine().platform().devices();
    base = s.system.machine().board().smmus().get(s.master.stream().smmu()).registers().base();
  }

  private long hardware(Register register) {
    return s.system.hardwareRegister(base, register);
  }

  /** A page of the host's, whose entries permit everything to everybody. */
  private long openTable() {
    long table = s.system.newPage();
    for (int entry = 0; entry < 512; entry++) {
      s.system
          .cpu()
          .memory()
          .write64(
              table + (long) entry * DptEntry.BYTES,
              DptBlock.TYPE.of(DptEntry.BLOCK)
                  | DptBlock.AC.of(DptEntry.AC_ANY)
                  | DptBlock.W.of(1));
    }
    return table;
  }

  private boolean translated(long address) {
    return s.master
        .device()
        .ats()
        .orElseThrow()
        .writeTranslated(s.master.stream(), address, new byte[Long.BYTES]);
  }

  /** 6.3.4, 6.3.9, 6.3.46 to 6.3.48. */
  @Test
  void hardwareHasItAndTheHostSeesNothing() {
    assertTrue(Idr3.DPT.isSet(hardware(Register.IDR3)));
    assertFalse(Idr3.DPT.isSet(s.driver.registers().read(Register.IDR3)));
    for (Register register : REGISTERS) {
      long before = hardware(register);
      s.driver.registers().write(register, openTable());
      assertEquals(0, s.driver.registers().read(register), register.name());
      assertEquals(before, hardware(register), register.name());
    }
    s.driver.registers().write(Register.CR0, SmmuDriver.RUNNING | Cr0.DPT_WALK_EN.mask());
    assertFalse(Cr0.DPT_WALK_EN.isSet(s.driver.registers().read(Register.CR0)));
    assertFalse(Cr0.DPT_WALK_EN.isSet(s.driver.registers().read(Register.CR0ACK)));
    assertFalse(Cr0.DPT_WALK_EN.isSet(hardware(Register.CR0)));
    s.driver.registers().write(Register.GERRORN, Gerror.DPT_ERR.mask());
    assertFalse(Gerror.DPT_ERR.isSet(hardware(Register.GERRORN)));
  }

  /** 5.2, EATS and DPT_VMATCH: without a permission table 0b11 is 0b00. */
  @Test
  void noStreamIsCheckedByIt() {
    long page = s.system.newPage();
    s.install(Ste.DPT_VMATCH, Ste.DPT_VMATCH_ANY);
    s.install(Ste.EATS, Ste.EATS_FULL_DPT);
    s.driver.registers().write(Register.CR0, SmmuDriver.RUNNING | Cr0.ATSCHK.mask());
    assertFalse(translated(page));
    Translation last = s.device().translation();
    assertEquals(EventType.F_TRANSL_FORBIDDEN, last.event());
    assertEquals(0, hardware(Register.DPT_CFG_FAR), "no lookup was made");
  }

  /** What the host is refused would let a device write anywhere: EL2's own accesses do it. */
  @Test
  void hardwareWouldTakeTheHostsTable() {
    long page = s.system.newPage();
    hardware.write64(base + Register.DPT_BASE.offset(), openTable());
    hardware.write32(base + Register.DPT_BASE_CFG.offset(), (int) SHAPE);
    long cr0 = hardware(Register.CR0);
    hardware.write32(base + Register.CR0.offset(), (int) (cr0 | Cr0.DPT_WALK_EN.mask()));
    assertEquals(cr0 | Cr0.DPT_WALK_EN.mask(), hardware(Register.CR0ACK));
    s.install(Ste.EATS, Ste.EATS_FULL_DPT);
    assertFalse(translated(page), "the STE that hardware has is EL2's");
    assertEquals(0, hardware(Register.DPT_CFG_FAR));
  }

  /** 4.6: commands of an SMMU with IDR3.DPT only. */
  @Test
  void itsInvalidationsAreNoCommands() {
    for (Opcode opcode : new Opcode[] {Opcode.DPTI_ALL, Opcode.DPTI_PA}) {
      start();
      s.events.clear();
      s.driver.commands().command(Command.OPCODE.of(opcode.code()), 0);
      s.driver.commands().sync();
      long cons = s.driver.registers().read(Register.CMDQ_CONS);
      assertEquals(CommandError.CERROR_ILL, CmdqCons.ERR.get(cons), opcode.commandName());
      assertFalse(s.commandsToHardware().stream().anyMatch(name -> name.contains("DPT")));
    }
  }
}
