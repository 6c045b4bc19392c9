package portcullis.diff;

import java.util.List;
import java.util.function.Predicate;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.StartLevel;
import portcullis.machine.smmuv3.AccessType;

/** What a deviation may be judged by: one step of a case, on both sides, with the memory it saw. */
final class Situation {
  /** OAS of QEMU's SMMU, in bits. */
  private static final int OUTPUT_BITS = 44;

  private static final int S2AP_WO = 0b10;

  private final ModelSide side;
  private final ModelStep model;
  private final QemuStep qemu;
  private final Outcome compared;
  private final FreshModel.Overlay seen;
  private Fetched fetched;
  private boolean supposed;

  /**
   * A step with a difference.
   *
   * @param compared the allowed outcome that QEMU's is compared with; null where it is no DMA
   * @param seen memory as it may be seen for that outcome
   */
  Situation(
      ModelSide side, ModelStep model, QemuStep qemu, Outcome compared, FreshModel.Overlay seen) {
    this.seen = seen;
    this.side = side;
    this.model = model;
    this.qemu = qemu;
    this.compared = compared;
  }

  /** Whether it is about a DMA, not about what a case left. */
  boolean dma() {
    return compared != null;
  }

  boolean write() {
    return dma() && model.step() instanceof Step.Dma dma && dma.write();
  }

  long iova() {
    return model.step() instanceof Step.Dma dma ? dma.iova() : 0;
  }

  ModelStep model() {
    return model;
  }

  QemuStep qemu() {
    return qemu;
  }

  /** The model's outcome that the difference is to. */
  Outcome outcome() {
    return compared;
  }

  ModelSide side() {
    return side;
  }

  /** What the DMA reads from memory, seen as it has to be for the outcome, if nothing is cached. */
  Fetched fetched() {
    if (fetched == null && model.step() instanceof Step.Dma dma) {
      side.fresh().evaluate(dma, seen);
      fetched = side.fresh().fetched();
    }
    return fetched;
  }

  boolean nested() {
    return fetched().ste(Ste.CONFIG) == Ste.CONFIG_NESTED;
  }

  boolean stage2Only() {
    return fetched().ste(Ste.CONFIG) == Ste.CONFIG_S2;
  }

  boolean hasStage1() {
    long config = fetched().ste(Ste.CONFIG);
    return config == Ste.CONFIG_NESTED || config == Ste.CONFIG_S1;
  }

  /** Whether the address selects TTB1. */
  boolean upper() {
    return (iova() >>> 55 & 1) != 0;
  }

  /** The granule of the half of stage 1 that the address selects; null if its encoding is none. */
  Granule granule1() {
    return upper() ? Granule.ofTg1(fetched().cd(Cd.TG1)) : Granule.ofTgStage1(fetched().cd(Cd.TG0));
  }

  /** The last descriptor of a table that is read, wherever; 0 if none is. */
  long lastWord() {
    if (fetched().count() == 0) {
      return 0;
    }
    int last = fetched().count() - 1;
    long address = fetched().address(last);
    boolean configuration =
        (address >= Window.STREAM_TABLE && address < Window.STREAM_TABLE_END)
            || (address >= Window.CONTEXTS && address < Window.CONTEXTS_END);
    return configuration ? 0 : fetched().value(last);
  }

  /** The Level 1 Stream table descriptor, if it is all that is read; else 0. */
  long onlyStreamTableDescriptor() {
    return fetched().count() == 1
            && fetched().address(0) >= Window.STREAM_TABLE
            && fetched().address(0) < Window.STREAM_TABLE_2
        ? fetched().value(0)
        : 0;
  }

  /** The address that QEMU's record says could not be fetched. */
  long qemuFetch() {
    return Event.FETCHADDR.inPlace(qemu.outcome().event(Event.FETCHADDR.word()));
  }

  /** The granule of the table that {@link #lastWord} is in; null if it is in none. */
  private Granule lastGranule() {
    return lastIsStage1()
        ? granule1()
        : lastWord() == 0 ? null : Granule.ofTgStage2(fetched().ste(Ste.S2TG));
  }

