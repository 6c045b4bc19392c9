package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;
import portcullis.arch.vmsa.WalkEncodings;

/**
 * SMMU_GERROR_IRQ_CFG2 and SMMU_EVENTQ_IRQ_CFG2: memory attributes of an MSI (IHI 0070 6.3.23,
 * 6.3.32).
 */
public final class IrqCfg2 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_*_IRQ_CFG2", 32, "IHI 0070 6.3.23", Version.SMMU_3_0);

  /** Memory type, encoded as STE.MemAttr. */
  public static final Field MEMATTR =
      FIELDS.field("MemAttr", 0, 3, 0, "memory type, encoded as STE.MemAttr");

  /** Shareability. */
  public static final Field SH =
      FIELDS.choice("SH", 0, 5, 4, "Shareability", WalkEncodings.shareability());

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private IrqCfg2() {}
}
