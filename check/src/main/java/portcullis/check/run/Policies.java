package portcullis.check.run;

import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.smmuv3.SmmuPolicy;

/**
 * Every decision table of EL2.
 *
 * @param pages transitions of page ownership
 * @param smmu registers, commands, STEs and protective measures
 */
public record Policies(PagePolicy pages, SmmuPolicy smmu) {
  /** What isolation needs. */
  public static final Policies DEFAULT = new Policies(PagePolicy.DEFAULT, SmmuPolicy.DEFAULT);
}
