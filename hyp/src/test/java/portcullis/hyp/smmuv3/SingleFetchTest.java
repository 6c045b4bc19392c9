package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.smmu.Sync;

/**
 * Memory that changes between check and use (threat T8): another CPU of the host's changes every
 * word as soon as EL2 has read it. EL2 reads each once in a trap, and what reaches hardware is what
 * the words that it read call for. Generated over every command and every STE.
 */
class SingleFetchTest {
  private static final int SID = 0x108;
  private static final long[] PATTERNS = {
    0, -1, 0x5a5a_a5a5_0f0f_f0f0L, 0x0123_4567_89ab_cdefL, 1L << 63, 0xffff_ffffL
  };

  /** A board whose host's memory is watched. */
  private static final class Watched {
    final Fixture f = new Fixture().boot().enableCommands().enableStreams();
    final Map<Long, Long> values = new HashMap<>();
    final Map<Long, Integer> reads = new HashMap<>();

    /** Called with each address of the host's memory once EL2 has read it. */
    LongConsumer race = address -> {};

    private long last = -1;
    private boolean looking;

    Watched() {
      f.memory.onRead =
          address -> {
            if (!looking && address < Fixture.CARVE_OUT) {
              looking = true;
              if (last != -1) {
                race.accept(last);
              }
              last = address;
              values.put(address, f.memory.read64(address));
              reads.merge(address, 1, Integer::sum);
              looking = false;
            }
          };
    }

    /** What hardware gets of one command; the queue goes on behind it. */
    List<FakeSmmu.Consumed> submit(long word0, long word1) {
      values.clear();
      reads.clear();
      last = -1;
      int slot = f.prod;
      List<FakeSmmu.Consumed> given = f.submit(word0, word1);
      reads.forEach((address, count) -> assertEquals(1, count, Long.toHexString(address)));
      assertEquals(word0, values.get(queue(slot)), "the command itself");
      assertEquals(word1, values.get(queue(slot) + 8));
      LongConsumer before = race;
      race = address -> {};
      if (stopped()) {
        f.memory.write64(queue(slot), Opcode.SYNC.code());
        f.memory.write64(queue(slot) + 8, 0);
        f.write(Register.GERRORN, f.read(Register.GERROR));
      }
      assertEquals(f.prod, CmdqCons.RD.get(f.read(Register.CMDQ_CONS)));
      race = before;
      return given;
    }

    boolean stopped() {
      return Gerror.CMDQ_ERR.isSet(f.read(Register.GERROR) ^ f.read(Register.GERRORN));
    }

    static long queue(int index) {
      return Fixture.QUEUE + (index & ((1 << Fixture.QUEUE_LOG2) - 1)) * 16L;
    }
  }

  private static long leaf(int sid) {
    return Fixture.LEAVES + (sid >>> 8) * 0x4000L + (sid & 0xff) * 64L;
  }

  /** What an attacker would want EL2 to find at a second look: a SYNC with an MSI into EL2. */
  private static LongConsumer toMessages(Fixture f) {
    return address ->
        f.memory.write64(
            address,
            (address & 8) == 0 ? Opcode.SYNC.code() | Sync.CS.of(Sync.CS_IRQ) : Fixture.CARVE_OUT);
  }

  @Test
  void everyCommandIsJudgedByTheCopyThatIsUsed() {
    Watched calm = new Watched();
    Watched raced = new Watched();
    raced.race =
        address -> {
          if (address >= Fixture.QUEUE && address < Fixture.EVENTS) {
            toMessages(raced.f).accept(address);
          }
        };
    int passed = 0;
    for (int code = 0; code <= 0xff; code++) {
      for (long high : PATTERNS) {
        for (long word1 : PATTERNS) {
          long word0 = code | high << 8;
          List<FakeSmmu.Consumed> expected = calm.submit(word0, word1);
          assertEquals(
              expected, raced.submit(word0, word1), "opcode 0x" + Integer.toHexString(code));
          passed += expected.isEmpty() ? 0 : 1;
        }
      }
    }
    assertTrue(passed > 200, passed + " commands passed");
  }

