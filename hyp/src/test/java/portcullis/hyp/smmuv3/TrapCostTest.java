package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;

/**
 * What one trap costs, counted exactly: no trap does more than its own command needs, none is held
 * for what a host can make long, and a host that polls sees its queue move (threat T10).
 */
class TrapCostTest {
  private static final long BYPASS = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_BYPASS);
  private static final long ABORT = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_ABORT);
  private static final long LARGE_TABLE = Fixture.RAM + (16L << 20);
  private static final int COMMAND_WORDS = 2;

  private final Fixture f = new Fixture();
  private long hostWords;

  /**
   * What a trap cost.
   *
   * @param words of the host's memory read
   * @param commands given to hardware
   * @param waits for hardware
   */
  private record Cost(long words, long commands, long waits) {}

  private Cost cost(Runnable trap) {
    hostWords = 0;
    f.memory.onRead = address -> hostWords += address < Fixture.CARVE_OUT ? 1 : 0;
    int commands = f.hardware.consumed.size();
    long waits = f.driver.counters(0).waits();
    trap.run();
    f.memory.onRead = address -> {};
    return new Cost(
        hostWords, f.hardware.consumed.size() - commands, f.driver.counters(0).waits() - waits);
  }

  private Cost submit(long... words) {
    return cost(() -> f.submit(words));
  }

  private static long[] range(long sid, int range) {
    return new long[] {Fixture.command(Opcode.CFGI_STE_RANGE) | sid << 32, Cfgi.RANGE.of(range)};
  }

  private static long[] one(long sid, int leaf) {
    return new long[] {Fixture.command(Opcode.CFGI_STE) | sid << 32, Cfgi.LEAF.of(leaf)};
  }

  @Test
  void whatIsNoCommandReadsNothingAndWaitsForNothing() {
    f.boot().enableCommands().enableStreams();
    Cost nothing = new Cost(0, 0, 0);
    for (RegisterPolicy.Row row : RegisterPolicy.DEFAULT.rows()) {
      assertEquals(nothing, cost(() -> f.read(row.register())), "read " + row.name());
      if (row.register() != Register.CR0 && row.register() != Register.CMDQ_PROD) {
        assertEquals(nothing, cost(() -> f.write(row.register(), 0)), "write " + row.name());
      }
    }
  }

  @Test
  void eachCommandCostsWhatItNeeds() {
    f.boot().enableCommands().enableStreams();
    long nh = Fixture.command(Opcode.TLBI_NH_ALL);
    assertEquals(new Cost(2, 1, 1), submit(nh, 0));
    assertEquals(
        new Cost(16, 8, 1), submit(nh, 0, nh, 0, nh, 0, nh, 0, nh, 0, nh, 0, nh, 0, nh, 0));
    assertEquals(new Cost(2, 1, 1), submit(Fixture.command(Opcode.SYNC), 0));
    assertEquals(new Cost(3, 1, 1), submit(one(5, 1)), "no STE: its descriptor");
    assertEquals(new Cost(3, 1, 1), submit(one(5, 0)));

    f.hostSte(5, BYPASS);
    assertEquals(new Cost(11, 3, 2), submit(one(5, 1)), "appears: CFGI_STE and SYNC of EL2's");
    assertEquals(new Cost(11, 1, 1), submit(one(5, 1)), "unchanged");
    f.hostSte(5, BYPASS, 0, Ste.S2HWU59.mask());
    assertEquals(new Cost(11, 1, 1), submit(one(5, 1)), "nothing that reaches hardware");
    f.hostSte(5, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S1) | 0x5000_0000, Ste.S1DSS.of(2));
    assertEquals(new Cost(11, 5, 3), submit(one(5, 1)), "by way of an invalid one: two waits");
    f.hostSte(5, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S1) | 0x5100_0000, Ste.S1DSS.of(2));
    assertEquals(new Cost(11, 3, 2), submit(one(5, 1)), "one word: at once");
    f.hostSte(6, BYPASS);
    assertEquals(new Cost(11, 3, 2), submit(one(6, 1)));
    f.hostSte(6, 0);
    assertEquals(new Cost(4, 3, 2), submit(one(6, 1)), "invalid: its first word");
    f.hostSte(5, 0);
    assertEquals(new Cost(4, 3, 2), submit(one(5, 1)), "the last one, and its table");

    for (int sid = 0; sid < 256; sid++) {
      f.hostSte(sid, ABORT);
    }
    assertEquals(new Cost(2 + 1 + 8 * 256, 2 * 256 + 1, 256 + 1), submit(range(0, 7)));
    for (int range = 0; range < 8; range++) {
      assertEquals(new Cost(2 + 1 + (8L << range + 1), 1, 1), submit(range(0x80, range)));
    }
    assertEquals(new Cost(2 + 256 + 8 * 256, 1, 1), submit(range(0, Cfgi.RANGE_ALL)));
    f.memory.write64(Fixture.TABLE, 0);
    assertEquals(new Cost(3, 3, 2), submit(one(7, 0)), "256 streams, with one wait");
    assertEquals(new Cost(2 + 256, 1, 1), submit(range(0, Cfgi.RANGE_ALL)));
  }

  @Test
  void aRefusedCommandCostsItsTwoWords() {
    f.boot().enableCommands();
    assertEquals(new Cost(COMMAND_WORDS, 0, 0), submit(Fixture.command(Opcode.TLBI_S12_VMALL), 0));
    assertEquals(new Cost(0, 0, 0), cost(() -> f.read(Register.CMDQ_CONS)), "until acknowledged");
  }

  /** IHI 0070 4.3.2: 2^(Range+1) StreamIDs, aligned. */
  @Test
  void everyRangeReachesItsStreamsAndNoOther() {
    f.boot().enableCommands().enableStreams();
    int base = 0x5a5a;
    for (int range = 0; range < 32; range++) {
      for (long config : new long[] {BYPASS, ABORT}) {
        for (int bit = 0; bit < 16; bit++) {
          f.hostSte(base ^ 1 << bit, config);
        }
        f.hostSte(base, config);
        f.submit(range(base, range));
        long expected = config == ABORT ? ABORT : Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2);
        assertEquals(expected, f.hardwareSte(base)[0], "range " + range);
        for (int bit = 0; bit < 16; bit++) {
          assertEquals(
              bit <= range,
              f.hardwareSte(base ^ 1 << bit)[0] == expected,
              "range " + range + ", StreamID bit " + bit);
        }
      }
      for (int bit = 0; bit < 16; bit++) {
        f.hostSte(base ^ 1 << bit, 0);
      }
      f.hostSte(base, 0);
      f.submit(range(0, Cfgi.RANGE_ALL));
      assertEquals(-1, f.hardwareSteAddress(base));
    }
  }

  /** With StreamIDs of 32 bits, as many as the host can name: EL2 shadows 2^25 of them. */
  @Test
  void streamsByTheBillionHoldNoTrapAndMoveOn() {
    f.hardware.set(Register.IDR1, Idr1.SIDSIZE.with(f.hardware.get(Register.IDR1), 32));
    f.boot().enableCommands();
    f.write(Register.STRTAB_BASE, LARGE_TABLE);
    f.write(
        Register.STRTAB_BASE_CFG,
        StrtabBaseCfg.FMT.of(1) | StrtabBaseCfg.SPLIT.of(8) | StrtabBaseCfg.LOG2SIZE.of(32));
    long both = Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask();
    f.write(Register.CR0, both);
    while (f.read(Register.CR0ACK) != both) {}
    int last = (1 << ShadowStreamTable.MAX_BITS_TWO_LEVEL) - 1;
    f.memory.write64(
        LARGE_TABLE + (last >>> 8) * 8L, Fixture.LEAVES | StreamTableDescriptor.SPAN.of(9));
    f.memory.write64(Fixture.LEAVES + 255 * 64L, BYPASS);
    long descriptors = 1L << ShadowStreamTable.MAX_BITS_TWO_LEVEL - ShadowStreamTable.SPLIT;
    for (int range = 30; range < 32; range++) {
      long read = submit(range(0x7000_0000, range)).words();
      int traps = 1;
      long[] cons = {0};
      while (CmdqCons.RD.get(cons[0]) != f.prod) {
        Cost more = cost(() -> cons[0] = f.read(Register.CMDQ_CONS));
        assertTrue(more.words() <= 8L * StreamShadow.MAX_WORK, more.toString());
        read += more.words();
        assertTrue(++traps < 10);
      }
      if (range == 31) {
        assertTrue(read >= descriptors, "every descriptor");
        assertTrue(Ste.V.isSet(f.hardwareSte(last)[0]));
      }
    }
  }

  @Test
  void aHostThatPollsSeesItsQueueMove() {
    f.boot();
    int size = 1 << 8;
    f.write(Register.CMDQ_BASE, Fixture.QUEUE | QueueBase.LOG2SIZE.of(8));
    f.write(Register.STRTAB_BASE, LARGE_TABLE);
    f.write(Register.STRTAB_BASE_CFG, StrtabBaseCfg.LOG2SIZE.of(16));
    long both = Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask();
    f.write(Register.CR0, both);
    while (f.read(Register.CR0ACK) != both) {}
    for (int i = 0; i < size; i++) {
      boolean all = i % 32 == 0;
      f.memory.write64(
          Fixture.QUEUE + i * 16L,
          Fixture.command(all ? Opcode.CFGI_STE_RANGE : Opcode.TLBI_NH_ALL));
      f.memory.write64(Fixture.QUEUE + i * 16L + 8, all ? Cfgi.RANGE_ALL : 0);
    }
    int before = f.hardware.consumed.size();
    f.write(Register.CMDQ_PROD, size);
    long cons = 0;
    int polls = 0;
    while (cons != size) {
      long last = cons;
      for (int poll = 0; poll < 2 && cons == last; poll++) {
        cons = f.read(Register.CMDQ_CONS);
        polls++;
      }
      assertTrue(cons != last, "at most two polls for a command that names every stream");
    }
    assertTrue(polls >= size / 32, polls + " polls: no single trap did all of it");
    assertEquals(size, f.hardware.consumed.size() - before, "each once, and nothing besides");
  }
}
