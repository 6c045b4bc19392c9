package portcullis.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import portcullis.arch.vmsa.Granule;
import portcullis.board.AddressRange;
import portcullis.board.Board;
import portcullis.board.ReservedMemory;
import portcullis.board.Smmu;
import portcullis.platform.boot.BootParameters;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.boot.SmmuRegistration;

/**
 * The boot code that runs while the host is still trusted (series part 12): reads the tree's SMMUs,
 * sets memory aside for EL2, and says where the kernel's own memory is.
 *
 * @param parameters what EL2 is told
 * @param kernelMemory RAM that the host's kernel allocates from, outside what EL2 has
 */
public record HostBoot(BootParameters parameters, MemoryRange kernelMemory) {
  private static final long MIB = 1L << 20;

  /**
   * EL2's memory beside its tables: for each SMMU a command queue and the first level of its stream
   * table (1 MiB each at most) with some second-level tables, and slack for alignment.
   */
  private static final long PER_SMMU = 6 * MIB;

  private static final long BASE = 8 * MIB;

  /** What the kernel of the model needs for queues, tables and buffers, for each SMMU. */
  private static final long KERNEL_PER_SMMU = 12 * MIB;

  /** Both stage-2 tables at worst map each page by itself: a descriptor for a page, twice. */
  private static final int TABLE_BYTES_PER_PAGE = 2 * Long.BYTES;

  /** With this much RAM and more, EL2's tables get no more: the pool then refuses, cleanly. */
  private static final long MAX_TABLES = 512 * MIB;

  /**
   * Plans the boot.
   *
   * @param addressBits the CPU's physical address size
   * @param granule the hypervisor's page, which is the kernel's too
   * @return empty if the board has no range of RAM that is large enough
   */
  public static Optional<HostBoot> plan(Board board, int addressBits, Granule granule) {
    List<SmmuRegistration> smmus = new ArrayList<>();
    for (Smmu smmu : board.smmus()) {
      if (smmu.enabled()) {
        smmus.add(
            new SmmuRegistration(
                smmu.name(),
                registers(smmu, board, granule),
                smmu.coherent(),
                smmu.abortsWithoutPower()));
      }
    }
    long tables =
        Math.min((board.memoryBytes() >>> granule.shift()) * TABLE_BYTES_PER_PAGE, MAX_TABLES);
    long el2 = BASE + smmus.size() * PER_SMMU + roundUp(tables);
    long kernel = kernelBytes(smmus.size());
    for (AddressRange free : unreserved(board)) {
      long start = (free.base() + MIB - 1) & -MIB;
      long end = free.end() & -granule.bytes();
      if (end - start >= el2 + kernel) {
        MemoryRange el2Memory = new MemoryRange(start, el2);
        return Optional.of(
            new HostBoot(
                new BootParameters(
                    board.memory().stream().map(r -> new MemoryRange(r.base(), r.size())).toList(),
                    el2Memory,
                    smmus,
                    granule.shift(),
                    addressBits,
                    board.topAddress()),
                new MemoryRange(el2Memory.end(), end - el2Memory.end())));
      }
    }
    return Optional.empty();
  }

  /**
   * What the kernel needs of {@link #kernelMemory} for its drivers and page tables; it has no less.
   *
   * @param smmus how many it drives
   */
  public static long kernelBytes(int smmus) {
    return BASE + smmus * KERNEL_PER_SMMU;
  }

  /**
   * Everything that the tree calls this SMMU's: what lies behind pages 0 and 1 (VATOS,
   * IMPLEMENTATION DEFINED pages) is not the host's to reach either. In whole pages; but if another
   * device's registers would come with them, only as far as the tree says, so that EL2 refuses this
   * SMMU: were such a page EL2's, the other device would be lost to the host, and were it the
   * host's, so would the SMMU be to EL2.
   */
  private static MemoryRange registers(Smmu smmu, Board board, Granule granule) {
    AddressRange own = smmu.registers();
    long bytes = Math.max(own.size(), SmmuRegistration.BYTES);
    long pages = (bytes + granule.bytes() - 1) & -granule.bytes();
    boolean alone =
        pages == own.size()
            || board.registers().stream()
                .noneMatch(new AddressRange(own.end(), pages - own.size())::overlaps);
    return new MemoryRange(own.base(), alone ? pages : own.size());
  }

  private static long roundUp(long bytes) {
    return (bytes + MIB - 1) & -MIB;
  }

  /** RAM less what the tree reserves, in ascending order. */
  private static List<AddressRange> unreserved(Board board) {
    List<AddressRange> holes = new ArrayList<>(board.firmwareReserved());
    for (ReservedMemory reserved : board.reserved()) {
      holes.addAll(reserved.ranges());
    }
    holes.sort(null);
    List<AddressRange> free = new ArrayList<>();
    for (AddressRange ram : board.memory()) {
      long at = ram.base();
      for (AddressRange hole : holes) {
        if (hole.overlaps(ram)) {
          if (hole.base() > at) {
            free.add(new AddressRange(at, hole.base() - at));
          }
          at = Math.max(at, hole.end());
        }
      }
      if (at < ram.end()) {
        free.add(new AddressRange(at, ram.end() - at));
      }
    }
    return free;
  }
}
