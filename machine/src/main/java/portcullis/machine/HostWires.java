package portcullis.machine;

import portcullis.platform.WiredInterrupt;

/** Where interrupts go that EL2 raises for the host in a device's place. */
@FunctionalInterface
interface HostWires {

  /**
   * One edge.
   *
   * @param registers physical address of the device's registers
   */
  void raise(long registers, WiredInterrupt wire);
}
