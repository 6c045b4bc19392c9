package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Gmpam;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Mpamidr;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.DeviceRegisters;
import portcullis.smmu.Commands;

/** T18 of the threat model: SMMUs that have MPAM have none for the host. */
class HiddenMpamTest {
  private static final long IOVA = 0x1_0000_0000L;

  /** All its accesses have PARTID and PMG 0 but where hardware says otherwise. */
  private static final int NONE = 0;

  private OneStream s;
  private DeviceRegisters hardware;
  private long base;

  @BeforeEach
  void start() {
    s = new OneStream(Profile.GENERIC, true);
    hardware = s.system.machine().platform().devices();
    base = s.system.machine().board().smmus().get(s.master.stream().smmu()).registers().base();
    s.master.domain().map(IOVA, s.system.newPage(), s.system.pageBytes());
  }

  private int ids() {
    assertTrue(s.master.touch(IOVA), s.system::whyStopped);
    return s.device().translation().mpam();
  }

  @Test
  void hardwareHasItAndTheHostSeesNothing() {
    assertTrue(Idr3.MPAM.isSet(s.system.hardwareRegister(base, Register.IDR3)));
    assertTrue(Mpamidr.PARTID_MAX.isSet(s.system.hardwareRegister(base, Register.MPAMIDR)));
    assertFalse(Idr3.MPAM.isSet(s.driver.registers().read(Register.IDR3)));
    for (Register register : new Register[] {Register.MPAMIDR, Register.GMPAM, Register.GBPMPAM}) {
      long before = s.system.hardwareRegister(base, register);
      s.driver.registers().write(register, Gmpam.UPDATE.mask() | 1);
      assertEquals(0, s.driver.registers().read(register), register.name());
      assertEquals(before, s.system.hardwareRegister(base, register), register.name());
    }
  }

  /** What the host is refused would work: EL2's own access changes the register. */
  @Test
  void hardwareWouldTakeIdentifiers() {
    hardware.write32(base + Register.GMPAM.offset(), (int) (Gmpam.UPDATE.mask() | 1));
    assertEquals(1, s.system.hardwareRegister(base, Register.GMPAM));
  }

  @Test
  void noFieldOfAnSteChoosesAnIdentifier() {
    assertEquals(NONE, ids());
    for (Field field : new Field[] {Ste.PARTID, Ste.PMG, Ste.S1MPAM}) {
      s.install(field, 1);
      assertEquals(NONE, ids(), field.name());
    }
  }

  /** 5.4: a CD's identifiers are used with S1MPAM only; the CD is the host's own. */
  @Test
  void aCdChoosesNone() {
    int stream = s.master.stream().streamId();
    long[] ste = s.driver.entry(stream);
    long at =
        Ste.S1CONTEXTPTR.inPlace(ste[Ste.S1CONTEXTPTR.word()]) + Cd.PARTID.word() * Long.BYTES;
    s.system.cpu().memory().write64(at, Cd.PARTID.of(1) | Cd.PMG.of(1));
    Commands.cfgiCd(s.driver.commands(), stream, 0, true);
    s.driver.commands().sync();
    assertEquals(NONE, ids());
    s.install(Ste.S1MPAM, 1);
    assertEquals(NONE, ids());
  }

  /** A VMS where nothing answers would end the access: F_VMS_FETCH (7.3.20). */
  @Test
  void noVmsIsFetched() {
    s.install(Ste.S1MPAM, 1);
    s.install(Ste.VMSPTR, (1L << 47) >>> Ste.VMSPTR.lsb());
    assertEquals(NONE, ids());
  }

  @Test
  void itsInvalidationIsNoCommand() {
    s.events.clear();
    s.driver.commands().command(Command.OPCODE.of(Opcode.CFGI_VMS_PIDM.code()), 0);
    s.driver.commands().sync();
    long cons = s.driver.registers().read(Register.CMDQ_CONS);
    assertEquals(CommandError.CERROR_ILL, CmdqCons.ERR.get(cons));
    assertFalse(s.commandsToHardware().stream().anyMatch(name -> name.contains("VMS")));
  }
}
