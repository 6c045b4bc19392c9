package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.hyp.Status;

/**
 * A host that writes whatever it likes, with a liking for what nearly makes sense; after each step
 * everything that hardware believes is checked.
 */
final class HostileHost {
  private static final Register[] REGISTERS =
      RegisterPolicy.DEFAULT.rows().stream()
          .map(RegisterPolicy.Row::register)
          .toArray(Register[]::new);
  private static final Opcode[] OPCODES = Opcode.values();
  private static final int BITS = 16;
  private static final int[] SIDS = {0, 8, 0xff, 0x100, 0x6c3, 0xffff};

  private final Fixture f;
  private final Random random;
  private boolean bypassed;
  private long donated;

  private HostileHost(SmmuPolicy policy, long seed) {
    f = new Fixture();
    f.policy = policy;
    f.boot();
    random = new Random(seed);
    f.hardware.onWrite = (register, value) -> bypassed |= f.hardware.bypasses();
  }

  private long address() {
    return switch (random.nextInt(8)) {
      case 0 -> random.nextLong();
      case 1 -> Fixture.CARVE_OUT + random.nextInt(64) * 0x1000L;
      case 2 -> Fixture.SMMU0;
      case 3 -> donated;
      case 4 -> Fixture.QUEUE;
      case 5 -> Fixture.EVENTS;
      case 6 -> Fixture.TABLE;
      default -> Fixture.RAM + random.nextInt(0x2000) * 0x1000L;
    };
  }

  private long value(Register register) {
    return switch (register) {
      case CR0 -> random.nextInt(16);
      case CMDQ_BASE, EVENTQ_BASE -> (address() & ~0x1fL) | random.nextInt(10);
      case STRTAB_BASE -> address();
      case STRTAB_BASE_CFG ->
          StrtabBaseCfg.FMT.of(random.nextInt(2))
              | StrtabBaseCfg.SPLIT.of(List.of(6, 8, 10, 3).get(random.nextInt(4)))
              | StrtabBaseCfg.LOG2SIZE.of(random.nextInt(18));
      case CMDQ_PROD, CMDQ_CONS -> random.nextInt(40);
      case GERRORN -> f.read(Register.GERROR);
      default -> random.nextLong();
    };
  }

