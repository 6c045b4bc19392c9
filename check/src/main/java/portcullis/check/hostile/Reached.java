package portcullis.check.hostile;

/** A state or an effect that makes a campaign worth something: counted each time it is seen. */
public enum Reached {
  /** A walk of the oracle met an SMMU that translates. */
  SMMU_ENABLED,
  /** A walk met an SMMU without power. */
  WITHOUT_POWER,
  /** A walk met an SMMU that writes events. */
  EVENTQ_ENABLED,
  /** A walk met an SMMU that writes page requests. */
  PRIQ_ENABLED,
  /** A walk met a valid STE with split-stage ATS. */
  STE_SPLIT_ATS,
  /** A walk met a valid STE in hardware's stream table that aborts. */
  STE_ABORT,
  /** A walk met a valid STE in hardware's stream table with stage 2 only. */
  STE_STAGE2,
  /** A walk met a valid STE in hardware's stream table with both stages. */
  STE_NESTED,
  /** DMA reached memory through stage 2 only. */
  DMA_STAGE2,
  /** DMA reached memory through both stages. */
  DMA_NESTED,
  /** DMA was stopped. */
  DMA_STOPPED(Outcome.REFUSED),
  /** DMA with an address that the device called translated (ATS) was stopped. */
  DMA_LIE_STOPPED(Outcome.REFUSED),
  /** The host made the SMMU stall DMA. */
  DMA_STALLED,
  /** A page went to a guest. */
  DONATED,
  /** A page came back. */
  RECLAIMED,
  /** A hypercall was refused. */
  HYPERCALL_REFUSED(Outcome.REFUSED),
  /** A donation was refused because the page is pinned or shared. */
  DONATION_BUSY(Outcome.REFUSED),
  /** The host's command queue stopped with an error. */
  COMMAND_ERROR(Outcome.ERROR),
  /** The host saw GERROR.EVENTQ_ABT_ERR. */
  EVENTQ_ERROR(Outcome.ERROR),
  /** A load, store or register access of the host aborted. */
  HOST_ABORT(Outcome.REFUSED),
  /** An address that was used by DMA was tried again after pages had changed hands. */
  DMA_PROBED;

  private final Outcome outcome;

  Reached() {
    this(Outcome.ACCEPTED);
  }

  Reached(Outcome outcome) {
    this.outcome = outcome;
  }

  /** What an action that shows this came to. */
  Outcome outcome() {
    return outcome;
  }
}
