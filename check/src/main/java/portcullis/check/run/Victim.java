package portcullis.check.run;

import java.util.Arrays;
import java.util.List;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;

/**
 * A page that the host fills and then gives to a guest. Its contents, seen from outside the system
 * under test, are the judge: a page that changed was written, whatever anybody says.
 */
final class Victim {
  private final List<PhysicalMemory> views;
  private final long address;
  private final long[][] contents;

  /**
   * A page that still is the host's.
   *
   * @param views memory as it really is, for each kind of observer
   * @param bytes in the page
   */
  Victim(List<PhysicalMemory> views, long address, int bytes) {
    this.views = views;
    this.address = address;
    contents = new long[views.size()][bytes / Long.BYTES];
  }

  /** Its physical address. */
  long address() {
    return address;
  }

  /** How many words it has. */
  int words() {
    return contents[0].length;
  }

  /** Stores one word while the page is the host's, where everybody sees it. */
  void fill(HostCpu cpu, int index, long value) {
    long at = address + (long) index * Long.BYTES;
    cpu.memory().write64(at, value);
    cpu.clean(at, Long.BYTES);
  }

  /** Remembers what the page holds now. */
  void remember() {
    for (int i = 0; i < contents.length; i++) {
      contents[i] = contents(views.get(i));
    }
  }

  /** Whether the page holds what it held when it was last remembered. */
  boolean intact() {
    for (int i = 0; i < contents.length; i++) {
      if (!Arrays.equals(contents[i], contents(views.get(i)))) {
        return false;
      }
    }
    return true;
  }

  /** Whether every word is zero, for everybody. */
  boolean wiped() {
    long[] zeros = new long[words()];
    return views.stream().allMatch(view -> Arrays.equals(zeros, contents(view)));
  }

  private long[] contents(PhysicalMemory view) {
    long[] words = new long[words()];
    for (int i = 0; i < words.length; i++) {
      words[i] = view.read64(address + (long) i * Long.BYTES);
    }
    return words;
  }
}
