package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * Level 1 Context Descriptor (L1CD): one 64-bit word that locates a table of CDs (IHI 0070 5.3).
 */
public final class ContextTableDescriptor {
  /** Size in bytes. */
  public static final int BYTES = 8;

  private static final Layout.Builder L1CD =
      new Layout.Builder("L1CD", 64, "IHI 0070 5.3", Version.SMMU_3_0);

  public static final Field V =
      L1CD.choice("V", 0, 0, 0, "valid", value(0, "L2Ptr invalid"), value(1, "L2Ptr locates CDs"));

  /**
   * Address of the level 2 table: an IPA if the STE enables stage 2, else a PA. Tables of 64 CDs
   * are 4KB-aligned, tables of 1024 CDs 64KB-aligned (STE.S1Fmt).
   */
  public static final Field L2PTR =
      L1CD.address("L2Ptr", 0, 51, 12, "address of the level 2 table (IPA with stage 2, else PA)");

  /** All fields. */
  public static final Layout LAYOUT = L1CD.build();

  private ContextTableDescriptor() {}
}
