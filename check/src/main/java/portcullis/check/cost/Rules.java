package portcullis.check.cost;

import portcullis.hyp.smmuv3.SmmuPolicy;
import portcullis.hyp.smmuv3.Stage2Policy;

/** By which rules EL2 keeps the shadow stage-2. All isolate alike. */
public enum Rules {
  /** Portcullis's own: blocks, merged again; one batch on all SMMUs, one wait. */
  DEFAULT("default"),
  /** Version 6 of the series: page by page, each waited for, on one SMMU after the other. */
  V6("v6");

  private final String label;

  Rules(String label) {
    this.label = label;
  }

  /** As the command line spells them. */
  public String label() {
    return label;
  }

  /** What EL2 decides by. */
  SmmuPolicy policy() {
    return SmmuPolicy.DEFAULT.with(
        switch (this) {
          case DEFAULT -> Stage2Policy.DEFAULT;
          case V6 -> Stage2Policy.V6;
        });
  }
}
