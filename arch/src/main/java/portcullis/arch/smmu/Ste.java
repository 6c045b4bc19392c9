package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Value;
import portcullis.arch.Version;
import portcullis.arch.vmsa.Stage2MemAttr;
import portcullis.arch.vmsa.WalkEncodings;

/**
 * Stream Table Entry: eight 64-bit words that say whether a stream's traffic may pass, and through
 * which stages of translation (IHI 0070 5.2).
 *
 * <p>Fields up to SMMUv3.3, and the two of SMMUv3.4-LPA2 (S2SL0_2, S2DS), which an SMMUv3.3
 * implementation may have. Fields whose name starts with S2 are ignored unless {@link #CONFIG}
 * enables stage 2 (S2VMID excepted), those with S1 unless it enables stage 1.
 */
public final class Ste {
  /** Size in 64-bit words. */
  public static final int WORDS = 8;

  /** Size in bytes, and alignment. */
  public static final int BYTES = 64;

  /** {@link #CONFIG}: traffic is aborted, no event recorded. */
  public static final int CONFIG_ABORT = 0b000;

  /** {@link #CONFIG}: both stages bypassed. */
  public static final int CONFIG_BYPASS = 0b100;

  /** {@link #CONFIG}: stage 1 translates, stage 2 is bypassed. */
  public static final int CONFIG_S1 = 0b101;

  /** {@link #CONFIG}: stage 1 is bypassed, stage 2 translates. */
  public static final int CONFIG_S2 = 0b110;

  /** {@link #CONFIG}: both stages translate. */
  public static final int CONFIG_NESTED = 0b111;

  /** {@link #CONFIG} bit: stage 1 translates (if traffic passes at all). */
  public static final int CONFIG_BIT_S1 = 0b001;

  /** {@link #CONFIG} bit: stage 2 translates (if traffic passes at all). */
  public static final int CONFIG_BIT_S2 = 0b010;

  /** {@link #CONFIG} bit: traffic passes. Without it every encoding behaves as abort. */
  public static final int CONFIG_BIT_PASS = 0b100;

  /** {@link #S1FMT}: one linear table of CDs. */
  public static final int S1FMT_LINEAR = 0b00;

  /** {@link #S1FMT}: two levels, second-level tables of 4KB (64 CDs). */
  public static final int S1FMT_4K_L2 = 0b01;

  /** {@link #S1FMT}: two levels, second-level tables of 64KB (1024 CDs). */
  public static final int S1FMT_64K_L2 = 0b10;

  /** {@link #S1DSS}: traffic without a SubstreamID is aborted (F_STREAM_DISABLED). */
  public static final int S1DSS_TERMINATE = 0b00;

  /** {@link #S1DSS}: traffic without a SubstreamID bypasses stage 1. */
  public static final int S1DSS_BYPASS = 0b01;

  /** {@link #S1DSS}: traffic without a SubstreamID uses the CD of Substream 0. */
  public static final int S1DSS_SSID0 = 0b10;

  /** {@link #EATS}: translation requests fail, translated traffic is aborted if CR0.ATSCHK. */
  public static final int EATS_ABORT = 0b00;

  /** {@link #EATS}: full ATS, translated traffic bypasses. */
  public static final int EATS_FULL = 0b01;

  /** {@link #EATS}: split-stage ATS, translated traffic goes through stage 2. */
  public static final int EATS_SPLIT = 0b10;

  /** {@link #EATS}: full ATS, translated traffic checked against the Device Permission Table. */
  public static final int EATS_FULL_DPT = 0b11;

  /** {@link #DPT_VMATCH}: the entry's VMID must match wherever it has one. */
  public static final int DPT_VMATCH_VMID = 0b00;

  /** {@link #DPT_VMATCH}: the entry's VMID must match where its AC is 0b00. */
  public static final int DPT_VMATCH_SHARED = 0b01;

  /** {@link #DPT_VMATCH}: no VMID must match. */
  public static final int DPT_VMATCH_ANY = 0b10;

  /** {@link #STRW}: StreamWorld NS-EL1. */
  public static final int STRW_EL1 = 0b00;

