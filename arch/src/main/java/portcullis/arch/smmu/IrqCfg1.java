package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * SMMU_GERROR_IRQ_CFG1, SMMU_EVENTQ_IRQ_CFG1 and SMMU_PRIQ_IRQ_CFG1: what an MSI writes (IHI 0070
 * 6.3.22, 6.3.31, 6.3.35).
 */
public final class IrqCfg1 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_*_IRQ_CFG1", 32, "IHI 0070 6.3.22", Version.SMMU_3_0);

  /** MSI payload. */
  public static final Field DATA = FIELDS.field("DATA", 0, 31, 0, "MSI payload");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private IrqCfg1() {}
}
