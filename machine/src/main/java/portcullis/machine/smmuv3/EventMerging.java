package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.Ste;
import portcullis.machine.Bus;

/**
 * Whether an event is the same as the newest record, so that one stands for both (IHI 0070 7.3.1).
 *
 * <p>STE.MEV permits it to a stream's terminated transactions. Events that may come before an STE
 * was found are never merged here, which the architecture leaves open.
 */
final class EventMerging {
  /** InputAddr[11:0] makes no difference. */
  private static final long PAGE = -1L << 12;

  private EventMerging() {}

  /**
   * Whether {@code t}'s event need not be recorded.
   *
   * @param newest where the newest record is, which software has not consumed yet
   */
  static boolean merges(Translation t, Bus bus, long newest) {
    if (!permits(t) || !bus.responds(newest)) {
      return false;
    }
    for (int word = 0; word < Event.WORDS; word++) {
      long compared = word == Event.INPUTADDR.word() ? PAGE : -1L;
      long recorded = bus.read(newest + (long) word * Long.BYTES, Long.BYTES);
      if (((recorded ^ EventRecord.word(t, word)) & compared) != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean permits(Translation t) {
    return t.outcome() != Outcome.STALLED
        && switch (t.event()) {
          case F_UUT,
              C_BAD_STREAMID,
              F_STE_FETCH,
              C_BAD_STE,
              F_BAD_ATS_TREQ,
              F_TRANSL_FORBIDDEN,
              F_CFG_CONFLICT,
              E_PAGE_REQUEST ->
              false;
          case F_STREAM_DISABLED,
              C_BAD_SUBSTREAMID,
              F_CD_FETCH,
              C_BAD_CD,
              F_WALK_EABT,
              F_TRANSLATION,
              F_ADDR_SIZE,
              F_ACCESS,
              F_PERMISSION,
              F_TLB_CONFLICT,
              F_VMS_FETCH ->
              t.ste.isSet(Ste.MEV);
        };
  }
}