  /** {@link #STRW}: StreamWorld EL3; reserved in the Non-secure Stream table. */
  public static final int STRW_EL3 = 0b01;

  /** {@link #STRW}: StreamWorld NS-EL2, or NS-EL2-E2H with CR2.E2H. */
  public static final int STRW_EL2 = 0b10;

  /** {@link #SHCFG}: Non-shareable. */
  public static final int SHCFG_NON_SHAREABLE = 0b00;

  /** {@link #SHCFG}: the transaction's own Shareability. */
  public static final int SHCFG_INCOMING = 0b01;

  /** {@link #SHCFG}: Outer Shareable. */
  public static final int SHCFG_OUTER = 0b10;

  /** {@link #SHCFG}: Inner Shareable. */
  public static final int SHCFG_INNER = 0b11;

  private static final Layout.Builder STE =
      new Layout.Builder("STE", 512, "IHI 0070 5.2", Version.SMMU_3_0);

  public static final Field V =
      STE.choice(
          "V",
          0,
          0,
          0,
          "valid; if not, traffic is aborted with C_BAD_STE",
          Encodings.flag("invalid", "valid"));

  /** Use of a reserved encoding behaves as {@link #CONFIG_ABORT}. */
  public static final Field CONFIG =
      STE.choice(
          "Config",
          0,
          3,
          1,
          "which stages translate",
          value(CONFIG_ABORT, "abort"),
          value(CONFIG_BYPASS, "bypass"),
          value(CONFIG_S1, "stage 1 translates, stage 2 bypassed"),
          value(CONFIG_S2, "stage 1 bypassed, stage 2 translates"),
          value(CONFIG_NESTED, "stage 1 and stage 2 translate"));

  public static final Field S1FMT =
      STE.choice(
          "S1Fmt",
          0,
          5,
          4,
          "shape of the CD table, if S1CDMax is not 0",
          value(S1FMT_LINEAR, "linear"),
          value(S1FMT_4K_L2, "two levels, 4KB tables of 64 CDs"),
          value(S1FMT_64K_L2, "two levels, 64KB tables of 1024 CDs"));

  /** An IPA if {@link #CONFIG} enables stage 2, else a PA. */
  public static final Field S1CONTEXTPTR =
      STE.address("S1ContextPtr", 0, 51, 6, "address of the CD table (IPA with stage 2, else PA)");

  public static final Field S1CDMAX =
      STE.field(
          "S1CDMax", 0, 63, 59, "log2 of the number of CDs; 0: one CD, substreams are disabled");

  public static final Field S1DSS =
      STE.choice(
          "S1DSS",
          1,
          1,
          0,
          "traffic without a SubstreamID, if S1CDMax is not 0",
          value(S1DSS_TERMINATE, "terminate"),
          value(S1DSS_BYPASS, "bypass stage 1"),
          value(S1DSS_SSID0, "use the CD of Substream 0"));

  public static final Field S1CIR =
      STE.choice("S1CIR", 1, 3, 2, "inner cacheability of CD fetches", cdCacheability());

  public static final Field S1COR =
      STE.choice("S1COR", 1, 5, 4, "outer cacheability of CD fetches", cdCacheability());

  public static final Field S1CSH =
      STE.choice("S1CSH", 1, 7, 6, "Shareability of CD fetches", WalkEncodings.shareability());

  public static final Field S2HWU59 = hardwareUse("S2HWU59", 8, 59);
  public static final Field S2HWU60 = hardwareUse("S2HWU60", 9, 60);
  public static final Field S2HWU61 = hardwareUse("S2HWU61", 10, 61);
  public static final Field S2HWU62 = hardwareUse("S2HWU62", 11, 62);

  public static final Field DRE =
      STE.choice(
          "DRE",
          1,
          12,
          12,
          Version.SMMU_3_1,
          "destructive read enable",
          Encodings.flag("made non-destructive", "permitted"));

  public static final Field CONT =
      STE.field(
          "CONT", 1, 16, 13, "contiguous hint: log2 of the number of neighbours that are alike");

  public static final Field DCP =
      STE.choice(
          "DCP",
          1,
          17,
          17,
          Version.SMMU_3_1,
          "directed cache prefetch",
          Encodings.flag("inhibited", "permitted"));

