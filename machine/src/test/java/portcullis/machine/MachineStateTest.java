package portcullis.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.Counters;
import portcullis.machine.smmuv3.InterruptLine;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.CpuContext;
import portcullis.platform.El2Vectors;
import portcullis.platform.HostAbort;
import portcullis.platform.HostCpu;
import portcullis.platform.trace.TraceSink;

/** The whole machine's state is in the store, and moving data allocates nothing. */
class MachineStateTest {
  private static final long WINDOW = 0xa000_0000L;
  private static final int PAGES = 64;
  private static final long PAGE = 0x1000;
  private static final long CFGI_ALL = 0x04;
  private static final long TLBI_NSNH_ALL = 0x30;
  private static final long CMD_SYNC_IRQ = 0x46 | 1 << 12;

  /** A small machine in full swing: both stage 2s enabled, and an EL2 that maps half of it. */
  private static final class Busy implements El2Vectors {
    final BoardRig rig = new BoardRig(BoardRig.builtIn(), Profile.QEMU_11, TraceSink.NONE);
    final Stage2Tables cpuTables = new Stage2Tables(rig.memory, Stage2Shape.COMMON, rig::allocate);
    final Stage2Tables dmaTables;
    final DmaMaster ethernet = rig.master("ethernet");
    final byte[] buffer = new byte[600];
    final long registers = rig.board.smmus().get(0).registers().base();

    Busy() {
      rig.enableSmmu();
      dmaTables = rig.stage2(BoardRig.ETHERNET);
      dmaTables.slot(WINDOW, 3);
      cpuTables.slot(WINDOW, 3);
      rig.machine.installEl2(this);
      rig.machine.platform().cpuMmu().enableHostStage2(cpuTables.vttbr(), cpuTables.vtcr());
    }

    @Override
    public void dataAbort(CpuContext context) {
      long ipa = context.faultIpa();
      switch ((int) (ipa / PAGE) % 4) {
        case 0 -> context.injectAbort();
        case 1 -> {
          context.setRegister(0, ipa);
          context.skipInstruction();
        }
        default -> cpuTables.map(ipa & -PAGE, WINDOW + (ipa & (PAGES - 1) * PAGE));
      }
    }

    @Override
    public void hypercall(CpuContext context) {
      context.setRegister(0, context.register(0) + context.register(1));
    }

    /** Random activity of everything there is; a digest of all that came back. */
    long act(long seed, int steps) {
      Random random = new Random(seed);
      long digest = 0;
      for (int step = 0; step < steps; step++) {
        digest = digest * 31 + step(random);
      }
      return digest;
    }

    private long step(Random random) {
      HostCpu cpu = rig.machine.cpu(random.nextInt(2));
      long page = WINDOW + random.nextInt(PAGES) * PAGE;
      return switch (random.nextInt(14)) {
        case 0, 1 -> load(cpu, page + random.nextInt(512) * 8);
        case 2 -> store(cpu, page + random.nextInt(512) * 8, random.nextLong());
        case 3 -> cpu.hypercall(random.nextLong(), random.nextLong());
        case 4 -> {
          cpu.pause();
          yield cpu.clock().nanos();
        }
        case 5 -> {
          dmaTables.map(page, WINDOW + random.nextInt(PAGES) * PAGE);
          yield 0;
        }
        case 6 -> {
          dmaTables.unmap(page);
          cpuTables.unmap(page);
          yield 0;
        }
        case 7 -> {
          rig.machine.platform().cpuMmu().invalidateHostStage2(page, 4 * PAGE);
          yield 0;
        }
        case 8 -> command(random.nextInt(4));
        case 9 -> register(random);
        case 10 ->
            rig.machine
                .interrupts(BoardRig.SMMU)
                .orElseThrow()
                .take(InterruptLine.values()[random.nextInt(4)]);
        case 11 -> write(random, page);
        default -> read(page + random.nextInt((int) PAGE));
      };
    }

    private long load(HostCpu cpu, long ipa) {
      try {
        return cpu.load(ipa, 8);
      } catch (HostAbort abort) {
        return 1;
      }
    }

    private long store(HostCpu cpu, long ipa, long value) {
      try {
        cpu.store(ipa, 8, value);
        return 0;
      } catch (HostAbort abort) {
        return 1;
      }
    }

    private long command(int choice) {
      switch (choice) {
        case 0 -> rig.command(CFGI_ALL, 31);
        case 1 -> rig.command(TLBI_NSNH_ALL, 0);
        case 2 -> rig.command(CMD_SYNC_IRQ, 0);
        default -> rig.command(0xff, 0);
      }
      rig.set(Register.GERRORN, rig.get(Register.GERROR));
      return rig.get(Register.CMDQ_CONS);
    }

