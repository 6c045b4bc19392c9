package portcullis.diff;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CmdqProd;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Sync;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.machine.smmuv3.AccessType;
import portcullis.machine.smmuv3.InterruptLine;
import portcullis.machine.smmuv3.SmmuV3;
import portcullis.machine.smmuv3.Translation;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/** The model's side: runs cases, each from the same start, and says what is allowed. */
final class ModelSide {
  private static final int COMMAND_BYTES = 16;

  /** log2 of more events than a case has. */
  private static final int LASTING_EVENTS = 6;

  private final Store store = new Store();
  private final ModelMemory memory = new ModelMemory(store);
  private final SmmuV3 smmu;
  private final Wiring wiring;
  private final FreshModel fresh;
  private final Changes changes = new Changes();
  private final Translation translation = new Translation();
  private final EventAbort eventAbort = new EventAbort(store);
  private Edges edges = new Edges();
  private final List<ModelStep> done = new ArrayList<>();
  private final Map<Long, Integer> ordinals = new HashMap<>();
  private Followed followed = new Followed();
  private List<Long> watched = List.of();
  private int commandsWritten;
  private boolean lethal;
  private long caseStart;

  /** Sees each step while memory still is what it was for it. */
  @FunctionalInterface
  interface Watcher {
    Watcher NONE = (index, step, side) -> {};

    void done(int index, ModelStep step, ModelSide side);
  }

  ModelSide(Wiring wiring) {
    this.wiring = wiring;
    smmu =
        new SmmuV3(
            store,
            "smmu0",
            Profile.QEMU_11,
            wiring.bus(memory),
            line -> edges.rose(line),
            TraceSink.NONE,
            () -> 0);
    fresh = new FreshModel(memory, wiring);
    caseStart = store.mark();
  }

  /** As {@link #run(Case, Watcher, Followed)}, following QEMU in nothing. */
  List<ModelStep> run(Case of, Watcher watcher) {
    return run(of, watcher, new Followed());
  }

  /** Has the data of every DMA looked for at these addresses, too, from the next run on. */
  void watch(Set<Long> places) {
    watched = List.copyOf(places);
  }

  /**
   * Runs a case.
   *
   * @param following in what QEMU is followed
   * @return one for each step; fewer where the rest would go to addresses of QEMU's other devices
   */
  List<ModelStep> run(Case of, Watcher watcher, Followed following) {
    followed = following;
    ordinals.clear();
    commandsWritten = 0;
    store.undo(caseStart);
    caseStart = store.mark();
    changes.clear();
    fresh.reset();
    memory.takeStrayed();
    for (Case.Word word : of.memory()) {
      memory.write(word.address(), Long.BYTES, word.value());
    }
    done.clear();
    lethal = false;
    for (Step step : of.steps()) {
      lethal = Lethal.toQemu(memory, of);
      if (lethal) {
        break;
      }
      ModelStep result = new ModelStep(step);
      long before = store.mark();
      edges = result.edges();
      run(result);
      if (memory.takeStrayed()) {
        store.undo(before);
        break;
      }
      store.release(before);
      result.after(get(Register.CMDQ_CONS), register(Register.GERROR), get(Register.EVENTQ_PROD));
      watcher.done(done.size(), result, this);
      done.add(result);
    }
    return List.copyOf(done);
  }

  /** Whether the rest of the case was left out as QEMU would not survive it. */
  boolean lethal() {
    return lethal;
  }

  /** For {@link Watcher}: the steps before. */
  List<ModelStep> before() {
    return done;
  }

  private void run(ModelStep result) {
    switch (result.step()) {
      case Step.Poke poke -> poke(poke, result);
      case Step.Commands commands -> commands(commands, result);
      case Step.RegisterWrite write -> {
        writeRegister(write.offset(), write.bytes(), write.value(), result);
        result.readback(seen(write.offset(), smmu.read(write.offset(), write.bytes())));
      }
      case Step.Dma dma -> dma(dma, result, followed.dma(done.size()));
      case Step.TakeEvents _ ->
          writeRegister(
              Register.EVENTQ_CONS.offset(), Integer.BYTES, get(Register.EVENTQ_PROD), result);
      case Step.Acknowledge _ -> acknowledge(result);
    }
  }

  private long get(Register register) {
    return smmu.read(register.offset(), register.bytes());
  }

