package portcullis.check.hostile;

import java.util.List;
import java.util.SplittableRandom;
import portcullis.platform.boot.BootParameters;
import portcullis.platform.boot.MemoryRange;

/**
 * Where the hostile host keeps its things, and the addresses that it tries: its own pages, guests',
 * EL2's, registers, holes, and beyond all. Few pages, so that uses collide.
 */
final class Addresses {
  /** Bytes in a page, as the host uses them. */
  static final int PAGE = 4096;

  /** Bytes that a stage-2 block of level 2 covers. */
  static final long BLOCK = 1L << 21;

  private static final int DATA_PAGES = 48;
  private static final int WIDE_BLOCKS = 3;

  private final SplittableRandom random;
  private final BootParameters parameters;
  private final List<Long> devices;
  private final Given given;
  private final long arena;
  private final long data;
  private final long wide;
  private long next;

  /**
   * Divides the host's memory.
   *
   * @param kernelMemory at least {@code 6 * BLOCK} of it
   * @param devices addresses of registers
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
    arena = (kernelMemory.base() + BLOCK - 1) & -BLOCK;
    next = arena;
    wide = kernelMemory.end() - WIDE_BLOCKS * BLOCK & -BLOCK;
    data = take((long) DATA_PAGES * PAGE);
  }

  /** Memory of the arena, aligned to its size, which is rounded up to a power of two of pages. */
  long take(long bytes) {
    long size = Math.max(PAGE, Long.highestOneBit(2 * bytes - 1));
    long at = (next + size - 1) & -size;
    next = at + size;
    return at;
  }

  /** Bytes in a page of the hypervisor's. */
  long hypervisorPageBytes() {
    return parameters.pageSize();
  }

  /** A page that holds nothing of the host's driver. */
  long dataPage() {
    return data + random.nextLong(DATA_PAGES) * PAGE;
  }

  /** A page of the arena: data, a queue or a table. */
  long arenaPage() {
    return arena + random.nextLong((next - arena) / PAGE) * PAGE;
  }

  /** The start of a block in memory that is used for nothing else. */
  long wideBlock() {
    return wide + random.nextLong(WIDE_BLOCKS) * BLOCK;
  }

  /** A page of RAM that is or was the host's. */
  long ramPage() {
    return switch (random.nextInt(8)) {
      case 0 -> arenaPage();
      case 1 -> wideBlock() + random.nextLong(BLOCK / PAGE) * PAGE;
      case 2, 3 -> given.page(random, dataPage());
      default -> dataPage();
    };
  }

  /** Any address at all, mostly of a page's start. */
  long any() {
    long page =
        switch (random.nextInt(16)) {
          case 0, 1 -> hypervisorPage();
          case 2, 3 -> devices.get(random.nextInt(devices.size()));
          case 4 -> parameters.topAddress() + random.nextLong(1L << 40);
          case 5 -> random.nextLong(1L << parameters.addressBits());
          case 6 -> random.nextLong();
          case 7, 8, 9 -> arenaPage();
          default -> ramPage();
        };
    return random.nextInt(8) == 0 ? page + random.nextInt(PAGE) : page & -PAGE;
  }

  /** A page of EL2's memory, mostly one that it uses. */
  long hypervisorPage() {
    MemoryRange hypervisor = parameters.hypervisorMemory();
    // Its tables and queues lie at the beginning and, as pools go, soon after.
    long bytes = random.nextBoolean() ? hypervisor.size() : Math.min(hypervisor.size(), BLOCK);
    return hypervisor.base() + random.nextLong(bytes / PAGE) * PAGE;
  }
}
