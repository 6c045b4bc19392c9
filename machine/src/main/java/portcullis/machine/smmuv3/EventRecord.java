package portcullis.machine.smmuv3;

import portcullis.arch.Field;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;

/** A fault as the event record that reports it (IHI 0070 7.3). */
final class EventRecord {

  private static final int CODES = 256;

  /**
   * By event number and word, the bits that the type's layout defines, less the IMPLEMENTATION
   * DEFINED Reason: all others are zero.
   */
  private static final long[][] DEFINED = defined();

  private EventRecord() {}

  private static long[][] defined() {
    long[][] defined = new long[CODES][Event.WORDS];
    for (EventType type : EventType.values()) {
      for (Field field : type.layout().fields()) {
        if (!field.equals(Event.REASON)) {
          defined[type.code()][field.word()] |= field.mask();
        }
      }
    }
    return defined;
  }

  /** Word {@code index} of the record of {@code t}, which has an event. */
  static long word(Translation t, int index) {
    long mask = DEFINED[t.event().code()][index];
    return mask
        & switch (index) {
          case 0 -> identity(t);
          case 1 -> access(t);
          case 2 -> t.iova();
          default ->
              (mask & ~Event.IPA.mask()) == 0
                  ? Event.IPA.inPlace(t.ipa())
                  : Event.FETCHADDR.inPlace(t.fetchAddress());
        };
  }

  private static long identity(Translation t) {
    boolean substream = t.substreamId() != Translation.NO_SUBSTREAM;
    return Event.TYPE.of(t.event().code())
        | Event.SSV.of(substream ? 1 : 0)
        | Event.SUBSTREAMID.of(substream ? t.substreamId() : 0)
        | Event.STREAMID.of(Integer.toUnsignedLong(t.streamId()));
  }

  private static long access(Translation t) {
    if (t.event() == EventType.E_PAGE_REQUEST) {
      return t.request();
    }
    boolean tableRead =
        t.event() == EventType.F_PERMISSION && t.faultClass() == FaultClass.TT && !t.tableWrite();
    long stall = t.outcome() == Outcome.STALLED ? Event.STALL.of(1) | Event.STAG.of(t.stag()) : 0;
    return stall
        | t.request()
        | Event.PNU.of(t.privileged() ? 1 : 0)
        | Event.IND.of(t.instruction() ? 1 : 0)
        | Event.RNW.of(t.type().write() ? 0 : 1)
        | Event.S2.of(t.stage() == 2 ? 1 : 0)
        | Event.CLASS.of(t.faultClass().code())
        | Event.TTRNW.of(tableRead ? 1 : 0);
  }
}
