package portcullis.pgtable;

/** Takes one block, page or annotation at a time. */
@FunctionalInterface
public interface EntryVisitor {

  /**
   * One entry, whole even where the visited range covers only part of it.
   *
   * @param in first input address that the entry covers
   * @param bytes how many it covers
   * @param level the entry's level
   * @param descriptor as it stands; see {@link TableFormat} for its parts
   * @return whether to go on
   */
  boolean entry(long in, long bytes, int level, long descriptor);
}
