package portcullis.store;

/** Is told of words that were changed. */
@FunctionalInterface
public interface ChangeVisitor {

  /**
   * A word was changed.
   *
   * @param name of its declaration
   * @param index within it; 0 for a cell or flag
   */
  void changed(String name, long index);
}
