package portcullis.check.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.MemoryArgument;
import portcullis.board.ScaledBoard;
import portcullis.board.fdt.BoardException;
import portcullis.machine.smmuv3.profile.Profile;

/** The figures of a board of 8 GiB with two SMMUs, exactly, and that none grows with memory. */
class CostRunTest {
  private static final long BLOCK = 512;
  private static final long GIGABYTE = 262_144;

  private static Board board(String memory) {
    try {
      return BoardReader.read(
          BuiltInBoard.tree(), BoardOptions.DEFAULTS.withMemory(MemoryArgument.parse(memory)));
    } catch (BoardException e) {
      throw new AssertionError(e);
    }
  }

  private static RulesCost count(Rules rules, String memory) {
    return CostRun.report(
            board(memory), Profile.GENERIC, Granule.SIZE_4K, List.of(rules), done -> {})
        .rules()
        .getFirst();
  }

  private static final RulesCost DEFAULT = count(Rules.DEFAULT, "8G");
  private static final RulesCost V6 = count(Rules.V6, "8G");

  private static void assertOnEachSmmu(Map<Opcode, Long> commands, long waits, Cost cost) {
    assertTrue(cost.done(), cost::failure);
    assertEquals(2, cost.smmus().size());
    for (SmmuCost smmu : cost.smmus()) {
      assertEquals(commands, smmu.commands(), smmu.name());
      assertEquals(waits, smmu.waits(), smmu.name());
    }
  }

  @Test
  void aBlockLeavesByThreeCommandsAndOneWait() {
    Map<Opcode, Long> batch =
        Map.of(Opcode.TLBI_S2_IPA, 1L, Opcode.TLBI_NH_ALL, 1L, Opcode.SYNC, 1L);
    assertOnEachSmmu(batch, 1, DEFAULT.cost(Operation.DONATE, BLOCK));
    assertOnEachSmmu(batch, 1, DEFAULT.cost(Operation.DONATE, 1));
    assertOnEachSmmu(
        Map.of(Opcode.TLBI_S2_IPA, 2L, Opcode.TLBI_NH_ALL, 1L, Opcode.SYNC, 1L),
        1,
        DEFAULT.cost(Operation.DONATE, GIGABYTE));
    assertEquals(1, DEFAULT.cost(Operation.DONATE, BLOCK).traps());
    assertEquals(1, DEFAULT.cost(Operation.DONATE, BLOCK).smmu().descriptors());
    assertEquals(
        512 + 1,
        DEFAULT.cost(Operation.DONATE, 1).smmu().descriptors(),
        "a table and its link: with IDR3.BBML 2 the block is not broken first");
  }

  @Test
  void v6TakesFourCommandsAndTwoWaitsForEachPage() {
    for (long pages : CostRun.pages(Granule.SIZE_4K)) {
      assertOnEachSmmu(
          Map.of(Opcode.TLBI_S2_IPA, pages, Opcode.TLBI_NH_ALL, pages, Opcode.SYNC, 2 * pages),
          2 * pages,
          V6.cost(Operation.DONATE, pages));
      assertEquals(pages, V6.cost(Operation.DONATE, pages).smmu().descriptors());
      assertEquals(pages, V6.cost(Operation.RECLAIM, pages).smmu().descriptors());
      assertOnEachSmmu(Map.of(), 0, V6.cost(Operation.RECLAIM, pages));
    }
    assertTrue(V6.cost(Operation.DONATE, BLOCK).commands() > 2_000);
  }

  /**
   * A block of level 2 is 32 MiB of 16 KiB pages and 512 MiB of 64 KiB pages (DDI 0487 D8.2.9,
   * D8.2.10): it leaves and comes back at the same cost, and v6's rules at that of its pages.
   */
  @ParameterizedTest
  @EnumSource(names = {"SIZE_16K", "SIZE_64K"})
  void largerPagesCostTheSame(Granule granule) {
    List<RulesCost> counted =
        CostRun.report(board("8G"), Profile.GENERIC, granule, List.of(Rules.values()), done -> {})
            .rules();
    RulesCost ours = counted.get(Rules.DEFAULT.ordinal());
    RulesCost theirs = counted.get(Rules.V6.ordinal());
    long block = granule.entries();
    long gibibyte = (1L << 30) / granule.bytes();
    assertEquals(List.of(1L, block, gibibyte), CostRun.pages(granule));
    Map<Opcode, Long> batch =
        Map.of(Opcode.TLBI_S2_IPA, 1L, Opcode.TLBI_NH_ALL, 1L, Opcode.SYNC, 1L);
    for (long pages : CostRun.pages(granule)) {
      assertOnEachSmmu(batch, 1, ours.cost(Operation.DONATE, pages));
      assertOnEachSmmu(
          Map.of(Opcode.TLBI_S2_IPA, pages, Opcode.TLBI_NH_ALL, pages, Opcode.SYNC, 2 * pages),
          2 * pages,
          theirs.cost(Operation.DONATE, pages));
      assertEquals(
          ours.cost(Operation.BOOT, 0).smmu().pages(),
          ours.cost(Operation.RECLAIM, pages).smmu().pages());
    }
    assertEquals(1, ours.cost(Operation.DONATE, block).smmu().descriptors());
    assertEquals(1, ours.cost(Operation.RECLAIM, block).smmu().descriptors());
    long blocks = gibibyte / block;
    assertEquals(blocks, ours.cost(Operation.DONATE, gibibyte).smmu().descriptors());
    assertEquals(gibibyte, theirs.cost(Operation.DONATE, gibibyte).smmu().descriptors());
    assertEquals(3, ours.cost(Operation.BOOT, 0).smmu().pages());
    assertEquals(
        granule == Granule.SIZE_16K ? 321 : 21, theirs.cost(Operation.BOOT, 0).smmu().pages());
  }

