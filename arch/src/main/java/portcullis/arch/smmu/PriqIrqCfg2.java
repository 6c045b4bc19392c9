package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;
import portcullis.arch.vmsa.WalkEncodings;

/** SMMU_PRIQ_IRQ_CFG2: memory attributes of an MSI, and when to send it (IHI 0070 6.3.36). */
public final class PriqIrqCfg2 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_PRIQ_IRQ_CFG2", 32, "IHI 0070 6.3.36", Version.SMMU_3_0);

  /** Memory type, encoded as STE.MemAttr. */
  public static final Field MEMATTR =
      FIELDS.field("MemAttr", 0, 3, 0, "memory type, encoded as STE.MemAttr");

  /** Shareability. */
  public static final Field SH =
      FIELDS.choice("SH", 0, 5, 4, "Shareability", WalkEncodings.shareability());

  /** When to interrupt. */
  public static final Field LO =
      FIELDS.choice(
          "LO",
          0,
          31,
          31,
          "when to interrupt",
          Encodings.flag("queue becomes non-empty", "message with Last set received"));

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private PriqIrqCfg2() {}
}
