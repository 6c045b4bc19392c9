package portcullis.hyp.smmuv3;

import java.util.ArrayList;
import java.util.List;

/**
 * The second-level tables that the SMMUs have for streams of nobody: the host has disabled the SMMU
 * and may enable it for the same streams again, which is then cheap ({@link
 * StreamShadow#takeOver}). They are there only as long as nothing else needs the memory: a stream,
 * or a page that changes hands.
 */
final class SpareTables {
  private final List<StreamShadow> shadows = new ArrayList<>();

  /** One more SMMU, while the driver is put together. */
  void add(StreamShadow shadow) {
    shadows.add(shadow);
  }

  /**
   * Frees those of one SMMU. O(SMMUs + size of a first level).
   *
   * @return whether there were any
   */
  boolean release() {
    for (StreamShadow shadow : shadows) {
      if (shadow.discard()) {
        return true;
      }
    }
    return false;
  }
}
