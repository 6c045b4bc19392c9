package portcullis.check.run;

import portcullis.arch.vmsa.Granule;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.smmuv3.PolicyRow;
import portcullis.hyp.smmuv3.SmmuPolicy;

/**
 * What EL2 is built with: its decision tables and its page.
 *
 * @param pages transitions of page ownership
 * @param smmu registers, commands, STEs and protective measures
 * @param granule the page of ownership and of both stage-2 tables
 */
public record Policies(PagePolicy pages, SmmuPolicy smmu, Granule granule) {
  /** What isolation needs. */
  public static final Policies DEFAULT = new Policies(PagePolicy.DEFAULT, SmmuPolicy.DEFAULT);

  /** With pages of 4 KiB. */
  public Policies(PagePolicy pages, SmmuPolicy smmu) {
    this(pages, smmu, Granule.SIZE_4K);
  }

  /** A copy with one row of the SMMU's tables changed. */
  public Policies with(PolicyRow row) {
    return new Policies(pages, smmu.with(row), granule);
  }

  /** The same decisions, with another page. */
  public Policies with(Granule page) {
    return new Policies(pages, smmu, page);
  }
}
