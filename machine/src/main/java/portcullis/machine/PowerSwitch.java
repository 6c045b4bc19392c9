package portcullis.machine;

/** Gives devices power and takes it. */
@FunctionalInterface
interface PowerSwitch {

  /**
   * Takes a device's power, or gives it back.
   *
   * @param registers physical address of the device's registers
   */
  void power(long registers, boolean on);
}
