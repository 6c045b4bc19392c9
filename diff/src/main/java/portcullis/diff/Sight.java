package portcullis.diff;

import java.util.function.UnaryOperator;

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

  /** As {@code sight}, but that roots of stage 1 are translated by {@code forRoots}. */
  static Sight roots(Sight sight, FreshModel.Overlay forRoots) {
    return changed(sight, sight.base(), next -> next, forRoots);
  }

  /** As {@code sight}, with {@code old} over all that it shows. */
  static Sight over(FreshModel.Overlay old, Sight sight) {
    return changed(sight, old.over(sight.base()), old::over, null);
  }

  private static Sight changed(
      Sight sight,
      FreshModel.Overlay base,
      UnaryOperator<FreshModel.Overlay> use,
      FreshModel.Overlay forRoots) {
    return new Sight() {
      @Override
      public FreshModel.Overlay base() {
        return base;
      }

      @Override
      public FreshModel.Overlay use(boolean ofRoot) {
        return ofRoot && forRoots != null ? forRoots : use.apply(sight.use(ofRoot));
      }

      @Override
      public boolean mixed() {
        return forRoots != null || sight.mixed();
      }

      @Override
      public void begin() {
        sight.begin();
      }
    };
  }
}
