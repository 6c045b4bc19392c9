package portcullis.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/**
 * A sparse array of up to 2^49 64-bit words of a {@link Store}, all 0 at first: physical memory.
 *
 * <p>Words are held in pages of {@value #PAGE_WORDS}. A page is allocated by the first write of a
 * value other than zero and stays allocated, also when an undo makes it zero again; a page that was
 * never allocated reads as zero and costs nothing. Every access is O(1): the page changed last and
 * the two read last are remembered, any other is one probe of an open-addressing table that is
 * never more than half full.
 */
public final class PagedWords extends Variable {
  /** Words in a page. */
  public static final int PAGE_WORDS = 512;

  /** The longest possible array, in words: 2^52 bytes, the largest physical address space. */
  public static final long MAX_LENGTH = 1L << 49;

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(PAGE_WORDS);
  private static final int OFFSET_MASK = PAGE_WORDS - 1;
  private static final int INITIAL_SLOTS = 16;
  private static final long FREE = -1;
  private static final int NO_SLOT = -1;
  private static final long HASH_MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;

  private final long length;

  // The table: slot s holds page number numbers[s] (FREE where there is none), which is block
  // slotBlocks[s] with words slotWords[s]. There is always a free slot, so a probe ends.
  private long[] numbers;
  private int[] slotBlocks;
  private long[][] slotWords;
  private int hashShift;
  private int pages;

  // The page changed last, and two that were read: a cache of the table, not state.
  private long lastNumber = FREE;
  private int lastBlock;
  private long[] lastWords;
  private Rows lastRows;
  private long readNumber = FREE;
  private long[] readWords;
  private long otherNumber = FREE;
  private long[] otherWords;

  PagedWords(Store store, String name, int ordinal, long length) {
    super(store, name, ordinal);
    this.length = length;
    makeTable(INITIAL_SLOTS);
  }

  /**
   * The word at {@code index}.
   *
   * @throws IndexOutOfBoundsException outside 0 to {@code length() - 1}
   */
  public long get(long index) {
    long number = index >>> PAGE_SHIFT;
    int offset = (int) index & OFFSET_MASK;
    if (number == readNumber) {
      return readWords[offset];
    }
    // Reads that take turns in two pages, as a walk's do, leave both where they are.
    if (number == otherNumber) {
      return otherWords[offset];
    }
    if (number == lastNumber) {
      return lastWords[offset];
    }
    return read(Objects.checkIndex(index, length) >>> PAGE_SHIFT, offset);
  }

  private long read(long number, int offset) {
    int slot = find(number);
    if (slot == NO_SLOT) {
      return 0;
    }
    otherNumber = readNumber;
    otherWords = readWords;
    readNumber = number;
    readWords = slotWords[slot];
    return readWords[offset];
  }

  /**
   * Changes the word at {@code index}. Zero written to a page that was never allocated allocates
   * nothing.
   *
   * @throws IndexOutOfBoundsException outside 0 to {@code length() - 1}
   */
  public void set(long index, long value) {
    Objects.checkIndex(index, length);
    long number = index >>> PAGE_SHIFT;
    if (!use(number)) {
      if (value == 0) {
        return;
      }
      enter(number, new long[PAGE_WORDS]);
    }
    int offset = (int) index & OFFSET_MASK;
    long before = lastWords[offset];
    if (before != value) {
      store.journal(Blocks.location(lastBlock, offset), before);
      lastWords[offset] = value;
      lastRows.note(offset);
    }
  }

  /**
   * Makes {@code count} words from {@code from} zero. Pages that were never allocated are skipped
   * whole.
   *
   * @throws IndexOutOfBoundsException if not all of them are within 0 to {@code length() - 1}
   */
  public void zero(long from, long count) {
    Objects.checkFromIndexSize(from, count, length);
    long end = from + count;
    long index = from;
    while (index < end) {
      long pageEnd = Math.min(end, (index | OFFSET_MASK) + 1);
      if (use(index >>> PAGE_SHIFT)) {
        for (; index < pageEnd; index++) {
          set(index, 0);
        }
      }
      index = pageEnd;
    }
  }

  /**
   * Reads {@code count} words from {@code from} on, as bytes with the lowest of each word first.
   *
   * @param into takes {@code 8 * count} bytes from {@code at} on
   * @throws IndexOutOfBoundsException if not all of them are within 0 to {@code length() - 1} and
   *     within {@code into}
   */
  public void read(long from, int count, byte[] into, int at) {
    Objects.checkFromIndexSize(from, count, length);
    Objects.checkFromIndexSize(at, (long) count * Long.BYTES, into.length);
    for (int done = 0; done < count; ) {
      long index = from + done;
      int offset = (int) index & OFFSET_MASK;
      int run = Math.min(count - done, PAGE_WORDS - offset);
      int first = at + done * Long.BYTES;
      if (use(index >>> PAGE_SHIFT)) {
        long[] words = lastWords;
        for (int i = 0; i < run; i++) {
          WORD.set(into, first + i * Long.BYTES, words[offset + i]);
        }
      } else {
        Arrays.fill(into, first, first + run * Long.BYTES, (byte) 0);
      }
      done += run;
    }
  }

