package portcullis.machine.smmuv3.registers;

import portcullis.arch.Field;
import portcullis.arch.smmu.Aidr;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr2;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Idr6;
import portcullis.arch.smmu.Mpamidr;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Lpae;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * What the identification registers of a profile mean to the rest of the model (IHI 0070 6.3).
 *
 * @param profile whose they are
 */
public record Features(Profile profile) {
  private static final int FIXED_PAGES = 2;
  private static final int MIN_TSZ = 16;
  private static final int MIN_TSZ_WIDE = 12;
  private static final int MAX_TSZ = 39;
  private static final int MAX_TSZ_SMALL = 48;
  private static final int MAX_TSZ_SMALL_64K = 47;

  /** Whether an IDR0 flag is set. */
  public boolean feature0(Field flag) {
    return flag.isSet(profile.idr0());
  }

  /** Whether an IDR1 flag is set. */
  public boolean feature1(Field flag) {
    return flag.isSet(profile.idr1());
  }

  /** Whether an IDR3 flag is set. */
  public boolean feature3(Field flag) {
    return flag.isSet(profile.idr3());
  }

  /** Whether an IDR5 flag is set. */
  public boolean feature5(Field flag) {
    return flag.isSet(profile.idr5());
  }

  /** IDR5.STALL_MAX: the most transactions stalled at a time; 0 where none is. */
  public int stallMax() {
    return (int) Idr5.STALL_MAX.get(Integer.toUnsignedLong(profile.idr5()));
  }

  /** AIDR.ArchMinorRev: 1 for SMMUv3.1. */
  public int minorRevision() {
    return (int) Aidr.ARCH_MINOR_REV.get(profile.aidr());
  }

  /** IDR1.SIDSIZE: the bits of a StreamID. */
  public int streamIdBits() {
    return (int) Idr1.SIDSIZE.get(profile.idr1());
  }

  /** IDR1.SSIDSIZE: the bits of a SubstreamID; 0 where there are none. */
  public int substreamIdBits() {
    return (int) Idr1.SSIDSIZE.get(profile.idr1());
  }

  /** Whether it walks VMSAv8-32 LPAE tables. */
  public boolean walksLpae() {
    return (Idr0.TTF.get(Integer.toUnsignedLong(profile.idr0())) & Idr0.TTF_AARCH32) != 0;
  }

  /** Whether it walks VMSAv8-64 tables. */
  public boolean walksAarch64() {
    return (Idr0.TTF.get(Integer.toUnsignedLong(profile.idr0())) & Idr0.TTF_AARCH64) != 0;
  }

  /** OAS in bits. */
  public int outputBits() {
    return AddressSize.bits(Idr5.OAS.get(profile.idr5()));
  }

  /** IAS, the largest IPA, in bits: that of VMSAv8-32 may be larger than any PA (IHI 0070 3.4). */
  public int intermediateBits() {
    return Math.max(walksLpae() ? Lpae.ADDRESS_BITS : 0, walksAarch64() ? outputBits() : 0);
  }

  /** Bits of a PA of VMSAv8-32, or of a table that it names. */
  public int lpaeOutputBits() {
    return Math.min(Lpae.ADDRESS_BITS, outputBits());
  }

  /** Output bits of a stage whose IPS or S2PS is {@code code}: capped to OAS. */
  public int outputBits(int code) {
    return Math.min(AddressSize.bits(code), outputBits());
  }

  /** The smallest granule that IDR5 offers. */
  public Granule smallestGranule() {
    return feature5(Idr5.GRAN4K)
        ? Granule.SIZE_4K
        : feature5(Idr5.GRAN16K) ? Granule.SIZE_16K : Granule.SIZE_64K;
  }

  /** Whether {@code granule} is one, and one that IDR5 offers. */
  public boolean supports(Granule granule) {
    return switch (granule) {
      case SIZE_4K -> Idr5.GRAN4K.isSet(profile.idr5());
      case SIZE_16K -> Idr5.GRAN16K.isSet(profile.idr5());
      case SIZE_64K -> Idr5.GRAN64K.isSet(profile.idr5());
      case null -> false;
    };
  }

  /** Where descriptors of a granule hold addresses: of 52 bits with 64KB and an OAS of 52 only. */
  public AddressFormat format(Granule granule) {
    return AddressFormat.of(
        granule, granule == Granule.SIZE_64K && outputBits() == AddressSize.MAX_BITS);
  }

