package portcullis.hyp.smmuv3;

import java.util.List;
import java.util.stream.IntStream;
import portcullis.platform.boot.SmmuRegistration;

/** Whose registers an address is in: O(log SMMUs), as every trap of a driver asks. Immutable. */
final class RegisterPages {
  /** No SMMU's. */
  static final int NONE = -1;

  private final List<SmmuRegistration> smmus;

  /** Indexes into {@link #smmus}, by base. */
  private final int[] sorted;

  /**
   * The registers of these SMMUs.
   *
   * @param smmus without overlaps
   */
  RegisterPages(List<SmmuRegistration> smmus) {
    this.smmus = List.copyOf(smmus);
    sorted =
        IntStream.range(0, smmus.size())
            .boxed()
            .sorted((one, other) -> Long.compare(base(one), base(other)))
            .mapToInt(Integer::intValue)
            .toArray();
  }

  /** The SMMU that has {@code address} in its registers, by its place in the list, or NONE. */
  int find(long address) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (base(sorted[middle]) <= address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low > 0 && smmus.get(sorted[low - 1]).registers().contains(address)
        ? sorted[low - 1]
        : NONE;
  }

  private long base(int smmu) {
    return smmus.get(smmu).registers().base();
  }
}
