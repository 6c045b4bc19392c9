package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_VATOS_SEL: the VM that may use VATOS (IHI 0070 6.3.44). */
public final class VatosSel {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_VATOS_SEL", 32, "IHI 0070 6.3.44", Version.SMMU_3_0);

  /** VMID that the STE of a VATOS request must have. */
  public static final Field VMID =
      FIELDS.field("VMID", 0, 15, 0, "VMID that the STE of a VATOS request must have");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private VatosSel() {}
}
