package portcullis.machine.smmuv3.profile;

import portcullis.arch.smmu.Aidr;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Mpamidr;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.AddressSize;

/** Profiles of tests, which do not depend on what the built-in ones offer. */
public final class Profiles {
  /** SMMUv3.1 with both stages and none of ATS, PRI, stalls, HTTU, EL2 and broadcasts. */
  public static final Profile BASIC =
      new Profile(
          "basic",
          IdRegisters.NONE
              .with(Register.IDR0, 0x0d4c_701f & ~(1 << 2))
              .with(Register.IDR1, 0x0e73_0414)
              .with(Register.IDR3, 0x1414)
              .with(Register.IDR5, 0x75)
              .with(Register.AIDR, 1),
          Profile.GENERIC.caches());

  private Profiles() {}

  private static Profile of(IdRegisters ids) {
    return new Profile("test", ids, Profile.MMU_700_R1.caches());
  }

  private static IdRegisters stalls(IdRegisters ids, int model, int most) {
    return ids.with(Register.IDR0, Idr0.STALL_MODEL, model)
        .with(Register.IDR5, Idr5.STALL_MAX, most);
  }

  private static IdRegisters without() {
    return stalls(Profile.MMU_700_R1.ids(), Idr0.STALL_MODEL_TERMINATE, 0)
        .with(Register.IDR0, Idr0.TERM_MODEL, 1)
        .with(Register.IDR0, Idr0.NS1ATS, 0)
        .with(Register.IDR0, Idr0.ATSRECERR, 0)
        .with(Register.IDR0, Idr0.PRI, 0)
        .with(Register.IDR0, Idr0.ATS, 0)
        .with(Register.IDR0, Idr0.BTM, 0)
        .with(Register.IDR0, Idr0.VMW, 0)
        .with(Register.IDR3, Idr3.PPS, 0)
        .with(Register.IDR0, Idr0.MSI, 1)
        .with(Register.IDR0, Idr0.SEV, 1);
  }

  /** Neither stalls nor RAZ/WI nor ATS. */
  public static Profile plain() {
    return of(without());
  }

  /**
   * With stalls and RAZ/WI termination.
   *
   * @param model IDR0.STALL_MODEL
   * @param most IDR5.STALL_MAX
   */
  public static Profile stalling(int model, int most) {
    return of(stalls(without(), model, most).with(Register.IDR0, Idr0.TERM_MODEL, 0));
  }

  /** With ATS, its errors recorded if asked for, and PRI of 2^4 entries. */
  public static Profile ats() {
    return of(
        without()
            .with(Register.IDR0, Idr0.ATS, 1)
            .with(Register.IDR0, Idr0.ATSRECERR, 1)
            .with(Register.IDR0, Idr0.PRI, 1)
            .with(Register.IDR1, Idr1.PRIQS, 4));
  }

  /** All that stages 1 and 2 have up to SMMUv3.3, with 52-bit addresses. */
  public static Profile complete() {
    return new Profile(
        "complete",
        Profile.GENERIC
            .ids()
            .with(Register.IDR0, Idr0.HTTU, Idr0.HTTU_DIRTY)
            .with(Register.IDR0, Idr0.HYP, 1)
            .with(Register.IDR0, Idr0.TTENDIAN, Idr0.TTENDIAN_MIXED)
            .with(Register.IDR3, Idr3.FWB, 1)
            .with(Register.IDR3, Idr3.STT, 1)
            .with(Register.IDR3, Idr3.E0PD, 1)
            .with(Register.IDR3, Idr3.PTWNNC, 1)
            .with(Register.IDR5, Idr5.OAS, AddressSize.code(52))
            .with(Register.IDR5, Idr5.VAX, 1)
            .with(Register.AIDR, Aidr.ARCH_MINOR_REV, 3),
        Profile.GENERIC.caches());
  }

  /** The same with MPAM of these identifiers. */
  public static Profile mpam(int mostPartId, int mostPmg) {
    return complete()
        .with(Register.IDR3, Idr3.MPAM, 1)
        .with(Register.MPAMIDR, Mpamidr.PARTID_MAX, mostPartId)
        .with(Register.MPAMIDR, Mpamidr.PMG_MAX, mostPmg);
  }

  /** And without. */
  public static Profile withoutMpam() {
    return mpam(0, 0).with(Register.IDR3, Idr3.MPAM, 0);
  }
}
