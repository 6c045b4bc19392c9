package portcullis.diff;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.StartLevel;
import portcullis.machine.smmuv3.AccessType;

/** What a deviation may be judged by: one step of a case, on both sides, with the memory it saw. */
final class Situation {
  private final ModelSide side;
  private final ModelStep model;
  private final QemuStep qemu;
  private final Outcome compared;
  private final FreshModel.Overlay seen;
  private Fetched fetched;

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
    Leaf leaf = stage2Only() || nested() ? stage2(ipa) : null;
    return leaf == null ? bytes : Math.min(bytes, leaf.bytes);
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

  private long word(long pa) {
    return Window.ram(pa) ? side.memory().read(pa & -Long.BYTES, Long.BYTES) : 0;
  }

  /** What stage 2 makes of an IPA: the leaf's address, or -1; and the leaf. */
  private record Leaf(long place, long descriptor, long output, long bytes) {}

  /** The stage-2 leaf of an IPA, by the STE in memory; null if there is none. */
  private Leaf stage2(long ipa) {
    Granule granule = Granule.ofTgStage2(fetched().ste(Ste.S2TG));
    if (granule == null) {
      return null;
    }
    int bits = Long.SIZE - (int) fetched().ste(Ste.S2T0SZ);
    int first = StartLevel.stage2(granule, fetched().ste(Ste.S2SL0));
    if (first == StartLevel.NONE || ipa >>> bits != 0) {
      return null;
    }
    long table = fetched().ste(Ste.S2TTB) << Ste.S2TTB.lsb();
    for (int level = first; level <= Granule.LAST_LEVEL; level++) {
      int top = level == first ? bits : granule.levelShift(level) + granule.bitsPerLevel();
      long place = table + ((ipa & ((1L << top) - 1)) >>> granule.levelShift(level)) * Long.BYTES;
      long descriptor = word(place);
      if ((descriptor & 1) == 0) {
        return null;
      }
      if (level == Granule.LAST_LEVEL && (descriptor & 0b10) == 0) {
        return null;
      }
      if (level == Granule.LAST_LEVEL || (descriptor & 0b10) == 0) {
        long bytes = granule.levelBytes(level);
        long output = AddressFormat.BITS_48.address(descriptor, granule.levelShift(level));
        return new Leaf(place, descriptor, output | (ipa & (bytes - 1)), bytes);
      }
      table = AddressFormat.BITS_48.address(descriptor, granule.shift());
    }
    return null;
  }

  /** Whether stage 2 lets the fetch of a table at {@code ipa} through. */
  private boolean fetchable(long ipa) {
    Leaf leaf = stage2(ipa);
    return leaf != null
        && Stage2Descriptor.VALID.isSet(leaf.descriptor)
        && (Stage2Descriptor.S2AP.get(leaf.descriptor) & 1) != 0
        && (Stage2Descriptor.AF.isSet(leaf.descriptor) || fetched().ste(Ste.S2AFFD) != 0)
        && leaf.output >>> 44 == 0;
  }

  /** Whether stage 2 refuses a root of stage 1, used by this access or not. */
  boolean rootRefused() {
    return nested()
        && ((fetched().cd(Cd.EPD0) == 0 && !fetchable(fetched().cd(Cd.TTB0) << Cd.TTB0.lsb()))
            || (fetched().cd(Cd.EPD1) == 0 && !fetchable(fetched().cd(Cd.TTB1) << Cd.TTB1.lsb())));
  }

  /** Whether stage 2 puts the root that is used where CD.IPS has no bits for. */
  boolean rootCut() {
    long root =
        upper() ? fetched().cd(Cd.TTB1) << Cd.TTB1.lsb() : fetched().cd(Cd.TTB0) << Cd.TTB0.lsb();
    Leaf leaf = stage2(root);
    return leaf != null && leaf.output >>> AddressSize.bits(fetched().cd(Cd.IPS)) != 0;
  }