  private boolean lastIsStage1() {
    // Data that a table was made to be found in is of the stage that the model tells.
    return fetched().tailElsewhere() > 0
        ? hasStage1() && (!nested() || modelEvent(Event.S2) == 0)
        : fetched().tail(0, Window.STAGE_1, Window.STAGE_1_END) > 0;
  }

  /** The level that {@link #lastWord} was read at; not a level if it is in no table. */
  private int lastLevel() {
    Granule granule = lastGranule();
    if (granule == null) {
      return StartLevel.NONE;
    }
    int elsewhere = fetched().tailElsewhere();
    if (lastIsStage1()) {
      int bits = Long.SIZE - (int) fetched().cd(upper() ? Cd.T1SZ : Cd.T0SZ);
      return StartLevel.stage1(granule, bits) + stage1Count() + elsewhere - 1;
    }
    int first = StartLevel.stage2(granule, fetched().ste(Ste.S2SL0));
    int depth = elsewhere + fetched().tail(elsewhere, Window.STAGE_2, Window.STAGE_2_END) - 1;
    return first == StartLevel.NONE ? StartLevel.NONE : first + depth;
  }

  /** Whether the walk ends at a block where the granule has none, but tables. */
  boolean reservedBlock() {
    int level = lastLevel();
    return (lastWord() & 0b11) == 0b01
        && level >= 0
        && level < Granule.LAST_LEVEL
        && !lastGranule().blockAllowed(level, AddressFormat.BITS_48);
  }

  /** Whether the walk ends at a descriptor with an address of more bits than its stage has. */
  private boolean beyondSize(int shift) {
    int bits = AddressSize.bits(lastIsStage1() ? fetched().cd(Cd.IPS) : fetched().ste(Ste.S2PS));
    return AddressFormat.BITS_48.address(lastWord(), shift) >>> Math.min(bits, OUTPUT_BITS) != 0;
  }

  /** Whether the walk ends at a table descriptor with such an address. */
  boolean tableBeyondSize() {
    int level = lastLevel();
    return (lastWord() & 0b11) == 0b11
        && level >= -1
        && level < Granule.LAST_LEVEL
        && beyondSize(lastGranule().shift());
  }

  /** Whether the walk ends at a leaf with such an address. */
  boolean leafBeyondSize() {
    int level = lastLevel();
    return level >= 0
        && level <= Granule.LAST_LEVEL
        && (lastWord() & 0b11) == (level == Granule.LAST_LEVEL ? 0b11 : 0b01)
        && beyondSize(lastGranule().levelShift(level));
  }

  /** Whether the last descriptor is without Access flag where that is looked at. */
  boolean lastWithoutAccess() {
    return !Stage1Descriptor.AF.isSet(lastWord())
        && (lastIsStage1() ? fetched().cd(Cd.AFFD) : fetched().ste(Ste.S2AFFD)) == 0;
  }

  /** Whether the last descriptor, or a table on the way to it, does not permit the access. */
  boolean lastForbids() {
    if (lastIsStage1()) {
      return (write() && (Stage1Descriptor.AP.get(lastWord()) & 0b10) != 0) || readOnlyTable();
    }
    boolean needsWrite = write() && modelEvent(Event.CLASS) == Event.CLASS_IN;
    return (Stage2Descriptor.S2AP.get(lastWord()) & (needsWrite ? 0b10 : 0b01)) == 0;
  }

  /** Address bits of a table descriptor that the walk ends at. */
  long nextTable() {
    return AddressFormat.BITS_48.address(lastWord(), lastGranule().shift());
  }

  /** The place in its second-level table of the StreamID, if that has one. */
  long streamInTable() {
    long split = StrtabBaseCfg.SPLIT.get(side.register(Register.STRTAB_BASE_CFG));
    return model.step() instanceof Step.Dma dma ? dma.device().streamId() & ((1L << split) - 1) : 0;
  }

  /** The last stage-1 descriptor that is read; 0 if none is. */
  long lastStage1() {
    int last = fetched().last(Window.STAGE_1, Window.STAGE_1_END);
    return last < 0 ? 0 : fetched().value(last);
  }

