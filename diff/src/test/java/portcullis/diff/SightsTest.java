package portcullis.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What is cached of stage 2 is cached for each address, so that uses of it may differ in what they
 * see of a change until it is invalidated (IHI 0070 4.4).
 */
class SightsTest {
  private static final long FIRST = Window.STAGE_1;
  private static final long SECOND = Window.STAGE_2;

  private final Changes changes = new Changes();

  private void poke(long address, long before) {
    changes.poke(new Step.Poke(address, 0, 0, Step.Part.ALL), before);
  }

  /** What {@code address} is for the base and for two uses, in every way. */
  private List<List<Long>> ways(long address) {
    List<List<Long>> ways = new ArrayList<>();
    assertEquals(
        Sights.Found.NO,
        new Sights(changes)
            .any(
                sight -> {
                  ways.add(
                      List.of(
                          sight.base().word(address, 0),
                          sight.use(false).word(address, 0),
                          sight.use(true).word(address, 0)));
                  return false;
                }));
    return ways;
  }

  @Test
  void eachUseOfStage2MaySeeAChangeOrNot() {
    poke(SECOND, 7);
    assertEquals(
        Set.of(List.of(0L, 0L, 0L), List.of(0L, 0L, 7L), List.of(0L, 7L, 0L), List.of(0L, 7L, 7L)),
        new HashSet<>(ways(SECOND)));
    assertEquals(4, ways(SECOND).size());
  }

  @Test
  void aWordOfStage1IsSeenInOneWayByOneDma() {
    poke(FIRST, 7);
    assertEquals(Set.of(List.of(0L, 0L, 0L), List.of(7L, 7L, 7L)), new HashSet<>(ways(FIRST)));
    assertEquals(2, ways(FIRST).size());
  }

  @Test
  void aWordThatWasChangedTwiceMayBeEither() {
    poke(FIRST, 7);
    poke(FIRST, 8);
    assertEquals(3, ways(FIRST).size());
  }

  @Test
  void whatIsNotReadMakesNoMoreWays() {
    for (int i = 1; i < 60; i++) {
      poke(SECOND + 8 * i, 7);
      poke(FIRST + 8 * i, 7);
    }
    assertEquals(List.of(List.of(0L, 0L, 0L)), ways(SECOND));
  }

  @Test
  void tooManyAreNotTold() {
    for (int i = 0; i < 20; i++) {
      poke(SECOND + 8 * i, 7);
    }
    Sights.Found found =
        new Sights(changes)
            .any(
                sight -> {
                  FreshModel.Overlay use = sight.use(false);
                  for (int i = 0; i < 20; i++) {
                    use.word(SECOND + 8 * i, 0);
                  }
                  return false;
                });
    assertEquals(Sights.Found.UNKNOWN, found);
  }
}
