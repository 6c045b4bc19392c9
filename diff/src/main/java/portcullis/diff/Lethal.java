package portcullis.diff;

import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Ste;

/** What ends QEMU's process by an assertion: such a case is cut before QEMU would see it. */
final class Lethal {
  /** CD.IPS values that QEMU has no size for. */
  private static final int FIRST_IPS = 6;

  private Lethal() {}

  /** Whether a structure in memory is one that QEMU dies of when it reads it. */
  static boolean toQemu(ModelMemory memory, Case of) {
    for (Device device : Device.values()) {
      long linear = Window.STREAM_TABLE + device.steOffset();
      long second = Window.STREAM_TABLE_2 + device.steOffset();
      if (lethalSte(memory, of.twoLevel() ? second : linear)) {
        return true;
      }
    }
    for (long cd = Window.CONTEXTS;
        cd < Window.CONTEXTS + Generator.CONTEXTS * Cd.BYTES;
        cd += Cd.BYTES) {
      long word0 = memory.read(cd, Long.BYTES);
      if (Cd.V.isSet(word0) && Cd.IPS.get(word0) >= FIRST_IPS) {
        return true;
      }
    }
    return false;
  }

  /** VMSAv8-32 tables at stage 2 (decode_ste_s2_cfg in hw/arm/smmuv3.c). */
  private static boolean lethalSte(ModelMemory memory, long ste) {
    long config = Ste.CONFIG.get(memory.read(ste, Long.BYTES));
    long word2 = memory.read(ste + Ste.S2AA64.word() * 8L, Long.BYTES);
    return (config & Ste.CONFIG_BIT_PASS) != 0
        && (config & Ste.CONFIG_BIT_S2) != 0
        && !Ste.S2AA64.isSet(word2);
  }
}
