package portcullis.check.hostile;

import portcullis.arch.smmu.Ste;

/**
 * A stage-2 table as an STE names it (IHI 0070 5.2).
 *
 * @param root STE.S2TTB
 * @param granuleShift of STE.S2TG: 12, 14 or 16
 * @param inputBits 64 - STE.S2T0SZ
 * @param startLevel of STE.S2SL0
 */
record Stage2Reference(long root, int granuleShift, int inputBits, int startLevel) {
  /** The table of an STE; null if its granule is reserved. */
  static Stage2Reference of(long word2, long word3) {
    int startLevel0 = (int) Ste.S2SL0.get(word2);
    int inputs = 64 - (int) Ste.S2T0SZ.get(word2);
    long root = Ste.S2TTB.inPlace(word3);
    return switch ((int) Ste.S2TG.get(word2)) {
      case 0b00 -> new Stage2Reference(root, 12, inputs, startLevel0 == 0b11 ? 3 : 2 - startLevel0);
      case 0b01 -> new Stage2Reference(root, 16, inputs, 3 - startLevel0);
      case 0b10 -> new Stage2Reference(root, 14, inputs, 3 - startLevel0);
      default -> null;
    };
  }
}
