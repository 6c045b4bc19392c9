package portcullis.machine;

import java.util.List;
import java.util.Optional;
import portcullis.machine.smmuv3.BroadcastTlbi;
import portcullis.machine.smmuv3.SmmuV3;

/** The SMMUs as the CPUs' broadcast TLB maintenance reaches them; each decides if it takes part. */
final class InnerShareable implements TlbiBroadcast {
  private final List<Optional<SmmuV3>> smmus;

  /**
   * A domain.
   *
   * @param smmus may grow while the machine is built
   */
  InnerShareable(List<Optional<SmmuV3>> smmus) {
    this.smmus = smmus;
  }

  @Override
  public boolean heard() {
    for (int i = 0; i < smmus.size(); i++) {
      if (smmus.get(i).isPresent() && smmus.get(i).get().takesBroadcasts()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void invalidate(BroadcastTlbi operation, int vmid, long ipa) {
    for (int i = 0; i < smmus.size(); i++) {
      if (smmus.get(i).isPresent()) {
        smmus.get(i).get().broadcastTlbi(operation, vmid, 0, ipa, false);
      }
    }
  }
}
