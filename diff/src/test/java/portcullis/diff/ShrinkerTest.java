package portcullis.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class ShrinkerTest {
  private static boolean writes(Case of, long iova) {
    return of.steps().stream().anyMatch(s -> s instanceof Step.Dma dma && dma.iova() == iova);
  }

  @Test
  void whatIsNotNeededGoes() {
    Case from = new Generator(1).next(4);
    long iova =
        from.steps().stream()
            .filter(Step.Dma.class::isInstance)
            .map(Step.Dma.class::cast)
            .filter(Step.Dma::write)
            .map(Step.Dma::iova)
            .findFirst()
            .orElseThrow();
    long address =
        from.memory().stream()
            .filter(word -> (word.value() & 1) != 0)
            .findFirst()
            .orElseThrow()
            .address();
    Predicate<Case> same =
        of ->
            writes(of, iova)
                && of.memory().stream()
                    .anyMatch(word -> word.address() == address && (word.value() & 1) != 0);
    Case small = new Shrinker(same, () -> false).shrink(from);
    assertEquals(1, small.steps().size());
    assertEquals(List.of(new Case.Word(address, 1)), small.memory());
  }

  @Test
  void withoutTimeNothingChanges() {
    Case from = new Generator(1).next(4);
    assertEquals(from, new Shrinker(_ -> true, () -> true).shrink(from));
  }
}
