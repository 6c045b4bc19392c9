package portcullis.check.hostile;

import portcullis.platform.PhysicalMemory;

/**
 * A stage-2 table that is walked once and then followed: a word that changes is judged, at a cost
 * of O(1) and what it newly leads to. What the tables say of a page of which only the owner has
 * changed is found in O(levels), as EL2's tables are identity maps; of one that is not, every look
 * has to walk all.
 */
final class WatchedStage2 {
  private final PhysicalMemory memory;
  private final WatchedPages pages;
  private final Stage2Outputs.Judge judge;
  private final Stage2Reference reference;
  private Table root;
  private boolean identity = true;
  private int users;
  private boolean wrong;

  WatchedStage2(
      PhysicalMemory memory,
      WatchedPages pages,
      Stage2Outputs.Judge judge,
      Stage2Reference reference) {
    this.memory = memory;
    this.pages = pages;
    this.judge = judge;
    this.reference = reference;
  }

  Stage2Reference reference() {
    return reference;
  }

  /** Hardware may walk it from one more place; walked if it is not watched yet. What is wrong. */
  String use() {
    users++;
    if (wrong) {
      end();
    }
    return root == null ? begin() : null;
  }

  /** Hardware may walk it from one place less. It is watched on, as somebody soon may again. */
  void release() {
    users--;
  }

  /** Whether hardware cannot walk it. */
  boolean unused() {
    return users == 0;
  }

  private String begin() {
    wrong = false;
    identity = true;
    long entries =
        Stage2Entry.rootEntries(
            reference.granuleShift(), reference.inputBits(), reference.startLevel());
    String finding = judge.table(reference.root(), entries * Long.BYTES);
    if (finding == null) {
      root = new Table(reference.root(), Math.toIntExact(entries), reference.startLevel(), 0);
      finding = root.begin();
    }
    return finding;
  }

  /** Watches it no more. */
  void end() {
    if (root != null) {
      root.end();
      root = null;
    }
  }

  /** Nobody minds what is wrong with a table that is not used: until it is. */
  private String ifUsed(String finding) {
    wrong |= finding != null;
    return unused() ? null : finding;
  }

  /** Whether every leaf that was judged has been an identity map. */
  boolean identity() {
    return identity;
  }

  /** What is wrong with what {@code page} reaches, or null; its owner has changed. */
  String judgePage(long page) {
    return root == null ? null : ifUsed(root.judgePage(page));
  }

  private final class Table implements WatchedTable {
    private final long pa;
    private final int level;
    private final long in;
    private final int shift;

    /** The descriptors that were judged. */
    private final long[] seen;

    /** What they lead to; null at the last level. */
    private final Table[] children;

    private boolean live = true;

    Table(long pa, int entries, int level, long in) {
      this.pa = pa;
      this.level = level;
      this.in = in;
      shift = Stage2Entry.shift(reference.granuleShift(), level);
      seen = new long[entries];
      children = level < Stage2Entry.LAST_LEVEL ? new Table[entries] : null;
    }

    private long bytes() {
      return (long) seen.length * Long.BYTES;
    }

    String begin() {
      pages.add(pa, bytes(), this);
      String finding = null;
      for (int index = 0; index < seen.length && finding == null; index++) {
        finding = judge(index);
      }
      return finding;
    }

    void end() {
      live = false;
      pages.remove(pa, bytes(), this);
      for (int index = 0; index < seen.length; index++) {
        forget(index);
      }
    }

    private void forget(int index) {
      seen[index] = 0;
      if (children != null && children[index] != null) {
        children[index].end();
        children[index] = null;
      }
    }

    @Override
    public void forget(long at) {
      int index = indexOf(at);
      if (live && index < seen.length && seen[index] != memory.read64(at)) {
        forget(index);
      }
    }

    @Override
    public String judge(long at) {
      int index = indexOf(at);
      return live && index < seen.length ? ifUsed(judge(index)) : null;
    }

    private int indexOf(long at) {
      return (int) ((at - pa) / Long.BYTES);
    }

    private String judge(int index) {
      long descriptor = memory.read64(pa + (long) index * Long.BYTES);
      if (descriptor == seen[index]) {
        return null;
      }
      seen[index] = descriptor;
      long at = in + ((long) index << shift);
      int granule = reference.granuleShift();
      if (Stage2Entry.isTable(descriptor, level)) {
        return descend(index, Stage2Entry.table(descriptor, granule), at);
      }
      return judgeLeaf(descriptor, at);
    }

    private String judgeLeaf(long descriptor, long at) {
      if (!Stage2Entry.reaches(descriptor, reference.granuleShift(), level)) {
        return null;
      }
      long out = Stage2Entry.output(descriptor, reference.granuleShift(), level);
      identity &= out == at;
      return judge.leaf(at, out, 1L << shift);
    }

    private String descend(int index, long table, long at) {
      int entries = Stage2Entry.entries(reference.granuleShift());
      String finding = judge.table(table, (long) entries * Long.BYTES);
      if (finding == null && !pages.twice()) {
        children[index] = new Table(table, entries, level + 1, at);
        finding = children[index].begin();
      }
      return finding;
    }

    String judgePage(long page) {
      long index = (page - in) >>> shift;
      if (page < in || index >= seen.length) {
        return null;
      }
      Table child = children == null ? null : children[(int) index];
      return child != null
          ? child.judgePage(page)
          : judgeLeaf(seen[(int) index], in + (index << shift));
    }

    @Override
    public String misplaced() {
      return ifUsed(judge.table(pa, bytes()));
    }
  }
}