  /** The value that software sees of a register, by which both sides are compared. */
  long register(Register register) {
    return seen(register.offset(), get(register));
  }

  /** What software sees of a register that is {@code own} for the model. */
  private long seen(int offset, long own) {
    return offset == Register.GERROR.offset()
        ? eventAbort.gerror(own)
        : offset == Register.GERRORN.offset() ? eventAbort.gerrorn(own) : own;
  }

  /** Memory as the case left it. */
  ModelMemory memory() {
    return memory;
  }

  /** For {@link Watcher}: the model with nothing cached. */
  FreshModel fresh() {
    return fresh;
  }

  /** For {@link Watcher}: what may be unseen, and what must be seen. */
  Changes changes() {
    return changes;
  }

  private void poke(Step.Poke poke, ModelStep result) {
    long before = memory.read(poke.address(), Long.BYTES);
    if (before != poke.value()) {
      changes.poke(needed(poke, before), before);
    }
    write(poke.address(), poke.value(), result);
  }

  /** An invalid descriptor is in no TLB; any other may be (DDI 0487 D8.16). */
  private static Step.Poke needed(Step.Poke poke, long before) {
    boolean descriptor = poke.address() >= Window.STAGE_1 && poke.address() < Window.STAGE_2_END;
    boolean invalid = descriptor && !Stage1Descriptor.VALID.isSet(before);
    int needs = invalid ? 0 : poke.needs() == 0 ? Step.Part.ALL : poke.needs();
    return new Step.Poke(poke.address(), poke.value(), poke.tag(), needs);
  }

  private void write(long address, long value, ModelStep result) {
    memory.write(address, Long.BYTES, value);
    result.writes().add(new ModelStep.Write(false, address, Long.BYTES, value));
  }

  private void writeRegister(int offset, int bytes, long value, ModelStep result) {
    result.writes().add(new ModelStep.Write(true, offset, bytes, value));
    long given = wiring.registerWrite(offset, value);
    long seen =
        offset == Register.GERRORN.offset()
            ? eventAbort.acknowledge(given, get(Register.GERROR))
            : given;
    smmu.write(offset, bytes, seen);
    fresh.registerWritten(offset, bytes, seen);
    noteCommands();
  }

  /** Commands that fit into the queue; none if they do not all. */
  private void commands(Step.Commands step, ModelStep result) {
    long base = get(Register.CMDQ_BASE);
    int log2Size = (int) QueueBase.LOG2SIZE.get(base);
    long mask = (2L << log2Size) - 1;
    long prod = CmdqProd.WR.get(get(Register.CMDQ_PROD)) & mask;
    long used = prod - CmdqCons.RD.get(get(Register.CMDQ_CONS)) & mask;
    if (used + step.commands().size() > 1L << log2Size) {
      return;
    }
    for (Step.Command command : step.commands()) {
      int ordinal = commandsWritten++;
      ordinals.put(place(prod), ordinal);
      boolean sync = followed.takesForSync(ordinal);
      writeCommand(prod, command.word0(), command.word1(), sync, result);
      changes.queue(command);
      prod = prod + 1 & mask;
    }
    writeRegister(Register.CMDQ_PROD.offset(), Integer.BYTES, prod, result);
  }

  /** Address of the place in the command queue that an index, with its wrap bit, names. */
  private long place(long index) {
    long base = get(Register.CMDQ_BASE);
    long place = index & (1L << QueueBase.LOG2SIZE.get(base)) - 1;
    return QueueBase.ADDR.inPlace(base) + place * COMMAND_BYTES;
  }

  private void writeCommand(
      long index, long word0, long word1, boolean takenForSync, ModelStep result) {
    long address = place(index);
    if (Window.ram(address)) {
      write(address, word0, result);
      write(address + Long.BYTES, word1, result);
      if (takenForSync) {
        // A reserved CMD_SYNC, which QEMU takes for one that signals, stays one that does.
        long signals =
            Sync.CS.get(word0) == 0b11 && Command.OPCODE.get(word0) == Opcode.SYNC.code() ? 1 : 0;
        memory.write(
            address, Long.BYTES, Command.OPCODE.of(Opcode.SYNC.code()) | Sync.CS.of(signals));
      }
    }
  }

  /** For {@link Watcher}: which command stopped the queue, as {@link Followed} counts them. */
  int failedCommand() {
    return ordinals.getOrDefault(place(CmdqCons.RD.get(get(Register.CMDQ_CONS))), -1);
  }

