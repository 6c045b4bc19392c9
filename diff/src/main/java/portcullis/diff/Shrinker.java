package portcullis.diff;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/** Makes a case smaller as long as it still shows the same. */
final class Shrinker {
  private final Predicate<Case> same;
  private final BooleanSupplier outOfTime;

  /**
   * A shrinker.
   *
   * @param same whether a smaller case still shows it
   * @param outOfTime asked before each attempt
   */
  Shrinker(Predicate<Case> same, BooleanSupplier outOfTime) {
    this.same = same;
    this.outOfTime = outOfTime;
  }

  /** The smallest case found. */
  Case shrink(Case from) {
    Case best = from;
    int before;
    do {
      before = size(best);
      best = withFewer(best, best.steps(), Case::steps, (c, steps) -> c.with(c.memory(), steps));
      best = withFewer(best, best.memory(), Case::memory, (c, words) -> c.with(words, c.steps()));
      best = withFewerCommands(best);
      best = withFewerBits(best);
    } while (size(best) < before && !outOfTime.getAsBoolean());
    return best;
  }

  private static int size(Case of) {
    int size = of.memory().size() + of.steps().size();
    for (Case.Word word : of.memory()) {
      size += Long.bitCount(word.value());
    }
    for (Step step : of.steps()) {
      if (step instanceof Step.Commands commands) {
        size += commands.commands().size();
      }
    }
    return size;
  }

  private interface With<T> {
    Case with(Case of, List<T> list);
  }

  private interface Part<T> {
    List<T> of(Case of);
  }

  /** Leaves runs of elements out, long ones first. */
  private <T> Case withFewer(Case from, List<T> list, Part<T> part, With<T> with) {
    Case best = from;
    for (int chunk = Math.max(1, list.size() / 2); chunk >= 1; chunk /= 2) {
      int at = 0;
      while (at < part.of(best).size() && !outOfTime.getAsBoolean()) {
        List<T> fewer = new ArrayList<>(part.of(best));
        fewer.subList(at, Math.min(at + chunk, fewer.size())).clear();
        Case smaller = with.with(best, fewer);
        if (same.test(smaller)) {
          best = smaller;
        } else {
          at += chunk;
        }
      }
    }
    return best;
  }

  private Case withFewerCommands(Case from) {
    Case best = from;
    for (int i = 0; i < best.steps().size(); i++) {
      if (best.steps().get(i) instanceof Step.Commands commands) {
        int at = i;
        for (int k = commands.commands().size() - 1; k >= 0; k--) {
          List<Step.Command> fewer =
              new ArrayList<>(((Step.Commands) best.steps().get(at)).commands());
          if (fewer.size() > 1) {
            fewer.remove(k);
            best = replaced(best, at, _ -> new Step.Commands(fewer));
          }
        }
      }
    }
    return best;
  }

  private Case replaced(Case best, int index, IntFunction<Step> with) {
    if (outOfTime.getAsBoolean()) {
      return best;
    }
    List<Step> steps = new ArrayList<>(best.steps());
    steps.set(index, with.apply(index));
    Case smaller = best.with(best.memory(), steps);
    return same.test(smaller) ? smaller : best;
  }

  /** Clears bits of memory, one at a time. */
  private Case withFewerBits(Case from) {
    Case best = from;
    for (int i = 0; i < best.memory().size(); i++) {
      for (long bits = best.memory().get(i).value(); bits != 0; bits &= bits - 1) {
        if (outOfTime.getAsBoolean()) {
          return best;
        }
        Case.Word word = best.memory().get(i);
        List<Case.Word> words = new ArrayList<>(best.memory());
        words.set(i, new Case.Word(word.address(), word.value() & ~Long.lowestOneBit(bits)));
        Case smaller = best.with(words, best.steps());
        if (same.test(smaller)) {
          best = smaller;
        }
      }
    }
    return best;
  }
}
