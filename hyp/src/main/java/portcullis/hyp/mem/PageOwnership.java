package portcullis.hyp.mem;

import portcullis.store.PagedWords;
import portcullis.store.Store;

/**
 * The owner of every page: one sparse {@link PageWord} each, by page frame number. The one truth
 * about ownership; the host's stage-2 tables only follow it.
 *
 * <p>Beside it, for every aligned block of pages that a translation table entry can cover, how many
 * of its pages are not the host's. So the largest block that is the host's, and the end of a run of
 * the host's pages, are found in O(levels) and O(levels x entries of a table) instead of page by
 * page, and memory that never left the host costs nothing.
 */
final class PageOwnership {
  private final PagedWords words;
  private final PagedWords[] foreign;
  private final int bitsPerLevel;
  private final long pages;

  /**
   * All pages are the host's.
   *
   * @param pages in the address space
   * @param bitsPerLevel log2 of the entries of a translation table
   */
  PageOwnership(Store store, long pages, int bitsPerLevel) {
    this.pages = pages;
    this.bitsPerLevel = bitsPerLevel;
    this.words = store.paged("hyp.pages", pages);
    int addressBits = Long.SIZE - Long.numberOfLeadingZeros(pages - 1);
    this.foreign = new PagedWords[(addressBits - 1) / bitsPerLevel];
    for (int level = 1; level <= foreign.length; level++) {
      long blocks = ((pages - 1) >>> shift(level)) + 1;
      foreign[level - 1] = store.paged("hyp.pages.foreign" + level, blocks);
    }
  }

  /** The page's word. */
  long word(long pfn) {
    return words.get(pfn);
  }

  /** Changes the word of a page without changing whether it is the host's. */
  void update(long pfn, long word) {
    assert PageWord.isHost(word) == PageWord.isHost(words.get(pfn));
    words.set(pfn, word);
  }

  /** Gives {@code [pfn, end)} to the owner that {@code word} names. */
  void pass(long pfn, long end, long word) {
    int change = PageWord.isHost(word) ? 0 : 1;
    long done = pfn;
    while (done < end) {
      long blockEnd = Math.min(end, ((done >>> bitsPerLevel) + 1) << bitsPerLevel);
      int delta = 0;
      for (long page = done; page < blockEnd; page++) {
        delta += change - (PageWord.isHost(words.get(page)) ? 0 : 1);
        words.set(page, word);
      }
      count(done, delta);
      done = blockEnd;
    }
  }

  private void count(long pfn, int delta) {
    for (int level = 1; level <= foreign.length; level++) {
      long block = pfn >>> shift(level);
      foreign[level - 1].set(block, foreign[level - 1].get(block) + delta);
    }
  }

  /** Whether every page of {@code [pfn, end)} is the host's. */
  boolean allHost(long pfn, long end) {
    return PageWord.isHost(words.get(pfn)) && runEnd(pfn, end) == end;
  }

  /**
   * The first page behind {@code pfn}, at most {@code limit}, that is the host's if {@code pfn} is
   * not, or is not if it is. Runs of whole blocks are skipped as blocks.
   */
  long runEnd(long pfn, long limit) {
    boolean host = PageWord.isHost(words.get(pfn));
    long page = pfn + 1;
    int level = 0;
    while (page < limit) {
      level = largestAligned(page, level);
      while (level > 0 && !uniform(page, level, host)) {
        level--;
      }
      if (level == 0 && PageWord.isHost(words.get(page)) != host) {
        return page;
      }
      page += 1L << shift(level);
    }
    return limit;
  }

  /** The highest level whose blocks can start at {@code page}: at most one above {@code level}. */
  private int largestAligned(long page, int level) {
    int highest = Math.min(Long.numberOfTrailingZeros(page) / bitsPerLevel, foreign.length);
    return Math.min(highest, level + 1);
  }

  private boolean uniform(long page, int level, boolean host) {
    long count = foreign[level - 1].get(page >>> shift(level));
    return count == (host ? 0 : Math.min(1L << shift(level), pages - page));
  }

  private int shift(int level) {
    return level * bitsPerLevel;
  }
}