  /** Whether a stage-1 descriptor that is read passes {@code test}. */
  boolean anyStage1(Predicate<Long> test) {
    return fetched().any(Window.STAGE_1, Window.STAGE_1_END, (_, value) -> test.test(value));
  }

  /** Whether a stage-2 descriptor that is read passes {@code test}. */
  boolean anyStage2(Predicate<Long> test) {
    return fetched().any(Window.STAGE_2, Window.STAGE_2_END, (_, value) -> test.test(value));
  }

  /** The command that stopped the model's queue, its first word; 0 if none did. */
  long failedCommand() {
    long cons = side.register(Register.CMDQ_CONS);
    if (CmdqCons.ERR.get(cons) == 0) {
      return 0;
    }
    long base = side.register(Register.CMDQ_BASE);
    long place = CmdqCons.RD.get(cons) & ((1L << QueueBase.LOG2SIZE.get(base)) - 1);
    return side.memory().read(QueueBase.ADDR.inPlace(base) + place * 16, Long.BYTES);
  }

  /** The second word of {@link #failedCommand}. */
  long failedCommand1() {
    long base = side.register(Register.CMDQ_BASE);
    long place =
        CmdqCons.RD.get(side.register(Register.CMDQ_CONS))
            & ((1L << QueueBase.LOG2SIZE.get(base)) - 1);
    return side.memory().read(QueueBase.ADDR.inPlace(base) + place * 16 + 8, Long.BYTES);
  }

  /** Whether QEMU recorded this event, or aborted when nothing could be recorded. */
  boolean qemuSays(EventType type) {
    return dma()
        && !qemu.outcome().passed()
        && (qemu.outcome().recorded() ? qemuEvent(Event.TYPE) == type.code() : !model.recordable());
  }

  /** Whether the model recorded this event, or aborted when nothing could be recorded. */
  boolean modelSays(EventType type) {
    return dma()
        && !compared.passed()
        && (compared.recorded() ? modelEvent(Event.TYPE) == type.code() : !model.recordable());
  }

  /** A field of the record that QEMU made. */
  long qemuEvent(Field field) {
    return field.get(qemu.outcome().event(field.word()));
  }

  /** A field of the record that the model made, 0 if it made none. */
  long modelEvent(Field field) {
    return field.get(compared.event(field.word()));
  }

  /** Whether data moved before through the same translation, in a direction or any. */
  boolean passedBefore(boolean writesOnly) {
    long bytes = translationBytes();
    for (ModelStep step : side.before()) {
      if (step.step() instanceof Step.Dma dma
          && Long.compareUnsigned(dma.iova() ^ iova(), bytes) < 0
          && (dma.write() || !writesOnly)
          && step.allowed().stream().anyMatch(Outcome::passed)) {
        return true;
      }
    }
    return false;
  }

  /** Whether there was a DMA before, so that something may be in a TLB. */
  boolean dmaBefore() {
    return side.before().stream().anyMatch(step -> step.step() instanceof Step.Dma);
  }

  /** Whether data was written before through stage 2 alone. */
  boolean wroteBefore() {
    for (ModelStep step : side.before()) {
      if (step.step() instanceof Step.Dma dma
          && dma.write()
          && step.allowed().stream().anyMatch(Outcome::passed)) {
        return true;
      }
    }
    return false;
  }

  /** The bytes that one TLB entry for the address covers. */
  private long translationBytes() {
    long bytes = Granule.SIZE_4K.levelBytes(1);
    long ipa = iova();
    if (hasStage1() && granule1() != null) {
      Granule granule = granule1();
      int bits = Long.SIZE - (int) fetched().cd(upper() ? Cd.T1SZ : Cd.T0SZ);
      int level = StartLevel.stage1(granule, bits) + stage1Count() - 1;
      if (level > Granule.LAST_LEVEL || level < 0) {
        return 0;
      }
      bytes = granule.levelBytes(level);
      ipa =
          AddressFormat.BITS_48.address(lastStage1(), granule.levelShift(level))
              | (iova() & (bytes - 1));
    }
    Stage2View.Leaf leaf = stage2Only() || nested() ? stage2().leaf(ipa) : null;
    return leaf == null ? bytes : Math.min(bytes, leaf.bytes());
  }

