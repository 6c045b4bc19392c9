package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_IRQ_CTRL and SMMU_IRQ_CTRLACK: interrupt enables (IHI 0070 6.3.16, 6.3.18). */
public final class IrqCtrl {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_IRQ_CTRL", 32, "IHI 0070 6.3.16", Version.SMMU_3_0);

  /** Global error interrupts enabled. */
  public static final Field GERROR_IRQEN =
      FIELDS.flag("GERROR_IRQEN", 0, 0, "Global error interrupts enabled");

  /** PRI queue interrupts enabled. */
  public static final Field PRIQ_IRQEN =
      FIELDS.flag("PRIQ_IRQEN", 0, 1, "PRI queue interrupts enabled");

  /** Event queue interrupts enabled. */
  public static final Field EVENTQ_IRQEN =
      FIELDS.flag("EVENTQ_IRQEN", 0, 2, "Event queue interrupts enabled");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private IrqCtrl() {}
}
