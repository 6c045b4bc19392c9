package portcullis.machine;

import portcullis.store.Cell;
import portcullis.store.PagedWords;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The caches that CPUs and coherent devices share, above RAM that others read and write directly:
 * for boards with an SMMU or a master that does not snoop. Of what caches may do this does what
 * software must be able to bear (DDI 0487 B2.7.2, D7.5): every line that an access touches is
 * allocated, and stays until it is invalidated; no line is written back but by maintenance, or
 * where the tester says so. So a missing clean leaves RAM stale, and a missing invalidation leaves
 * the CPU with what it has.
 *
 * <p>Contents and state of lines are in the store. O(1) an access; O(lines) maintenance.
 */
final class CpuCaches extends Memory implements CacheMaintenance {
  /** Bytes in a line: what nearly all Arm CPUs have (CTR_EL0.DminLine 4). */
  static final int LINE_BYTES = 64;

  private static final int LINE_SHIFT = Integer.numberOfTrailingZeros(LINE_BYTES);
  private static final int WORDS_SHIFT = 3;
  private static final int WORDS = LINE_BYTES >>> WORDS_SHIFT;

  /** The architecture's largest physical address space, in 64-bit words. */
  private static final long SPACE_WORDS = 1L << (52 - WORDS_SHIFT);

  /** State of a line: two bits each, so many lines in a word. */
  private static final int STATE_SHIFT = 5;

  /** How many lines are remembered as dirtied last; a power of two. */
  private static final int LATEST = 4096;

  private static final long PRESENT = 0b01;
  private static final long DIRTY = 0b10;
  private static final long STATE_MASK = 0b11;

  private final Ram ram;

  /** Of each line that is present, what it holds; else without meaning. */
  private final PagedWords contents;

  private final PagedWords states;

  /** The lines that became dirty last, for {@link #writeLatestBack}: a ring. */
  private final Words latest;

  /** How many lines have become dirty. */
  private final Cell dirtied;

  /** What a coherent observer could have seen before; null where nobody asks. */
  private final MemoryHistory history;

  private final Memory below = new Below();
  private final Memory glimpse = new Glimpse();

  /**
   * Empty caches.
   *
   * @param history is told of every change that a coherent observer sees; null for none
   */
  CpuCaches(Store store, Ram ram, MemoryHistory history) {
    this.ram = ram;
    this.history = history;
    contents = store.paged("cpu.cache.contents", SPACE_WORDS);
    states = store.paged("cpu.cache.states", (SPACE_WORDS / WORDS) >>> STATE_SHIFT);
    latest = store.words("cpu.cache.latest", LATEST);
    dirtied = store.cell("cpu.cache.dirtied");
  }

  /** RAM for observers that do not snoop. */
  Memory below() {
    return below;
  }

  @Override
  boolean contains(long pa) {
    return ram.contains(pa);
  }

  @Override
  MemoryHistory history() {
    return history;
  }

  @Override
  long read(long pa, int bytes) {
    assert aligned(pa, bytes);
    allocate(pa);
    return extract(contents.get(pa >>> WORDS_SHIFT), pa, bytes);
  }

  @Override
  void write(long pa, int bytes, long value) {
    assert aligned(pa, bytes);
    allocate(pa);
    long index = pa >>> WORDS_SHIFT;
    long before = contents.get(index);
    long after = insert(before, pa, bytes, value);
    if (history != null) {
      history.write(pa, before, after);
    }
    contents.set(index, after);
    long line = pa >>> LINE_SHIFT;
    if ((state(line) & DIRTY) == 0) {
      setState(line, PRESENT | DIRTY);
      long number = dirtied.get();
      latest.set((int) (number & (LATEST - 1)), line);
      dirtied.set(number + 1);
    }
  }

  /** The lines that became dirty last are written back, as they may be at any moment. */
  void writeLatestBack() {
    int count = (int) Math.min(dirtied.get(), LATEST);
    for (int i = 0; i < count; i++) {
      writeBack(latest.get(i));
    }
    dirtied.set(0);
  }

  /** The same memory, without a line being allocated for looking at it. */
  Memory glimpse() {
    return glimpse;
  }

  private void allocate(long pa) {
    long line = pa >>> LINE_SHIFT;
    if (state(line) != 0) {
      return;
    }
    setState(line, PRESENT);
    long first = line * WORDS;
    for (long index = first; index < first + WORDS; index++) {
      contents.set(index, ram.read(index << WORDS_SHIFT, Long.BYTES));
    }
  }

  @Override
  public boolean matters() {
    return true;
  }

  @Override
  public void clean(long pa, long bytes) {
    long last = (pa + bytes - 1) >>> LINE_SHIFT;
    for (long line = pa >>> LINE_SHIFT; line <= last; line++) {
      writeBack(line);
    }
  }

  @Override
  public void cleanAndInvalidate(long pa, long bytes) {
    long last = (pa + bytes - 1) >>> LINE_SHIFT;
    for (long line = pa >>> LINE_SHIFT; line <= last; line++) {
      writeBack(line);
      if (state(line) != 0) {
        drop(line);
      }
    }
  }

  private void writeBack(long line) {
    if ((state(line) & DIRTY) == 0) {
      return;
    }
    long first = line * WORDS;
    for (long index = first; index < first + WORDS; index++) {
      ram.write(index << WORDS_SHIFT, Long.BYTES, contents.get(index));
    }
    setState(line, PRESENT);
  }

  /** From now on coherent observers see RAM again. */
  private void drop(long line) {
    setState(line, 0);
    if (history == null) {
      return;
    }
    long first = line * WORDS;
    for (long index = first; index < first + WORDS; index++) {
      long pa = index << WORDS_SHIFT;
      history.write(pa, contents.get(index), ram.read(pa, Long.BYTES));
    }
  }

  private long state(long line) {
    return (states.get(line >>> STATE_SHIFT) >>> shift(line)) & STATE_MASK;
  }

  private void setState(long line, long state) {
    long index = line >>> STATE_SHIFT;
    int shift = shift(line);
    states.set(index, (states.get(index) & ~(STATE_MASK << shift)) | (state << shift));
  }

  private static int shift(long line) {
    return (int) (line & ((1 << STATE_SHIFT) - 1)) * 2;
  }

  /** What a CPU would read now. */
  private final class Glimpse extends Memory {
    @Override
    boolean contains(long pa) {
      return ram.contains(pa);
    }

    @Override
    MemoryHistory history() {
      return history;
    }

    @Override
    long read(long pa, int bytes) {
      return state(pa >>> LINE_SHIFT) == 0
          ? ram.read(pa, bytes)
          : extract(contents.get(pa >>> WORDS_SHIFT), pa, bytes);
    }

    @Override
    void write(long pa, int bytes, long value) {
      throw new UnsupportedOperationException("looking changes nothing");
    }
  }

  /** RAM itself; who snoops sees what is written there unless the line is present. */
  private final class Below extends Memory {
    @Override
    boolean contains(long pa) {
      return ram.contains(pa);
    }

    @Override
    MemoryHistory history() {
      return ram.history();
    }

    @Override
    long read(long pa, int bytes) {
      return ram.read(pa, bytes);
    }

    @Override
    void write(long pa, int bytes, long value) {
      if (history != null && state(pa >>> LINE_SHIFT) == 0) {
        long word = ram.read(pa & -Long.BYTES, Long.BYTES);
        history.write(pa & -Long.BYTES, word, insert(word, pa, bytes, value));
      }
      ram.write(pa, bytes, value);
    }
  }
}
