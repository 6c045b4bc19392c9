package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;
import portcullis.arch.vmsa.WalkEncodings;

/**
 * Context Descriptor: eight 64-bit words with the stage 1 tables and attributes of one address
 * space (IHI 0070 5.4).
 *
 * <p>Fields up to SMMUv3.3, and {@link #DS} of SMMUv3.4-LPA2, which an SMMUv3.3 implementation may
 * have.
 */
public final class Cd {
  /** Size in 64-bit words. */
  public static final int WORDS = 8;

  /** Size in bytes, and alignment. */
  public static final int BYTES = 64;

  private static final Layout.Builder CD =
      new Layout.Builder("CD", 512, "IHI 0070 5.4", Version.SMMU_3_0);

  public static final Field T0SZ =
      CD.field(
          "T0SZ", 0, 5, 0, "TTB0 covers 64 - T0SZ bits of address (VMSAv8-32: 32 - T0SZ[2:0])");

  public static final Field TG0 = CD.choice("TG0", 0, 7, 6, "TTB0 granule", WalkEncodings.tg0());

  public static final Field IR0 =
      CD.choice("IR0", 0, 9, 8, "inner cacheability of TTB0 walks", WalkEncodings.cacheability());

  public static final Field OR0 =
      CD.choice("OR0", 0, 11, 10, "outer cacheability of TTB0 walks", WalkEncodings.cacheability());

  public static final Field SH0 =
      CD.choice("SH0", 0, 13, 12, "Shareability of TTB0 walks", WalkEncodings.shareability());

  public static final Field EPD0 =
      CD.choice("EPD0", 0, 14, 14, "TTB0 walk disable", Encodings.flag("walk", "fault"));

  public static final Field ENDI =
      CD.choice(
          "ENDI", 0, 15, 15, "table endianness", Encodings.flag("little-endian", "big-endian"));

  public static final Field T1SZ =
      CD.field(
          "T1SZ", 0, 21, 16, "TTB1 covers 64 - T1SZ bits of address (VMSAv8-32: 32 - T1SZ[2:0])");

  /** Encoded otherwise than {@link #TG0}: here 0b00 is the reserved one. */
  public static final Field TG1 = CD.choice("TG1", 0, 23, 22, "TTB1 granule", WalkEncodings.tg1());

  public static final Field IR1 =
      CD.choice("IR1", 0, 25, 24, "inner cacheability of TTB1 walks", WalkEncodings.cacheability());

  public static final Field OR1 =
      CD.choice("OR1", 0, 27, 26, "outer cacheability of TTB1 walks", WalkEncodings.cacheability());

  public static final Field SH1 =
      CD.choice("SH1", 0, 29, 28, "Shareability of TTB1 walks", WalkEncodings.shareability());

  public static final Field EPD1 =
      CD.choice("EPD1", 0, 30, 30, "TTB1 walk disable", Encodings.flag("walk", "fault"));

  public static final Field V =
      CD.choice(
          "V",
          0,
          31,
          31,
          "valid; if not, traffic is aborted with C_BAD_CD",
          Encodings.flag("invalid", "valid"));

  public static final Field IPS =
      CD.choice("IPS", 0, 34, 32, "stage 1 output address size", WalkEncodings.addressSize());

  public static final Field AFFD =
      CD.choice(
          "AFFD",
          0,
          35,
          35,
          "access flag fault disable",
          Encodings.flag("AF of 0 faults", "AF is taken as 1"));

  public static final Field WXN = CD.flag("WXN", 0, 36, "writable pages are execute-never");

  public static final Field UWXN =
      CD.flag("UWXN", 0, 37, "user-writable pages are privileged execute-never (AArch32)");

  public static final Field TBI0 = CD.flag("TBI0", 0, 38, "TTB0 ignores the address's top byte");

  public static final Field TBI1 = CD.flag("TBI1", 0, 39, "TTB1 ignores the address's top byte");

  public static final Field PAN = CD.flag("PAN", 0, 40, "privileged access never to user pages");

  public static final Field AA64 =
      CD.choice("AA64", 0, 41, 41, "table format", Encodings.flag("VMSAv8-32 LPAE", "VMSAv8-64"));

  public static final Field HD = CD.flag("HD", 0, 42, "hardware update of dirty state");

  public static final Field HA = CD.flag("HA", 0, 43, "hardware update of AF");

  public static final Field S =
      CD.choice("S", 0, 44, 44, "faults", Encodings.flag("terminate", "stall"));

  public static final Field R =
      CD.choice(
          "R", 0, 45, 45, "record of faults that terminate", Encodings.flag("no event", "event"));

