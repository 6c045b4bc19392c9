package portcullis.pgtable;

import java.util.HashSet;
import java.util.Set;

/**
 * What a walker that does not snoop sees of a table of 4KB granule: fails if a table is linked
 * while one of its descriptors has been written and not cleaned.
 */
final class CleanedMemory {
  private final TableMemory memory;
  private final Set<Long> dirty = new HashSet<>();

  CleanedMemory(TableMemory memory) {
    this.memory = memory;
  }

  void written(long pa, long bytes) {
    for (long at = pa; at < pa + bytes; at += 8) {
      dirty.remove(at);
    }
  }

  /** From now on stores make dirty, and a link to a dirty table fails. */
  void watch() {
    memory.writes =
        (address, old, value) -> {
          long target = value & 0x0000_ffff_ffff_f000L;
          if ((value & 3) == 3 && memory.exists(target)) {
            for (long at = target; at < target + 4096; at += 8) {
              if (dirty.contains(at)) {
                throw new AssertionError("linked before it was cleaned");
              }
            }
          }
          dirty.add(address);
        };
    memory.frees = pa -> dirty.removeIf(at -> (at & -4096) == pa);
  }

  void assertAllClean() {
    if (!dirty.isEmpty()) {
      throw new AssertionError("never cleaned: " + dirty.size() + " descriptors");
    }
  }
}
