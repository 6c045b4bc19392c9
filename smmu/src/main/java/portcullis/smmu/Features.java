package portcullis.smmu;

import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Iidr;
import portcullis.arch.vmsa.AddressSize;

/**
 * What an SMMUv3 can do, from its identification registers (series part 5; IHI 0070 6.3).
 *
 * @param idr0 SMMU_IDR0 as read, and so on
 */
public record Features(int idr0, int idr1, int idr3, int idr5, int iidr, int aidr) {

  /** IIDR.Implementer of Arm Ltd (JEP106). */
  public static final int IMPLEMENTER_ARM = 0x43b;

  /** IIDR.ProductID of the MMU-600. */
  public static final int PRODUCT_MMU_600 = 0x483;

  /** IIDR.ProductID of the MMU-700. */
  public static final int PRODUCT_MMU_700 = 0x487;

  /** Translates stage 1. */
  public boolean stage1() {
    return Idr0.S1P.isSet(idr0);
  }

  /** Translates stage 2. */
  public boolean stage2() {
    return Idr0.S2P.isSet(idr0);
  }

  /** Walks VMSAv8-64 tables (IDR0.TTF bit 1). */
  public boolean aarch64Tables() {
    return (Idr0.TTF.get(idr0) & 0b10) != 0;
  }

  /** Walks little-endian tables (IDR0.TTENDIAN mixed or little). */
  public boolean littleEndianTables() {
    long ttendian = Idr0.TTENDIAN.get(idr0);
    return ttendian == 0b00 || ttendian == 0b10;
  }

  /** Its table walks, fetches and queue accesses are coherent with the CPUs' caches. */
  public boolean coherent() {
    return Idr0.COHACC.isSet(idr0);
  }

  /** Translates for EL2 StreamWorlds (IDR0.Hyp). */
  public boolean hyp() {
    return Idr0.HYP.isSet(idr0);
  }

  /** Bits of an ASID: 8 or 16. */
  public int asidBits() {
    return Idr0.ASID16.isSet(idr0) ? 16 : 8;
  }

  /** Takes two-level stream tables. */
  public boolean twoLevelStreamTable() {
    return Idr0.ST_LEVEL.get(idr0) == 0b01;
  }

  /** Can answer CMD_SYNC by an event to the CPUs. */
  public boolean sev() {
    return Idr0.SEV.isSet(idr0);
  }

  /** Can send its interrupts as messages. */
  public boolean msi() {
    return Idr0.MSI.isSet(idr0);
  }

  /** Has ATS, and so CR0.ATSCHK. */
  public boolean ats() {
    return Idr0.ATS.isSet(idr0);
  }

  /** Has ATS whose Translated transactions can be held to stage 2 (IDR0.NS1ATS is 0). */
  public boolean splitAts() {
    return ats() && !Idr0.NS1ATS.isSet(idr0) && stage1() && stage2();
  }

  /** Takes page requests (IDR0.PRI). */
  public boolean pri() {
    return Idr0.PRI.isSet(idr0);
  }

  /** May stall faulting transactions (IDR0.STALL_MODEL is not 0b01). */
  public boolean stalls() {
    return Idr0.STALL_MODEL.get(idr0) != 0b01;
  }

  /** Stalls every faulting transaction (IDR0.STALL_MODEL 0b10): STE.S2S must be 1. */
  public boolean stallForced() {
    return Idr0.STALL_MODEL.get(idr0) == 0b10;
  }

  /** Takes commands that invalidate address ranges (IDR3.RIL). */
  public boolean rangeInvalidation() {
    return Idr3.RIL.isSet(idr3);
  }

  /** Break-before-make level: 0, 1 or 2 (IDR3.BBML). */
  public int bbmLevel() {
    return (int) Idr3.BBML.get(idr3);
  }

  /** Bits of a StreamID: 0 to 32. */
  public int sidBits() {
    return (int) Math.min(32, Idr1.SIDSIZE.get(idr1));
  }

  /** log2 of the largest command queue, in commands: 0 to 19. */
  public int cmdqLog2() {
    return (int) Math.min(19, Idr1.CMDQS.get(idr1));
  }

  /** log2 of the largest event queue, in records: 0 to 19. */
  public int eventqLog2() {
    return (int) Math.min(19, Idr1.EVENTQS.get(idr1));
  }

  /** log2 of the largest PRI queue, in requests: 0 to 19. */
  public int priqLog2() {
    return (int) Math.min(19, Idr1.PRIQS.get(idr1));
  }

  /** Queue or table addresses are fixed in hardware, or relative to the registers. */
  public boolean presetOrRelative() {
    return Idr1.QUEUES_PRESET.isSet(idr1) || Idr1.TABLES_PRESET.isSet(idr1) || Idr1.REL.isSet(idr1);
  }

  /** Whether it walks tables whose granule is {@code 1 << granuleShift} bytes: 12, 14 or 16. */
  public boolean granule(int granuleShift) {
    return switch (granuleShift) {
      case 12 -> Idr5.GRAN4K.isSet(idr5);
      case 14 -> Idr5.GRAN16K.isSet(idr5);
      case 16 -> Idr5.GRAN64K.isSet(idr5);
      default -> false;
    };
  }

  /** Physical address size in bits: 32 to 52 (IDR5.OAS). */
  public int outputBits() {
    return AddressSize.bits(Idr5.OAS.get(idr5));
  }

  /**
   * Whether nested translation is known not to work: MMU-600 before r2 (Arm erratum 1209401) and
   * MMU-700 before r1p1 (2268618, 2812531).
   */
  public boolean nestingErratum() {
    if (Iidr.IMPLEMENTER.get(iidr) != IMPLEMENTER_ARM) {
      return false;
    }
    long variant = Iidr.VARIANT.get(iidr);
    long revision = Iidr.REVISION.get(iidr);
    return switch ((int) Iidr.PRODUCT_ID.get(iidr)) {
      case PRODUCT_MMU_600 -> variant < 2;
      case PRODUCT_MMU_700 -> variant < 1 || (variant == 1 && revision < 1);
      default -> false;
    };
  }
}
