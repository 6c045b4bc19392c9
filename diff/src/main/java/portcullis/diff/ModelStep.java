package portcullis.diff;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one step came to on the model, and what of it QEMU has to be told: a step's own meaning,
 * such as the next free place in the command queue, is worked out once.
 */
final class ModelStep {
  /**
   * A write that software makes: {@code bytes} of memory or, at or above the SMMU, of a register.
   */
  record Write(boolean register, long address, int bytes, long value) {}

  /** Four bytes of memory that a DMA may reach, and what they hold before it. */
  record Place(long address, int before) {}

  private final Step step;
  private final List<Write> writes = new ArrayList<>();
  private final List<Outcome> allowed = new ArrayList<>();

  private final Map<Outcome, List<FreshModel.Overlay>> overlays = new HashMap<>();
  private final List<Place> places = new ArrayList<>();

  private Outcome own;
  private boolean lawful = true;
  private boolean doubtful;
  private boolean recordable;
  private boolean open;
  private long eventAddress;
  private boolean eventShortLived;
  private final Edges edges = new Edges();
  private long readback;
  private long cmdqCons;
  private long gerror;
  private long eventqProd;

  ModelStep(Step step) {
    this.step = step;
  }

  Step step() {
    return step;
  }

  /** What software writes, in order. */
  List<Write> writes() {
    return writes;
  }

  /** Outcomes of the DMA that the architecture allows, the model's own first. */
  List<Outcome> allowed() {
    return allowed;
  }

  /** The model's outcome, or QEMU's that it follows, if the step is a DMA; else null. */
  Outcome outcomeOrNull() {
    return allowed.isEmpty() ? null : allowed.getFirst();
  }

  /** What the model itself came to, also where it follows QEMU. */
  Outcome own() {
    return own == null ? allowed.getFirst() : own;
  }

  /** Makes QEMU's outcome the only one. */
  void follow(Outcome outcome, long before) {
    own = own();
    allowed.clear();
    overlays.clear();
    lawful = true;
    open = false;
    allow(outcome, before);
  }

  /** Whether the model did not use what it must not use any more, as far as that is known. */
  boolean lawful() {
    return lawful;
  }

  void lawful(boolean value) {
    lawful = value;
  }

  /** Where the data of the DMA may go to or come from. */
  List<Place> places() {
    return places;
  }

  /** Remembers one way in which memory may be seen for an outcome. */
  void seen(Outcome outcome, FreshModel.Overlay overlay) {
    overlays.computeIfAbsent(outcome, _ -> new ArrayList<>()).add(overlay);
  }

  /** Memory as it may be seen for an allowed outcome, in every way. */
  List<FreshModel.Overlay> overlays(Outcome outcome) {
    return overlays.getOrDefault(outcome, List.of(FreshModel.Overlay.NONE));
  }

  /** Allows an outcome; {@code before} is the data that memory holds there. */
  void allow(Outcome outcome, long before) {
    if (!allowed.contains(outcome)) {
      allowed.add(outcome);
    }
    if (outcome.passed()) {
      watch(outcome.pa(), before);
    }
  }

  /** Whether an allowed outcome moves data from or to {@code address}. */
  boolean allowsPlace(long address) {
    return allowed.stream().anyMatch(each -> each.passed() && each.pa() == address);
  }

  /** Lets QEMU's data be looked for at {@code address} too. */
  void watch(long address, long before) {
    Place place = new Place(address, (int) before);
    if (!places.contains(place)) {
      places.add(place);
    }
  }

  /** Whether QEMU's data is looked for at {@code address}. */
  boolean watches(long address) {
    return places.stream().anyMatch(place -> place.address() == address);
  }

  /** Whether more outcomes than one could be allowed: some change may not be seen yet. */
  boolean doubtful() {
    return doubtful;
  }

  void doubtful(boolean value) {
    doubtful = value;
  }

  /** Whether more outcomes are allowed than were worked out. */
  boolean open() {
    return open;
  }

  void open(boolean value) {
    open = value;
  }

  /** Whether the event queue takes a record of the step. */
  boolean recordable() {
    return recordable;
  }

  void recordable(boolean value) {
    recordable = value;
  }

  /** Where the next event record goes. */
  long eventAddress() {
    return eventAddress;
  }

  /**
   * Where the next event record goes.
   *
   * @param shortLived whether the queue is so small that the case may overwrite it
   */
  void eventAddress(long value, boolean shortLived) {
    eventAddress = value;
    eventShortLived = shortLived;
  }

  /** Whether a record of the step has to be read before the next one comes. */
  boolean eventShortLived() {
    return eventShortLived;
  }

  /** The register that the step wrote, read back. */
  long readback() {
    return readback;
  }

  void readback(long value) {
    readback = value;
  }

  /** Of the model's interrupts; of a DMA in which QEMU is followed, those that its event has. */
  Edges edges() {
    return edges;
  }

  long cmdqCons() {
    return cmdqCons;
  }

  long gerror() {
    return gerror;
  }

  long eventqProd() {
    return eventqProd;
  }

  void after(long cons, long errors, long prod) {
    cmdqCons = cons;
    gerror = errors;
    eventqProd = prod;
  }
}
