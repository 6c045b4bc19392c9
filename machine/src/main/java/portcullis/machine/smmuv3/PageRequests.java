package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.PriEntry;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;

/** Takes page requests in, and sends the responses that software does not (IHI 0070 8). */
final class PageRequests {
  private final RegisterFile registers;
  private final PageRequestQueue queue;
  private final StreamTable streams;
  private final EventQueue events;
  private final ClientPort clients;
  private final boolean substreams;
  private final boolean alwaysTagged;

  /** Scratch: the stream whose STE says how to respond. */
  private final Translation stream = new Translation();

  PageRequests(
      Features features,
      RegisterFile registers,
      PageRequestQueue queue,
      StreamTable streams,
      EventQueue events,
      ClientPort clients) {
    this.registers = registers;
    this.queue = queue;
    this.streams = streams;
    this.events = events;
    this.clients = clients;
    this.substreams = features.substreamIdBits() != 0;
    this.alwaysTagged = features.feature3(Idr3.PPS);
  }

  /**
   * Takes one message.
   *
   * @param access as {@link AtsAccess} has it
   * @param group the page request group index
   * @param last whether it is the group's last
   */
  void receive(int streamId, int substreamId, long address, int access, int group, boolean last) {
    boolean tagged = substreams && substreamId != Translation.NO_SUBSTREAM;
    long word0 =
        PriEntry.STREAMID.of(Integer.toUnsignedLong(streamId))
            | (tagged ? PriEntry.SSV.of(1) | PriEntry.SUBSTREAMID.of(substreamId) : 0)
            | flag(access, AtsAccess.READ, PriEntry.R.mask())
            | flag(access, AtsAccess.WRITE, PriEntry.W.mask())
            | (tagged ? flag(access, AtsAccess.EXECUTE, PriEntry.X.mask()) : 0)
            | (tagged ? flag(access, AtsAccess.PRIVILEGED, PriEntry.PRIV.mask()) : 0)
            | PriEntry.LAST.of(last ? 1 : 0);
    long word1 = PriEntry.ADDRESS.inPlace(address) | PriEntry.PRGINDEX.of(group);
    switch (queue.receive(word0, word1)) {
      case SILENT -> {}
      case REFUSED ->
          clients.respond(streamId, Translation.NO_SUBSTREAM, group, PageResponse.FAILURE);
      case OVERFLOWED ->
          overflowed(streamId, tagged ? substreamId : Translation.NO_SUBSTREAM, group);
    }
  }

  private static long flag(int access, int bit, long mask) {
    return (access & bit) != 0 ? mask : 0;
  }

  /** With a PASID if the request had one and the endpoint expects one back (IHI 0070 8.1). */
  private void overflowed(int streamId, int substreamId, int group) {
    if (substreamId == Translation.NO_SUBSTREAM || alwaysTagged) {
      clients.respond(streamId, substreamId, group, PageResponse.SUCCESS);
      return;
    }
    stream.begin(streamId, substreamId, 0, AccessType.READ);
    if (!streams.find(stream)) {
      if (stream.outcome() == Outcome.FAULT && Cr2.REC_CFG_ATS.isSet(registers.get(Register.CR2))) {
        events.record(stream);
      }
      clients.respond(streamId, Translation.NO_SUBSTREAM, group, PageResponse.FAILURE);
      return;
    }
    boolean expected = stream.ste.isSet(Ste.PPAR);
    clients.respond(
        streamId, expected ? substreamId : Translation.NO_SUBSTREAM, group, PageResponse.SUCCESS);
  }
}