  @Test
  void everySteIsJudgedByTheCopyThatIsUsed() {
    Watched calm = new Watched();
    Watched raced = new Watched();
    raced.race = address -> raced.f.memory.write64(address, evil(address));
    int valid = 0;
    for (int config = 0; config < 8; config++) {
      for (long pattern : PATTERNS) {
        for (int word = -1; word < Ste.WORDS; word++) {
          long[] ste = new long[Ste.WORDS];
          Arrays.fill(ste, word < 0 ? pattern : 0);
          if (word >= 0) {
            ste[word] = pattern;
          }
          ste[0] = Ste.V.of(1) | Ste.CONFIG.with(ste[0], config);
          for (Watched board : List.of(calm, raced)) {
            board.f.hostSte(SID, ste);
            long[] command = Fixture.cfgiSte(SID);
            board.submit(command[0], command[1]);
            assertEquals(2 + 1 + Ste.WORDS, board.reads.size(), "command, descriptor, STE");
          }
          assertArrayEquals(calm.f.hardwareSte(SID), raced.f.hardwareSte(SID));
          valid += Ste.V.isSet(calm.f.hardwareSte(SID)[0]) ? 1 : 0;
        }
      }
    }
    assertTrue(valid > 100, valid + " valid STEs");
  }

  /** At a second look: a bypass STE, in a table of EL2's, for a command that is none. */
  private static long evil(long address) {
    if (address >= Fixture.LEAVES) {
      return (address & 63) == 0 ? Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_BYPASS) : -1;
    }
    return address >= Fixture.TABLE ? Fixture.CARVE_OUT | StreamTableDescriptor.SPAN.of(11) : -1;
  }

  /**
   * IHI 0070 5.1: an array of 2^10 STEs leads to four tables of EL2's. Of an invalid STE the first
   * word is read, and what it becomes afterwards is not looked at.
   */
  @Test
  void aDescriptorIsReadOnceForAllItsStreams() {
    for (int split : new int[] {6, 8, 10}) {
      Watched board = new Watched();
      Fixture f = board.f;
      f.write(Register.CR0, Cr0.CMDQEN.mask());
      f.write(
          Register.STRTAB_BASE_CFG,
          StrtabBaseCfg.FMT.of(1) | StrtabBaseCfg.SPLIT.of(split) | StrtabBaseCfg.LOG2SIZE.of(12));
      f.memory.write64(Fixture.TABLE, Fixture.LEAVES | StreamTableDescriptor.SPAN.of(split + 1));
      f.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask());
      board.race = address -> f.memory.write64(address, evil(address));
      board.submit(Opcode.CFGI_STE_RANGE.code(), Cfgi.RANGE.of(Cfgi.RANGE_ALL));
      int descriptors = 1 << (12 - split);
      assertEquals(2 + descriptors + (1 << split), board.reads.size(), "split " + split);
    }
  }

  /** Any word may change at any moment: the outcome is that of the words as they were read. */
  @Test
  void aTornSteIsTheSteThatWasRead() {
    Watched raced = new Watched();
    Watched calm = new Watched();
    Random random = new Random(20_261_126);
    boolean[] torn = {false};
    for (int round = 0; round < 2000; round++) {
      raced.race = address -> {};
      for (Watched board : List.of(calm, raced)) {
        board.f.hostSte(SID, new long[Ste.WORDS]);
      }
      raced.f.hostSte(SID, ste(random));
      int word = random.nextInt(Ste.WORDS);
      long value = word == 0 ? ste(random)[0] : random.nextLong();
      int after = random.nextInt(Ste.WORDS);
      raced.race =
          address -> {
            if (address == leaf(SID) + after * 8L) {
              raced.f.memory.write64(leaf(SID) + word * 8L, value);
            }
          };
      long[] command = Fixture.cfgiSte(SID);
      raced.submit(command[0], command[1]);
      long[] read = new long[Ste.WORDS];
      for (int i = 0; i < Ste.WORDS; i++) {
        read[i] = raced.values.get(leaf(SID) + i * 8L);
        torn[0] |= i == word && word > after && read[i] == value;
      }
      calm.f.hostSte(SID, read);
      calm.submit(command[0], command[1]);
      long[] expected = calm.f.hardwareSte(SID);
      long[] got = raced.f.hardwareSte(SID);
      if (Ste.V.isSet(expected[0])) {
        assertArrayEquals(expected, got);
      } else {
        assertEquals(0, got[0] & Ste.V.mask());
      }
    }
    assertTrue(torn[0], "some of them were torn");
  }

  private static long[] ste(Random random) {
    long[] ste = new long[Ste.WORDS];
    for (int word = 0; word < Ste.WORDS; word++) {
      ste[word] = random.nextLong();
    }
    ste[0] = Ste.V.with(Ste.CONFIG.with(ste[0], random.nextInt(8)), 1);
    return ste;
  }
}