  public static final Field A =
      CD.choice(
          "A",
          0,
          46,
          46,
          "what the device sees of faults that terminate",
          Encodings.flag("RAZ/WI", "abort"));

  public static final Field ASET =
      CD.choice(
          "ASET",
          0,
          47,
          47,
          "ASID set",
          Encodings.flag("shared with the PE's ASIDs", "not shared"));

  public static final Field ASID =
      CD.field("ASID", 0, 63, 48, "ASID; bits 15:8 must be zero without IDR0.ASID16");

  public static final Field NSCFG0 =
      CD.flag("NSCFG0", 1, 0, "NS of TTB0's first table, Secure streams only");

  public static final Field HAD0 =
      CD.choice(
          "HAD0",
          1,
          1,
          1,
          Version.SMMU_3_1,
          "hierarchical attributes of TTB0 tables",
          Encodings.flag("enabled", "disabled"));

  public static final Field E0PD0 =
      CD.flag("E0PD0", 1, 2, Version.SMMU_3_3, "unprivileged access through TTB0 faults");

  /** An IPA if STE.Config enables stage 2, else a PA. */
  public static final Field TTB0 =
      CD.address("TTB0", 1, 51, 4, "address of TTB0's first table (IPA with stage 2, else PA)");

  public static final Field HWU059 = hardwareUse("HWU059", 1, 60, 59);
  public static final Field HWU060 = hardwareUse("HWU060", 1, 61, 60);
  public static final Field HWU061 = hardwareUse("HWU061", 1, 62, 61);
  public static final Field HWU062 = hardwareUse("HWU062", 1, 63, 62);

  public static final Field NSCFG1 =
      CD.flag("NSCFG1", 2, 0, "NS of TTB1's first table, Secure streams only");

  public static final Field HAD1 =
      CD.choice(
          "HAD1",
          2,
          1,
          1,
          Version.SMMU_3_1,
          "hierarchical attributes of TTB1 tables",
          Encodings.flag("enabled", "disabled"));

  public static final Field E0PD1 =
      CD.flag("E0PD1", 2, 2, Version.SMMU_3_3, "unprivileged access through TTB1 faults");

  /** An IPA if STE.Config enables stage 2, else a PA. */
  public static final Field TTB1 =
      CD.address("TTB1", 2, 51, 4, "address of TTB1's first table (IPA with stage 2, else PA)");

  public static final Field DS =
      CD.choice(
          "DS",
          2,
          58,
          58,
          Version.SMMU_3_4,
          "52-bit addresses with 4KB and 16KB granules, as TCR_EL1.DS",
          Encodings.flag("disabled", "enabled"));

  public static final Field HWU159 = hardwareUse("HWU159", 2, 60, 59);
  public static final Field HWU160 = hardwareUse("HWU160", 2, 61, 60);
  public static final Field HWU161 = hardwareUse("HWU161", 2, 62, 61);
  public static final Field HWU162 = hardwareUse("HWU162", 2, 63, 62);

  /** Attr0 to Attr3, one byte each; with {@link #MAIR1} the word has MAIR_EL1's format. */
  public static final Field MAIR0 = CD.field("MAIR0", 3, 31, 0, "memory attributes Attr3 to Attr0");

  public static final Field MAIR1 =
      CD.field("MAIR1", 3, 63, 32, "memory attributes Attr7 to Attr4");

  public static final Field AMAIR0 =
      CD.field("AMAIR0", 4, 31, 0, "auxiliary attributes, IMPLEMENTATION DEFINED");

  public static final Field AMAIR1 =
      CD.field("AMAIR1", 4, 63, 32, "auxiliary attributes, IMPLEMENTATION DEFINED");

  /** IMPLEMENTATION DEFINED, CD[351:320]. */
  public static final Field IMPL_DEF = CD.field("IMPL_DEF", 5, 31, 0, "IMPLEMENTATION DEFINED");

  public static final Field PARTID =
      CD.field("PARTID", 5, 47, 32, Version.SMMU_3_2, "MPAM partition");

  public static final Field PMG =
      CD.field("PMG", 5, 55, 48, Version.SMMU_3_2, "MPAM performance monitoring group");

  /** All fields. */
  public static final Layout LAYOUT = CD.build();

  private Cd() {}

  private static Field hardwareUse(String name, int word, int bit, int descriptorBit) {
    return CD.choice(
        name,
        word,
        bit,
        bit,
        Version.SMMU_3_1,
        "descriptor bit " + descriptorBit,
        Encodings.flag("not for hardware", "IMPLEMENTATION DEFINED hardware use"));
  }
}
