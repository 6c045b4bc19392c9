package portcullis.machine.smmuv3;

import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Ste;
import portcullis.machine.Bus;
import portcullis.machine.smmuv3.caches.ConfigurationCache;
import portcullis.machine.smmuv3.structures.PartIdMap;

/**
 * Makes physical PARTIDs of the virtual ones in the CDs of nested streams, by the PARTID_MAP of
 * their VMS (IHI 0070 5.6, 17.2).
 *
 * <p>Maps are kept by VMID, so that of streams with one VMID and several VMSs the first one's map
 * serves all, until CMD_CFGI_VMS_PIDM reaches it (5.6, 5.6.2). What a map said of a CD is kept in
 * that CD, by StreamID: software must invalidate both.
 */
final class PartIdMaps {
  /** What {@link #physical} returns for a fault. */
  static final int FAULT = -1;

  /** A key has nothing but a VMID. */
  private static final int NO_SUBSTREAM_KEY = 0;

  private final Bus memory;
  private final ConfigurationCache<PartIdMap> cache;

  /**
   * Maps of an SMMU.
   *
   * @param memory has the VMSs, at physical addresses
   */
  PartIdMaps(Bus memory, ConfigurationCache<PartIdMap> cache) {
    this.memory = memory;
    this.cache = cache;
  }

  /**
   * The physical PARTID for a CD of {@code t}, whose STE enables VMSPtr; negative if {@code t}
   * faulted.
   */
  int physical(Translation t, int virtual) {
    int vmid = t.ste.vmid();
    PartIdMap map = cache.lookup(vmid, NO_SUBSTREAM_KEY);
    if (map == null) {
      long address = t.ste.address(Ste.VMSPTR);
      if (!memory.responds(address)) {
        t.fetchFault(EventType.F_VMS_FETCH, address);
        return FAULT;
      }
      for (int word = 0; word < PartIdMap.WORDS; word++) {
        cache.fetched().word(word, memory.read(address + (long) word * Long.BYTES, Long.BYTES));
      }
      map = cache.insert(vmid, NO_SUBSTREAM_KEY, true);
    }
    return map.partId(virtual);
  }
}
