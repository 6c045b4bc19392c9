package portcullis.diff;

import java.util.List;
import java.util.SplittableRandom;

/** The choices of one case: the same seed gives the same ones. */
final class Choice {
  private final SplittableRandom random;

  Choice(long seed, long index) {
    random = new SplittableRandom(seed * 0x9e37_79b9_7f4a_7c15L ^ index);
  }

  /** True {@code percent} times of a hundred. */
  boolean percent(int percent) {
    return random.nextInt(100) < percent;
  }

  /** 0 to {@code bound} - 1. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /** {@code least} to {@code most}. */
  int between(int least, int most) {
    return random.nextInt(least, most + 1);
  }

  long bits() {
    return random.nextLong();
  }

  <T> T of(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  int of(int... all) {
    return all[random.nextInt(all.length)];
  }

  /** An index, each as often as its weight says. */
  int weighted(int... weights) {
    int total = 0;
    for (int weight : weights) {
      total += weight;
    }
    int at = random.nextInt(total);
    for (int i = 0; ; i++) {
      at -= weights[i];
      if (at < 0) {
        return i;
      }
    }
  }
}