    private long register(Random random) {
      switch (random.nextInt(3)) {
        case 0 -> rig.set(Register.GBPA, Gbpa.UPDATE.of(1) | Gbpa.ABORT.of(random.nextInt(2)));
        case 1 ->
            rig.set(
                Register.CR0,
                Cr0.SMMUEN.of(random.nextInt(4) == 0 ? 0 : 1)
                    | Cr0.EVENTQEN.of(1)
                    | Cr0.CMDQEN.of(1));
        default -> rig.set(Register.EVENTQ_CONS, rig.get(Register.EVENTQ_PROD));
      }
      return rig.get(Register.EVENTQ_PROD);
    }

    private long write(Random random, long at) {
      random.nextBytes(buffer);
      return ethernet.write(BoardRig.ETHERNET, at + random.nextInt((int) PAGE), buffer).ordinal();
    }

    private long read(long at) {
      long sum = ethernet.read(BoardRig.ETHERNET, at, buffer).ordinal();
      for (byte value : buffer) {
        sum = sum * 31 + value;
      }
      return sum;
    }
  }

  @Test
  void undoRestoresTheWholeMachineAndAReplayRepeatsIt() {
    Busy busy = new Busy();
    for (int round = 0; round < 20; round++) {
      long start = busy.rig.store.fingerprint();
      Arrays.fill(busy.buffer, (byte) 0);
      long mark = busy.rig.store.mark();
      long digest = busy.act(round, 1_000);
      long end = busy.rig.store.fingerprint();
      assertNotEquals(start, end);

      busy.rig.store.undo(mark);
      assertEquals(start, busy.rig.store.fingerprint());
      Arrays.fill(busy.buffer, (byte) 0);
      assertEquals(digest, busy.act(round, 1_000), "what came back, in round " + round);
      assertEquals(end, busy.rig.store.fingerprint());
    }
  }

  @Test
  void anotherMachineDoesTheSame() {
    Busy one = new Busy();
    Busy two = new Busy();
    assertEquals(one.rig.store.fingerprint(), two.rig.store.fingerprint());
    assertEquals(one.act(99, 5_000), two.act(99, 5_000));
    assertEquals(one.rig.store.fingerprint(), two.rig.store.fingerprint());
    assertTrue(one.rig.store.diff(two.rig.store, 10).isEmpty());
  }

  /** DMA that hits the TLB, walks, faults and evicts, and the host's own loads. */
  @Test
  void movingDataAllocatesNothing() {
    Busy busy = new Busy();
    for (int page = 0; page < 2 * PAGES; page++) {
      if (page % 8 != 7) {
        busy.dmaTables.map(WINDOW + page * PAGE, WINDOW + page * PAGE);
        busy.cpuTables.map(WINDOW + page * PAGE, WINDOW + page * PAGE);
      }
    }
    busy.cpuTables.map(busy.registers, busy.registers);
    for (int round = 0; round < 300; round++) {
      move(busy);
    }
    Counters counters = busy.rig.machine.smmu(BoardRig.SMMU).orElseThrow().counters();
    long faults = counters.faults();
    int[] done = new int[1];
    assertEquals(
        0,
        Allocation.of(
            () -> {
              for (int round = 0; round < 100; round++) {
                done[0] += move(busy);
              }
            }));
    assertTrue(done[0] > 10_000, done[0] + " DMAs reached memory");
    assertTrue(counters.faults() > faults + 1_000);
  }

  /** Returns how many DMAs reached memory. */
  private static int move(Busy busy) {
    int done = 0;
    HostCpu cpu = busy.rig.machine.cpu(0);
    for (int page = 0; page < 2 * PAGES; page++) {
      long at = WINDOW + page * PAGE;
      done += ok(busy.ethernet.write(BoardRig.ETHERNET, at + PAGE - 300, busy.buffer));
      done += ok(busy.ethernet.read(BoardRig.ETHERNET, at + 3, busy.buffer));
      if (page % 8 != 7) {
        cpu.memory().write64(at, cpu.memory().read64(at) + 1);
      }
    }
    busy.rig.command(TLBI_NSNH_ALL, 0);
    busy.rig.machine.platform().cpuMmu().invalidateHostStage2(WINDOW, PAGES * PAGE);
    cpu.load(busy.registers, 4);
    return done;
  }

  private static int ok(DmaMaster.Result result) {
    return result == DmaMaster.Result.OK ? 1 : 0;
  }
}
