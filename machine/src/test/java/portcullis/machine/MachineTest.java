package portcullis.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.arch.smmu.CmdqControlPageBase;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr2;
import portcullis.arch.smmu.Idr6;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Sync;
import portcullis.board.AddressRange;
import portcullis.board.Board;
import portcullis.board.Master;
import portcullis.board.Smmu;
import portcullis.board.StreamRange;
import portcullis.machine.smmuv3.InterruptLine;
import portcullis.machine.smmuv3.SmmuV3;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.DeviceRegisters;
import portcullis.platform.HostAbort;
import portcullis.platform.trace.TraceSink;

class MachineTest {
  private static final int NOTHING = -1;

  private static BoardRig rig(Board board, Profile profile) {
    return new BoardRig(board, profile, TraceSink.NONE);
  }

  private static long register(BoardRig rig, int smmu, Register register) {
    long base = rig.board.smmus().get(smmu).registers().base();
    return rig.machine.platform().devices().read32(base + register.offset());
  }

  @Test
  void eachSmmuAnswersAtItsAddressesAndNowhereElse() {
    BoardRig rig = new BoardRig();
    DeviceRegisters devices = rig.machine.platform().devices();
    assertEquals(2, rig.board.smmus().size());
    for (Smmu node : rig.board.smmus()) {
      long base = node.registers().base();
      SmmuV3 smmu = rig.machine.smmu(node.index()).orElseThrow();
      assertEquals("smmu" + node.index(), smmu.name());
      assertEquals(Profile.GENERIC.idr5(), register(rig, node.index(), Register.IDR5));
      devices.write32(base + Register.CR2.offset(), 0b10);
      assertEquals(0b10, smmu.read(Register.CR2.offset(), 4));
      devices.write64(base + Register.EVENTQ_BASE.offset(), 0x8000_0000L * (1 + node.index()));
      assertEquals(NOTHING, devices.read32(base - 4));
      assertEquals(0, devices.read32(base + 0x1_fffc));
      assertEquals(NOTHING, devices.read32(base + smmu.registerBytes()));
    }
    assertEquals(
        0x8000_0000L, rig.machine.smmu(0).orElseThrow().read(Register.EVENTQ_BASE.offset(), 8));
    assertEquals(
        0x1_0000_0000L, rig.machine.smmu(1).orElseThrow().read(Register.EVENTQ_BASE.offset(), 8));
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void coherenceIsTheBoardsWord(boolean first, boolean second) {
    Board board = BoardRig.builtIn();
    board = BoardRig.with(board, BoardRig.smmu(board, 0, true, first));
    board = BoardRig.with(board, BoardRig.smmu(board, 1, true, second));
    for (Profile profile : Profile.ALL) {
      BoardRig rig = rig(board, profile);
      assertEquals(first, Idr0.COHACC.isSet(register(rig, 0, Register.IDR0)));
      assertEquals(second, Idr0.COHACC.isSet(register(rig, 1, Register.IDR0)));
      long others = ~Idr0.COHACC.mask() & 0xffff_ffffL;
      assertEquals(
          profile.idr0() & others, register(rig, 0, Register.IDR0) & others, profile.name());
    }
  }

  /** The second SMMU with so many register pages, on a board that says whether it is coherent. */
  private static BoardRig withPages(int pages, boolean coherent, Profile profile) {
    Board board = BoardRig.builtIn();
    Smmu smmu = board.smmus().get(1);
    return rig(
        BoardRig.with(
            board,
            new Smmu(
                1,
                smmu.path(),
                smmu.name(),
                new AddressRange(smmu.registers().base(), pages * 0x1_0000L),
                true,
                coherent,
                smmu.coherentBus(),
                smmu.phandle(),
                smmu.interrupts(),
                smmu.quirks())),
        profile);
  }

  /** IHI 0070 6.3.3: the page lies behind the first two, if the board has that much for it. */
  @Test
  void aVatosPageNeedsAddresses() {
    for (int pages = 2; pages <= 4; pages++) {
      BoardRig rig = withPages(pages, true, Profile.GENERIC);
      boolean fits = pages > 2;
      assertEquals(fits, Idr0.VATOS.isSet(register(rig, 1, Register.IDR0)));
      long sid = base(rig) + 0x2_0000 + Register.VATOS_SID.offset();
      DeviceRegisters devices = rig.machine.platform().devices();
      devices.write64(sid, 7);
      assertEquals(fits ? 7 : -1, devices.read64(sid));
    }
  }

  private static long base(BoardRig rig) {
    return rig.board.smmus().get(1).registers().base();
  }

  /**
   * IHI 0070 6.1: control pages lie behind the VATOS page, if the board has that much for them; it
   * has the VATOS page sooner. 6.3.2: an SMMU that is not coherent has none.
   */
  @ParameterizedTest
  @CsvSource({
    "2, true, false, 0",
    "3, true, true, 0",
    "4, true, true, 0",
    "5, true, true, 0x30000",
    "16, true, true, 0x30000",
    "16, false, true, 0"
  })
  void controlPagesNeedAddressesAndCoherence(
      int pages, boolean coherent, boolean vatos, String firstPage) {
    long first = Long.decode(firstPage);
    Profile profile =
        Profile.GENERIC
            .with(Register.IDR1, Idr1.ECMDQ, 1)
            .with(Register.IDR6, Idr6.CMDQ_CONTROL_PAGE_LOG2NUMP, 1);
    BoardRig rig = withPages(pages, coherent, profile);
    assertEquals(vatos, Idr0.VATOS.isSet(register(rig, 1, Register.IDR0)));
    assertEquals(first != 0, Idr1.ECMDQ.isSet(register(rig, 1, Register.IDR1)));
    assertEquals(first != 0, register(rig, 1, Register.IDR6) != 0);
    DeviceRegisters devices = rig.machine.platform().devices();
    long described = devices.read64(base(rig) + Register.CMDQ_CONTROL_PAGE_BASE.offset());
    assertEquals(first, CmdqControlPageBase.ADDR.inPlace(described));
    if (first != 0) {
      long last = base(rig) + first + 0x1_0000 + Register.ECMDQ_BASE.offset();
      devices.write64(last, 0x20);
      assertEquals(0x20, devices.read64(last));
    }
  }

  /** Without its VATOS page, which is too far off, an SMMU can have the other pages. */
  @Test
  void controlPagesMayFitWhereAVatosPageDoesNot() {
    Profile profile =
        Profile.GENERIC.with(Register.IDR1, Idr1.ECMDQ, 1).with(Register.IDR2, Idr2.BA_VATOS, 100);
    BoardRig rig = withPages(4, true, profile);
    assertFalse(Idr0.VATOS.isSet(register(rig, 1, Register.IDR0)));
    assertTrue(Idr1.ECMDQ.isSet(register(rig, 1, Register.IDR1)));
  }

  /** The first platform master sends streams up to {@code last} to the second SMMU. */
  private static Board withStreams(long first, long count) {
    Board board = BoardRig.builtIn();
    List<Master> masters = new ArrayList<>(board.masters());
    for (int i = 0; i < masters.size(); i++) {
      Master master = masters.get(i);
      if (master.name().startsWith("ethernet")) {
        masters.set(
            i,
            new Master(
                master.path(),
                master.name(),
                master.compatible(),
                master.registers(),
                master.enabled(),
                master.coherent(),
                master.pci(),
                List.of(new StreamRange(BoardRig.SMMU, first, count, 0)),
                master.ridMask(),
                master.attachment(),
                master.reason()));
      }
    }
    return BoardRig.with(board, board.smmus(), masters);
  }

  @ParameterizedTest
  @CsvSource({
    "0x10, 1, 16",
    "0xffff, 1, 16",
    "0xffff, 2, 17",
    "0x10000, 1, 17",
    "0, 0x100000, 20",
    "0xffffffff, 1, 32"
  })
  void streamIdsAreAsWideAsTheBoardNeeds(String first, String count, int bits) {
    Board board = withStreams(Long.decode(first), Long.decode(count));
    BoardRig rig = rig(board, Profile.QEMU_11);
    assertEquals(bits, Idr1.SIDSIZE.get(register(rig, BoardRig.SMMU, Register.IDR1)));
    assertEquals(16, Idr1.SIDSIZE.get(register(rig, 0, Register.IDR1)), "the other SMMU's own");
    assertEquals(
        Math.max(bits, 20),
        Idr1.SIDSIZE.get(register(rig(board, Profile.GENERIC), BoardRig.SMMU, Register.IDR1)));
  }

  @Test
  void anSmmuThatTheBoardDisablesIsNotModelled() {
    Board board = BoardRig.builtIn();
    BoardRig rig = rig(BoardRig.with(board, BoardRig.smmu(board, 0, false, true)), Profile.GENERIC);
    assertTrue(rig.machine.smmu(0).isEmpty());
    assertTrue(rig.machine.interrupts(0).isEmpty());
    assertEquals(NOTHING, register(rig, 0, Register.IDR0));
    long base = board.smmus().get(0).registers().base();
    assertThrows(HostAbort.class, () -> rig.machine.cpu(0).load(base, 4));
    assertEquals("smmu1", rig.machine.smmu(1).orElseThrow().name());
    assertNotNull(rig.store.cell("smmu0.cr0"), "the name is free: there is no such state");
    assertThrows(IllegalArgumentException.class, () -> rig.store.cell("smmu1.cr0"));
  }

  @Test
  void everyMasterOfTheBoardIsThereInItsOrder() {
    BoardRig rig = new BoardRig();
    assertEquals(
        rig.board.masters(), rig.machine.masters().stream().map(DmaMaster::description).toList());
  }

  @Test
  void cpusShareMemoryAndClockButNotRegisters() {
    BoardRig rig = new BoardRig();
    assertNotSame(rig.machine.cpu(0), rig.machine.cpu(1));
    assertThrows(IndexOutOfBoundsException.class, () -> rig.machine.cpu(2));
    rig.machine.cpu(0).store(BoardRig.RAM, 8, 5);
    assertEquals(5, rig.machine.cpu(1).load(BoardRig.RAM, 8));
    assertEquals(5, rig.memory.read64(BoardRig.RAM));
    rig.machine.cpu(0).pause();
    rig.machine.platform().pause();
    assertEquals(1000, rig.machine.cpu(1).clock().nanos());
    assertEquals(1000, rig.machine.platform().clock().nanos());
  }

  @Test
  void el2PutsOneStage2UnderAllCpus() {
    BoardRig rig = new BoardRig();
    Stage2Tables tables = new Stage2Tables(rig.memory, Stage2Shape.COMMON, rig::allocate);
    tables.map(0x5000, BoardRig.RAM);
    rig.memory.write64(BoardRig.RAM, 99);
    rig.machine.platform().cpuMmu().enableHostStage2(tables.vttbr(), tables.vtcr());
    assertEquals(99, rig.machine.cpu(0).load(0x5000, 8));
    assertEquals(99, rig.machine.cpu(1).load(0x5000, 8));
    tables.map(0x5000, BoardRig.RAM + 0x1000);
    rig.machine.platform().cpuMmu().invalidateHostStage2(0x5000, 0x1000);
    assertEquals(0, rig.machine.cpu(0).load(0x5000, 8));
    assertEquals(0, rig.machine.cpu(1).load(0x5000, 8));
  }

  @Test
  void ramHasTheBoardsBounds() {
    BoardRig rig = new BoardRig();
    rig.machine.cpu(0).store(BoardRig.RAM_END - 8, 8, 1);
    assertThrows(HostAbort.class, () -> rig.machine.cpu(0).load(BoardRig.RAM_END, 8));
    assertThrows(HostAbort.class, () -> rig.machine.cpu(0).load(BoardRig.RAM - 8, 8));
    assertThrows(IllegalArgumentException.class, () -> rig.memory.read64(BoardRig.RAM_END));
  }

  @Test
  void interruptsWaitUntilTheHostTakesThem() {
    BoardRig rig = new BoardRig();
    InterruptLatch lines = rig.machine.interrupts(BoardRig.SMMU).orElseThrow();
    rig.enableSmmu();
    rig.command(0x46 | Sync.CS.of(Sync.CS_IRQ), 0);
    rig.command(0x46 | Sync.CS.of(Sync.CS_IRQ), 0);
    assertEquals(0, lines.take(InterruptLine.EVENTQ));
    assertEquals(2, lines.take(InterruptLine.CMDQ_SYNC));
    assertEquals(0, lines.take(InterruptLine.CMDQ_SYNC));
    rig.master("ethernet").read(BoardRig.ETHERNET, 0, new byte[1]);
    rig.command(0xff, 0);
    assertEquals(1, lines.take(InterruptLine.EVENTQ));
    assertEquals(1, lines.take(InterruptLine.GERROR));
    InterruptLatch other = rig.machine.interrupts(0).orElseThrow();
    assertEquals(0, other.take(InterruptLine.CMDQ_SYNC));
  }
}
