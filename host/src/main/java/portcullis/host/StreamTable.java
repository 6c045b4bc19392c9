package portcullis.host;

import java.util.function.IntConsumer;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.platform.HostCpu;
import portcullis.smmu.Features;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * The host's stream table: two levels with a split of 8 where the SMMU offers them and has more
 * StreamIDs than one second-level table holds, else linear. Second-level tables appear with the
 * first stream that needs them; an entry nobody attached aborts.
 */
public final class StreamTable {
  /** log2 of the STEs in a second-level table. */
  static final int SPLIT = 8;

  /** log2 of the STEs that two levels cover at most: 2^17 first-level entries, as in Linux. */
  public static final int MAX_BITS = 25;

  private final HostCpu cpu;
  private final SharedMemory memory;
  private final Cell base;
  private final Cell bits;
  private final Flag twoLevel;

  StreamTable(Store store, HostCpu cpu, SharedMemory memory, String name) {
    this.cpu = cpu;
    this.memory = memory;
    base = store.cell(name + ".strtab.base");
    bits = store.cell(name + ".strtab.bits");
    twoLevel = store.flag(name + ".strtab.two_level");
  }

  /**
   * Allocates the table (the first level of it, if two).
   *
   * @return false if the host's memory is exhausted
   */
  boolean allocate(Features features) {
    boolean two = features.twoLevelStreamTable() && features.sidBits() > SPLIT;
    twoLevel.set(two);
    bits.set(two ? Math.min(features.sidBits(), MAX_BITS) : features.sidBits());
    long address = memory.allocateBytes(bytes());
    if (address == HostMemory.NO_PAGE) {
      return false;
    }
    base.set(address);
    if (!two) {
      abortAll(address, 1L << bits.get());
    }
    return true;
  }

  /** Where the (first-level) table lies. */
  public long address() {
    return base.get();
  }

  /** What STRTAB_BASE_CFG says of it. */
  public long configuration() {
    return twoLevel.get()
        ? StrtabBaseCfg.FMT.of(1)
            | StrtabBaseCfg.SPLIT.of(SPLIT)
            | StrtabBaseCfg.LOG2SIZE.of(bits.get())
        : StrtabBaseCfg.LOG2SIZE.of(bits.get());
  }

  /**
   * The address of a stream's STE; its second-level table is made if it was not there.
   *
   * @return {@link HostMemory#NO_PAGE} if the StreamID is beyond the table or memory is exhausted
   */
  long entry(int streamId) {
    long index = Integer.toUnsignedLong(streamId);
    if (index >>> bits.get() != 0) {
      return HostMemory.NO_PAGE;
    }
    if (!twoLevel.get()) {
      return base.get() + index * Ste.BYTES;
    }
    long slot = slot(index);
    long descriptor = memory.access().read64(slot);
    long table = StreamTableDescriptor.L2PTR.inPlace(descriptor);
    if (!StreamTableDescriptor.SPAN.isSet(descriptor)) {
      table = memory.allocateBytes((long) Ste.BYTES << SPLIT);
      if (table == HostMemory.NO_PAGE) {
        return HostMemory.NO_PAGE;
      }
      abortAll(table, 1L << SPLIT);
      cpu.barrier();
      memory.access().write64(slot, table | StreamTableDescriptor.SPAN.of(SPLIT + 1));
    }
    return table + (index & ((1 << SPLIT) - 1)) * Ste.BYTES;
  }

  /** Bytes of the (first-level) table. */
  private long bytes() {
    return twoLevel.get()
        ? (long) StreamTableDescriptor.BYTES << (bits.get() - SPLIT)
        : (long) Ste.BYTES << bits.get();
  }

  /** Shows every StreamID that has an STE, ascending. O(STEs, and first-level entries). */
  void forEach(IntConsumer streams) {
    if (!twoLevel.get()) {
      range(0, 1L << bits.get(), streams);
      return;
    }
    for (long first = 0; first >>> bits.get() == 0; first += 1L << SPLIT) {
      if (StreamTableDescriptor.SPAN.isSet(memory.access().read64(slot(first)))) {
        range(first, 1L << SPLIT, streams);
      }
    }
  }

  /** Gives every table back; the SMMU must be disabled. */
  void free() {
    if (twoLevel.get()) {
      for (long first = 0; first >>> bits.get() == 0; first += 1L << SPLIT) {
        long descriptor = memory.access().read64(slot(first));
        if (StreamTableDescriptor.SPAN.isSet(descriptor)) {
          memory.freeBytes(
              StreamTableDescriptor.L2PTR.inPlace(descriptor), (long) Ste.BYTES << SPLIT);
        }
      }
    }
    memory.freeBytes(base.get(), bytes());
  }

  private static void range(long first, long count, IntConsumer streams) {
    for (long streamId = first; streamId < first + count; streamId++) {
      streams.accept((int) streamId);
    }
  }

  /** Where the first-level descriptor of a StreamID lies. */
  private long slot(long index) {
    return base.get() + (index >>> SPLIT) * StreamTableDescriptor.BYTES;
  }

  private void abortAll(long table, long entries) {
    long word0 = Entries.abort()[0];
    for (long i = 0; i < entries; i++) {
      memory.access().write64(table + i * Ste.BYTES, word0);
    }
  }
}