  public static final Field PPAR =
      STE.choice(
          "PPAR",
          1,
          18,
          18,
          "PASID prefix on automatic responses when the PRI queue overflows",
          Encodings.flag("without PASID", "with PASID if permitted"));

  public static final Field MEV =
      STE.choice(
          "MEV",
          1,
          19,
          19,
          "merging of similar events",
          Encodings.flag("not merged", "may be merged"));

  public static final Field SW_RESERVED =
      STE.field("SW_RESERVED", 1, 23, 20, "for software, ignored by the SMMU");

  public static final Field S2FWB =
      STE.choice(
          "S2FWB",
          1,
          25,
          25,
          Version.SMMU_3_2,
          "how stage 2 MemAttr is read, as HCR_EL2.FWB",
          Encodings.flag("combined with stage 1", "forces the output type"));

  public static final Field S1MPAM =
      STE.choice(
          "S1MPAM",
          1,
          26,
          26,
          Version.SMMU_3_2,
          "where PARTID and PMG come from",
          Encodings.flag("the STE", "the CD"));

  public static final Field S1STALLD =
      STE.choice(
          "S1STALLD",
          1,
          27,
          27,
          "stage 1 stall disable",
          Encodings.flag("the CD may select stall", "stage 1 faults terminate"));

  public static final Field EATS =
      STE.choice(
          "EATS",
          1,
          29,
          28,
          "ATS behaviour",
          value(EATS_ABORT, "no ATS"),
          value(EATS_FULL, "full ATS"),
          value(EATS_SPLIT, "split-stage ATS"),
          value(EATS_FULL_DPT, "full ATS with DPT checks"));

  /** Matters to {@link #CONFIG_S1} only, and only if IDR0.HYP; others are NS-EL1. */
  public static final Field STRW =
      STE.choice(
          "STRW",
          1,
          31,
          30,
          "StreamWorld of a stage 1 stream",
          value(STRW_EL1, "EL1"),
          value(STRW_EL3, "EL3 (Secure Stream table only)"),
          value(STRW_EL2, "EL2, or EL2-E2H with CR2.E2H"));

  public static final Field MEMATTR =
      STE.choice(
          "MemAttr",
          1,
          35,
          32,
          "memory type that replaces the incoming one, if MTCFG",
          Stage2MemAttr.values());

  public static final Field MTCFG =
      STE.choice(
          "MTCFG",
          1,
          36,
          36,
          "memory type configuration",
          Encodings.flag("incoming", "as MemAttr"));

  public static final Field ALLOCCFG =
      STE.choice("ALLOCCFG", 1, 40, 37, "allocation hints", allocationHints());

  public static final Field SHCFG =
      STE.choice(
          "SHCFG",
          1,
          45,
          44,
          "Shareability of the stream's traffic",
          value(SHCFG_NON_SHAREABLE, "Non-shareable"),
          value(SHCFG_INCOMING, "incoming"),
          value(SHCFG_OUTER, "Outer Shareable"),
          value(SHCFG_INNER, "Inner Shareable"));

  public static final Field NSCFG =
      STE.choice(
          "NSCFG",
          1,
          47,
          46,
          "NS attribute of a Secure stream; ignored in the Non-secure Stream table",
          value(0b00, "incoming"),
          value(0b10, "Secure"),
          value(0b11, "Non-secure"));

  public static final Field PRIVCFG =
      STE.choice(
          "PRIVCFG",
          1,
          49,
          48,
          "privilege of the stream's traffic",
          value(0b00, "incoming"),
          value(0b10, "unprivileged"),
          value(0b11, "privileged"));

  public static final Field INSTCFG =
      STE.choice(
          "INSTCFG",
          1,
          51,
          50,
          "instruction or data, for reads",
          value(0b00, "incoming"),
          value(0b10, "data"),
          value(0b11, "instruction"));

  /** IMPLEMENTATION DEFINED, STE[127:116]. */
  public static final Field IMPL_DEF_1 =
      STE.field("IMPL_DEF_1", 1, 63, 52, "IMPLEMENTATION DEFINED");

