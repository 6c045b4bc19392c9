package portcullis.check.run;

import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;

/**
 * A page that the host fills and then gives to a guest. Its contents, seen from outside the system
 * under test, are the judge: a page that changed was written, whatever anybody says.
 */
final class Victim {
  private final PhysicalMemory physical;
  private final long address;
  private final long[] contents;

  /**
   * A page that still is the host's.
   *
   * @param physical memory as it really is, past every translation
   * @param bytes in the page
   */
  Victim(PhysicalMemory physical, long address, int bytes) {
    this.physical = physical;
    this.address = address;
    contents = new long[bytes / Long.BYTES];
  }

  /** Its physical address. */
  long address() {
    return address;
  }

  /** How many words it has. */
  int words() {
    return contents.length;
  }

  /** Stores one word while the page is the host's. */
  void fill(HostCpu cpu, int index, long value) {
    cpu.memory().write64(address + (long) index * Long.BYTES, value);
  }

  /** Remembers what the page holds now. */
  void remember() {
    for (int i = 0; i < contents.length; i++) {
      contents[i] = physical.read64(address + (long) i * Long.BYTES);
    }
  }

  /** Whether the page holds what it held when it was last remembered. */
  boolean intact() {
    for (int i = 0; i < contents.length; i++) {
      if (physical.read64(address + (long) i * Long.BYTES) != contents[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether every word is zero. */
  boolean wiped() {
    for (int i = 0; i < contents.length; i++) {
      if (physical.read64(address + (long) i * Long.BYTES) != 0) {
        return false;
      }
    }
    return true;
  }
}
