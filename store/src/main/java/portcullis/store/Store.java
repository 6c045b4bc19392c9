package portcullis.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * All mutable state of one machine with its hypervisor and its host, word by word.
 *
 * <p>First the parts declare what they have: {@link #cell}, {@link #flag}, {@link #words}, {@link
 * #paged}, each under a dotted name of its own such as {@code smmu0.cr0}. Then every word can be
 * read and changed through what was declared, and the store keeps two things up to date at each
 * change: a {@linkplain #fingerprint() fingerprint} of all words, and, while a {@linkplain #mark()
 * mark} is open, a journal of the values before.
 *
 * <p>Costs: read, change, {@link #mark} and {@link #release} are O(1), {@link #fingerprint} is
 * O(changes since it was last asked for), {@link #undo} is O(changes since the mark). In steady
 * state, that is once journal and pages have grown to what the work needs, none of them allocates.
 *
 * <p>A store and all that is declared from it belong to one thread.
 */
public final class Store {
  private static final int MAX_NAME_LENGTH = 1000;

  private final Fingerprint fingerprint = new Fingerprint();
  final Blocks blocks = new Blocks(fingerprint);
  private final Journal journal = new Journal(blocks);
  private final List<Variable> variables = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private long epoch;

  /** A store with no declaration. */
  public Store() {}

  /**
   * Declares one 64-bit word, 0 at first.
   *
   * @throws IllegalArgumentException if the name is taken, blank or longer than 1000 characters
   * @throws IllegalStateException if a mark is open
   */
  public Cell cell(String name) {
    return declare(new Cell(this, claim(name), variables.size()));
  }

  /**
   * Declares one boolean, false at first.
   *
   * @throws IllegalArgumentException if the name is taken, blank or longer than 1000 characters
   * @throws IllegalStateException if a mark is open
   */
  public Flag flag(String name) {
    return declare(new Flag(this, claim(name), variables.size()));
  }

  /**
   * Declares a fixed array of words, all 0 at first.
   *
   * @param length number of words; may be 0
   * @throws IllegalArgumentException if the length is negative, or the name is taken, blank or
   *     longer than 1000 characters
   * @throws IllegalStateException if a mark is open
   */
  public Words words(String name, int length) {
    checkLength(name, length, Integer.MAX_VALUE);
    return declare(new Words(this, claim(name), variables.size(), length));
  }

  /**
   * Declares a sparse array of words, all 0 at first.
   *
   * @param length number of words, 0 to {@link PagedWords#MAX_LENGTH}
   * @throws IllegalArgumentException if the length is out of range, or the name is taken, blank or
   *     longer than 1000 characters
   * @throws IllegalStateException if a mark is open
   */
  public PagedWords paged(String name, long length) {
    checkLength(name, length, PagedWords.MAX_LENGTH);
    return declare(new PagedWords(this, claim(name), variables.size(), length));
  }

  /**
   * Opens a mark inside those that are open. Each mark is closed once, by {@link #undo} or by
   * {@link #release}, of it or of a mark around it.
   *
   * @return the mark; never given twice by this store
   */
  public long mark() {
    return journal.mark(fingerprint.ofCells());
  }

  /**
   * Restores every word to what it was at {@code mark} and closes the mark, with those inside it.
   *
   * @throws IllegalStateException if the mark is not open
   */
  public void undo(long mark) {
    fingerprint.restoreCells(journal.undo(mark));
    epoch++;
  }

  /**
   * Keeps all changes and closes {@code mark}, with those inside it. A mark around it can still
   * undo the changes.
   *
   * @throws IllegalStateException if the mark is not open
   */
  public void release(long mark) {
    journal.release(mark);
  }

  /**
   * A number that is equal for equal contents: for two stores with the same declared names, equal
   * words give equal fingerprints, in whatever order they were written or declared; different words
   * give different ones but for a chance of 2^-64. A store of zeros has 0. Not fit against someone
   * who chooses words in order to collide.
   */
  public long fingerprint() {
    return fingerprint.value();
  }

  /**
   * How often words have changed other than by whoever declared them: by {@link #undo} or {@link
   * #load}. Whoever keeps something that it derived from its words must derive it again when this
   * has changed. Not part of the contents.
   */
  public long epoch() {
    return epoch;
  }

  /**
   * Names each word that was changed since {@code mark}, in the order of the changes: one that was
   * changed twice twice, and one that has its old value again as well. Takes O(n) for n changes and
   * allocates nothing; so whoever keeps a mark of its own can follow what it derived from words.
   *
   * @param visitor must change no word
   * @throws IllegalStateException if the mark is not open
   */
  public void changesSince(long mark, ChangeVisitor visitor) {
    int end = journal.end();
    for (int entry = journal.start(mark); entry < end; entry += 2) {
      long location = journal.location(entry);
      int block = Blocks.block(location);
      visitor.changed(blocks.owner(block).name, blocks.first(block) + Blocks.offset(location));
    }
  }

  /**
   * What changed since {@code mark}, in the order of declarations and within one by index. Takes
   * O(n log n) for n changes since the mark.
   *
   * @param limit how many differences to list, from 0; the others are counted
   * @throws IllegalArgumentException if the limit is negative
   * @throws IllegalStateException if the mark is not open
   */
  public Diff diff(long mark, int limit) {
    DiffBuilder builder = new DiffBuilder(limit);
    Comparison.since(journal, mark, blocks, builder);
    return builder.build();
  }

  /**
   * What differs between {@code earlier} and this store, in the order of declarations and within
   * one by index. Reads every word of both that is not in an untouched page.
   *
   * @param limit how many differences to list, from 0; the others are counted
   * @throws IllegalArgumentException if the limit is negative, or the declarations of the two
   *     stores are not the same in the same order
   */
  public Diff diff(Store earlier, int limit) {
    for (int i = 0; i < Math.max(variables.size(), earlier.variables.size()); i++) {
      String here = declarationAt(i);
      String there = earlier.declarationAt(i);
      if (!here.equals(there)) {
        throw new IllegalArgumentException(
            "declaration " + i + " is " + here + " here, " + there + " in the earlier store");
      }
    }
    DiffBuilder builder = new DiffBuilder(limit);
    for (int i = 0; i < variables.size(); i++) {
      Comparison.between(earlier.variables.get(i), variables.get(i), builder);
    }
    return builder.build();
  }

  /**
   * Writes all declarations and words to {@code file}: first to a temporary file beside it, then
   * renamed, so that {@code file} is at all times absent, the old one or the whole new one. Marks
   * are not saved. Only the file's owner may read it.
   *
   * @throws IOException if writing or renaming fails; {@code file} is as it was
   */
  public void save(Path file) throws IOException {
    StoreWriter.save(this, file);
  }

  /**
   * Replaces all words by those that {@link #save} wrote to {@code file}. When it throws, this
   * store is as it was.
   *
   * @throws StoreFormatException if the file is not a saved store, is damaged or cut off, or has
   *     other declarations than this store
   * @throws IOException if reading fails
   * @throws IllegalStateException if a mark is open
   */
  public void load(Path file) throws IOException {
    if (journal.depth() != 0) {
      throw new IllegalStateException("cannot load while " + journal.depth() + " marks are open");
    }
    Store loaded = new Store();
    for (Variable variable : variables) {
      variable.declareIn(loaded);
    }
    StoreReader.load(loaded, file);
    adopt(loaded);
  }

  /** Takes over the words of {@code loaded}, which nobody else has and which is declared alike. */
  private void adopt(Store loaded) {
    for (int i = 0; i < variables.size(); i++) {
      variables.get(i).adopt(loaded.variables.get(i));
    }
    fingerprint.restoreCells(loaded.fingerprint.ofCells());
    epoch++;
  }

  /**
   * Number of changes that the journal holds: those since the outermost open mark that were not
   * undone; 0 while no mark is open.
   */
  public int journaledWords() {
    return journal.end() / 2;
  }

  /** All declarations, in order. */
  List<Variable> variables() {
    return variables;
  }

  /** Called at each change of a cell or flag, before the word is stored. */
  void changed(long location, long key, long before, long after) {
    journal.record(location, before);
    fingerprint.change(key, before, after);
  }

  /** Whether a mark is open, so that changes are journaled. */
  boolean isJournaling() {
    return journal.depth() != 0;
  }

  /** Called at each change of a word in {@link Rows}, before the word is stored. */
  void journal(long location, long before) {
    journal.record(location, before);
  }

  private String declarationAt(int ordinal) {
    return ordinal < variables.size() ? variables.get(ordinal).declaration() : "missing";
  }

  private <T extends Variable> T declare(T variable) {
    variables.add(variable);
    return variable;
  }

  private String claim(String name) {
    if (journal.depth() != 0) {
      throw new IllegalStateException(
          "cannot declare " + name + " while " + journal.depth() + " marks are open");
    }
    if (name.isBlank() || name.length() > MAX_NAME_LENGTH) {
      throw new IllegalArgumentException(
          "a name has 1 to " + MAX_NAME_LENGTH + " characters: \"" + name + "\"");
    }
    if (!names.add(name)) {
      throw new IllegalArgumentException(name + " is declared already");
    }
    return name;
  }

  private static void checkLength(String name, long length, long max) {
    if (length < 0 || length > max) {
      throw new IllegalArgumentException(
          name + " cannot have " + length + " words: 0 to " + max + " are possible");
    }
  }
}
