package portcullis.diff;

import java.util.Arrays;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;
import portcullis.machine.MemoryHistory;
import portcullis.machine.smmuv3.AccessType;
import portcullis.machine.smmuv3.SmmuV3;
import portcullis.machine.smmuv3.Translation;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * The model with nothing cached: what a DMA comes to by memory as it is, or as it would be with
 * some words changed back. It records all events, in no queue.
 */
final class FreshModel {
  /** No address. */
  static final long NOTHING = -1;

  private final Store store = new Store();
  private final ModelMemory memory;

  /** Has what an SMMU might hold, which nobody asks for. */
  private final MemoryHistory history = new MemoryHistory(store, "history");

  private final SmmuV3 smmu;
  private final Translation translation = new Translation();
  private final long[] event = new long[Event.WORDS];
  private final Fetched fetched = new Fetched();
  private Overlay overlay = Overlay.NONE;
  private boolean translating;
  private boolean strayed;
  private long translated = NOTHING;
  private long caseStart;

  /** Words as they are seen, over memory as it is. */
  interface Overlay {
    Overlay NONE = (address, now) -> now;

    /** What the word at {@code address}, a multiple of 8, is; {@code now} in memory. */
    long word(long address, long now);

    /** This over another one. */
    default Overlay over(Overlay below) {
      return (address, now) -> word(address, below.word(address, now));
    }
  }

  FreshModel(ModelMemory memory, Wiring wiring) {
    this.memory = memory;
    smmu =
        new SmmuV3(
            store,
            "fresh",
            Profile.QEMU_11.withCaches(CacheKind.ARCHITECTURAL),
            wiring.bus(new View()),
            line -> {},
            TraceSink.NONE,
            () -> 0);
    caseStart = store.mark();
  }

  /** Forgets all that was written to its registers. */
  void reset() {
    store.undo(caseStart);
    caseStart = store.mark();
    write(Register.EVENTQ_BASE, Window.EVENTS | QueueBase.LOG2SIZE.of(1));
    write(Register.CR0, Cr0.EVENTQEN.of(1));
  }

  private void write(Register register, long value) {
    smmu.write(register.offset(), register.bytes(), value);
  }

  /** Follows a register write, but for the queues. */
  void registerWritten(int offset, int bytes, long value) {
    Register register = Register.at(offset);
    if (register == Register.CR0) {
      write(Register.CR0, (value & ~Cr0.CMDQEN.mask()) | Cr0.EVENTQEN.mask());
    } else if (register == null || !queue(register)) {
      smmu.write(offset, bytes, value);
    }
  }

  /** The value of a register that is none of a queue's. */
  long register(Register register) {
    return smmu.read(register.offset(), register.bytes());
  }

  private static boolean queue(Register register) {
    return switch (register) {
      case CMDQ_BASE, CMDQ_PROD, CMDQ_CONS, EVENTQ_BASE, EVENTQ_PROD, EVENTQ_CONS, GERRORN -> true;
      default -> false;
    };
  }

  /** What {@code dma} comes to with {@code overlay} over memory. */
  Outcome evaluate(Step.Dma dma, Overlay over) {
    AccessType type = dma.write() ? AccessType.WRITE : AccessType.READ;
    long before = store.mark();
    overlay = over;
    fetched.clear();
    Arrays.fill(event, 0);
    strayed = false;
    translating = true;
    boolean passed =
        smmu.transaction(
            dma.device().streamId(), Translation.NO_SUBSTREAM, dma.iova(), type, translation);
    translating = false;
    store.undo(before);
    translated = passed ? translation.pa() : NOTHING;
    boolean moved = passed && memory.responds(translation.pa());
    return new Outcome(moved, moved ? translation.pa() : 0, event[0], event[1], event[2], event[3]);
  }

  /**
   * The address that the last evaluation came to, whether anything answers there or not; {@link
   * #NOTHING} if it came to none.
   */
  long translated() {
    return translated;
  }

  /** Whether the last evaluation would have read something where QEMU has a device. */
  boolean strayed() {
    return strayed;
  }

  /** What the last evaluation read; valid until the next one. */
  Fetched fetched() {
    return fetched;
  }

  /** Memory for reads, nothing but events for writes. */
  private final class View implements Bus {
    @Override
    public boolean responds(long pa) {
      strayed |= translating && Window.device(pa);
      return memory.responds(pa);
    }

    @Override
    public MemoryHistory history() {
      return history;
    }

    @Override
    public long read(long pa, int bytes) {
      long value = memory.read(pa, bytes);
      long seen = bytes == Long.BYTES ? overlay.word(pa, value) : value;
      if (translating) {
        fetched.add(pa, seen);
      }
      return seen;
    }

    @Override
    public void write(long pa, int bytes, long value) {
      long offset = pa - Window.EVENTS;
      if (offset >= 0 && offset < 2L * Event.BYTES && bytes == Long.BYTES) {
        event[(int) (offset % Event.BYTES) / Long.BYTES] = value;
      }
    }
  }
}