  public static final Field S2VMID =
      STE.field("S2VMID", 2, 15, 0, "VMID; bits 15:8 must be zero without IDR0.VMID16");

  /** IMPLEMENTATION DEFINED, STE[159:144]. */
  public static final Field IMPL_DEF_2 =
      STE.field("IMPL_DEF_2", 2, 31, 16, "IMPLEMENTATION DEFINED");

  public static final Field S2T0SZ =
      STE.field(
          "S2T0SZ",
          2,
          37,
          32,
          "stage 2 input size is 64 - S2T0SZ bits (VMSAv8-32: 32 - S2T0SZ[3:0], signed)");

  /** As VTCR_EL2.SL0: the level depends on {@link #S2TG} (see {@code StartLevel}, {@code Lpae}). */
  public static final Field S2SL0 =
      STE.field("S2SL0", 2, 39, 38, "stage 2 start level, as VTCR_EL2.SL0 (VMSAv8-32: VTCR.SL0)");

  public static final Field S2IR0 =
      STE.choice(
          "S2IR0", 2, 41, 40, "inner cacheability of stage 2 walks", WalkEncodings.cacheability());

  public static final Field S2OR0 =
      STE.choice(
          "S2OR0", 2, 43, 42, "outer cacheability of stage 2 walks", WalkEncodings.cacheability());

  public static final Field S2SH0 =
      STE.choice("S2SH0", 2, 45, 44, "Shareability of stage 2 walks", WalkEncodings.shareability());

  public static final Field S2TG =
      STE.choice("S2TG", 2, 47, 46, "stage 2 granule", WalkEncodings.tg0());

  public static final Field S2PS =
      STE.choice("S2PS", 2, 50, 48, "physical address size", WalkEncodings.addressSize());

  public static final Field S2AA64 =
      STE.choice(
          "S2AA64",
          2,
          51,
          51,
          "stage 2 table format",
          Encodings.flag("VMSAv8-32 LPAE", "VMSAv8-64"));

  public static final Field S2ENDI =
      STE.choice(
          "S2ENDI",
          2,
          52,
          52,
          "stage 2 table endianness",
          Encodings.flag("little-endian", "big-endian"));

  public static final Field S2AFFD =
      STE.choice(
          "S2AFFD",
          2,
          53,
          53,
          "stage 2 access flag fault disable",
          Encodings.flag("AF of 0 faults", "AF is taken as 1"));

  public static final Field S2PTW =
      STE.choice(
          "S2PTW",
          2,
          54,
          54,
          "protected table walk",
          Encodings.flag(
              "CD and stage 1 walks reach any stage 2 page",
              "CD and stage 1 walks to Device memory fault"));

  public static final Field S2HD =
      STE.flag("S2HD", 2, 55, "hardware update of stage 2 dirty state");

  public static final Field S2HA = STE.flag("S2HA", 2, 56, "hardware update of stage 2 AF");

  public static final Field S2S =
      STE.choice("S2S", 2, 57, 57, "stage 2 faults", Encodings.flag("terminate", "stall"));

  public static final Field S2R =
      STE.choice(
          "S2R",
          2,
          58,
          58,
          "record of stage 2 faults that terminate",
          Encodings.flag("no event", "event"));

  /** Meaningful with {@link #EATS_FULL_DPT} only. */
  public static final Field DPT_VMATCH =
      STE.choice(
          "DPT_VMATCH",
          2,
          63,
          62,
          Version.SMMU_3_3,
          "VMID that a DPT check requires",
          value(DPT_VMATCH_VMID, "S2VMID, or entry with AC 0b10"),
          value(DPT_VMATCH_SHARED, "S2VMID, or entry with AC 0b01 or 0b10"),
          value(DPT_VMATCH_ANY, "any"));

  public static final Field S2NSW =
      STE.flag("S2NSW", 3, 0, Version.SMMU_3_2, "NS bit of S2TTB walks, Secure streams only");

  public static final Field S2NSA =
      STE.flag(
          "S2NSA", 3, 1, Version.SMMU_3_2, "NS bit that S2TTB translations give, Secure streams");

