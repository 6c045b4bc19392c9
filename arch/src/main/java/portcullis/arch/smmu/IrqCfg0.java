package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * SMMU_GERROR_IRQ_CFG0, SMMU_EVENTQ_IRQ_CFG0 and SMMU_PRIQ_IRQ_CFG0: where an MSI is written (IHI
 * 0070 6.3.21, 6.3.30, 6.3.34).
 */
public final class IrqCfg0 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_*_IRQ_CFG0", 64, "IHI 0070 6.3.21", Version.SMMU_3_0);

  /** Physical address that the MSI is written to; 0: no MSI. */
  public static final Field ADDR =
      FIELDS.address("ADDR", 0, 51, 2, "physical address that the MSI is written to; 0: no MSI");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private IrqCfg0() {}
}
