package portcullis.arch.vmsa;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** VTTBR_EL2, the stage 2 table and its VMID (DDI 0487 D24.2.225), 64-bit form. */
public final class Vttbr {
  private static final Layout.Builder VTTBR =
      new Layout.Builder("VTTBR_EL2", 64, "DDI 0487 D24.2.225", Version.V8_0);

  public static final Field CNP =
      VTTBR.flag("CnP", 0, 0, Version.V8_2, "common not private: other PEs have the same table");

  /** For addresses of 52 bits, bits 5:2 are address bits 51:48 and bit 1 is RES0. */
  public static final Field BADDR =
      VTTBR.address("BADDR", 0, 47, 1, "physical address of the start-level table");

  public static final Field VMID =
      VTTBR.field("VMID", 0, 63, 48, "VMID; bits 15:8 count with VTCR_EL2.VS only");

  /** All fields. */
  public static final Layout LAYOUT = VTTBR.build();

  private Vttbr() {}
}
