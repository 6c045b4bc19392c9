package portcullis.check.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.MemoryArgument;
import portcullis.board.fdt.BoardException;
import portcullis.check.run.Policies;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * The hostile host under hypervisors of larger pages, in each of which lie several of its queues
 * and 4 KiB stage-1 tables. As long as {@link HostileCampaignTest} says, on request.
 */
class GranuleCampaignTest {
  private static final int ACTIONS = Integer.getInteger("portcullis.hostile.actions", 4_000);
  private static final int ENOUGH = 30_000;

  private static final Profile PROFILE = Profile.GENERIC.withStreamIdBits(16);

  /** In one piece: the host takes six blocks of level 2. */
  private static Board board(String memory) {
    try {
      return BoardReader.read(
          BuiltInBoard.tree(), BoardOptions.DEFAULTS.withMemory(MemoryArgument.parse(memory)));
    } catch (BoardException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final Board BOARD = board("0x100000000+8G");

  @ParameterizedTest
  @EnumSource(names = {"SIZE_16K", "SIZE_64K"})
  void holds(Granule granule) {
    HostileReport report =
        HostileCampaign.run(BOARD, PROFILE, Policies.DEFAULT.with(granule), 1, ACTIONS);
    assertTrue(report.violation().isEmpty(), () -> report.violation().toString());
    assertEquals(ACTIONS, report.actions());
    assertEquals(0, report.timeouts());
    for (Reached reached :
        List.of(Reached.DMA_NESTED, Reached.DONATED, Reached.RECLAIMED, Reached.DONATION_BUSY)) {
      assertTrue(report.reached().get(reached) > 0, reached::toString);
    }
  }

  /** Stage-1 tables of 4 KiB lead nowhere there; stage 2 by itself does. */
  @Test
  void holdsBeyond48Bits() {
    Policies policies = Policies.DEFAULT.with(Granule.SIZE_64K);
    Board high = board("0xc000000000000+8G");
    HostileReport report = HostileCampaign.run(high, PROFILE, policies, 1, ACTIONS);
    assertTrue(report.violation().isEmpty(), () -> report.violation().toString());
    for (Reached reached : List.of(Reached.DMA_STAGE2, Reached.DONATED, Reached.RECLAIMED)) {
      assertTrue(report.reached().get(reached) > 0, reached::toString);
    }
    Policies bug = PlantedBug.untaken(Measure.UNMAP_STAGE2).policies().with(Granule.SIZE_64K);
    assertTrue(HostileCampaign.run(high, PROFILE, bug, 1, ENOUGH).violation().isPresent());
  }

  static Stream<Arguments> bugs() {
    return Stream.of(Granule.SIZE_16K, Granule.SIZE_64K)
        .flatMap(
            granule ->
                Stream.of(
                        Measure.UNMAP_STAGE2,
                        Measure.INVALIDATE_STAGE2,
                        Measure.PIN_EVENT_QUEUE,
                        Measure.TAKE_REGISTERS)
                    .map(measure -> Arguments.of(granule, measure)));
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void findsPlantedBug(Granule granule, Measure measure) {
    Policies policies = PlantedBug.untaken(measure).policies().with(granule);
    HostileReport report = HostileCampaign.run(BOARD, PROFILE, policies, 1, ENOUGH);
    String finding = report.violation().orElseThrow().finding();
    assertFalse(finding.startsWith(HostileCampaign.THROWN), finding);
  }
}
