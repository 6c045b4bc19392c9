package portcullis.store;

import java.util.Arrays;

/**
 * The arrays that hold a store's words, numbered: one for each cell, flag and word array, one for
 * each page of a sparse array. The number and the offset within are a word's location in one {@code
 * long}, by which the journal restores any word in the same two loads, whatever declared it.
 *
 * <p>Block numbers depend on the order in which pages were allocated, so neither fingerprint nor
 * file has them.
 */
final class Blocks {
  private final Fingerprint fingerprint;
  private long[][] words = new long[64][];
  private Variable[] owners = new Variable[64];
  private Rows[] rows = new Rows[64];
  private long[] firsts = new long[64];
  private int count;

  Blocks(Fingerprint fingerprint) {
    this.fingerprint = fingerprint;
  }

  /** The location of word {@code offset} of {@code block}. */
  static long location(int block, int offset) {
    return (long) block << 32 | offset;
  }

  /** The block of {@code location}. */
  static int block(long location) {
    return (int) (location >>> 32);
  }

  /** The offset of {@code location} within its block. */
  static int offset(long location) {
    return (int) location;
  }

  /**
   * Adds a block.
   *
   * @param first the index in {@code owner} of the block's first word
   * @return its number
   */
  int add(long[] block, Variable owner, long first) {
    if (count == words.length) {
      int capacity = Math.multiplyExact(count, 2);
      words = Arrays.copyOf(words, capacity);
      owners = Arrays.copyOf(owners, capacity);
      rows = Arrays.copyOf(rows, capacity);
      firsts = Arrays.copyOf(firsts, capacity);
    }
    words[count] = block;
    owners[count] = owner;
    firsts[count] = first;
    return count++;
  }

  /** As {@link #add}, for a block whose words are mixed into the fingerprint by rows. */
  int addRows(long[] block, Variable owner, long first) {
    int number = add(block, owner, first);
    rows[number] = new Rows(fingerprint, block, owner.seed, first);
    return number;
  }

  /** The rows of {@code block}, which {@link #addRows} added. */
  Rows rows(int block) {
    return rows[block];
  }

  /** Gives the word at {@code location} its value of before a change. */
  void restore(long location, long before) {
    int block = block(location);
    int offset = offset(location);
    words[block][offset] = before;
    Rows ofBlock = rows[block];
    if (ofBlock != null) {
      ofBlock.note(offset);
    }
  }

  /** The array of {@code block}. */
  long[] words(int block) {
    return words[block];
  }

  /** The declaration that {@code block} is part of. */
  Variable owner(int block) {
    return owners[block];
  }

  /** The index in its owner of the first word of {@code block}. */
  long first(int block) {
    return firsts[block];
  }
}
