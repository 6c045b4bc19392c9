package portcullis.check.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.fdt.BoardException;
import portcullis.check.run.Policies;
import portcullis.hyp.Hypercall;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.boot.MemoryRange;

/**
 * The oracle that looks at changes against the one that walks everything after every action: on the
 * same actions, the same verdict after each of them, so the same first violation.
 */
class OracleAgreementTest {
  private static final int ACTIONS = Integer.getInteger("portcullis.hostile.agree", 2_500);
  private static final int DAMAGES = 600;

  /** Where EL2's tables are, from the beginning of its memory. */
  private static final long USED_BYTES = 1 << 20;

  private static final Profile PROFILE = Profile.GENERIC.withStreamIdBits(16);

  private static HostileReport run(Policies policies, long seed, Oracle.Looks looks)
      throws BoardException {
    Board board = BoardReader.read(BuiltInBoard.tree(), BoardOptions.DEFAULTS);
    return HostileCampaign.run(board, PROFILE, policies, seed, ACTIONS, _ -> true, looks);
  }

  private static HostileReport agree(Policies policies, long seed) throws BoardException {
    HostileReport changes = run(policies, seed, Oracle.Looks.AT_CHANGES);
    HostileReport everything = run(policies, seed, Oracle.Looks.AT_EVERYTHING);
    assertEquals(everything.violation(), changes.violation(), () -> "seed " + seed);
    assertEquals(everything.actions(), changes.actions());
    assertEquals(everything.performed(), changes.performed());
    return changes;
  }

  static Stream<PlantedBug> plantedBugs() {
    return PlantedBug.all().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("plantedBugs")
  void agreeOnWhichActionBreaksIsolation(PlantedBug bug) throws BoardException {
    agree(bug.policies(), 1);
  }

  @Test
  void agreeWhereNothingIsBroken() throws BoardException {
    for (long seed : List.of(1L, 2L, 3L)) {
      assertTrue(agree(Policies.DEFAULT, seed).violation().isEmpty());
    }
  }

  /** Words of EL2's memory that the host never gets at, changed one at a time and put back. */
  @Test
  void agreeOnTablesThatAreDamaged() throws BoardException {
    Board board = BoardReader.read(BuiltInBoard.tree(), BoardOptions.DEFAULTS);
    SmmuWatch watch = new SmmuWatch();
    Testbed testbed = Testbed.boot(board, PROFILE, Policies.DEFAULT, watch);
    Oracle changes = oracle(testbed, Oracle.Looks.AT_CHANGES);
    watch.judgeBy(changes);
    HostileHost host = new HostileHost(board, testbed, 5, changes, new Tally<>(Reached.class));
    PhysicalMemory memory = testbed.machine().platform().memory();
    MemoryRange el2 = testbed.parameters().hypervisorMemory();
    SplittableRandom random = new SplittableRandom(5);
    int found = 0;
    for (int i = 0; i < DAMAGES; i++) {
      host.act();
      assertEquals(null, changes.look());
      long at = usedWord(random, memory, el2);
      long before = memory.read64(at);
      memory.write64(at, damaged(random, memory, el2, before));
      String expected = oracle(testbed, Oracle.Looks.AT_EVERYTHING).look();
      assertEquals(expected, changes.look(), () -> "0x%x was 0x%x".formatted(at, before));
      found += expected == null ? 0 : 1;
      memory.write64(at, before);
      assertEquals(null, changes.look(), () -> "0x%x is 0x%x again".formatted(at, before));
    }
    int damaging = found;
    assertTrue(damaging > DAMAGES / 30 && damaging < DAMAGES, () -> damaging + " were found");
  }

  /** Only the owner changes: neither the table that reaches the page, nor the one that is in it. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"IOMMUs are not told of a donation", "EL2's page can be donated"})
  void agreeOnOwnersThatChange(String name) throws BoardException {
    PlantedBug bug = plantedBugs().filter(b -> b.name().equals(name)).findFirst().orElseThrow();
    Board board = BoardReader.read(BuiltInBoard.tree(), BoardOptions.DEFAULTS);
    Testbed testbed = null;
    Oracle changes = null;
    for (long seed = 1; testbed == null; seed++) {
      testbed = Testbed.boot(board, PROFILE, bug.policies(), new SmmuWatch());
      changes = oracle(testbed, Oracle.Looks.AT_CHANGES);
      if (!usesStage2(board, testbed, changes, seed)) {
        testbed = null;
      }
    }
    HostCpu cpu = testbed.machine().cpu(0);
    long guest = cpu.hypercall(Hypercall.CREATE_GUEST.function());
    long page =
        name.startsWith("EL2")
            ? testbed.hypervisor().pages().stage2().root()
            : testbed.kernelMemory().end() - 4096;
    assertEquals(0, cpu.hypercall(Hypercall.DONATE.function(), guest, page / 4096, 1));
    String expected = oracle(testbed, Oracle.Looks.AT_EVERYTHING).look();
    assertNotNull(expected);
    assertEquals(expected, changes.look());
  }

  /** Goes on until an SMMU uses stage 2; false if the bug shows before. */
  private static boolean usesStage2(Board board, Testbed testbed, Oracle oracle, long seed) {
    Tally<Reached> reached = new Tally<>(Reached.class);
    HostileHost host = new HostileHost(board, testbed, seed, oracle, reached);
    boolean fine = true;
    while (fine && reached.read().get(Reached.DMA_STAGE2) == 0) {
      host.act();
      fine = oracle.look() == null;
    }
    return fine;
  }

  private static Oracle oracle(Testbed testbed, Oracle.Looks looks) {
    return new Oracle(testbed, looks, new Tally<>(Reached.class));
  }

  /** A word that is not zero. */
  private static long usedWord(SplittableRandom random, PhysicalMemory memory, MemoryRange el2) {
    long at;
    do {
      at = el2.base() + random.nextLong(Math.min(el2.size(), USED_BYTES) / Long.BYTES) * Long.BYTES;
    } while (memory.read64(at) == 0);
    return at;
  }

  private static long damaged(
      SplittableRandom random, PhysicalMemory memory, MemoryRange el2, long word) {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> memory.read64(usedWord(random, memory, el2));
      case 2 -> word + (random.nextLong(-8, 8) << 12);
      default -> word ^ 1L << random.nextInt(Long.SIZE);
    };
  }
}
