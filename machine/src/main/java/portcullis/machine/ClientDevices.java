package portcullis.machine;

import java.util.List;
import portcullis.machine.smmuv3.ClientPort;
import portcullis.machine.smmuv3.PageResponse;
import portcullis.machine.smmuv3.Resumption;

/** The DMA masters in front of one SMMU, as it calls them. */
final class ClientDevices implements ClientPort {
  private final int smmu;
  private final List<DmaMaster> masters;

  /**
   * The devices of one SMMU.
   *
   * @param smmu its index of the board
   * @param masters all of the machine's; may grow while it is built
   */
  ClientDevices(int smmu, List<DmaMaster> masters) {
    this.smmu = smmu;
    this.masters = masters;
  }

  @Override
  public void resume(int streamId, int stag, Resumption how) {
    for (int i = 0; i < masters.size(); i++) {
      masters.get(i).resume(smmu, streamId, stag, how);
    }
  }

  @Override
  public void unblock() {
    for (int i = 0; i < masters.size(); i++) {
      masters.get(i).unblock(smmu);
    }
  }

  @Override
  public boolean invalidate(
      int streamId, int substreamId, boolean global, long address, int log2Pages) {
    boolean answered = true;
    for (int i = 0; i < masters.size(); i++) {
      DmaMaster master = masters.get(i);
      if (master.sends(smmu, streamId)) {
        answered &= master.invalidate(smmu, streamId, substreamId, global, address, log2Pages);
      }
    }
    return answered;
  }

  @Override
  public void respond(int streamId, int substreamId, int group, PageResponse response) {
    for (int i = 0; i < masters.size(); i++) {
      if (masters.get(i).sends(smmu, streamId)) {
        masters.get(i).respond(smmu, streamId, group, response);
      }
    }
  }
}
