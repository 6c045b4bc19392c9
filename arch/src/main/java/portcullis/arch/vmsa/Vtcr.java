package portcullis.arch.vmsa;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * VTCR_EL2, the control of stage 2 (DDI 0487 D24.2.224), to Armv8.7.
 *
 * <p>Bits 18:0 have the order of STE.S2T0SZ to STE.S2PS (IHI 0070 5.2).
 */
public final class Vtcr {
  private static final Layout.Builder VTCR =
      new Layout.Builder("VTCR_EL2", 64, "DDI 0487 D24.2.224", Version.V8_0);

  public static final Field T0SZ =
      VTCR.field("T0SZ", 0, 5, 0, "stage 2 input size is 64 - T0SZ bits");

  /** The level depends on {@link #TG0}: see {@link StartLevel#stage2}. */
  public static final Field SL0 = VTCR.field("SL0", 0, 7, 6, "start level");

  public static final Field IRGN0 =
      VTCR.choice("IRGN0", 0, 9, 8, "inner cacheability of walks", WalkEncodings.cacheability());

  public static final Field ORGN0 =
      VTCR.choice("ORGN0", 0, 11, 10, "outer cacheability of walks", WalkEncodings.cacheability());

  public static final Field SH0 =
      VTCR.choice("SH0", 0, 13, 12, "Shareability of walks", WalkEncodings.shareability());

  public static final Field TG0 = VTCR.choice("TG0", 0, 15, 14, "granule", WalkEncodings.tg0());

  public static final Field PS =
      VTCR.choice("PS", 0, 18, 16, "physical address size", WalkEncodings.addressSize());

  public static final Field VS =
      VTCR.choice(
          "VS", 0, 19, 19, Version.V8_1, "VMID size", value(0, "8 bits"), value(1, "16 bits"));

  public static final Field HA = VTCR.flag("HA", 0, 21, Version.V8_1, "hardware update of AF");

  public static final Field HD =
      VTCR.flag("HD", 0, 22, Version.V8_1, "hardware update of dirty state");

  public static final Field HWU59 = hardwareUse("HWU59", 25);
  public static final Field HWU60 = hardwareUse("HWU60", 26);
  public static final Field HWU61 = hardwareUse("HWU61", 27);
  public static final Field HWU62 = hardwareUse("HWU62", 28);

  public static final Field NSW =
      VTCR.flag("NSW", 0, 29, Version.V8_4, "NS of walks, Secure state only");

  public static final Field NSA =
      VTCR.flag("NSA", 0, 30, Version.V8_4, "NS of output, Secure state only");

  /** Reads and must be written as 1. */
  public static final Field RES1 = VTCR.choice("RES1", 0, 31, 31, "must be 1", value(1, "1"));

  public static final Field DS =
      VTCR.choice(
          "DS",
          0,
          32,
          32,
          Version.V8_7,
          "52-bit addresses with 4KB and 16KB granules",
          value(0, "disabled"),
          value(1, "enabled"));

  public static final Field SL2 =
      VTCR.flag("SL2", 0, 33, Version.V8_7, "bit 2 of SL0, with DS and a 4KB granule");

  /** All fields. */
  public static final Layout LAYOUT = VTCR.build();

  private Vtcr() {}

  private static Field hardwareUse(String name, int bit) {
    return VTCR.flag(name, 0, bit, Version.V8_2, "hardware may use descriptor bit " + (bit + 34));
  }
}
