package portcullis.hyp.mem;

/** What can be asked for a page: the row of the {@link PagePolicy}. */
public enum PageTransition {
  /** RAM of the host becomes a guest's. */
  DONATE_GUEST("donate", Initiator.HOST, false),
  /** RAM of a dying guest becomes the host's again. */
  RECLAIM_GUEST("reclaim", Initiator.HOST, true),
  /** The host lets a guest touch a page and keeps it. */
  SHARE_GUEST("share", Initiator.HOST, false),
  /** The host takes one {@link #SHARE_GUEST} back. */
  UNSHARE_GUEST("unshare", Initiator.HOST, true),
  /** The host lets EL2 touch a page and keeps it. */
  SHARE_HYP("share-hyp", Initiator.HOST, false),
  /** The host takes one {@link #SHARE_HYP} back. */
  UNSHARE_HYP("unshare-hyp", Initiator.HOST, true),
  /** Registers of the host become EL2's, so that accesses trap (series part 2). */
  DONATE_MMIO("donate-mmio", Initiator.HYP, false),
  /** Registers of EL2 become the host's again. */
  RETURN_MMIO("return-mmio", Initiator.HYP, true),
  /** An IOMMU driver relies on the host keeping a page (series parts 15, 18, 20). */
  PIN("pin", Initiator.HYP, false),
  /** An IOMMU driver takes one {@link #PIN} back. */
  UNPIN("unpin", Initiator.HYP, true);

  /** Who can ask for a transition. */
  public enum Initiator {
    /** The host, by a hypercall. */
    HOST,
    /** EL2 itself. */
    HYP,
  }

  private final String label;
  private final Initiator initiator;
  private final boolean toHost;

  PageTransition(String label, Initiator initiator, boolean toHost) {
    this.label = label;
    this.initiator = initiator;
    this.toHost = toHost;
  }

  /** As traces and the policy's printed table name it. */
  public String label() {
    return label;
  }

  /** Who asks for it; nobody else can. */
  public Initiator initiator() {
    return initiator;
  }

  /** Whether the host gets something back, rather than gives it. */
  public boolean toHost() {
    return toHost;
  }

  /** Whether it matters with whom a page is shared. */
  boolean namesSharer() {
    return switch (this) {
      case SHARE_GUEST, UNSHARE_GUEST, SHARE_HYP, UNSHARE_HYP -> true;
      case DONATE_GUEST, RECLAIM_GUEST, DONATE_MMIO, RETURN_MMIO, PIN, UNPIN -> false;
    };
  }
}
