package portcullis.hyp.smmuv3;

import portcullis.platform.boot.BootParameters;
import portcullis.platform.boot.SmmuRegistration;
import portcullis.smmu.Features;

/** Decides, from what the hardware says of itself, whether EL2 can protect what is behind it. */
final class Probe {

  private Probe() {}

  /**
   * The first reason against taking the SMMU over, or {@link Refusal#NONE}.
   *
   * @param takesNonCoherent whether that may be one which does not snoop
   */
  static Refusal check(
      SmmuRegistration registration,
      Features features,
      BootParameters boot,
      boolean takesNonCoherent) {
    if (registration.registers().size() < SmmuRegistration.BYTES
        || registration.registers().base() % boot.pageSize() != 0
        || registration.registers().size() % boot.pageSize() != 0) {
      return Refusal.REGISTERS;
    } else if (!takesNonCoherent && !registration.coherent()) {
      return Refusal.NOT_COHERENT_TREE;
    } else if (!takesNonCoherent && !features.coherent()) {
      return Refusal.NOT_COHERENT;
    } else if (!features.stage1()) {
      return Refusal.NO_STAGE1;
    } else if (!features.stage2()) {
      return Refusal.NO_STAGE2;
    } else if (features.nestingErratum()) {
      return Refusal.NESTING_ERRATUM;
    } else if (features.presetOrRelative()) {
      return Refusal.PRESET;
    } else if (!features.aarch64Tables()) {
      return Refusal.NO_AARCH64;
    } else if (!features.littleEndianTables()) {
      return Refusal.BIG_ENDIAN;
    } else if (!features.granule(boot.pageShift())) {
      return Refusal.NO_GRANULE;
    } else if (features.outputBits() < addressBits(boot.topAddress())) {
      return Refusal.OUTPUT_SIZE;
    }
    return Refusal.NONE;
  }

  /** Whether it snoops the CPUs' caches: only where both the hardware and the tree say so. */
  static boolean snoops(SmmuRegistration registration, Features features) {
    return registration.coherent() && features.coherent();
  }

  /** Bits that every address below {@code top} fits in. */
  static int addressBits(long top) {
    return 64 - Long.numberOfLeadingZeros(Math.max(1, top - 1));
  }
}
