package portcullis.diff;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.StartLevel;

/** What a deviation may be judged by: one step of a case, on both sides, with the memory it saw. */
final class Situation {
  /** The largest table, in bytes. */
  private static final long MAX_TABLE = 1L << 16;

  private final ModelSide side;
  private final ModelStep model;
  private final QemuStep qemu;
  private final Outcome compared;
  private final FreshModel.Overlay seen;
  private final Set<Long> unwatched;
  private final Sights sights;
  private Fetched fetched;
  private Set<QemuReading.Way> ways;

  /** Whether zeros that were read are taken for data. */
  private boolean zerosTell;

  /** Whether QEMU did what memory as it is or may be seen comes to for it. */
  private boolean upToDate;

  /**
   * A step with a difference.
   *
   * @param compared the allowed outcome that QEMU's is compared with; null where it is no DMA
   * @param seen memory as it may be seen for that outcome
   * @param unwatched takes where else QEMU's data may have gone: that is to be looked at
   */
  Situation(
      ModelSide side,
      ModelStep model,
      QemuStep qemu,
      Outcome compared,
      FreshModel.Overlay seen,
      Set<Long> unwatched) {
    this(side, model, qemu, compared, seen, unwatched, null);
  }

  /** As above, where each use of stage 2 may see memory in any way of {@code sights}. */
  Situation(
      ModelSide side,
      ModelStep model,
      QemuStep qemu,
      Outcome compared,
      FreshModel.Overlay seen,
      Set<Long> unwatched,
      Sights sights) {
    this.sights = sights;
    this.seen = seen;
    this.unwatched = unwatched;
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

  /**
   * What the DMA reads from memory, seen as it has to be for the outcome, if nothing is cached;
   * also where only QEMU finds an STE.
   */
  Fetched fetched() {
    if (fetched == null && model.step() instanceof Step.Dma dma) {
      side.fresh().evaluate(dma, StreamTableView.of(side.fresh(), dma).doubled(seen));
      fetched = side.fresh().fetched().copy();
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

  /** The last stage-1 descriptor that is read; 0 if none is. */
  long lastStage1() {
    int last = fetched().last(Window.STAGE_1, Window.STAGE_1_END);
    return last < 0 ? 0 : fetched().value(last);
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

  /**
   * Whether data moved before through the same translation, in a direction or any; or would have,
   * but that nothing answered there.
   */
  boolean passedBefore(boolean writesOnly) {
    long bytes = translationBytes();
    for (ModelStep step : side.before()) {
      if (step.step() instanceof Step.Dma dma
          && Long.compareUnsigned(dma.iova() ^ iova(), bytes) < 0
          && (dma.write() || !writesOnly)
          && translated(step)) {
        return true;
      }
    }
    return false;
  }

  /** Whether there was a DMA before, so that something may be in a TLB. */
  boolean dmaBefore() {
    return side.before().stream().anyMatch(step -> step.step() instanceof Step.Dma);
  }

  /** Whether data was written before, or would have been, but that nothing answered there. */
  boolean wroteBefore() {
    for (ModelStep step : side.before()) {
      if (step.step() instanceof Step.Dma dma && dma.write() && translated(step)) {
        return true;
      }
    }
    return false;
  }

  private static boolean translated(ModelStep step) {
    return step.allowed().stream().anyMatch(each -> each.passed() || !each.recorded());
  }

  /** The bytes that one TLB entry for the address covers. */
  private long translationBytes() {
    long bytes = Granule.SIZE_4K.levelBytes(1);
    long ipa = iova();
    if (fetched().hasCd() && granule1() != null) {
      Granule granule = granule1();
      int bits = Long.SIZE - (int) fetched().cd(upper() ? Cd.T1SZ : Cd.T0SZ);
      int level = StartLevel.stage1(granule, bits) + stage1Count() - 1;
      if (level > Granule.LAST_LEVEL || level < 0) {
        return bytes;
      }
      bytes = granule.levelBytes(level);
      ipa =
          AddressFormat.BITS_48.address(lastStage1(), granule.levelShift(level))
              | (iova() & (bytes - 1));
    }
    Stage2View.Leaf leaf = stage2Only() || nested() ? stage2().leaf(ipa) : null;
    return leaf == null ? bytes : Math.min(bytes, leaf.bytes());
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

  /** A word of memory as it is seen; 0 where there is none. */
  private long word(long pa) {
    long address = pa & -Long.BYTES;
    return Window.ram(pa) ? seen.word(address, side.memory().read(address, Long.BYTES)) : 0;
  }

  private Stage2View stage2() {
    return new Stage2View(fetched(), this::word);
  }

  /** Whether stage 2 starts with several tables, and one but the first could not be read. */
  boolean laterRootUnread() {
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
    long root = fetched().steAddress(Ste.S2TTB) & -size;
    long unread = Event.FETCHADDR.inPlace(compared.event3());
    return modelSays(EventType.F_WALK_EABT)
        && unread >= root + granule.bytes()
        && unread < root + size;
  }

  /** Whether QEMU did what it does, and would not have done it but for {@code way}. */
  boolean qemuBy(QemuReading.Way way) {
    return ways().contains(way);
  }

  /**
   * The ways of QEMU that it takes, besides memory as it is seen, to come to what QEMU came to;
   * none if it takes none, or something else.
   */
  Set<QemuReading.Way> ways() {
    if (ways == null) {
      ways = Set.of();
      zerosTell = true;
      upToDate = lookForWays();
      if (!upToDate) {
        zerosTell = false;
        upToDate = lookForWays();
      }
    }
    return ways;
  }

  private boolean lookForWays() {
    for (QemuReading.Supposition supposed : possible()) {
      if (qemuDid(supposed)) {
        ways = needed(supposed);
        return true;
      }
    }
    return false;
  }

  /** All ways, of those for which QEMU's TLB has to hold something only what it may hold. */
  private List<QemuReading.Supposition> possible() {
    List<Set<QemuReading.Way>> all = new ArrayList<>();
    all.add(QemuReading.Supposition.MISS.ways());
    for (QemuReading.Way hit : QemuReading.Way.HITS) {
      if (mayHit(hit)) {
        for (Set<QemuReading.Way> some : List.copyOf(all)) {
          Set<QemuReading.Way> more = EnumSet.copyOf(some);
          more.add(hit);
          all.add(more);
        }
      }
    }
    List<QemuReading.Supposition> suppositions = new ArrayList<>();
    for (Set<QemuReading.Way> ways : all) {
      int most =
          ways.contains(QemuReading.Way.FETCH_AFTER_WRITE)
              ? QemuReading.Supposition.MAX_FETCHES
              : 1;
      for (int hits = 1; hits <= most; hits++) {
        suppositions.add(new QemuReading.Supposition(ways, hits));
      }
    }
    return suppositions;
  }

  /** Whether something before may have left in QEMU's TLB what it takes. */
  private boolean mayHit(QemuReading.Way way) {
    return switch (way) {
      case APTABLE_FORGOTTEN -> write() && passedBefore(false);
      case READ_AFTER_WRITE -> !write() && passedBefore(true);
      case HIT_SILENT -> stage2Only() && write() && dmaBefore();
      default -> nested() && wroteBefore();
    };
  }

  /** Leaves out all that makes no difference, the last first. */
  private Set<QemuReading.Way> needed(QemuReading.Supposition supposed) {
    Set<QemuReading.Way> left = EnumSet.copyOf(supposed.ways());
    for (QemuReading.Way way : List.copyOf(left).reversed()) {
      left.remove(way);
      if (!qemuDid(new QemuReading.Supposition(left, supposed.fetchHits()))) {
        left.add(way);
      }
    }
    return left;
  }

  /** Whether it is what QEMU comes to, in some way in which memory may be seen. */
  private boolean qemuDid(QemuReading.Supposition supposed) {
    return inSomeSight(sight -> qemuDid(supposed, sight));
  }

  private boolean inSomeSight(Predicate<Sight> test) {
    return sights == null ? test.test(Sight.same(seen)) : sights.any(test) == Sights.Found.YES;
  }

  private boolean qemuDid(QemuReading.Supposition supposed, Sight sight) {
    return qemuDid(reading(supposed, sight));
  }

  private QemuReading reading(QemuReading.Supposition supposed, Sight sight) {
    return new QemuReading(side.fresh(), side.memory(), (Step.Dma) model.step(), sight, supposed);
  }

  private boolean qemuDid(QemuReading reading) {
    Outcome outcome = reading.outcome();
    return reading.strayed()
        ? mayBeStopped() || qemu.outcome().pa() == Outcome.ELSEWHERE
        : fits((Step.Dma) model.step(), outcome);
  }

  private boolean fits(Step.Dma dma, Outcome outcome) {
    if (readsZeros(dma, outcome)) {
      return true;
    }
    if (outcome.passed() && dma.write() && !model.watches(outcome.pa())) {
      unwatched.add(outcome.pa());
      return qemu.outcome().pa() == Outcome.ELSEWHERE;
    }
    boolean sameWay =
        outcome.passed() ? qemu.outcome().passed() && samePlace(dma, outcome) : mayBeStopped();
    return sameWay
        && (!model.recordable()
            || (outcome.recorded() == qemu.outcome().recorded() && sameEvent(outcome)));
  }

  /** Whether QEMU's event is that of {@code outcome}, as far as its other deviations let it be. */
  private boolean sameEvent(Outcome outcome) {
    if (!outcome.recorded()) {
      return true;
    }
    EventType type = EventType.of((int) Event.TYPE.get(outcome.event0()));
    EventType there = EventType.of((int) qemuEvent(Event.TYPE));
    return type == there
        && switch (type) {
          case F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION -> {
            boolean table = qemuEvent(Event.CLASS) == Event.CLASS_TT;
            boolean stage2 = Event.S2.isSet(outcome.event1());
            yield qemuEvent(Event.CLASS) == Event.CLASS.get(outcome.event1())
                && (qemuEvent(Event.S2) == (stage2 ? 1 : 0) || (table && qemuEvent(Event.S2) == 0))
                && sameAddress(outcome.event3(), table);
          }
          case F_WALK_EABT ->
              Event.FETCHADDR.inPlace(qemu.outcome().event3())
                  == Event.FETCHADDR.inPlace(outcome.event3());
          default -> true;
        };
  }

  /** For a table QEMU tells the start, and for a hit in its TLB nothing. */
  private boolean sameAddress(long ipa, boolean table) {
    long there = Event.IPA.inPlace(qemu.outcome().event(Event.IPA.word()));
    long after = Event.IPA.inPlace(ipa) - there;
    long size = granule1() == null ? MAX_TABLE : granule1().bytes();
    boolean hit = there == 0 && qemuEvent(Event.TYPE) == EventType.F_PERMISSION.code() && !table;
    return after == 0 || hit || (table && after > 0 && after < size);
  }

  /** Whether QEMU stopped it, or read zeros, as a read without an event that is stopped gives. */
  private boolean mayBeStopped() {
    boolean zeros = !write() && qemu.data() == 0 && !qemu.outcome().recorded();
    return (zeros && !zerosTell) || !qemu.outcome().passed();
  }

  /** Whether QEMU may have read zeros, as a read without an event that is stopped gives, too. */
  private boolean readsZeros(Step.Dma dma, Outcome outcome) {
    return !dma.write()
        && outcome.passed()
        && !qemu.outcome().passed()
        && !qemu.outcome().recorded()
        && side.memory().read(outcome.pa(), Integer.BYTES) == 0;
  }

  /** Whether QEMU's data may have gone where {@code outcome}'s did. */
  private boolean samePlace(Step.Dma dma, Outcome outcome) {
    if (qemu.outcome().pa() != Outcome.ELSEWHERE) {
      return outcome.pa() == qemu.outcome().pa();
    }
    boolean same =
        !dma.write() && (int) side.memory().read(outcome.pa(), Integer.BYTES) == qemu.data();
    if (same) {
      unwatched.add(outcome.pa());
    }
    return same;
  }

  /**
   * Whether QEMU did what it would have to if it used an older value of stage-1 leaves that it must
   * not use any more, which covers more than a stage-2 page.
   */
  boolean qemuKeptPiece() {
    if (neededNothingOld()) {
      return false;
    }
    for (FreshModel.Overlay old : side.changes().earlier(Situation::stage1Leaf)) {
      for (QemuReading.Supposition supposed : possible()) {
        if (inSomeSight(sight -> keptPiece(supposed, Sight.over(old, sight)))) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether nothing had to be kept to come to what QEMU came to. */
  private boolean neededNothingOld() {
    ways();
    return upToDate;
  }

  private boolean keptPiece(QemuReading.Supposition supposed, Sight sight) {
    QemuReading reading = reading(supposed, sight);
    return qemuDid(reading) && reading.piecewise();
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
    if (neededNothingOld()) {
      return false;
    }
    for (FreshModel.Overlay old : side.changes().earlier(Situation::stage2)) {
      for (QemuReading.Supposition supposed : possible()) {
        if (inSomeSight(sight -> qemuDid(supposed, Sight.roots(sight, old)))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean stage2(Changes.Change change) {
    return change.address() >= Window.STAGE_2 && change.address() < Window.STAGE_2_END;
  }
}
