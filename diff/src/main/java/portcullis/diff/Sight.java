package portcullis.diff;

/**
 * Memory as one DMA sees it: the structures and stage 1 one way, each use of stage 2 (for the CD,
 * for a table, for the data) perhaps another way.
 */
interface Sight {

  /** For the structures and stage 1. */
  FreshModel.Overlay base();

  /** For the next use of stage 2; {@code ofRoot} if it is for a root of stage 1. */
  FreshModel.Overlay use(boolean ofRoot);

  /** Whether uses may see other values than the base. */
  boolean mixed();

  /** The next use is the first one again. */
  default void begin() {}

  /** All sees the same. */
  static Sight same(FreshModel.Overlay seen) {
    return new Sight() {
      @Override
      public FreshModel.Overlay base() {
        return seen;
      }

      @Override
      public FreshModel.Overlay use(boolean ofRoot) {
        return seen;
      }

      @Override
      public boolean mixed() {
        return false;
      }
    };
  }

  /** All sees the same but what roots of stage 1 are translated by. */
  static Sight roots(FreshModel.Overlay seen, FreshModel.Overlay forRoots) {
    return new Sight() {
      @Override
      public FreshModel.Overlay base() {
        return seen;
      }

      @Override
      public FreshModel.Overlay use(boolean ofRoot) {
        return ofRoot ? forRoots : seen;
      }

      @Override
      public boolean mixed() {
        return true;
      }
    };
  }
}