  @Test
  void theTableWithNothingDonatedIsSmall() {
    assertTrue(DEFAULT.cost(Operation.BOOT, 0).smmu().pages() <= 16);
    assertTrue(V6.cost(Operation.BOOT, 0).smmu().pages() > 4_000);
  }

  @Test
  void tablesAreBackAsTheyWereWhenPagesAre() {
    for (RulesCost rules : List.of(DEFAULT, V6)) {
      TableCost before = rules.cost(Operation.UNMAP, 1).smmu();
      long cpuBefore = rules.cost(Operation.UNMAP, 1).cpu().pages();
      assertEquals(rules.cost(Operation.BOOT, 0).smmu().pages(), before.pages());
      for (long pages : CostRun.pages(Granule.SIZE_4K)) {
        Cost after = rules.cost(Operation.RECLAIM, pages);
        assertEquals(before.pages(), after.smmu().pages(), pages + " pages");
        assertEquals(cpuBefore, after.cpu().pages(), pages + " pages");
      }
    }
    Cost donated = DEFAULT.cost(Operation.DONATE, 1);
    assertEquals(1 + DEFAULT.cost(Operation.RECLAIM, 1).smmu().pages(), donated.smmu().pages());
  }

  @Test
  void whatTheHostsDriverDoesCostsTheSameUnderAllRules() {
    for (long pages : CostRun.pages(Granule.SIZE_4K)) {
      for (Operation operation : List.of(Operation.ATTACH, Operation.MAP, Operation.UNMAP)) {
        Cost ours = DEFAULT.cost(operation, pages);
        Cost theirs = V6.cost(operation, pages);
        assertEquals(ours.traps(), theirs.traps());
        assertEquals(ours.smmus(), theirs.smmus());
        assertEquals(0, ours.smmu().descriptors(), "stage 2 follows ownership, not mappings");
      }
      assertEquals(0, DEFAULT.cost(Operation.MAP, pages).traps(), "stage 1 is the host's");
      assertTrue(DEFAULT.cost(Operation.ATTACH, pages).traps() > 0);
    }
  }

  @Test
  void aDonationCostsTheSameWhateverMemoryThereIs() {
    RulesCost small = count(Rules.DEFAULT, "1G");
    RulesCost large = count(Rules.DEFAULT, "1T");
    for (Operation operation : List.of(Operation.DONATE, Operation.RECLAIM)) {
      for (long pages : List.of(1L, BLOCK)) {
        Cost one = small.cost(operation, pages);
        Cost other = large.cost(operation, pages);
        assertTrue(one.done() && other.done());
        assertEquals(one.traps(), other.traps());
        assertEquals(one.smmus(), other.smmus());
        assertEquals(one.smmu().descriptors(), other.smmu().descriptors());
        assertEquals(one.cpu().descriptors(), other.cpu().descriptors());
      }
    }
    assertFalse(small.cost(Operation.DONATE, GIGABYTE).done(), "the board is no larger");
    assertTrue(large.cost(Operation.DONATE, GIGABYTE).done());
  }

  private static RulesCost scaled(int smmus, int streams, String memory) throws BoardException {
    ScaledBoard board = ScaledBoard.of(smmus, streams, MemoryArgument.parse(memory));
    return CostRun.report(
            BoardReader.read(board.tree(), BoardOptions.DEFAULTS),
            Profile.GENERIC,
            Granule.SIZE_4K,
            List.of(Rules.DEFAULT),
            done -> {})
        .rules()
        .getFirst();
  }

  @Test
  void anSmmuCostsTheSameBesideOthersAndWithMoreStreams() throws BoardException {
    RulesCost one = scaled(1, 256, "16T");
    RulesCost many = scaled(ScaledBoard.MAX_SMMUS, ScaledBoard.MAX_STREAMS, "16T");
    for (Operation operation : List.of(Operation.BOOT, Operation.DONATE)) {
      for (long pages : operation == Operation.BOOT ? List.of(0L) : List.of(1L, BLOCK)) {
        Cost alone = one.cost(operation, pages);
        Cost among = many.cost(operation, pages);
        assertTrue(alone.done() && among.done());
        assertEquals(alone.traps(), among.traps());
        assertEquals(ScaledBoard.MAX_SMMUS, among.smmus().size());
        for (SmmuCost smmu : among.smmus()) {
          assertEquals(alone.smmus().getFirst().commands(), smmu.commands(), smmu.name());
          assertEquals(alone.smmus().getFirst().waits(), smmu.waits(), smmu.name());
        }
      }
    }
    assertEquals(37, many.cost(Operation.BOOT, 0).smmu().pages(), "one for each 512 GiB, and few");
  }

  @Test
  void saysWhyNothingCouldBeCounted() {
    RulesCost none = count(Rules.DEFAULT, "16M");
    assertEquals(List.of(), none.costs());
    assertTrue(none.refusal().contains("memory"), none.refusal());
    RulesCost tooLarge = count(Rules.V6, "1T");
    assertEquals(List.of(), tooLarge.costs());
    assertTrue(tooLarge.refusal().contains("hypervisor's memory"), tooLarge.refusal());
  }

  @Test
  void tellsOfEachStep() {
    List<Long> steps = new ArrayList<>();
    CostRun.report(
        board("1G"),
        Profile.GENERIC,
        Granule.SIZE_4K,
        List.of(Rules.DEFAULT, Rules.V6),
        steps::add);
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L), steps);
    assertEquals(8, CostRun.steps(Granule.SIZE_4K, List.of(Rules.DEFAULT, Rules.V6)));
  }
}