  /** Whether the last stage-1 descriptor covers more than a stage-2 page. */
  boolean piecewise() {
    Granule granule = granule1();
    Granule below = Granule.ofTgStage2(fetched().ste(Ste.S2TG));
    if (granule == null || below == null) {
      return false;
    }
    int bits = Long.SIZE - (int) fetched().cd(upper() ? Cd.T1SZ : Cd.T0SZ);
    int level = StartLevel.stage1(granule, bits) + stage1Count() - 1;
    return level >= 0 && level <= Granule.LAST_LEVEL && granule.levelShift(level) > below.shift();
  }

  private int stage1Count() {
    int count = 0;
    for (int i = 0; i < fetched().count(); i++) {
      long address = fetched().address(i);
      if (address >= Window.STAGE_1 && address < Window.STAGE_1_END) {
        count++;
      }
    }
    return count;
  }

  /** Whether S2SL0 does not fit S2T0SZ and S2TG. */
  boolean badStartLevel() {
    Granule granule = Granule.ofTgStage2(fetched().ste(Ste.S2TG));
    if (granule == null) {
      return false;
    }
    int level = StartLevel.stage2(granule, fetched().ste(Ste.S2SL0));
    int bits = Long.SIZE - (int) fetched().ste(Ste.S2T0SZ);
    return level != StartLevel.NONE
        && !StartLevel.allowed(granule, level, bits, AddressFormat.BITS_48);
  }

  /** A word of memory as it is seen; 0 where there is none. */
  private long word(long pa) {
    long address = pa & -Long.BYTES;
    return Window.ram(pa) ? seen.word(address, side.memory().read(address, Long.BYTES)) : 0;
  }

  private Stage2View stage2() {
    return new Stage2View(fetched(), this::word);
  }

  /** Whether stage 2 refuses a root of stage 1, used by this access or not. */
  boolean rootRefused() {
    return nested()
        && ((fetched().cd(Cd.EPD0) == 0
                && !stage2().fetchable(fetched().cd(Cd.TTB0) << Cd.TTB0.lsb()))
            || (fetched().cd(Cd.EPD1) == 0
                && !stage2().fetchable(fetched().cd(Cd.TTB1) << Cd.TTB1.lsb())));
  }

  /** Whether stage 2 puts the root that is used where CD.IPS has no bits for. */
  boolean rootCut() {
    long root =
        upper() ? fetched().cd(Cd.TTB1) << Cd.TTB1.lsb() : fetched().cd(Cd.TTB0) << Cd.TTB0.lsb();
    Stage2View.Leaf leaf = stage2().leaf(root);
    return leaf != null && leaf.output() >>> AddressSize.bits(fetched().cd(Cd.IPS)) != 0;
  }

  /**
   * Whether QEMU did what it does if it asks stage 2 for the start of each stage-1 table only, and
   * that makes a difference.
   */
  boolean tableStarts() {
    // What a write has left in the TLB lets fetches from a write-only page through.
    return tableStarts(false) || (wroteBefore() && tableStarts(true));
  }

  private boolean tableStarts(boolean writeOnlyToo) {
    Granule granule = granule1();
    if (!nested() || granule == null || !fetched().hasCd()) {
      return false;
    }
    TableStarts starts =
        new TableStarts(fetched(), stage2(), granule, iova(), writeOnlyToo, this::word);
    if (!starts.split()) {
      return false;
    }
    if (starts.startRefused()) {
      return !qemu.outcome().passed()
          && (!qemu.outcome().recorded() || qemuEvent(Event.CLASS) == Event.CLASS_TT);
    }
    if (starts.placeRefused()) {
      return stopsAtTable(starts);
    }
    return qemuDid(starts::word);
  }