  public static final Field S2SL0_2 =
      STE.flag("S2SL0_2", 3, 2, Version.SMMU_3_4, "bit 2 of S2SL0, with S2DS and a 4KB granule");

  public static final Field S2DS =
      STE.choice(
          "S2DS",
          3,
          3,
          3,
          Version.SMMU_3_4,
          "52-bit addresses with 4KB and 16KB granules, as VTCR_EL2.DS",
          Encodings.flag("disabled", "enabled"));

  public static final Field S2TTB =
      STE.address("S2TTB", 3, 51, 4, "physical address of the stage 2 start-level table");

  /** IMPLEMENTATION DEFINED, STE[271:256]. */
  public static final Field IMPL_DEF_4 =
      STE.field("IMPL_DEF_4", 4, 15, 0, "IMPLEMENTATION DEFINED");

  public static final Field PARTID =
      STE.field("PARTID", 4, 31, 16, Version.SMMU_3_2, "MPAM partition");

  public static final Field S_S2T0SZ =
      STE.field("S_S2T0SZ", 4, 37, 32, Version.SMMU_3_2, "S2T0SZ of the Secure IPA space");

  public static final Field S_S2SL0 =
      STE.field("S_S2SL0", 4, 39, 38, Version.SMMU_3_2, "S2SL0 of the Secure IPA space");

  public static final Field S_S2TG =
      STE.choice(
          "S_S2TG",
          4,
          47,
          46,
          Version.SMMU_3_2,
          "S2TG of the Secure IPA space",
          WalkEncodings.tg0());

  public static final Field MECID =
      STE.field(
          "MECID", 4, 63, 48, Version.SMMU_3_3, "memory encryption context, Realm streams only");

  public static final Field PMG =
      STE.field("PMG", 5, 7, 0, Version.SMMU_3_2, "MPAM performance monitoring group");

  public static final Field MPAM_NS =
      STE.flag("MPAM_NS", 5, 8, Version.SMMU_3_3, "PARTID is Non-secure, Secure streams only");

  public static final Field VMSPTR =
      STE.address(
          "VMSPtr",
          5,
          51,
          12,
          Version.SMMU_3_2,
          "physical address of the Virtual Machine Structure");

  public static final Field S2SW =
      STE.flag("S2SW", 6, 0, Version.SMMU_3_2, "NS bit of S_S2TTB walks, Secure streams only");

  public static final Field S2SA =
      STE.flag(
          "S2SA", 6, 1, Version.SMMU_3_2, "NS bit that S_S2TTB translations give, Secure streams");

  public static final Field S_S2SL0_2 =
      STE.flag("S_S2SL0_2", 6, 2, Version.SMMU_3_4, "bit 2 of S_S2SL0");

  public static final Field S_S2TTB =
      STE.address(
          "S_S2TTB",
          6,
          51,
          4,
          Version.SMMU_3_2,
          "physical address of the Secure IPA space's start-level table");

  /** All fields. */
  public static final Layout LAYOUT = STE.build();

  private Ste() {}

  private static Field hardwareUse(String name, int bit, int descriptorBit) {
    return STE.choice(
        name,
        1,
        bit,
        bit,
        Version.SMMU_3_1,
        "stage 2 descriptor bit " + descriptorBit,
        Encodings.flag("not for hardware", "IMPLEMENTATION DEFINED hardware use"));
  }

  private static Value[] cdCacheability() {
    return new Value[] {
      value(0b00, "Non-cacheable"),
      value(0b01, "Write-Back, Read-Allocate"),
      value(0b10, "Write-Through, Read-Allocate"),
      value(0b11, "Write-Back, no Read-Allocate")
    };
  }

  /** Bit 3 clear keeps the incoming hints; set, bits 2:0 are Read-, Write-Allocate, Transient. */
  private static Value[] allocationHints() {
    return Encodings.counted(
        0,
        15,
        code -> {
          String hints = "RA " + (code >> 2 & 1) + ", WA " + (code >> 1 & 1) + ", TR " + (code & 1);
          return (code & 0b1000) == 0 ? "incoming, not " + hints : hints;
        });
  }
}