  /** Where all queued commands are done, so is what they were sent for. */
  private void noteCommands() {
    long mask = (2L << QueueBase.LOG2SIZE.get(get(Register.CMDQ_BASE))) - 1;
    long distance =
        CmdqProd.WR.get(get(Register.CMDQ_PROD)) - CmdqCons.RD.get(get(Register.CMDQ_CONS));
    if ((distance & mask) == 0) {
      changes.consumed();
    }
  }

  private void acknowledge(ModelStep result) {
    long errors = register(Register.GERROR);
    if (Gerror.CMDQ_ERR.isSet(errors ^ register(Register.GERRORN))) {
      long read = CmdqCons.RD.get(get(Register.CMDQ_CONS));
      writeCommand(read, Command.OPCODE.of(Opcode.SYNC.code()), 0, false, result);
      long mask = (2L << QueueBase.LOG2SIZE.get(get(Register.CMDQ_BASE))) - 1;
      changes.replace((int) (CmdqProd.WR.get(get(Register.CMDQ_PROD)) - read & mask));
    }
    writeRegister(Register.GERRORN.offset(), Integer.BYTES, errors, result);
  }

  /** Runs a DMA; {@code instead}, if not null, is what QEMU came to and the model has to. */
  private void dma(Step.Dma dma, ModelStep result, Followed.Dma instead) {
    long before = store.mark();
    long prod = get(Register.EVENTQ_PROD);
    long errors = get(Register.GERROR);
    long base = get(Register.EVENTQ_BASE);
    long place = EventqProd.WR.get(prod) & (1L << QueueBase.LOG2SIZE.get(base)) - 1;
    result.eventAddress(
        QueueBase.ADDR.inPlace(base) + place * Event.BYTES,
        QueueBase.LOG2SIZE.get(base) < LASTING_EVENTS);
    boolean recordable = recordable(prod, base);
    result.recordable(recordable);
    boolean passed =
        smmu.transaction(
            dma.device().streamId(),
            Translation.NO_SUBSTREAM,
            dma.iova(),
            dma.write() ? AccessType.WRITE : AccessType.READ,
            translation);
    boolean moved = passed && memory.responds(translation.pa());
    boolean recorded = EventqProd.WR.get(get(Register.EVENTQ_PROD) ^ prod) != 0;
    Outcome own =
        new Outcome(
            moved,
            moved ? translation.pa() : 0,
            recorded ? memory.read(result.eventAddress(), Long.BYTES) : 0,
            recorded ? memory.read(result.eventAddress() + 8, Long.BYTES) : 0,
            recorded ? memory.read(result.eventAddress() + 16, Long.BYTES) : 0,
            recorded ? memory.read(result.eventAddress() + 24, Long.BYTES) : 0);
    allow(result, own);
    if (!moved) {
      lookOut(dma, result);
    }
    for (long address : watched) {
      result.watch(address, memory.read(address, Integer.BYTES));
    }
    if (!changes.allSettled()) {
      result.doubtful(true);
      boolean lawful = false;
      List<FreshModel.Overlay> possible = changes.possible();
      result.open(possible.isEmpty() || changes.doubtfulStage2());
      for (FreshModel.Overlay overlay : possible) {
        Outcome outcome = fresh.evaluate(dma, overlay);
        Outcome seen = recordable ? outcome : outcome.unrecorded();
        allow(result, seen);
        result.seen(seen, overlay);
        lawful |= seen.equals(own);
      }
      result.lawful(lawful || (result.open() && mayBe(own, dma, recordable)));
    } else {
      Outcome outcome = fresh.evaluate(dma, FreshModel.Overlay.NONE);
      result.lawful(own.equals(recordable ? outcome : outcome.unrecorded()));
    }
    if (instead == null) {
      lose(prod, errors);
      store.release(before);
    } else {
      store.undo(before);
      follow(instead, result);
    }
  }

  /** Whether the architecture allows {@code own}, each use of stage 2 looked at by itself. */
  private boolean mayBe(Outcome own, Step.Dma dma, boolean recordable) {
    boolean strayed = memory.takeStrayed();
    Sights.Found found =
        new Sights(changes)
            .any(
                sight -> {
                  QemuReading reading =
                      new QemuReading(fresh, memory, dma, sight, QemuReading.Supposition.NOTHING);
                  Outcome outcome = reading.whole();
                  return own.equals(recordable ? outcome : outcome.unrecorded());
                });
    memory.takeStrayed();
    if (strayed) {
      memory.stray();
    }
    return found != Sights.Found.NO;
  }

