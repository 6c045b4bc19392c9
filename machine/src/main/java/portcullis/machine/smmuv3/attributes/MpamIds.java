package portcullis.machine.smmuv3.attributes;

import portcullis.arch.smmu.Gmpam;
import portcullis.machine.smmuv3.registers.Features;

/**
 * Which MPAM identifiers an SMMU gives to accesses: PARTID in bits 15:0 and PMG in bits 23:16 of an
 * {@code int}, as GMPAM has them (IHI 0070 6.3.42, 17). All are Non-secure.
 *
 * <p>An identifier above the largest is used as an UNKNOWN one (5.2, 5.4, 5.6, 6.3.42, 6.3.43):
 * here as 0, which is everybody's. So without MPAM both are 0.
 *
 * @param mostPartId MPAMIDR.PARTID_MAX
 * @param mostPmg MPAMIDR.PMG_MAX
 */
public record MpamIds(int mostPartId, int mostPmg) {

  /** Those of an SMMU with {@code features}. */
  public static MpamIds of(Features features) {
    return new MpamIds(features.mostPartId(), features.mostPmg());
  }

  /** The identifiers of accesses that are to have these. */
  public int ids(int partId, int pmg) {
    return (partId <= mostPartId ? partId : 0) | (int) Gmpam.SO_PMG.of(pmg <= mostPmg ? pmg : 0);
  }

  /** The identifiers of accesses that are to have those of a register, GMPAM or GBPMPAM. */
  public int ids(long register) {
    return ids((int) Gmpam.SO_PARTID.get(register), (int) Gmpam.SO_PMG.get(register));
  }

  /** The PARTID of {@code ids}. */
  public static int partId(int ids) {
    return (int) Gmpam.SO_PARTID.get(ids);
  }

  /** The PMG of {@code ids}. */
  public static int pmg(int ids) {
    return (int) Gmpam.SO_PMG.get(ids);
  }
}
