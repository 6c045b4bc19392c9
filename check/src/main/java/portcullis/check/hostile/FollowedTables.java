package portcullis.check.hostile;

import java.util.ArrayList;
import java.util.List;
import portcullis.platform.PhysicalMemory;

/**
 * The CPUs' stage 2 and the SMMUs' stream tables and stage 2, all walked once, and from then on
 * judged again where a word or an owner has changed.
 *
 * <p>It says whether something is wrong as {@link Oracle}'s walk of everything does, but not always
 * the same thing first. {@link #lost} says when it cannot: the walk has to be made then.
 */
final class FollowedTables implements WatchedStreams.Stage2Users {

  private static final long STEP = 1L << WatchedPages.SHIFT;

  private final PhysicalMemory memory;
  private final Stage2Outputs.Judge judge;
  private final WatchedPages pages = new WatchedPages();
  private final WatchedStage2 cpus;
  private final List<WatchedStreams> streams = new ArrayList<>();

  /** One, unless EL2 is broken. */
  private final List<WatchedStage2> stage2 = new ArrayList<>();

  private boolean begun;

  /**
   * Follows nothing yet.
   *
   * @param cpuTable the CPUs' stage 2
   */
  FollowedTables(
      PhysicalMemory memory,
      Stage2Outputs.Judge judge,
      Stage2Reference cpuTable,
      List<SmmuOracle> smmus) {
    this.memory = memory;
    this.judge = judge;
    cpus = new WatchedStage2(memory, pages, judge, cpuTable);
    for (SmmuOracle smmu : smmus) {
      streams.add(new WatchedStreams(memory, pages, smmu, this));
    }
  }

  /** A stream of that SMMU whose STE lets something through, or -1. */
  long passing(int smmu) {
    return streams.get(smmu).passing();
  }

  /** Whether changes are not enough to judge by. */
  boolean lost() {
    boolean lost = pages.twice() || !cpus.identity();
    for (int i = 0; i < stage2.size(); i++) {
      lost |= !stage2.get(i).identity();
    }
    return lost;
  }

  /** Forgets everything. */
  void end() {
    streams.forEach(WatchedStreams::end);
    stage2.clear();
    if (begun) {
      cpus.release();
    }
    cpus.end();
    pages.clear();
    begun = false;
  }

  /**
   * What is wrong now, or null.
   *
   * @param words physical addresses of all that has changed since the last call, in 64-bit words;
   *     the first call may leave them out
   * @param owned addresses of all pages whose ownership words have changed since
   * @param pageBytes of these
   */
  String look(LongList words, LongList owned, long pageBytes) {
    String finding = null;
    if (!begun) {
      begun = true;
      finding = cpus.use();
    }
    for (int i = 0; i < words.size(); i++) {
      WatchedTable table = pages.at(words.get(i));
      if (table != null) {
        table.forget(words.get(i));
      }
    }
    streams.forEach(WatchedStreams::leave);
    for (int i = 0; i < words.size() && finding == null; i++) {
      WatchedTable table = pages.at(words.get(i));
      if (table != null) {
        finding = table.judge(words.get(i));
      }
    }
    for (int i = 0; i < streams.size() && finding == null; i++) {
      finding = streams.get(i).enter();
    }
    for (int i = 0; i < owned.size() && finding == null; i++) {
      long end = owned.get(i) + pageBytes;
      for (long page = owned.get(i); page < end && finding == null; page += STEP) {
        finding = judgeOwner(page);
      }
    }
    return finding;
  }

  /** What is wrong with what is in a page, or what reaches it; its owner has changed. */
  private String judgeOwner(long page) {
    WatchedTable table = pages.at(page);
    String finding = table == null ? null : table.misplaced();
    if (finding == null) {
      finding = cpus.judgePage(page);
    }
    for (int i = 0; i < stage2.size() && finding == null; i++) {
      finding = stage2.get(i).judgePage(page);
    }
    return finding;
  }

  private WatchedStage2 watched(Stage2Reference reference) {
    for (WatchedStage2 table : stage2) {
      if (table.reference().equals(reference)) {
        return table;
      }
    }
    return null;
  }

  @Override
  public String use(Stage2Reference reference) {
    WatchedStage2 table = watched(reference);
    if (table == null) {
      stage2.stream().filter(WatchedStage2::unused).forEach(WatchedStage2::end);
      stage2.removeIf(WatchedStage2::unused);
      table = new WatchedStage2(memory, pages, judge, reference);
      stage2.add(table);
    }
    return table.use();
  }

  @Override
  public void release(Stage2Reference reference) {
    watched(reference).release();
  }
}