  /** Makes an outcome of QEMU's that of a DMA which the model has not done. */
  private void follow(Followed.Dma instead, ModelStep result) {
    edges.clear();
    if (instead.lost()) {
      raiseEventAbort();
    }
    Outcome outcome = instead.outcome();
    if (outcome.recorded()) {
      if (eventsSignalled() && events() == 0) {
        edges.rose(InterruptLine.EVENTQ);
      }
      long prod = get(Register.EVENTQ_PROD);
      long mask = (2L << QueueBase.LOG2SIZE.get(get(Register.EVENTQ_BASE))) - 1;
      putEventqProd(EventqProd.WR.with(prod, EventqProd.WR.get(prod) + 1 & mask));
    }
    result.follow(outcome, outcome.passed() ? memory.read(outcome.pa(), Integer.BYTES) : 0);
  }

  /** EVENTQ_PROD can be written while the queue is disabled. */
  private void putEventqProd(long value) {
    long control = get(Register.CR0);
    put(Register.CR0, control & ~Cr0.EVENTQEN.mask());
    put(Register.EVENTQ_PROD, value);
    put(Register.CR0, control);
  }

  /**
   * Shows that an event of the model's could not be recorded; {@code prod} and {@code errors} are
   * EVENTQ_PROD and GERROR before it.
   */
  private void lose(long prod, long errors) {
    boolean overflow =
        followed.overflows() && EventqProd.OVFLG.isSet(get(Register.EVENTQ_PROD) ^ prod);
    if (overflow) {
      putEventqProd(prod);
    }
    if (overflow || Gerror.EVENTQ_ABT_ERR.isSet(get(Register.GERROR) ^ errors)) {
      edges.set(InterruptLine.GERROR, 0);
      raiseEventAbort();
    }
  }

  private void raiseEventAbort() {
    if (eventAbort.raise() && IrqCtrl.GERROR_IRQEN.isSet(get(Register.IRQ_CTRLACK))) {
      edges.rose(InterruptLine.GERROR);
    }
  }

  /** Whether the event queue has an interrupt. */
  boolean eventsSignalled() {
    return IrqCtrl.EVENTQ_IRQEN.isSet(get(Register.IRQ_CTRLACK));
  }

  /** How many records the event queue has. */
  long events() {
    long mask = (2L << QueueBase.LOG2SIZE.get(get(Register.EVENTQ_BASE))) - 1;
    return get(Register.EVENTQ_PROD) - get(Register.EVENTQ_CONS) & mask;
  }

  private void put(Register register, long value) {
    smmu.write(register.offset(), register.bytes(), value);
  }

  /** A DMA that QEMU may let pass is watched for where its data would go to or come from. */
  private void lookOut(Step.Dma dma, ModelStep result) {
    boolean strayed = memory.takeStrayed();
    FreshModel.Overlay now = FreshModel.Overlay.NONE;
    QemuReading reading =
        new QemuReading(fresh, memory, dma, Sight.same(now), QemuReading.Supposition.MISS);
    Outcome outcome = reading.outcome();
    // What stage 1 alone comes to need not be a physical address.
    memory.takeStrayed();
    if (strayed) {
      memory.stray();
    }
    if (outcome.passed()) {
      result.watch(outcome.pa(), memory.read(outcome.pa(), Integer.BYTES));
    }
  }

  private void allow(ModelStep result, Outcome outcome) {
    result.allow(outcome, outcome.passed() ? memory.read(outcome.pa(), Integer.BYTES) : 0);
  }

  /** Whether the event queue takes another record. */
  private boolean recordable(long prod, long base) {
    long mask = (2L << QueueBase.LOG2SIZE.get(base)) - 1;
    boolean full =
        ((prod ^ get(Register.EVENTQ_CONS)) & mask) == 1L << QueueBase.LOG2SIZE.get(base);
    long errors = get(Register.GERROR) ^ get(Register.GERRORN);
    return Cr0.EVENTQEN.isSet(get(Register.CR0ACK))
        && !full
        && !Gerror.EVENTQ_ABT_ERR.isSet(errors)
        && Window.ram(QueueBase.ADDR.inPlace(base));
  }
}