  /** Whether a stage-1 table of the walk does not lie in one stage-2 leaf as its start does. */
  boolean tableSplit() {
    Granule granule = granule1();
    if (!nested() || granule == null || !hasCd()) {
      return false;
    }
    int bits = Long.SIZE - (int) fetched().cd(upper() ? Cd.T1SZ : Cd.T0SZ);
    int first = StartLevel.stage1(granule, bits);
    long table =
        upper() ? fetched().cd(Cd.TTB1) << Cd.TTB1.lsb() : fetched().cd(Cd.TTB0) << Cd.TTB0.lsb();
    table &= -Math.max(1L, (long) StartLevel.entries(granule, first, bits) * Long.BYTES);
    for (int level = first; level < Granule.LAST_LEVEL + 1; level++) {
      int top = level == first ? bits : granule.levelShift(level) + granule.bitsPerLevel();
      long place =
          table + ((iova() & ((1L << top) - 1)) >>> granule.levelShift(level)) * Long.BYTES;
      Leaf ofTable = stage2(table);
      Leaf ofPlace = stage2(place);
      if (ofTable == null || ofPlace == null || ofTable.place != ofPlace.place) {
        return !Objects.equals(ofTable, ofPlace);
      }
      long descriptor = word(ofPlace.output);
      if ((descriptor & 0b11) != 0b11) {
        return false;
      }
      table = AddressFormat.BITS_48.address(descriptor, granule.shift());
    }
    return false;
  }

  private boolean hasCd() {
    return fetched().hasCd();
  }

  /** The last stage-2 descriptor that is read; 0 if none is. */
  long lastStage2() {
    int last = fetched().last(Window.STAGE_2, Window.STAGE_2_END);
    return last < 0 ? 0 : fetched().value(last);
  }

  /** Whether stage 2 starts with several tables, and another than the first is read. */
  boolean laterRoot() {
    Granule granule = Granule.ofTgStage2(fetched().ste(Ste.S2TG));
    if (granule == null) {
      return false;
    }
    int bits = Long.SIZE - (int) fetched().ste(Ste.S2T0SZ);
    int level = StartLevel.stage2(granule, fetched().ste(Ste.S2SL0));
    if (level == StartLevel.NONE) {
      return false;
    }
    int tables = StartLevel.tables(granule, level, bits);
    long size = tables * granule.bytes();
    long root = fetched().ste(Ste.S2TTB) << Ste.S2TTB.lsb() & -size;
    if (tables == 1) {
      return false;
    }
    // A descriptor that nothing answers for was not read, but is told by the event.
    long unread = compared == null ? 0 : Event.FETCHADDR.inPlace(compared.event3());
    boolean told = modelSays(EventType.F_WALK_EABT) && unread >= root + granule.bytes();
    return (told && unread < root + size)
        || fetched().any(root + granule.bytes(), root + size, (_, _) -> true);
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
   * Whether QEMU did what it would with memory as {@code seen}; of permissions, it looks neither at
   * privilege, nor in the TLB at those of tables.
   */
  private boolean qemuDid(Step.Dma dma, FreshModel.Overlay seen) {
    AccessType own = dma.write() ? AccessType.WRITE : AccessType.READ;
    AccessType privileged = dma.write() ? AccessType.PRIVILEGED_WRITE : AccessType.PRIVILEGED_READ;
    for (AccessType type : List.of(own, privileged, AccessType.PRIVILEGED_READ)) {
      Outcome outcome = side.fresh().evaluate(dma, type, seen);
      fetched = null;
      if (outcome.passed() == qemu.outcome().passed()
          && samePlace(dma, outcome)
          && (outcome.recorded() == qemu.outcome().recorded() || !model.recordable())) {
        return true;
      }
    }
    return false;
  }

  /** Whether QEMU's data may have gone where {@code outcome}'s did. */
  private boolean samePlace(Step.Dma dma, Outcome outcome) {
    if (qemu.outcome().pa() != Outcome.ELSEWHERE) {
      return outcome.pa() == qemu.outcome().pa();
    }
    return dma.write() || (int) side.memory().read(outcome.pa(), Integer.BYTES) == qemu.data();
  }

  /**
   * Whether QEMU did what it would have to with memory as it was before some changes that it must
   * see by now.
   *
   * @param which the changes that may be unseen
   */
  boolean qemuMissed(Predicate<Changes.Change> which) {
    if (!(model.step() instanceof Step.Dma dma)) {
      return false;
    }
    // Each state that the words were in: all of the chosen changes from some point on undone.
    // What may be unseen anyway came later, or was in no way of an older translation.
    List<Changes.Change> changes = new ArrayList<>();
    side.changes().settled().stream().filter(which).forEach(changes::add);
    changes.addAll(side.changes().doubtful());
    Map<Long, Long> before = new LinkedHashMap<>();
    for (int i = changes.size() - 1; i >= 0; i--) {
      before.put(changes.get(i).address(), changes.get(i).before());
      if (qemuDid(dma, before::getOrDefault)) {
        return true;
      }
    }
    return false;
  }
}
