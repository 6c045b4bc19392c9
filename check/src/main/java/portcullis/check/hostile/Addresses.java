package portcullis.check.hostile;

import java.util.List;
import java.util.SplittableRandom;
import portcullis.arch.vmsa.Granule;
import portcullis.platform.boot.BootParameters;
import portcullis.platform.boot.MemoryRange;

/**
 * Where the hostile host keeps its things, and the addresses that it tries: its own pages, guests',
 * EL2's, registers, holes, and beyond all. Few pages, so that uses collide.
 */
final class Addresses {
  /**
   * What the host's things are at least aligned to: in a larger page of the hypervisor's lie
   * several of them.
   */
  private static final int UNIT = 4096;

  private static final int DATA_PAGES = 48;

  /** EL2 has its first tables and queues in so many bytes of its memory. */
  private static final long FIRST_USED = 1L << 21;

  private static final int WIDE_BLOCKS = 3;
  private static final int LEAST_BLOCKS = 2 * WIDE_BLOCKS;

  private final SplittableRandom random;
  private final BootParameters parameters;
  private final List<Long> devices;
  private final Given given;
  private final int page;
  private final long block;
  private final long arena;
  private final long data;
  private final long wide;
  private long next;

  /**
   * Divides the host's memory.
   *
   * @param kernelMemory at least six stage-2 blocks of level 2
   * @param devices addresses of registers
   * @throws IllegalArgumentException if there is less
   */
  Addresses(
      SplittableRandom random,
      BootParameters parameters,
      MemoryRange kernelMemory,
      List<Long> devices,
      Given given) {
    this.random = random;
    this.parameters = parameters;
    this.devices = List.copyOf(devices);
    this.given = given;
    Granule granule = Granule.ofShift(parameters.pageShift());
    page = (int) granule.bytes();
    block = granule.levelBytes(Granule.LAST_LEVEL - 1);
    if (kernelMemory.size() < LEAST_BLOCKS * block) {
      throw new IllegalArgumentException(
          "the host has %d MiB: expected at least %d, %d stage-2 blocks"
              .formatted(kernelMemory.size() >> 20, (LEAST_BLOCKS * block) >> 20, LEAST_BLOCKS));
    }
    arena = (kernelMemory.base() + block - 1) & -block;
    next = arena;
    wide = kernelMemory.end() - WIDE_BLOCKS * block & -block;
    data = take((long) DATA_PAGES * page);
  }

  /** Bytes in a page of the hypervisor's. */
  int page() {
    return page;
  }

  /** Bytes that a stage-2 block of level 2 covers. */
  long block() {
    return block;
  }

  /** Memory of the arena, aligned to its size, which is rounded up to a power of two of units. */
  long take(long bytes) {
    long size = Math.max(UNIT, Long.highestOneBit(2 * bytes - 1));
    long at = (next + size - 1) & -size;
    next = at + size;
    return at;
  }

  /** A page that holds nothing of the host's driver. */
  long dataPage() {
    return data + random.nextLong(DATA_PAGES) * page;
  }

  /** A page of the arena: data, a queue or a table. */
  long arenaPage() {
    return arena + random.nextLong((next - arena) / page) * page;
  }

  /** The start of a block in memory that is used for nothing else. */
  long wideBlock() {
    return wide + random.nextLong(WIDE_BLOCKS) * block;
  }

  /** A page of RAM that is or was the host's. */
  long ramPage() {
    return switch (random.nextInt(8)) {
      case 0 -> arenaPage();
      case 1 -> wideBlock() + random.nextLong(block / page) * page;
      case 2, 3 -> given.page(random, dataPage());
      default -> dataPage();
    };
  }

  /** As {@link #ramPage}, and in a large page any unit of it. */
  long ramUnit() {
    long unit = page == UNIT ? 0 : (long) random.nextInt(page / UNIT) * UNIT;
    return ramPage() + unit;
  }

  /** Any address at all, mostly of a page's start. */
  long any() {
    long chosen =
        switch (random.nextInt(16)) {
          case 0, 1 -> hypervisorPage();
          case 2, 3 -> devices.get(random.nextInt(devices.size()));
          case 4 -> parameters.topAddress() + random.nextLong(1L << 40);
          case 5 -> random.nextLong(1L << parameters.addressBits());
          case 6 -> random.nextLong();
          case 7, 8, 9 -> arenaPage();
          default -> ramPage();
        };
    return random.nextInt(8) == 0 ? chosen + random.nextInt(page) : chosen & -page;
  }

  /** A page of EL2's memory, mostly one that it uses. */
  long hypervisorPage() {
    MemoryRange hypervisor = parameters.hypervisorMemory();
    // Its tables and queues lie at the beginning and, as pools go, soon after.
    long bytes = random.nextBoolean() ? hypervisor.size() : Math.min(hypervisor.size(), FIRST_USED);
    return hypervisor.base() + random.nextLong(bytes / page) * page;
  }
}
