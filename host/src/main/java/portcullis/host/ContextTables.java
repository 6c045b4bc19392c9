package portcullis.host;

import portcullis.arch.smmu.Cd;
import portcullis.store.PagedWords;
import portcullis.store.Store;

/**
 * Which streams have a table of CDs, and where: linear, of one CD, as Linux makes it for a master
 * without SubstreamIDs. Like Linux's master it outlives the domain that it was made for. What the
 * STE says does not count: it may have been written by hand.
 */
final class ContextTables {
  private final SharedMemory memory;

  /** By StreamID, address + 1 of its table; 0 for none. */
  private final PagedWords tables;

  ContextTables(Store store, SharedMemory memory, String name) {
    this.memory = memory;
    tables = store.paged(name + ".cd_table", 1L << Integer.SIZE);
  }

  /**
   * The table of a stream, made and zeroed if there was none.
   *
   * @return {@link HostMemory#NO_PAGE} if the host's memory is exhausted
   */
  long getOrAllocate(int streamId) {
    long table = get(streamId);
    if (table == HostMemory.NO_PAGE) {
      table = memory.allocateBytes(Cd.BYTES);
      tables.set(Integer.toUnsignedLong(streamId), table + 1);
    }
    return table;
  }

  /** The table of a stream, {@link HostMemory#NO_PAGE} if it has none. */
  long get(int streamId) {
    return tables.get(Integer.toUnsignedLong(streamId)) - 1;
  }

  /** Gives a stream's table back, if it has one; no STE may lead to it any more. */
  void free(int streamId) {
    long table = get(streamId);
    if (table != HostMemory.NO_PAGE) {
      memory.freeBytes(table, Cd.BYTES);
      tables.set(Integer.toUnsignedLong(streamId), 0);
    }
  }
}
