package portcullis.machine.smmuv3;

import portcullis.arch.smmu.AtcInv;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * CMD_ATC_INV and what a later CMD_SYNC learns of it (IHI 0070 3.9.1.4, 4.5.1): the devices answer
 * at once or never, and a CMD_SYNC after an invalidation that timed out is CERROR_ATC_INV_SYNC,
 * once.
 */
final class AtsInvalidation {
  private final ClientPort clients;
  private final boolean substreams;

  /** An invalidation since the last CMD_SYNC has timed out. */
  private final Flag timedOut;

  AtsInvalidation(Store store, String name, ClientPort clients, Features features) {
    this.clients = clients;
    this.substreams = features.substreamIdBits() != 0;
    this.timedOut = store.flag(name + ".atc_inv.timed_out");
  }

  /** Sends the request; false if the command's Size is none. */
  boolean send(long word0, long word1) {
    int log2Pages = (int) AtcInv.SIZE.get(word1);
    if (log2Pages > AtcInv.SIZE_ALL) {
      return false;
    }
    boolean tagged = substreams && AtcInv.SSV.isSet(word0);
    long span = -1L << AtcInv.ADDRESS.lsb() << log2Pages;
    boolean done =
        clients.invalidate(
            (int) AtcInv.STREAMID.get(word0),
            tagged ? (int) AtcInv.SUBSTREAMID.get(word0) : Translation.NO_SUBSTREAM,
            tagged && AtcInv.GLOBAL.isSet(word0),
            log2Pages == AtcInv.SIZE_ALL ? 0 : AtcInv.ADDRESS.inPlace(word1) & span,
            log2Pages);
    if (!done) {
      timedOut.set(true);
    }
    return true;
  }

  /** Whether every invalidation since the last time has completed; the next time starts afresh. */
  boolean complete() {
    boolean complete = !timedOut.get();
    timedOut.set(false);
    return complete;
  }
}
