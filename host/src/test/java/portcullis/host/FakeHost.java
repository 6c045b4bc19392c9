package portcullis.host;

import portcullis.platform.Clock;
import portcullis.platform.HostAbort;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;
import portcullis.store.PagedWords;
import portcullis.store.Store;

/**
 * A CPU with RAM and one SMMU, nothing between: {@link FakeSmmu} at {@link #SMMU}, time that passes
 * only in {@link #pause}.
 */
final class FakeHost implements HostCpu {
  static final long RAM = 0x4000_0000L;
  static final long RAM_BYTES = 16L << 20;
  static final long SMMU = 0x0905_0000L;
  static final int PAGE_SHIFT = 12;

  private static final long PAUSE_NANOS = 1_000_000;

  final Store store = new Store();
  final FakeSmmu smmu = new FakeSmmu(this);
  private final PagedWords ram = store.paged("ram", RAM_BYTES / Long.BYTES);
  private long nanos;
  private int pauses;

  private final PhysicalMemory memory =
      new PhysicalMemory() {
        @Override
        public long read64(long address) {
          return ram.get(word(address, 8, false));
        }

        @Override
        public void write64(long address, long value) {
          ram.set(word(address, 8, true), value);
        }

        @Override
        public int read32(long address) {
          return (int) (ram.get(word(address, 4, false)) >>> (address % 8 * 8));
        }

        @Override
        public void write32(long address, int value) {
          throw new UnsupportedOperationException("the driver writes words of 64 bits only");
        }
      };

  private static long word(long address, int bytes, boolean write) {
    if (address % bytes != 0 || address < RAM || address >= RAM + RAM_BYTES) {
      throw new HostAbort(address, write);
    }
    return (address - RAM) / 8;
  }

  /** An allocator over all of RAM. */
  HostMemory allocator() {
    return allocator(PAGE_SHIFT);
  }

  /** The same of a kernel with pages of {@code 1 << pageShift} bytes. */
  HostMemory allocator(int pageShift) {
    return new HostMemory(store, this, RAM, RAM_BYTES, pageShift);
  }

  /** How many single pages {@code allocator} could still give; leaves everything as it was. */
  long freePages(HostMemory allocator) {
    long mark = store.mark();
    long pages = 0;
    while (allocator.allocate(1) != HostMemory.NO_PAGE) {
      pages++;
    }
    store.undo(mark);
    return pages;
  }

  int pauses() {
    return pauses;
  }

  @Override
  public PhysicalMemory memory() {
    return memory;
  }

  @Override
  public long load(long ipa, int bytes) {
    return smmu.read((int) (ipa - SMMU), bytes);
  }

  @Override
  public void store(long ipa, int bytes, long value) {
    smmu.write((int) (ipa - SMMU), bytes, value);
  }

  @Override
  public long hypercall(long function, long... arguments) {
    throw new UnsupportedOperationException("the driver knows nothing of EL2");
  }

  @Override
  public void barrier() {
    smmu.barrier();
  }

  @Override
  public void clean(long ipa, long bytes) {}

  @Override
  public void cleanAndInvalidate(long ipa, long bytes) {}

  @Override
  public PhysicalMemory uncachedMemory() {
    return memory();
  }

  @Override
  public void pause() {
    nanos += PAUSE_NANOS;
    pauses++;
    smmu.step();
  }

  @Override
  public Clock clock() {
    return () -> nanos;
  }
}
