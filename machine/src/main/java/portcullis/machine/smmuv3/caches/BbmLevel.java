package portcullis.machine.smmuv3.caches;

import portcullis.arch.smmu.Idr3;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.vmsa.TableWalk;

/**
 * What becomes of a change of block size that does not go through an invalid descriptor: IDR3.BBML
 * (IHI 0070 3.20.1, 3.21.1, 6.3.4).
 *
 * <p>The Contiguous bit makes no difference here: no entry is larger than its descriptor.
 */
public enum BbmLevel {
  /** Before SMMUv3.2: entries of two sizes for one address conflict. */
  LEVEL_0(true, false),

  /** As level 0, but a block with nT set is never cached, so it cannot conflict. */
  LEVEL_1(true, true),

  /** One of the entries is used; nT is ignored. */
  LEVEL_2(false, false);

  private final boolean conflicts;
  private final boolean heedsNt;

  BbmLevel(boolean conflicts, boolean heedsNt) {
    this.conflicts = conflicts;
    this.heedsNt = heedsNt;
  }

  /** The level of an SMMU with {@code features}; the reserved encoding is level 2. */
  public static BbmLevel of(Features features) {
    return switch ((int) Idr3.BBML.get(Integer.toUnsignedLong(features.profile().idr3()))) {
      case 0 -> LEVEL_0;
      case 1 -> LEVEL_1;
      default -> LEVEL_2;
    };
  }

  /** Whether a transaction that matches several TLB entries is aborted with F_TLB_CONFLICT. */
  public boolean conflicts() {
    return conflicts;
  }

  /**
   * Whether the leaf that {@code walk} found may be kept in a TLB; nT is the same bit in both
   * stages.
   */
  boolean caches(TableWalk walk) {
    return !heedsNt
        || walk.level == Granule.LAST_LEVEL
        || !Stage1Descriptor.NT.isSet(walk.descriptor);
  }
}