  /** The last stage-2 descriptor that is read; 0 if none is. */
  long lastStage2() {
    int last = fetched().last(Window.STAGE_2, Window.STAGE_2_END);
    return last < 0 ? 0 : fetched().value(last);
  }

  /** Whether the model stops at a table, with the descriptors before it as QEMU takes them. */
  private boolean stopsAtTable(TableStarts starts) {
    Outcome outcome =
        model.step() instanceof Step.Dma dma
            ? side.fresh()
                .evaluate(dma, (address, now) -> starts.word(address, seen.word(address, now)))
            : compared;
    fetched = null;
    return !outcome.passed()
        && (!outcome.recorded() || Event.CLASS.get(outcome.event1()) == Event.CLASS_TT);
  }

  /**
   * Whether stage 2 starts with several tables, and QEMU did what it does if it takes the first for
   * each.
   */
  boolean firstRootOnly() {
    Granule granule = Granule.ofTgStage2(fetched().ste(Ste.S2TG));
    if (granule == null) {
      return false;
    }
    int bits = Long.SIZE - (int) fetched().ste(Ste.S2T0SZ);
    int level = StartLevel.stage2(granule, fetched().ste(Ste.S2SL0));
    if (level == StartLevel.NONE || StartLevel.tables(granule, level, bits) == 1) {
      return false;
    }
    long size = StartLevel.tables(granule, level, bits) * granule.bytes();
    long root = fetched().ste(Ste.S2TTB) << Ste.S2TTB.lsb() & -size;
    // A descriptor that nothing answers for was not read, but is told by the event.
    long unread = compared == null ? 0 : Event.FETCHADDR.inPlace(compared.event3());
    if (modelSays(EventType.F_WALK_EABT)
        && unread >= root + granule.bytes()
        && unread < root + size) {
      return true;
    }
    return fetched().any(root + granule.bytes(), root + size, (_, _) -> true)
        && qemuDid(
            (address, now) ->
                address >= root + granule.bytes() && address < root + size
                    ? word(root + (address - root) % granule.bytes())
                    : now);
  }

  /** Whether QEMU did what it would with another value of a field of the STE. */
  boolean qemuTakesSte(Field field, long value) {
    return qemuTakes(fetched().steWord(field), field, value);
  }

  /** Whether QEMU did what it would with another value of a field of the CD. */
  boolean qemuTakesCd(Field field, long value) {
    return qemuTakes(fetched().cdWord(field), field, value);
  }

  private boolean qemuTakes(long place, Field field, long value) {
    return place != -1
        && qemuDid((address, now) -> address == place ? field.with(now, value) : now);
  }

  /** Whether a table descriptor of the stage-1 walk makes all below it read-only. */
  boolean readOnlyTable() {
    return hasStage1()
        && fetched().cd(upper() ? Cd.HAD1 : Cd.HAD0) == 0
        && anyStage1(
            value -> (value & 0b11) == 0b11 && (Stage1Descriptor.APTABLE.get(value) & 0b10) != 0);
  }

  /** Whether a table descriptor of the stage-1 walk keeps all below it from unprivileged access. */
  boolean privilegedTable() {
    return hasStage1()
        && fetched().cd(upper() ? Cd.HAD1 : Cd.HAD0) == 0
        && anyStage1(
            value -> (value & 0b11) == 0b11 && (Stage1Descriptor.APTABLE.get(value) & 0b01) != 0);
  }

  /**
   * Whether QEMU did what it would with memory as it is seen, but for {@code over}; of permissions,
   * it looks neither at privilege, nor in the TLB at those of tables and at a write-only page's.
   */
  private boolean qemuDid(FreshModel.Overlay over) {
    FreshModel.Overlay both = (address, now) -> over.word(address, seen.word(address, now));
    return model.step() instanceof Step.Dma dma && qemuDid(dma, both);
  }

  private boolean qemuDid(Step.Dma dma, FreshModel.Overlay memory) {
    List<AccessType> types =
        dma.write()
            ? List.of(AccessType.WRITE, AccessType.PRIVILEGED_WRITE, AccessType.PRIVILEGED_READ)
            : List.of(AccessType.READ, AccessType.PRIVILEGED_READ, AccessType.PRIVILEGED_WRITE);
    for (AccessType type : types) {
      if (qemuDid(dma, type, memory)) {
        return true;
      }
    }
    return false;
  }

