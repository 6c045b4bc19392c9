package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * Every S2T0SZ, S2SL0 and S2TG: an STE is legal where DDI 0487's tables D8-20 to D8-40 let a walk
 * of that input size begin at that level, and the SMMU's IPA size allows it (IHI 0070 3.4, 5.2).
 */
class Stage2SizeTest {
  private static final int SID = 1;

  @ParameterizedTest
  @CsvSource({
    "52, false, false",
    "52, true, true",
    "48, false, true",
    "48, true, false",
    "44, false, true",
    "44, true, false",
    "42, false, false",
    "40, false, true",
    "40, true, false",
    "36, false, false",
    "36, false, true",
    "32, true, false",
    "32, true, true"
  })
  void anSteIsLegalWhereItsStartLevelFitsItsInputSize(
      int outputBits, boolean smallTables, boolean lpae) {
    Rig rig = new Rig(profile(outputBits, smallTables, lpae)).start(4);
    // VMSAv8-32 tables, where the SMMU has them, make IPAs of 40 bits (IHI 0070 3.4).
    int intermediateBits = lpae ? Math.max(40, outputBits) : outputBits;
    int legal = 0;
    for (Granule granule : Granule.values()) {
      for (int sl0 = 0; sl0 < 4; sl0++) {
        for (int t0sz = 0; t0sz < 64; t0sz++) {
          rig.stream(SID, Ste.CONFIG_S2);
          rig.poke(Rig.ste(SID), Ste.S2AA64, 1);
          rig.poke(Rig.ste(SID), Ste.S2PS, 5);
          rig.poke(Rig.ste(SID), Ste.S2TG, granule.tgStage2());
          rig.poke(Rig.ste(SID), Ste.S2SL0, sl0);
          rig.poke(Rig.ste(SID), Ste.S2T0SZ, t0sz);
          rig.command(0x04, 31);
          rig.reads(SID, 0);
          boolean expected =
              t0sz >= 64 - intermediateBits && legal(granule, sl0, t0sz, outputBits, smallTables);
          assertEquals(
              expected ? EventType.F_TRANSLATION : EventType.C_BAD_STE,
              rig.out.event(),
              "%s, S2SL0 %d, S2T0SZ %d".formatted(granule, sl0, t0sz));
          legal += expected ? 1 : 0;
        }
      }
    }
    assertTrue(legal > 20, legal + " sizes are legal");
  }

  private static Profile profile(int outputBits, boolean smallTables, boolean lpae) {
    return Profile.GENERIC
        .with(Register.IDR0, Idr0.TTF, lpae ? Idr0.TTF_AARCH32_64 : Idr0.TTF_AARCH64)
        .withOutputSize(outputBits)
        .with(Register.IDR3, Idr3.STT, smallTables ? 1 : 0);
  }

  private static boolean legal(
      Granule granule, int sl0, int t0sz, int outputBits, boolean smallTables) {
    int largest = !smallTables ? 39 : granule == Granule.SIZE_64K ? 47 : 48;
    int smallest = granule == Granule.SIZE_64K ? 12 : 16;
    if (t0sz < smallest || t0sz > largest) {
      return false;
    }
    return switch (granule) {
      case SIZE_4K ->
          switch (sl0) {
            case 0 -> t0sz >= 30 && t0sz <= 42;
            case 1 -> t0sz >= 21 && t0sz <= 33;
            case 2 -> t0sz <= 24 && outputBits >= 44;
            default -> smallTables && t0sz >= 39;
          };
      case SIZE_16K ->
          switch (sl0) {
            case 0 -> t0sz >= 35;
            case 1 -> t0sz >= 24 && t0sz <= 38;
            case 2 -> t0sz <= 27 && outputBits >= 42;
            default -> false;
          };
      case SIZE_64K ->
          switch (sl0) {
            case 0 -> t0sz >= 31;
            case 1 -> t0sz >= 18 && t0sz <= 34;
            case 2 -> t0sz <= 21 && outputBits >= 44;
            default -> false;
          };
    };
  }
}
