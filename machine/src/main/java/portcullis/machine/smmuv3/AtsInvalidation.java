package portcullis.machine.smmuv3;

import portcullis.arch.smmu.AtcInv;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.store.Store;

/**
 * CMD_ATC_INV and what a later CMD_SYNC learns of it (IHI 0070 3.9.1.4, 4.5.1): the devices answer
 * at once or never, and a CMD_SYNC after an invalidation that timed out is CERROR_ATC_INV_SYNC,
 * once. Each queue's CMD_SYNC learns of that queue's invalidations (3.5.6.1).
 */
final class AtsInvalidation {
  private final ClientPort clients;
  private final boolean substreams;

  /** The queues of which an invalidation since their last CMD_SYNC has timed out. */
  private final QueueSet timedOut;

  AtsInvalidation(Store store, String name, ClientPort clients, Features features) {
    this.clients = clients;
    this.substreams = features.substreamIdBits() != 0;
    this.timedOut =
        new QueueSet(
            store,
            name + ".atc_inv.timed_out",
            CommandQueueRegisters.FIRST_ENHANCED + features.enhancedQueues());
  }

  /** Sends the request; false if the command's Size is none. */
  boolean send(int queue, long word0, long word1) {
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
      timedOut.add(queue);
    }
    return true;
  }

  /**
   * Whether every invalidation of a queue since the last time has completed; the next time starts
   * afresh.
   */
  boolean complete(int queue) {
    return !timedOut.take(queue);
  }

  /** Forgets what has timed out. */
  void reset() {
    timedOut.clear();
  }
}
