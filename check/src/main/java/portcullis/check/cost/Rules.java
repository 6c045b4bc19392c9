package portcullis.check.cost;

import portcullis.hyp.smmuv3.SmmuPolicy;
import portcullis.hyp.smmuv3.Stage2Policy;

/** By which rules EL2 keeps the shadow stage-2. All isolate alike. */
public enum Rules {
  /** Portcullis's own: blocks, merged again; one batch on all SMMUs, one wait. */
  DEFAULT("default", Stage2Policy.DEFAULT),
  /** Version 6 of the series: page by page, each waited for, on one SMMU after the other. */
  V6("v6", Stage2Policy.V6);

  private final String label;
  private final Stage2Policy stage2;

  Rules(String label, Stage2Policy stage2) {
    this.label = label;
    this.stage2 = stage2;
  }

  /** As the command line spells them. */
  public String label() {
    return label;
  }

  /** What EL2 decides by. */
  SmmuPolicy policy() {
    return SmmuPolicy.DEFAULT.with(stage2);
  }
}