  private boolean qemuDid(Step.Dma dma, AccessType type, FreshModel.Overlay memory) {
    Outcome outcome = side.fresh().evaluate(dma, type, memory);
    Situation there = new Situation(side, model, qemu, outcome, memory);
    there.fetched = side.fresh().fetched();
    there.supposed = true;
    boolean did =
        (outcome.passed() == qemu.outcome().passed()
                && samePlace(dma, outcome)
                && (outcome.recorded() == qemu.outcome().recorded() || !model.recordable()))
            || readsZeros(dma, outcome)
            || (!outcome.passed() && (there.reservedBlock() || there.fetchesWriteOnly()))
            || (!outcome.passed() && there.recordedOtherwise(outcome))
            || (!supposed && there.tableStarts());
    fetched = null;
    return did;
  }

  /**
   * Whether the walk ends at a write-only page of stage 2, and a write may have left one in a TLB.
   */
  private boolean fetchesWriteOnly() {
    return (nested() || stage2Only())
        && Stage2Descriptor.S2AP.get(lastStage2()) == S2AP_WO
        && wroteBefore();
  }

  /** Whether QEMU may have read zeros, as a read without an event that is stopped gives, too. */
  private boolean readsZeros(Step.Dma dma, Outcome outcome) {
    return !dma.write()
        && outcome.passed()
        && !qemu.outcome().passed()
        && !qemu.outcome().recorded()
        && side.memory().read(outcome.pa(), Integer.BYTES) == 0;
  }

  /** Whether a fault that QEMU, too, finds may be recorded by one side only. */
  private boolean recordedOtherwise(Outcome outcome) {
    return !qemu.outcome().passed()
        && nested()
        && fetched().cd(Cd.R) != fetched().ste(Ste.S2R)
        && (outcome.recorded()
            ? Event.CLASS.get(outcome.event1()) == Event.CLASS_TT
            : qemuEvent(Event.CLASS) == Event.CLASS_TT);
  }

  /** Whether QEMU did what it would for a privileged access. */
  boolean qemuIgnoredPrivilege() {
    return model.step() instanceof Step.Dma dma
        && qemuDid(dma, write() ? AccessType.PRIVILEGED_WRITE : AccessType.PRIVILEGED_READ, seen);
  }

  /** Whether QEMU's data may have gone where {@code outcome}'s did. */
  private boolean samePlace(Step.Dma dma, Outcome outcome) {
    if (qemu.outcome().pa() != Outcome.ELSEWHERE) {
      return outcome.pa() == qemu.outcome().pa();
    }
    return dma.write() || (int) side.memory().read(outcome.pa(), Integer.BYTES) == qemu.data();
  }

  /**
   * Whether QEMU did what it would have to if it used an older value of stage-1 leaves that it must
   * not use any more.
   */
  boolean qemuKeptLeaf() {
    return model.step() instanceof Step.Dma dma
        && side.changes().earlier(Situation::stage1Leaf).stream()
            .anyMatch(old -> qemuDid(dma, old));
  }

  private static boolean stage1Leaf(Changes.Change change) {
    return change.address() >= Window.STAGE_1
        && change.address() < Window.STAGE_1_END
        && Stage1Descriptor.VALID.isSet(change.before());
  }

  /**
   * Whether QEMU did what it would have to if it used an older translation of the stage-1 root that
   * it must not use any more.
   */
  boolean qemuKeptRoot() {
    if (!(model.step() instanceof Step.Dma dma)) {
      return false;
    }
    for (FreshModel.Overlay old : side.changes().earlier(Situation::stage2)) {
      if (qemuDid(dma, new FreshModel.OfConfiguration(old, seen))) {
        return true;
      }
    }
    return false;
  }

  private static boolean stage2(Changes.Change change) {
    return change.address() >= Window.STAGE_2 && change.address() < Window.STAGE_2_END;
  }
}
