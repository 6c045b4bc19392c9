package portcullis.hyp.mem;

/**
 * What a page is when a transition is asked for: the column of the {@link PagePolicy}. "The party"
 * is the one that the transition names: the guest of a share, EL2, or the guest whose pages are
 * reclaimed; for a transition that names none, everybody is the party.
 */
public enum PageCondition {
  /** RAM of the host, neither shared nor pinned. */
  HOST("host"),
  /** RAM of the host, which an IOMMU driver has pinned. */
  HOST_PINNED("host, pinned"),
  /** RAM of the host, shared with the party. */
  HOST_SHARED("host, shared"),
  /** RAM of the host, shared with the party, and pinned. */
  HOST_SHARED_PINNED("host, shared, pinned"),
  /** RAM of the host, shared with somebody else than the party. */
  HOST_SHARED_OTHER("host, shared with another"),
  /** RAM of EL2. */
  HYP("hyp"),
  /** RAM of a guest that lives. */
  GUEST("guest"),
  /** RAM of a guest that is being destroyed: the party. */
  DYING_GUEST("dying guest"),
  /** RAM of a guest that is being destroyed: another than the party. */
  OTHER_DYING_GUEST("another dying guest"),
  /** No RAM, and the host's: registers, or nothing at all. */
  DEVICE("device"),
  /** Registers that EL2 has taken. */
  DEVICE_HYP("device of hyp");

  private final String label;

  PageCondition(String label) {
    this.label = label;
  }

  /** In words, as the policy's printed table has it. */
  public String label() {
    return label;
  }

  /** Whether the page is RAM. */
  public boolean isMemory() {
    return this != DEVICE && this != DEVICE_HYP;
  }
}
