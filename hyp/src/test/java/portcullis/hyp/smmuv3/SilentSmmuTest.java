package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.smmu.Sync;
import portcullis.hyp.Status;
import portcullis.platform.WiredInterrupt;

/**
 * An SMMU that hangs: one timeout in all, however often the host comes back, and no page leaves the
 * host as long as nobody knows what its streams still reach (threats T9, T10).
 */
class SilentSmmuTest {
  private static final long BYPASS = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_BYPASS);
  private static final long PFN = Fixture.RAM >>> 12;

  private final Fixture f = new Fixture();

  private long elapsed(Runnable work) {
    long before = f.platform.clock().nanos();
    work.run();
    return f.platform.clock().nanos() - before;
  }

  private static void assertOneTimeout(long waited) {
    assertTrue(
        waited > Patience.TIMEOUT_NANOS && waited < Patience.TIMEOUT_NANOS * 11 / 10,
        waited + " ns");
  }

  @Test
  void donationsAreRefusedAndCostOneTimeoutInAll() {
    f.boot();
    f.second.stalled = true;
    assertOneTimeout(elapsed(() -> assertEquals(Status.TIMEOUT, f.donate(Fixture.RAM))));
    int consumed = f.hardware.consumed.size();
    long waited =
        elapsed(
            () -> {
              for (int page = 0; page < 200; page++) {
                assertEquals(Status.TIMEOUT, f.donate(Fixture.RAM + page * 0x1000L));
              }
            });
    assertEquals(0, waited, "nobody waits for one that is known to hang");
    assertEquals(consumed, f.hardware.consumed.size(), "nothing was unmapped in vain");
    assertEquals(1, f.driver.counters(1).timeouts());
    assertEquals(0, f.driver.counters(0).timeouts());
    assertTrue(f.pages.hostOwns(Fixture.RAM, 200 << 12));
  }

  @Test
  void allThatHangAreWaitedForAtTheSameTime() {
    f.boot();
    f.hardware.stalled = true;
    f.second.stalled = true;
    assertOneTimeout(elapsed(() -> assertEquals(Status.TIMEOUT, f.donate(Fixture.RAM))));
    assertEquals(1, f.driver.counters(0).timeouts());
    assertEquals(1, f.driver.counters(1).timeouts());
  }

  /** Each emptied table would be merged by a break and a wait. */
  @Test
  void reclaimingWhatEmptiesManyTablesCostsOneTimeoutInAll() {
    f.boot();
    int guest = f.pages.createGuest();
    for (long block = 0; block < 16; block++) {
      assertEquals(Status.OK, f.pages.donate(guest, PFN + 512 * block, 1));
    }
    f.pages.destroyGuest(guest);
    f.hardware.stalled = true;
    long waited =
        elapsed(
            () -> {
              for (long block = 0; block < 16; block++) {
                assertEquals(Status.OK, f.pages.reclaim(PFN + 512 * block, 1));
              }
            });
    assertOneTimeout(waited);
    for (long block = 0; block < 16; block++) {
      assertTrue(f.pages.hostOwns(Fixture.RAM + (block << 21), 0x1000));
      assertTrue(Stage2Oracle.maps(f, Fixture.RAM + (block << 21)), "devices get it back");
    }
    assertEquals(1, f.driver.counters(0).timeouts());
  }

  @Test
  void aPageThatTheSilentOneMayStillReachLeavesOnceItAnswers() {
    f.boot();
    f.second.stalled = true;
    assertEquals(Status.TIMEOUT, f.donate(Fixture.RAM));
    f.second.stalled = false;
    int before = f.second.consumed.size();
    assertEquals(Status.OK, f.donate(Fixture.RAM));
    assertFalse(Stage2Oracle.maps(f, Fixture.RAM));
    List<Opcode> given =
        f.second.consumed.subList(before, f.second.consumed.size()).stream()
            .map(FakeSmmu.Consumed::opcode)
            .toList();
    assertTrue(given.contains(Opcode.TLBI_S12_VMALL), "all that may have been lost: " + given);
    assertEquals(Opcode.SYNC, given.getLast());
    f.second.stalled = true;
    assertOneTimeout(elapsed(() -> assertEquals(Status.TIMEOUT, f.donate(Fixture.RAM + 0x1000))));
    assertEquals(2, f.driver.counters(1).timeouts(), "and may fall silent again");
  }

  @Test
  void theHostsTrapsDoNotWaitForOneThatIsKnownToHang() {
    f.boot().enableCommands().enableStreams();
    for (int sid = 0; sid < 256; sid++) {
      f.hostSte(sid, BYPASS);
    }
    f.hardware.stalled = true;
    long range = Fixture.command(Opcode.CFGI_STE_RANGE);
    assertOneTimeout(elapsed(() -> f.submit(range, Cfgi.RANGE.of(7))));
    long waited =
        elapsed(
            () -> {
              for (int trap = 0; trap < 2000; trap++) {
                assertEquals(0, f.read(Register.CMDQ_CONS));
                f.write(Register.CR0, Cr0.CMDQEN.of(trap & 1) | Cr0.SMMUEN.mask());
                f.write(Register.CMDQ_PROD, trap % 16);
                f.write(Register.CMDQ_CONS, 0);
              }
            });
    assertEquals(0, waited);
    assertEquals(1, f.driver.counters(0).timeouts());
    assertEquals(0, f.driver.counters(1).timeouts());
  }

  @Test
  void whatItWasGivenItIsNotGivenAgain() {
    f.boot().enableCommands();
    f.hardware.stalled = true;
    long nh = Fixture.command(Opcode.TLBI_NH_ALL);
    long sync = Fixture.command(Opcode.SYNC) | Sync.CS.of(Sync.CS_IRQ);
    f.submit(nh, 0, sync, 0);
    for (int poll = 0; poll < 50; poll++) {
      assertEquals(0, f.read(Register.CMDQ_CONS));
    }
    f.submit(nh, 0);
    assertEquals(List.of(), f.platform.interrupts);
    int before = f.hardware.consumed.size();
    f.hardware.stalled = false;
    assertEquals(3, f.read(Register.CMDQ_CONS));
    assertEquals(
        List.of(Opcode.TLBI_NH_ALL, Opcode.SYNC, Opcode.TLBI_NH_ALL),
        f.hardware.consumed.subList(before, f.hardware.consumed.size()).stream()
            .map(FakeSmmu.Consumed::opcode)
            .toList());
    assertEquals(List.of(WiredInterrupt.CMDQ_SYNC), f.platform.interrupts, "once");
  }

  @Test
  void whatBecomesOfAQueueThatWasGivenUpIsNotHeldAgainstTheNext() {
    f.boot().enableCommands();
    f.hardware.stalled = true;
    long nh = Fixture.command(Opcode.TLBI_NH_ALL);
    f.submit(nh, 0, nh, 0, Fixture.command(Opcode.SYNC), 0);
    f.write(Register.CR0, 0);
    f.prod = 0;
    f.enableCommands();
    f.hardware.illegal = command -> command.opcode() == Opcode.TLBI_NH_ALL;
    boolean[] late = {true};
    f.hardware.timesOut =
        command -> {
          boolean now = late[0] && command.opcode() == Opcode.SYNC;
          late[0] &= !now;
          return now;
        };
    f.hardware.stalled = false;
    f.submit(Fixture.command(Opcode.PREFETCH_CONFIG), 0);
    assertFalse(late[0]);
    assertEquals(0, f.read(Register.GERROR) ^ f.read(Register.GERRORN));
    assertEquals(1, f.read(Register.CMDQ_CONS));
    f.submit(nh, 0);
    assertTrue(Gerror.CMDQ_ERR.isSet(f.read(Register.GERROR)), "but its own are");
  }

  @Test
  void aTableIsNotTakenOverAgainAndAgain() {
    f.boot().enableCommands();
    f.hostSte(5, BYPASS);
    f.hardware.stalled = true;
    f.write(Register.STRTAB_BASE, Fixture.TABLE);
    f.write(
        Register.STRTAB_BASE_CFG,
        StrtabBaseCfg.FMT.of(1) | StrtabBaseCfg.SPLIT.of(8) | StrtabBaseCfg.LOG2SIZE.of(16));
    assertOneTimeout(elapsed(() -> f.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask())));
    int[] reads = {0};
    f.memory.onRead = address -> reads[0] += address < Fixture.CARVE_OUT ? 1 : 0;
    for (int poll = 0; poll < 50; poll++) {
      assertEquals(Cr0.CMDQEN.mask(), f.read(Register.CR0ACK));
    }
    assertEquals(0, reads[0]);
    f.memory.onRead = address -> {};
    f.hardware.stalled = false;
    assertEquals(Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask(), f.read(Register.CR0ACK));
    assertTrue(Ste.V.isSet(f.hardwareSte(5)[0]));
  }

  /**
   * A valid STE changes by way of an invalid one (IHI 0070 3.21.3): its table then has no other.
   * Hardware finds no way there any more, and the memory is back once it answers, though the host
   * has given its command up.
   */
  @Test
  void aTableThatAnInterruptedChangeLeavesEmptyGoes() {
    f.boot().enableCommands().enableStreams();
    long used = f.pages.pool().used();
    f.hostSte(5, BYPASS);
    f.submit(Fixture.cfgiSte(5));
    f.hostSte(5, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S1) | 0x5000_0000, Ste.S1DSS.of(2));
    f.hardware.stalled = true;
    f.submit(Fixture.cfgiSte(5));
    assertEquals(-1, f.hardwareSteAddress(5));
    assertEquals(used + 4, f.pages.pool().used(), "hardware may still know the way");
    f.write(Register.CR0, Cr0.SMMUEN.mask());
    assertEquals(Cr0.SMMUEN.mask(), f.read(Register.CR0ACK), "the command queue is given up");
    assertEquals(used + 4, f.pages.pool().used());
    f.hardware.stalled = false;
    f.read(Register.CR0ACK);
    assertEquals(used, f.pages.pool().used());
    f.write(Register.CR0, 0);
    f.prod = 0;
    f.enableCommands().enableStreams();
    assertEquals(Ste.CONFIG_NESTED, Ste.CONFIG.get(f.hardwareSte(5)[0]));
    assertEquals(used + 4, f.pages.pool().used());
  }

  @Test
  void oneThatDoesNotAcknowledgeCostsOneTimeoutToo() {
    f.boot().enableCommands().enableStreams();
    f.hardware.deaf = true;
    long off = Cr0.CMDQEN.mask();
    assertOneTimeout(elapsed(() -> f.write(Register.CR0, off)));
    long waited =
        elapsed(
            () -> {
              for (int trap = 0; trap < 500; trap++) {
                f.write(Register.CR0, off | Cr0.EVENTQEN.of(trap & 1));
                assertTrue(Cr0.SMMUEN.isSet(f.read(Register.CR0ACK)));
              }
            });
    assertEquals(0, waited);
    assertEquals(Status.BUSY, f.donate(Fixture.TABLE), "hardware may still translate");
    f.hardware.deaf = false;
    f.write(Register.CR0, off);
    assertEquals(off, f.read(Register.CR0ACK));
    assertEquals(Status.OK, f.donate(Fixture.TABLE));
  }

  @Test
  void oneThatIsSlowIsNotSilent() {
    f.boot().enableCommands();
    f.hardware.stalled = true;
    long nh = Fixture.command(Opcode.TLBI_NH_ALL);
    f.submit(nh, 0, nh, 0, nh, 0, nh, 0);
    assertEquals(1, f.driver.counters(0).timeouts());
    // It moves again, if only by a command at a time: so it is waited for.
    f.hardware.stalled = false;
    f.hardware.perRead = 1;
    assertEquals(4, f.read(Register.CMDQ_CONS));
    assertEquals(1, f.driver.counters(0).timeouts());
  }
}
