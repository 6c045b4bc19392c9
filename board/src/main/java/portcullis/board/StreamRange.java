package portcullis.board;

/**
 * StreamIDs that a master sends to an SMMU: from {@code iommus} one each, from {@code iommu-map} a
 * run for a run of requester IDs.
 *
 * @param smmu the SMMU's {@link Smmu#index}
 * @param first the first StreamID, an unsigned 32-bit number
 * @param count how many, at least 1; {@code first + count} is at most 2<sup>32</sup>
 * @param ridBase for {@code iommu-map} the requester ID (after {@link Master#ridMask}) that has the
 *     first StreamID; else 0
 */
public record StreamRange(int smmu, long first, long count, int ridBase) {
  /** One more than the largest StreamID (IHI 0070 3.2: at most 32 bits). */
  public static final long LIMIT = 1L << 32;
}
