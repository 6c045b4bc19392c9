package portcullis.machine.vmsa;

/** Why a walk found no leaf. Who walks gives it the name and code of its own architecture. */
public enum WalkFault {
  /** The descriptor is invalid, or reserved at its level. */
  TRANSLATION,
  /** The descriptor's address has more bits than the stage may output. */
  ADDRESS_SIZE,
  /** Nothing answers where the descriptor should be. */
  EXTERNAL_ABORT,
  /** The descriptor's address has no translation itself; the caller's {@code Reach} knows why. */
  UNREACHED
}
