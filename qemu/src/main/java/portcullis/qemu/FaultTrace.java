package portcullis.qemu;

import java.util.Locale;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.platform.Clock;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/**
 * Tells the trace of each DMA that the SMMU stopped and recorded. What it tells is the record in
 * the event queue, wherever software has placed that: the first of a DMA's, as QEMU writes one for
 * every four bytes.
 */
final class FaultTrace {
  private static final int NO_SUBSTREAM = -1;
  private static final int STAGE_1 = 1;
  private static final int STAGE_2 = 2;
  private static final int NO_STAGE = 0;

  private final QtestClient qtest;
  private final GuestRam ram;
  private final Clock clock;
  private final TraceSink trace;

  FaultTrace(QtestClient qtest, GuestRam ram, Clock clock, TraceSink trace) {
    this.qtest = qtest;
    this.ram = ram;
    this.clock = clock;
    this.trace = trace;
  }

  /** Does one DMA and tells if it was stopped. */
  void watch(boolean write, Runnable dma) {
    if (!trace.enabled()) {
      dma.run();
      return;
    }
    long before = producer();
    dma.run();
    if (producer() != before) {
      report(write, before);
    }
  }

  private long producer() {
    return EventqProd.WR.get(register(Register.EVENTQ_PROD, Integer.BYTES));
  }

  private long register(Register register, int bytes) {
    return qtest.read(VirtMap.SMMU.base() + register.offset(), bytes);
  }

  private void report(boolean write, long index) {
    long base = register(Register.EVENTQ_BASE, Long.BYTES);
    long entries = 1L << QueueBase.LOG2SIZE.get(base);
    long record = QueueBase.ADDR.inPlace(base) + (index & (entries - 1)) * Event.BYTES;
    if (!ram.range().contains(record, Event.BYTES)) {
      return;
    }
    long word0 = ram.read64(record);
    int code = (int) Event.TYPE.get(word0);
    EventType type = EventType.of(code);
    boolean hasStage = type != null && type.layout().fields().contains(Event.S2);
    int faultStage = Event.S2.isSet(ram.read64(record + Long.BYTES)) ? STAGE_2 : STAGE_1;
    trace.accept(
        new TraceEvent.Fault(
            clock.nanos(),
            VirtMap.SMMU_NAME,
            (int) Event.STREAMID.get(word0),
            Event.SSV.isSet(word0) ? (int) Event.SUBSTREAMID.get(word0) : NO_SUBSTREAM,
            write,
            ram.read64(record + 2 * Long.BYTES),
            type != null ? type.name() : String.format(Locale.ROOT, "event 0x%x", code),
            hasStage ? faultStage : NO_STAGE));
  }
}
