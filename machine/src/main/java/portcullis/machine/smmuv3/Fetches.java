package portcullis.machine.smmuv3;

import portcullis.machine.Bus;

/**
 * Where translations read, by what they read. Queues and MSIs have nothing to do with it.
 *
 * @param streamDescriptors L1STDs
 * @param streamEntries STEs
 * @param contextDescriptors L1CDs
 * @param contextEntries CDs
 * @param partIdMaps VMSs
 * @param stage1Tables translation tables
 * @param stage2Tables translation tables
 */
record Fetches(
    Bus streamDescriptors,
    Bus streamEntries,
    Bus contextDescriptors,
    Bus contextEntries,
    Bus partIdMaps,
    Bus stage1Tables,
    Bus stage2Tables) {

  /** All by one bus. */
  static Fetches by(Bus bus) {
    return new Fetches(bus, bus, bus, bus, bus, bus, bus);
  }
}
