package portcullis.arch.vmsa;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** ESR_EL2, the syndrome of an exception taken to EL2 (DDI 0487 D24.2.46). */
public final class Esr {
  /** {@link #EC}: unknown reason. */
  public static final int EC_UNKNOWN = 0x00;

  /** {@link #EC}: trapped WFI, WFE, WFIT or WFET. */
  public static final int EC_WFX = 0x01;

  /** {@link #EC}: SVC from AArch64. */
  public static final int EC_SVC64 = 0x15;

  /** {@link #EC}: HVC from AArch64. */
  public static final int EC_HVC64 = 0x16;

  /** {@link #EC}: SMC from AArch64. */
  public static final int EC_SMC64 = 0x17;

  /** {@link #EC}: trapped MSR, MRS or System instruction. */
  public static final int EC_SYS64 = 0x18;

  /** {@link #EC}: instruction abort from a lower Exception level. */
  public static final int EC_IABT_LOW = 0x20;

  /** {@link #EC}: instruction abort without a change of Exception level. */
  public static final int EC_IABT_CUR = 0x21;

  /** {@link #EC}: data abort from a lower Exception level. */
  public static final int EC_DABT_LOW = 0x24;

  /** {@link #EC}: data abort without a change of Exception level. */
  public static final int EC_DABT_CUR = 0x25;

  /** {@link #EC}: SError. */
  public static final int EC_SERROR = 0x2f;

  private static final Layout.Builder ESR =
      new Layout.Builder("ESR_EL2", 64, "DDI 0487 D24.2.46", Version.V8_0);

  /** Its meaning depends on {@link #EC}; for data aborts see {@link DataAbortIss}. */
  public static final Field ISS = ESR.field("ISS", 0, 24, 0, "instruction specific syndrome");

  public static final Field IL =
      ESR.choice(
          "IL", 0, 25, 25, "instruction length", value(0, "16-bit"), value(1, "32-bit, or none"));

  public static final Field EC =
      ESR.choice(
          "EC",
          0,
          31,
          26,
          "exception class",
          value(EC_UNKNOWN, "unknown reason"),
          value(EC_WFX, "trapped WF* instruction"),
          value(0x03, "trapped MCR or MRC, coproc 15"),
          value(0x04, "trapped MCRR or MRRC, coproc 15"),
          value(0x05, "trapped MCR or MRC, coproc 14"),
          value(0x06, "trapped LDC or STC"),
          value(0x07, "trapped SME, SVE, Advanced SIMD or floating-point"),
          value(0x08, "trapped VMRS"),
          value(0x09, "trapped pointer authentication"),
          value(0x0a, "trapped instruction of no other class"),
          value(0x0c, "trapped MRRC, coproc 14"),
          value(0x0d, "branch target exception"),
          value(0x0e, "illegal Execution state"),
          value(0x11, "SVC from AArch32"),
          value(0x12, "HVC from AArch32"),
          value(0x13, "SMC from AArch32"),
          value(0x14, "trapped MSRR, MRRS or 128-bit System instruction"),
          value(EC_SVC64, "SVC from AArch64"),
          value(EC_HVC64, "HVC from AArch64"),
          value(EC_SMC64, "SMC from AArch64"),
          value(EC_SYS64, "trapped MSR, MRS or System instruction"),
          value(0x19, "trapped SVE"),
          value(0x1a, "trapped ERET, ERETAA or ERETAB"),
          value(0x1c, "pointer authentication failure"),
          value(0x1d, "trapped SME"),
          value(EC_IABT_LOW, "instruction abort from a lower Exception level"),
          value(EC_IABT_CUR, "instruction abort from the same Exception level"),
          value(0x22, "PC alignment fault"),
          value(EC_DABT_LOW, "data abort from a lower Exception level"),
          value(EC_DABT_CUR, "data abort from the same Exception level"),
          value(0x26, "SP alignment fault"),
          value(0x27, "memory copy or set exception"),
          value(0x28, "floating-point exception from AArch32"),
          value(0x2c, "floating-point exception from AArch64"),
          value(0x2d, "guarded control stack exception"),
          value(EC_SERROR, "SError"),
          value(0x30, "breakpoint from a lower Exception level"),
          value(0x31, "breakpoint from the same Exception level"),
          value(0x32, "software step from a lower Exception level"),
          value(0x33, "software step from the same Exception level"),
          value(0x34, "watchpoint from a lower Exception level"),
          value(0x35, "watchpoint from the same Exception level"),
          value(0x38, "BKPT from AArch32"),
          value(0x3a, "vector catch from AArch32"),
          value(0x3c, "BRK from AArch64"),
          value(0x3d, "profiling exception"));

  public static final Field ISS2 =
      ESR.field("ISS2", 0, 55, 32, Version.V8_7, "more of the syndrome");

  /** All fields, the ISS in one piece. */
  public static final Layout LAYOUT = ESR.build();

  private Esr() {}

  /** Whether the exception is a data abort, and so {@link DataAbortIss} tells more. */
  public static boolean isDataAbort(long esr) {
    int ec = (int) EC.get(esr);
    return ec == EC_DABT_LOW || ec == EC_DABT_CUR;
  }
}
