package portcullis.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Finds the words that differ between two states and feeds them, in order, to a builder. */
final class Comparison {

  /** Consecutive elements of a sorted array of locations that are in one block. */
  private record Run(int block, int start, int end) {}

  private Comparison() {}

  /**
   * Compares the state at {@code mark} with now. A word's value at the mark is the one that its
   * first journal entry since holds.
   */
  static void since(Journal journal, long mark, Blocks blocks, DiffBuilder builder) {
    int start = journal.start(mark);
    long[] locations = distinctLocations(journal, start);
    long[] before = new long[locations.length];
    for (int entry = journal.end() - 2; entry >= start; entry -= 2) {
      before[Arrays.binarySearch(locations, journal.location(entry))] = journal.before(entry);
    }
    for (Run run : runsInOrder(locations, blocks)) {
      Variable owner = blocks.owner(run.block());
      long[] words = blocks.words(run.block());
      long first = blocks.first(run.block());
      for (int i = run.start(); i < run.end(); i++) {
        int offset = Blocks.offset(locations[i]);
        builder.compare(owner, first + offset, before[i], words[offset]);
      }
    }
  }

  private static long[] distinctLocations(Journal journal, int start) {
    long[] locations = new long[(journal.end() - start) / 2];
    for (int i = 0; i < locations.length; i++) {
      locations[i] = journal.location(start + 2 * i);
    }
    Arrays.sort(locations);
    int distinct = 0;
    for (int i = 0; i < locations.length; i++) {
      if (i == 0 || locations[i] != locations[i - 1]) {
        locations[distinct++] = locations[i];
      }
    }
    return Arrays.copyOf(locations, distinct);
  }

  /** Blocks are numbered as pages were allocated; differences are listed by declaration. */
  private static List<Run> runsInOrder(long[] locations, Blocks blocks) {
    List<Run> runs = new ArrayList<>();
    int start = 0;
    for (int i = 1; i <= locations.length; i++) {
      int block = Blocks.block(locations[i - 1]);
      if (i == locations.length || Blocks.block(locations[i]) != block) {
        runs.add(new Run(block, start, i));
        start = i;
      }
    }
    runs.sort(
        Comparator.comparingInt((Run run) -> blocks.owner(run.block()).ordinal)
            .thenComparingLong(run -> blocks.first(run.block())));
    return runs;
  }

  /** Compares one declaration of two stores, merging their blocks in order. */
  static void between(Variable earlier, Variable later, DiffBuilder builder) {
    Blocks earlierBlocks = earlier.store.blocks;
    Blocks laterBlocks = later.store.blocks;
    int[] e = earlier.blocksInOrder();
    int[] l = later.blocksInOrder();
    int i = 0;
    int j = 0;
    while (i < e.length || j < l.length) {
      long earlierFirst = i < e.length ? earlierBlocks.first(e[i]) : Long.MAX_VALUE;
      long laterFirst = j < l.length ? laterBlocks.first(l[j]) : Long.MAX_VALUE;
      long first = Math.min(earlierFirst, laterFirst);
      long[] before = earlierFirst == first ? earlierBlocks.words(e[i++]) : null;
      long[] after = laterFirst == first ? laterBlocks.words(l[j++]) : null;
      compareBlock(later, first, before, after, builder);
    }
  }

  /** Compares a block of each state; null stands for words that are all zero. */
  private static void compareBlock(
      Variable variable, long first, long[] before, long[] after, DiffBuilder builder) {
    int length = before != null ? before.length : after.length;
    for (int offset = 0; offset < length; offset++) {
      builder.compare(
          variable,
          first + offset,
          before != null ? before[offset] : 0,
          after != null ? after[offset] : 0);
    }
  }
}
