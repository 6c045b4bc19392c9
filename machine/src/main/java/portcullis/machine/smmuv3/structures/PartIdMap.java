package portcullis.machine.smmuv3.structures;

import portcullis.arch.smmu.Vms;
import portcullis.machine.smmuv3.caches.ConfigurationEntry;

/** What a VMS maps virtual PARTIDs to (IHI 0070 5.6); each is as good as any other. */
public final class PartIdMap extends ConfigurationEntry {

  @Override
  protected void decode() {
    assert Vms.WORDS == WORDS : "a map is as large as an STE";
  }

  /**
   * The physical PARTID, as it stands in memory.
   *
   * @param virtual CD.PARTID
   */
  public int partId(int virtual) {
    return get(Vms.partId(virtual));
  }
}
