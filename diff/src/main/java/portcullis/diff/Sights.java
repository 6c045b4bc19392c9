package portcullis.diff;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Every way in which one DMA may see memory while changes may be unseen. What is cached of stage 2
 * is cached for each address by itself, so that each use of it may see a changed word new or old;
 * any other word is used once (IHI 0070 4.3, 4.4).
 *
 * <p>A word is chosen when it is read: what a DMA does not come to makes no more ways.
 */
final class Sights {
  /** More are not told apart. */
  private static final int MOST = 1 << 14;

  /** The most choices of one way. */
  private static final int CHOICES = 64;

  /** What each word that may be unseen was before. */
  private final Map<Long, List<Long>> older;

  private boolean gaveUp;

  /** All ways that {@code changes} leave. */
  Sights(Changes changes) {
    older = changes.older();
  }

  /** What a search came to. */
  enum Found {
    YES,
    NO,
    /** There are too many ways. */
    UNKNOWN
  }

  /** Looks for one that {@code test} accepts, which works out one DMA, always in the same way. */
  Found any(Predicate<Sight> test) {
    Chosen sight = new Chosen();
    int tried = 0;
    do {
      if (tried++ == MOST) {
        gaveUp = true;
        return Found.UNKNOWN;
      }
      sight.begin();
      if (test.test(sight)) {
        return Found.YES;
      }
    } while (sight.advance());
    gaveUp |= sight.cut;
    return sight.cut ? Found.UNKNOWN : Found.NO;
  }

  /** Whether a search came to nothing as there were too many ways. */
  boolean gaveUp() {
    return gaveUp;
  }

  /** One of them: what each choice is, in the order in which they are come to. */
  private final class Chosen implements Sight {
    private final int[] choices = new int[CHOICES];
    private final int[] options = new int[CHOICES];
    private final Map<Long, Long> words = new HashMap<>();
    private int next;
    private int reached;
    private boolean cut;

    @Override
    public FreshModel.Overlay base() {
      return (address, now) -> Changes.stage2Table(address) ? now : word(words, address, now);
    }

    @Override
    public FreshModel.Overlay use(boolean ofRoot) {
      Map<Long, Long> ofUse = new HashMap<>();
      FreshModel.Overlay base = base();
      return (address, now) ->
          Changes.ofStage2(address) ? word(ofUse, address, now) : base.word(address, now);
    }

    @Override
    public boolean mixed() {
      return true;
    }

    private long word(Map<Long, Long> chosen, long address, long now) {
      List<Long> before = older.get(address);
      if (before == null) {
        return now;
      }
      Long known = chosen.get(address);
      if (known == null) {
        int choice = choose(before.size() + 1);
        known = choice == 0 ? now : before.get(choice - 1);
        chosen.put(address, known);
      }
      return known;
    }

    private int choose(int of) {
      if (next == CHOICES) {
        cut = true;
        return 0;
      }
      options[next] = of;
      reached = Math.max(reached, next + 1);
      return choices[next++];
    }

    @Override
    public void begin() {
      next = 0;
      words.clear();
    }

    /** Goes on to the next one; false if it was the last. */
    boolean advance() {
      int last = reached - 1;
      while (last >= 0 && ++choices[last] == options[last]) {
        last--;
      }
      reached = last + 1;
      Arrays.fill(choices, reached, CHOICES, 0);
      return last >= 0;
    }
  }
}
