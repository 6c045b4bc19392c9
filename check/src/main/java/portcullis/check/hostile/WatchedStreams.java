package portcullis.check.hostile;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.platform.PhysicalMemory;

/**
 * One SMMU's stream table, walked when hardware begins to use it and then followed: an STE or a
 * first-level descriptor that changes is judged, at a cost of O(1) and what it newly leads to.
 */
final class WatchedStreams {

  /** Who follows the stage-2 tables that STEs name. */
  interface Stage2Users {
    /** An STE names it; what is wrong with it, or null. */
    String use(Stage2Reference reference);

    /** An STE that named it does so no more. */
    void release(Stage2Reference reference);
  }

  private final PhysicalMemory memory;
  private final WatchedPages pages;
  private final SmmuOracle smmu;
  private final Stage2Users stage2;

  /** The streams whose STE lets something through, and what stage 2 it names. */
  private final NavigableMap<Long, Stage2Reference> passing = new TreeMap<>();

  /** What hardware uses; null while it uses none. */
  private FirstLevel firstLevel;

  private Array linear;
  private boolean watching;
  private long config;
  private long base;

  /** Scratch of {@link Array}: what the STE that is being judged names. */
  private Stage2Reference named;

  WatchedStreams(PhysicalMemory memory, WatchedPages pages, SmmuOracle smmu, Stage2Users stage2) {
    this.memory = memory;
    this.pages = pages;
    this.smmu = smmu;
    this.stage2 = stage2;
  }

  /** If hardware uses it no more, or another one in its place, it is watched no more. */
  void leave() {
    boolean same =
        smmu.enabled() && config == smmu.streamTableConfig() && base == smmu.streamTableBase();
    if (watching && !same) {
      end();
    }
  }

  /** Watches nothing. */
  void end() {
    if (firstLevel != null) {
      firstLevel.end();
      firstLevel = null;
    }
    if (linear != null) {
      linear.end();
      linear = null;
    }
    watching = false;
  }

  /** If hardware uses a table that is not watched yet, walks all of it. What is wrong, or null. */
  String enter() {
    if (watching || !smmu.enabled()) {
      return null;
    }
    watching = true;
    config = smmu.streamTableConfig();
    base = smmu.streamTableBase();
    int bits = smmu.streamBits();
    int split = smmu.splitBits();
    if (smmu.isLinear()) {
      long bytes = (long) Ste.BYTES << bits;
      long at = smmu.tableBase(bytes);
      String finding = smmu.arrayAt(at, bytes);
      if (finding == null) {
        linear = new Array(at, Math.toIntExact(1L << bits), 0);
        finding = linear.begin();
      }
      return finding;
    }
    int count = Math.toIntExact(1L << Math.max(0, bits - split));
    long bytes = (long) count * StreamTableDescriptor.BYTES;
    long at = smmu.tableBase(bytes);
    String finding = smmu.firstLevelAt(at, bytes);
    if (finding == null) {
      firstLevel = new FirstLevel(at, count, split);
      finding = firstLevel.begin();
    }
    return finding;
  }

  /** A stream whose STE lets something through, or -1: the highest. */
  long passing() {
    return passing.isEmpty() ? -1 : passing.lastKey();
  }

  private String use(Stage2Reference reference) {
    named = reference;
    return stage2.use(reference);
  }

  private final class FirstLevel implements WatchedTable {
    private final long at;
    private final int split;
    private final long[] seen;
    private final Map<Integer, Array> arrays = new HashMap<>();
    private boolean live = true;

    FirstLevel(long at, int count, int split) {
      this.at = at;
      this.split = split;
      seen = new long[count];
    }

    private long bytes() {
      return (long) seen.length * StreamTableDescriptor.BYTES;
    }

    String begin() {
      pages.add(at, bytes(), this);
      String finding = null;
      for (int index = 0; index < seen.length && finding == null; index++) {
        finding = judge(index);
      }
      return finding;
    }

    void end() {
      live = false;
      pages.remove(at, bytes(), this);
      arrays.values().forEach(Array::end);
    }

    private int indexOf(long pa) {
      return (int) ((pa - at) / StreamTableDescriptor.BYTES);
    }

    @Override
    public void forget(long pa) {
      int index = indexOf(pa);
      if (live && index < seen.length && seen[index] != memory.read64(pa)) {
        seen[index] = 0;
        Array array = arrays.remove(index);
        if (array != null) {
          array.end();
        }
      }
    }

    @Override
    public String judge(long pa) {
      int index = indexOf(pa);
      return live && index < seen.length ? judge(index) : null;
    }

    private String judge(int index) {
      long descriptor = memory.read64(at + (long) index * StreamTableDescriptor.BYTES);
      if (descriptor == seen[index]) {
        return null;
      }
      seen[index] = descriptor;
      long entries = SmmuOracle.entries(descriptor);
      if (entries == 0) {
        return null;
      }
      long second = SmmuOracle.array(descriptor);
      String finding = smmu.arrayAt(second, entries * Ste.BYTES);
      if (finding == null && !pages.twice()) {
        Array array = new Array(second, (int) entries, (long) index << split);
        arrays.put(index, array);
        finding = array.begin();
      }
      return finding;
    }

    @Override
    public String misplaced() {
      return smmu.firstLevelAt(at, bytes());
    }
  }

  /** STEs in a row. */
  private final class Array implements WatchedTable {
    private final long at;
    private final int entries;
    private final long firstStream;
    private boolean live = true;

    Array(long at, int entries, long firstStream) {
      this.at = at;
      this.entries = entries;
      this.firstStream = firstStream;
    }

    private long bytes() {
      return (long) entries * Ste.BYTES;
    }

    String begin() {
      pages.add(at, bytes(), this);
      String finding = null;
      for (int index = 0; index < entries && finding == null; index++) {
        finding = judge(index);
      }
      return finding;
    }

    void end() {
      live = false;
      pages.remove(at, bytes(), this);
      NavigableMap<Long, Stage2Reference> its =
          passing.subMap(firstStream, true, firstStream + entries, false);
      its.values().forEach(stage2::release);
      its.clear();
    }

    /** Its words lead to nothing that could become another table. */
    @Override
    public void forget(long pa) {}

    @Override
    public String judge(long pa) {
      int index = (int) ((pa - at) / Ste.BYTES);
      return live && index < entries ? judge(index) : null;
    }

    private String judge(int index) {
      long stream = firstStream + index;
      named = null;
      String finding = smmu.entry(at + (long) index * Ste.BYTES, stream, WatchedStreams.this::use);
      Stage2Reference before = named == null ? passing.remove(stream) : passing.put(stream, named);
      if (before != null) {
        stage2.release(before);
      }
      return finding;
    }

    @Override
    public String misplaced() {
      return smmu.arrayAt(at, bytes());
    }
  }
}