  private void step() {
    f.hardware.deaf = random.nextInt(100) == 0;
    f.hardware.stalled = random.nextInt(100) == 0;
    f.hardware.consume();
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> {
        Register register = REGISTERS[random.nextInt(REGISTERS.length)];
        f.write(register, value(register));
      }
      case 3 -> {
        int bytes = 1 << random.nextInt(4);
        long offset = random.nextInt(0x2_0000 / bytes) * (long) bytes;
        f.write(offset, bytes, random.nextLong());
        f.read(offset, bytes);
      }
      case 4 -> {
        long at = Fixture.QUEUE + random.nextInt(64) * 16L;
        long word0 = OPCODES[random.nextInt(OPCODES.length)].code();
        if (random.nextBoolean()) {
          word0 = Opcode.CFGI_STE_RANGE.code();
        }
        word0 |= (long) SIDS[random.nextInt(SIDS.length)] << 32;
        boolean wild = random.nextInt(4) == 0;
        hostStore(at, wild ? random.nextLong() : word0);
        hostStore(at + 8, random.nextBoolean() ? Cfgi.RANGE.of(31) : random.nextLong());
      }
      case 5 -> {
        int sid = SIDS[random.nextInt(SIDS.length)];
        long leaf = Fixture.LEAVES + (sid >>> 8) * 0x4000L;
        hostStore(
            Fixture.TABLE + (sid >>> 8) * 8L,
            (random.nextInt(8) == 0 ? address() & -64L : leaf)
                | StreamTableDescriptor.SPAN.of(random.nextInt(4) == 0 ? random.nextInt(32) : 9));
        for (int word = 0; word < Ste.WORDS; word++) {
          hostStore(leaf + (sid & 0xff) * 64L + word * 8L, random.nextLong());
        }
        hostStore(
            leaf + (sid & 0xff) * 64L,
            Ste.V.of(1)
                | Ste.CONFIG.of(random.nextInt(8))
                | Ste.S1CONTEXTPTR.inPlace(random.nextLong()));
      }
      case 6 -> f.write(Register.CMDQ_PROD, random.nextInt(40));
      default -> {
        if (random.nextInt(200) == 0) {
          long pa = Fixture.RAM + random.nextInt(0x2000) * 0x1000L;
          if (f.donate(pa) == Status.OK) {
            donated = pa;
          }
        } else if (random.nextInt(4) == 0) {
          startOver();
        } else {
          f.write(Register.GERRORN, f.read(Register.GERROR));
        }
      }
    }
  }

  /** What a driver does, so that what follows is not lost on a queue that nobody reads. */
  private void startOver() {
    f.write(Register.CR0, 0);
    f.write(Register.GERRORN, f.read(Register.GERROR));
    f.write(Register.CMDQ_BASE, Fixture.QUEUE | QueueBase.LOG2SIZE.of(5));
    f.write(Register.CMDQ_PROD, 0);
    f.write(Register.CMDQ_CONS, 0);
    f.write(Register.STRTAB_BASE, Fixture.TABLE);
    f.write(
        Register.STRTAB_BASE_CFG,
        StrtabBaseCfg.FMT.of(1) | StrtabBaseCfg.SPLIT.of(8) | StrtabBaseCfg.LOG2SIZE.of(16));
    f.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask() | random.nextInt(2) * 4L);
  }

  /** The host writes memory, if it may. */
  private void hostStore(long pa, long value) {
    if (f.pages.hostOwns(pa, 8)) {
      f.memory.write64(pa, value);
    }
  }

  /** What is wrong with what hardware believes; null if nothing is. */
  private String violation() {
    FakeSmmu hardware = f.hardware;
    if (bypassed || !Gbpa.ABORT.isSet(hardware.get(Register.GBPA))) {
      return "GBPA bypasses";
    }
    if (!owned(hardware.get(Register.STRTAB_BASE) & 0xf_ffff_ffff_ffc0L)) {
      return "stream table";
    }
    if (!owned(QueueBase.ADDR.inPlace(hardware.get(Register.CMDQ_BASE)))) {
      return "command queue";
    }
    long events = hardware.get(Register.EVENTQ_BASE);
    if (Cr0.EVENTQEN.isSet(hardware.get(Register.CR0) | hardware.get(Register.CR0ACK))) {
      long bytes = 32L << QueueBase.LOG2SIZE.get(events);
      long base = QueueBase.ADDR.inPlace(events);
      if (!f.pages.hostOwns(base, bytes) || f.pages.pins(base) == 0) {
        return "event queue";
      }
    }
    if (hardware.get(Register.GERROR_IRQ_CFG0) != 0
        || hardware.get(Register.EVENTQ_IRQ_CFG0) != 0
        || hardware.get(Register.PRIQ_IRQ_CFG0) != 0) {
      return "MSI address";
    }
    for (int sid : SIDS) {
      long[] ste = f.hardwareSte(sid);
      long config = Ste.CONFIG.get(ste[0]);
      boolean passes = Ste.V.isSet(ste[0]) && (config & Ste.CONFIG_BIT_PASS) != 0;
      if (passes
          && ((config & Ste.CONFIG_BIT_S2) == 0
              || !owned(Ste.S2TTB.inPlace(ste[3]))
              || Ste.EATS.get(ste[1]) == Ste.EATS_FULL)) {
        return "STE of stream " + sid;
      }
    }
    if (emptyTable()) {
      return "second-level table without a valid STE";
    }
    return hardware.consumed.stream()
            .anyMatch(command -> command.opcode() == Opcode.SYNC && command.word1() != 0)
        ? "MSI of CMD_SYNC"
        : null;
  }

  /** Whether hardware finds a second-level table without a valid stream, even while it hangs. */
  private boolean emptyTable() {
    long base = f.hardware.get(Register.STRTAB_BASE) & 0xf_ffff_ffff_ffc0L;
    boolean empty = false;
    for (int entry = 0; entry < 1 << BITS - ShadowStreamTable.SPLIT; entry++) {
      long descriptor = f.memory.read64(base + entry * 8L);
      boolean linked = StreamTableDescriptor.SPAN.get(descriptor) != 0;
      boolean valid = false;
      for (int sid = 0; linked && sid < ShadowStreamTable.L2_STES && !valid; sid++) {
        valid =
            Ste.V.isSet(
                f.memory.read64(StreamTableDescriptor.L2PTR.inPlace(descriptor) + sid * 64L));
      }
      empty |= linked && !valid;
    }
    return empty;
  }

  /** Whether, once the host has disabled everything, all its pages can change hands. */
  private boolean leavesNothingPinned() {
    f.hardware.deaf = false;
    f.hardware.stalled = false;
    f.write(Register.CR0, 0);
    boolean pinned = false;
    for (long pa = Fixture.RAM; pa < Fixture.RAM_END; pa += 0x1000) {
      pinned |= f.pages.pins(pa) != 0;
    }
    return !pinned && f.read(Register.CR0ACK) == 0;
  }

  private static boolean owned(long pa) {
    return pa >= Fixture.CARVE_OUT && pa < Fixture.RAM_END;
  }

  /** Runs to the first violation; null if there is none. */
  static String attack(SmmuPolicy policy, long seed, int steps) {
    HostileHost host = new HostileHost(policy, seed);
    for (int step = 0; step < steps; step++) {
      host.step();
      String violation = host.violation();
      host.f.hardware.consumed.clear();
      host.f.hardware.writes.clear();
      if (violation != null) {
        return violation;
      }
    }
    assertTrue(host.leavesNothingPinned(), "a pin that nobody takes back");
    Counters counters = host.f.driver.counters(0);
    assertTrue(counters.commandsForwarded() > 100, counters.toString());
    assertTrue(counters.commandsRewritten() > 100, counters.toString());
    assertTrue(counters.commandsRefused() > 100, counters.toString());
    assertTrue(counters.shadowStes() > 100, counters.toString());
    return null;
  }
}