  /**
   * Whether T0SZ or T1SZ is in its range: at least 16, or 12 where IDR5.VAX has 52-bit addresses
   * (IHI 0070 5.4).
   */
  public boolean legalVaSize(Granule granule, int tsz) {
    boolean wide = granule == Granule.SIZE_64K && feature5(Idr5.VAX);
    return tsz >= (wide ? MIN_TSZ_WIDE : MIN_TSZ) && tsz <= mostTsz(granule);
  }

  /** Whether a VMSAv8-64 S2T0SZ is in its range: no more bits than the IAS (IHI 0070 5.2). */
  public boolean legalIpaSize(Granule granule, int tsz) {
    int least = Long.SIZE - Math.min(format(granule).bits(), intermediateBits());
    return tsz >= least && tsz <= mostTsz(granule);
  }

  /** 39, and with small translation tables 48, or 47 with a 64KB granule. */
  private int mostTsz(Granule granule) {
    return !feature3(Idr3.STT)
        ? MAX_TSZ
        : granule == Granule.SIZE_64K ? MAX_TSZ_SMALL_64K : MAX_TSZ_SMALL;
  }

  /** Whether the SMMU can set access flags itself. */
  public boolean updatesAccessFlags() {
    return Idr0.HTTU.isSet(profile.idr0());
  }

  /** Whether the SMMU can mark descriptors dirty itself. */
  public boolean updatesDirtyState() {
    return Idr0.HTTU.get(Integer.toUnsignedLong(profile.idr0())) >= Idr0.HTTU_DIRTY;
  }

  /** Where the VATOS page is, in pages from the SMMU's base; 0 without one (IHI 0070 6.3.3). */
  public int vatosPage() {
    return feature0(Idr0.VATOS) ? FIXED_PAGES + (int) Idr2.BA_VATOS.get(profile.ids().idr2()) : 0;
  }

  /** MPAMIDR.PARTID_MAX: the largest PARTID; 0 without MPAM (IHI 0070 6.3.41). */
  public int mostPartId() {
    return (int) Mpamidr.PARTID_MAX.get(mpamIdr());
  }

  /** MPAMIDR.PMG_MAX: the largest PMG; 0 without MPAM. */
  public int mostPmg() {
    return (int) Mpamidr.PMG_MAX.get(mpamIdr());
  }

  private long mpamIdr() {
    return Integer.toUnsignedLong(profile.ids().value(Register.MPAMIDR));
  }

  /** Whether there is MPAM for Non-secure state (IHI 0070 17.1). */
  public boolean mpam() {
    return feature3(Idr3.MPAM) && mpamIdr() != 0;
  }

  /** Whether STEs can point to a VMS, and what it has is a map of PARTIDs (IHI 0070 5.6.1). */
  public boolean mapsPartIds() {
    return feature3(Idr3.MPAM) && feature0(Idr0.S1P) && feature0(Idr0.S2P) && mostPartId() != 0;
  }

  /** Command queue control pages: 0 without IDR1.ECMDQ (IHI 0070 6.3.45). */
  public int controlPages() {
    return feature1(Idr1.ECMDQ)
        ? 1 << Idr6.CMDQ_CONTROL_PAGE_LOG2NUMP.get(profile.ids().value(Register.IDR6))
        : 0;
  }

  /** Enhanced Command queues of each control page (IHI 0070 6.3.45). */
  public int queuesPerControlPage() {
    return 1 << Idr6.CMDQ_CONTROL_PAGE_LOG2NUMQ.get(profile.ids().value(Register.IDR6));
  }

  /** All Enhanced Command queues. */
  public int enhancedQueues() {
    return controlPages() * queuesPerControlPage();
  }

  /**
   * Where control pages are, in pages from the SMMU's base: they follow the VATOS page, or page 1.
   * That is IMPLEMENTATION DEFINED, and CMDQ_CONTROL_PAGE_BASE tells it (IHI 0070 6.1).
   */
  public int firstControlPage() {
    return Math.max(FIXED_PAGES, vatosPage() + 1);
  }

  /** Bytes of register space: pages 0 and 1, and what reaches to the end of the last other one. */
  public int registerBytes() {
    return (firstControlPage() + controlPages()) * Page.BYTES;
  }

  /** Whether it can walk tables of an endianness. */
  public boolean supportsEndianness(boolean big) {
    long endianness = Idr0.TTENDIAN.get(Integer.toUnsignedLong(profile.idr0()));
    return endianness == Idr0.TTENDIAN_MIXED || big == (endianness == Idr0.TTENDIAN_BIG);
  }
}
