package portcullis.machine.smmuv3.profile;

import java.util.Locale;

/** How an SMMU's caches behave. */
public enum CacheKind {
  /** Set-associative, of the sizes that the profile gives. */
  ORDINARY,
  /**
   * The set of all that an SMMU may hold: whatever it could have read since an invalidation that
   * reaches it completed (IHI 0070 3.17, 3.21). The sizes do not matter.
   */
  ARCHITECTURAL;

  /** As profile files spell it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