  /**
   * Changes {@code count} words from {@code to} on, to what {@link #read(long, int, byte[], int)}
   * would give as {@code from}.
   *
   * @param from has {@code 8 * count} bytes from {@code at} on
   * @throws IndexOutOfBoundsException if not all of them are within 0 to {@code length() - 1} and
   *     within {@code from}
   */
  public void write(long to, int count, byte[] from, int at) {
    Objects.checkFromIndexSize(to, count, length);
    Objects.checkFromIndexSize(at, (long) count * Long.BYTES, from.length);
    for (int done = 0; done < count; ) {
      long index = to + done;
      int offset = (int) index & OFFSET_MASK;
      int run = Math.min(count - done, PAGE_WORDS - offset);
      int first = at + done * Long.BYTES;
      if (use(index >>> PAGE_SHIFT) && !store.isJournaling()) {
        overwrite(offset, run, from, first);
      } else {
        for (int i = 0; i < run; i++) {
          set(index + i, (long) WORD.get(from, first + i * Long.BYTES));
        }
      }
      done += run;
    }
  }

  /** Changes words of the page changed last, row by row. */
  private void overwrite(int to, int count, byte[] from, int at) {
    long[] words = lastWords;
    for (int done = 0; done < count; ) {
      int offset = to + done;
      int run = Math.min(count - done, Rows.WORDS - offset % Rows.WORDS);
      int first = at + done * Long.BYTES;
      int same = 0;
      while (same < run
          && words[offset + same] == (long) WORD.get(from, first + same * Long.BYTES)) {
        same++;
      }
      if (same < run) {
        for (int i = same; i < run; i++) {
          words[offset + i] = (long) WORD.get(from, first + i * Long.BYTES);
        }
        lastRows.note(offset);
      }
      done += run;
    }
  }

  /** Number of words. */
  public long length() {
    return length;
  }

  /** Number of pages allocated. */
  public int pages() {
    return pages;
  }

  /** Bytes of memory that the allocated pages hold, without the table that finds them. */
  public long residentBytes() {
    return (long) pages * PAGE_WORDS * Long.BYTES;
  }

  /** Makes page {@code number} the one changed last, if it is allocated. */
  private boolean use(long number) {
    if (number == lastNumber) {
      return true;
    }
    int slot = find(number);
    if (slot == NO_SLOT) {
      return false;
    }
    remember(slot);
    return true;
  }

  /** The slot of page {@code number}, or {@link #NO_SLOT}. */
  private int find(long number) {
    int mask = numbers.length - 1;
    int slot = slot(number);
    while (numbers[slot] != number) {
      if (numbers[slot] == FREE) {
        return NO_SLOT;
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Fibonacci hashing: neighbouring pages land far apart. */
  private int slot(long number) {
    return (int) ((number * HASH_MULTIPLIER) >>> hashShift);
  }

  private void remember(int slot) {
    lastNumber = numbers[slot];
    lastBlock = slotBlocks[slot];
    lastWords = slotWords[slot];
    lastRows = store.blocks.rows(lastBlock);
  }

  /** Adds page {@code number}, which is not there yet, and makes it the one changed last. */
  private void enter(long number, long[] words) {
    if (pages + 1 > numbers.length / 2) {
      grow();
    }
    int block = store.blocks.addRows(words, this, number << PAGE_SHIFT);
    pages++;
    remember(insert(number, block, words));
  }

  /** Returns the slot. */
  private int insert(long number, int block, long[] words) {
    int mask = numbers.length - 1;
    int slot = slot(number);
    while (numbers[slot] != FREE) {
      slot = (slot + 1) & mask;
    }
    numbers[slot] = number;
    slotBlocks[slot] = block;
    slotWords[slot] = words;
    return slot;
  }

  private void grow() {
    long[] oldNumbers = numbers;
    int[] oldBlocks = slotBlocks;
    long[][] oldWords = slotWords;
    makeTable(Math.multiplyExact(oldNumbers.length, 2));
    for (int slot = 0; slot < oldNumbers.length; slot++) {
      if (oldNumbers[slot] != FREE) {
        insert(oldNumbers[slot], oldBlocks[slot], oldWords[slot]);
      }
    }
  }

  private void makeTable(int slots) {
    numbers = new long[slots];
    Arrays.fill(numbers, FREE);
    slotBlocks = new int[slots];
    slotWords = new long[slots][];
    hashShift = Long.numberOfLeadingZeros(slots - 1L);
  }

  @Override
  Kind kind() {
    return Kind.PAGED;
  }

  @Override
  long words() {
    return length;
  }

  @Override
  void put(long index, long value) {
    set(index, value);
  }

  @Override
  int[] blocksInOrder() {
    long[] sorted = new long[pages];
    int count = 0;
    for (int slot = 0; slot < numbers.length; slot++) {
      if (numbers[slot] != FREE) {
        sorted[count++] = numbers[slot];
      }
    }
    Arrays.sort(sorted);
    int[] blocks = new int[count];
    for (int i = 0; i < count; i++) {
      blocks[i] = slotBlocks[find(sorted[i])];
    }
    return blocks;
  }

  @Override
  void adopt(Variable loaded) {
    for (int block : blocksInOrder()) {
      Arrays.fill(store.blocks.words(block), 0);
      store.blocks.rows(block).noteAll();
    }
    Blocks from = loaded.store.blocks;
    for (int block : loaded.blocksInOrder()) {
      long number = from.first(block) >>> PAGE_SHIFT;
      if (use(number)) {
        System.arraycopy(from.words(block), 0, lastWords, 0, PAGE_WORDS);
      } else {
        enter(number, from.words(block));
      }
      lastRows.noteAll();
    }
  }

  @Override
  void declareIn(Store other) {
    other.paged(name, length);
  }
}
