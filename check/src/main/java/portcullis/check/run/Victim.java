package portcullis.check.run;

import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;

/**
 * A page that the host fills and then gives to a guest. Its contents, seen from outside the system
 * under test, are the judge: a page that changed was written, whatever anybody says.
 */
final class Victim {
  /** Bytes in a victim. */
  static final int BYTES = 4096;

  private final PhysicalMemory physical;
  private final long address;
  private final long[] contents = new long[BYTES / Long.BYTES];

  /**
   * A page that still is the host's.
   *
   * @param physical memory as it really is, past every translation
   */
  Victim(PhysicalMemory physical, long address) {
    this.physical = physical;
    this.address = address;
  }

  /** Its physical address. */
  long address() {
    return address;
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
