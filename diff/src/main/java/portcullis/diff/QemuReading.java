package portcullis.diff;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.StartLevel;

/**
 * What a DMA comes to in QEMU by memory as it is seen: the model with nothing cached is asked, with
 * QEMU's {@link Deviation}s put into what it reads.
 *
 * <p>It is never asked for a nested translation: QEMU asks stage 2 for the start of each stage-1
 * table when it comes to the table, and for both roots when it reads the CD. So that is what the
 * model is asked for, one address at a time, and then for stage 1 alone, through tables that point
 * to where stage 2 has put them.
 */
final class QemuReading {
  /** OAS of QEMU's SMMU, in bits. */
  private static final int OUTPUT_BITS = 44;

  /** Bits of S1ContextPtr that QEMU reads. */
  private static final int POINTER_BITS = 48;

  /** Where a walk is sent that QEMU stops: nothing answers, and every address size has it. */
  private static final long STOP = 0xf000_0000L;

  /** Where stage-1 tables of a nested DMA are shown: RAM that cases do not use. */
  private static final long SHOWN = Window.CONTEXTS_END;

  private static final long MAX_TABLE = 1L << 16;

  /** Where stage 2 is shown the tables that stand for a block. */
  private static final long SHOWN_2 = SHOWN + 8 * MAX_TABLE;

  private static final int S2AP_WO = 0b10;

  /** With fewer, a start level makes no difference: QEMU looks at S2T0SZ first. */
  private static final int MIN_INPUT_BITS = 25;

  /** With more bits missing for its start level, the root of stage 2 is at address 0 for QEMU. */
  private static final int ROOT_KEPT = 4;

  /** In what QEMU departs from the model. */
  enum Way {
    /** AP[1] and APTable[0] mean nothing. */
    PRIVILEGE_IGNORED,
    /** What APTable[1] forbids, the table descriptor forbids: those below it are not read. */
    APTABLE_EARLY,
    /** A hit in the TLB does not tell what APTable[1] forbids. */
    APTABLE_FORGOTTEN,
    /** A hit in the TLB lets the read pass that stage 2 forbids. */
    READ_AFTER_WRITE,
    /** A hit in the TLB lets fetches pass that stage 2 forbids. */
    FETCH_AFTER_WRITE,
    /** Of stage 2 alone, a write that a hit in the TLB does not let pass is not recorded. */
    HIT_SILENT,
    /** Without stage 1, an address that is too large is not recorded. */
    IAS_SILENT,
    /** A fault of a stage-1 table below the root is recorded as CD.R says. */
    TABLE_FETCH_R,
    /** Both roots are translated, whichever is used. */
    ROOTS_EARLY,
    /** Stage 2 is asked for the start of each stage-1 table only. */
    TABLE_START,
    /** The size of a table's address is not looked at, or by stage 2 only. */
    TABLE_ADDRESS_SIZE,
    /** A leaf's Access flag and permissions are looked at before the size of its address. */
    ACCESS_BEFORE_SIZE,
    /** A block is taken at a level that has none. */
    RESERVED_BLOCK,
    /** The physical address of a nested root is cut to CD.IPS. */
    ROOT_CUT,
    /** STE.S2PTW means nothing. */
    PTW_IGNORED,
    /** CD.TBI0 is meant for both halves. */
    TBI1_BY_TBI0,
    /** STE.S2HA and S2HD mean nothing. */
    HTTU_FIELDS,
    /** Fields of stage 1 make an STE bad. */
    STAGE_1_FIELDS,
    /** S2PS limits the size of IPAs. */
    INPUT_SIZE_BY_S2PS,
    /** The size of S1ContextPtr is not looked at; nested, it is what nobody records. */
    CONTEXT_BEYOND_IAS,
    /** A start level that is too early is none the worse. */
    START_LEVEL,
    /** The first of concatenated tables stands for all. */
    CONCATENATION,
    /** L1STD.Span counts twice as many STEs, and a StreamID beyond them is C_BAD_STE. */
    SPAN;

    /** Those that take a hit in QEMU's TLB. */
    static final EnumSet<Way> HITS =
        EnumSet.of(APTABLE_FORGOTTEN, READ_AFTER_WRITE, FETCH_AFTER_WRITE, HIT_SILENT);

    /** The way that a {@link Deviation} of that name is, if it is one. */
    static Optional<Way> named(String name) {
      return Arrays.stream(values()).filter(way -> way.name().equals(name)).findFirst();
    }
  }

  /**
   * What is supposed of QEMU.
   *
   * @param fetchHits how many fetches, from the first on, {@link Way#FETCH_AFTER_WRITE} is for: one
   *     that misses ends the translation
   */
  record Supposition(Set<Way> ways, int fetchHits) {
    /** QEMU does what the architecture says. */
    static final Supposition NOTHING = new Supposition(EnumSet.noneOf(Way.class), 0);

    /** Nothing is in the TLB. */
    static final Supposition MISS = new Supposition(EnumSet.complementOf(Way.HITS), 0);

    /** The most fetches that a translation needs: of a CD, of two roots, of three tables. */
    static final int MAX_FETCHES = 6;
  }

  private final FreshModel fresh;
  private final ModelMemory memory;
  private final Step.Dma dma;
  private final Sight sight;
  private final FreshModel.Overlay seen;
  private final Supposition supposed;
  private final Set<Way> ways;
  private int fetchHits;

  /** Stage-1 descriptors that are read instead of what is there. */
  private final Map<Long, Long> shown = new HashMap<>();

  private Fetched read;
  private long translated = FreshModel.NOTHING;

  /** Has the STE as it is. */
  private Fetched structures;

  /** Has the CD as it is. */
  private Fetched context;

  private Outcome refusal;
  private Outcome stopped;
  private boolean nested;
  private boolean halfRead;
  private boolean guided;
  private boolean early;
  private boolean strayed;
  private long leafBytes;
  private boolean lent;

  /** A block of each stage at a level that has none; null if the last walk met none. */
  private ReservedBlock block1;

  private ReservedBlock block2;
  private long shownRoot = FreshModel.NOTHING;
  private long cd = FreshModel.NOTHING;
  private long lowerRoot = FreshModel.NOTHING;
  private long upperRoot = FreshModel.NOTHING;

  /**
   * Prepares.
   *
   * @param sight memory as it is seen; begun anew for each outcome
   */
  QemuReading(
      FreshModel fresh, ModelMemory memory, Step.Dma dma, Sight sight, Supposition supposed) {
    this.fresh = fresh;
    this.memory = memory;
    this.dma = dma;
    this.sight = sight;
    this.supposed = supposed;
    ways = supposed.ways();
    seen = found(sight.base());
    fetchHits = supposed.fetchHits();
  }

  /** As {@code sees}, with the STEs that QEMU finds. */
  private FreshModel.Overlay found(FreshModel.Overlay sees) {
    return ways.contains(Way.SPAN) ? StreamTableView.of(fresh, dma).doubled(sees) : sees;
  }

  /** For the next use of stage 2. */
  private FreshModel.Overlay use(boolean ofRoot) {
    return found(sight.use(ofRoot));
  }

  /** QEMU's outcome. Of an event only type, stage, class and IPA are worked out. */
  Outcome outcome() {
    sight.begin();
    Outcome outcome = workOut();
    if (!early) {
      return outcome;
    }
    // Later or not, what the table forbids has to be a fault for the model as well.
    Set<Way> others = EnumSet.copyOf(ways);
    others.remove(Way.APTABLE_EARLY);
    Supposition later = new Supposition(others, supposed.fetchHits());
    Outcome passed = new QemuReading(fresh, memory, dma, sight, later).outcome();
    return passed.passed() ? passed : outcome;
  }

  /** As {@link #outcome}, with all that the event tells. */
  Outcome whole() {
    Outcome outcome = outcome();
    EventType type = EventType.of((int) Event.TYPE.get(outcome.event0()));
    return switch (type) {
      case F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION, F_WALK_EABT -> {
        boolean stage2 = Event.S2.isSet(outcome.event1());
        boolean fetched = type == EventType.F_WALK_EABT;
        boolean table = Event.CLASS.get(outcome.event1()) == Event.CLASS_TT;
        yield new Outcome(
            false,
            0,
            Event.TYPE.of(type.code()) | Event.STREAMID.of(dma.device().streamId()),
            Event.S2.inPlace(outcome.event1())
                | Event.CLASS.inPlace(outcome.event1())
                | Event.RNW.of(dma.write() ? 0 : 1)
                | Event.TTRNW.of(type == EventType.F_PERMISSION && stage2 && table ? 1 : 0),
            dma.iova(),
            fetched
                ? Event.FETCHADDR.inPlace(outcome.event3())
                : stage2 ? Event.IPA.inPlace(outcome.event3()) : 0);
      }
      case null, default -> outcome;
    };
  }

  private Outcome workOut() {
    Outcome plain = evaluate(dma, seen);
    structures = read;
    // The model, which knows the Span, looks neither for that STE nor for its CD.
    strayed |=
        ways.contains(Way.SPAN)
            && (is(plain, EventType.F_STE_FETCH) || is(plain, EventType.F_CD_FETCH))
            && fresh.strayed();
    if (ways.contains(Way.SPAN) && StreamTableView.of(fresh, dma).beyond(read)) {
      return recorded(EventType.C_BAD_STE, 0, 0, 0, true);
    }
    int config = (int) structures.ste(Ste.CONFIG);
    if ((config & Ste.CONFIG_BIT_PASS) != 0) {
      plain = evaluate(dma, (address, now) -> asConfigured(address, now, config));
    }
    if (is(plain, EventType.C_BAD_STE)) {
      return plain;
    }
    if (contextBeyond()) {
      return config == Ste.CONFIG_NESTED
          ? Outcome.SILENT
          : recorded(EventType.F_CD_FETCH, 0, 0, 0, true);
    }
    return switch (config) {
      case Ste.CONFIG_S1 -> stage1();
      case Ste.CONFIG_S2 -> stage2();
      case Ste.CONFIG_NESTED -> nested();
      default -> withoutStage1(arrived(plain));
    };
  }

  /** Whether it went where one of QEMU's devices may answer. */
  boolean strayed() {
    return strayed;
  }

  /** Whether the last stage-1 descriptor covers more than a stage-2 page, if nested. */
  boolean piecewise() {
    Granule below = nested ? Granule.ofTgStage2(structures.ste(Ste.S2TG)) : null;
    return below != null && leafBytes > below.bytes();
  }

  /** What was read last. */
  Fetched read() {
    return read;
  }

  private Outcome evaluate(Step.Dma access, FreshModel.Overlay over) {
    Outcome outcome = fresh.evaluate(access, over);
    read = fresh.fetched().copy();
    translated = fresh.translated();
    return outcome;
  }

  /**
   * As {@link #evaluate}, of stage 1 or {@code second}, whose walk starts at {@code first}. Where
   * an address is too large, QEMU does not see that of a table, and sees that of a leaf later. All
   * faults are recorded.
   */
  private Outcome walked(
      Step.Dma access, FreshModel.Overlay over, boolean second, Granule granule, int first) {
    Outcome outcome = evaluate(access, over);
    strayed |= fresh.strayed();
    int depth = read.count() - (second ? read.afterSte() : read.afterCd());
    if (!is(outcome, EventType.F_ADDR_SIZE) || depth == 0 || granule == null) {
      return outcome;
    }
    long last = read.value(read.count() - 1);
    if (first + depth <= Granule.LAST_LEVEL && (last & 0b11) == 0b11) {
      if (!ways.contains(Way.TABLE_ADDRESS_SIZE)) {
        return outcome;
      }
      long place =
          AddressFormat.BITS_48.address(last, granule.shift())
              + (long) granule.index(access.iova(), first + depth) * Long.BYTES;
      strayed |= Window.device(place);
      return unread(place);
    }
    ReservedBlock block = second ? block2 : block1;
    boolean fits = block != null && block.base() >>> (second ? outputBits2() : outputBits()) == 0;
    EventType before = second ? refuses2(last, access.write()) : refuses1(last);
    if (before != null && (fits || ways.contains(Way.ACCESS_BEFORE_SIZE))) {
      return new Outcome(
          false, 0, Event.TYPE.of(before.code()), outcome.event1(), 0, outcome.event3());
    }
    if (!fits) {
      return outcome;
    }
    // Only where the block begins is looked at; what is too far for the model is far behind RAM.
    translated = block.output(access.iova());
    return Outcome.SILENT;
  }

  private EventType refuses1(long leaf) {
    if (!Stage1Descriptor.AF.isSet(leaf) && context.cd(Cd.AFFD) == 0) {
      return EventType.F_ACCESS;
    }
    boolean readOnly = (Stage1Descriptor.AP.get(leaf) & 0b10) != 0;
    return readOnly && dma.write() ? EventType.F_PERMISSION : null;
  }

  private EventType refuses2(long leaf, boolean write) {
    if (!Stage2Descriptor.AF.isSet(leaf) && structures.ste(Ste.S2AFFD) == 0) {
      return EventType.F_ACCESS;
    }
    int needed = write ? S2AP_WO : Stage2Descriptor.S2AP_RO;
    return (Stage2Descriptor.S2AP.get(leaf) & needed) == 0 ? EventType.F_PERMISSION : null;
  }

  /** An outcome of the DMA itself, whose data may go to or come from a device. */
  private Outcome arrived(Outcome outcome) {
    strayed |= translated != FreshModel.NOTHING && Window.device(translated);
    return outcome;
  }

  /** Of stage 2 alone, the entry that a hit finds does not let a read pass either. */
  private Outcome stage2() {
    lent = false;
    Outcome outcome = recordedByStage2(arrived(used(dma, use(false), false)));
    if (lent && !dma.write()) {
      return Outcome.SILENT;
    }
    boolean hit =
        ways.contains(Way.HIT_SILENT)
            && dma.write()
            && is(outcome, EventType.F_PERMISSION)
            && Stage2Descriptor.S2AP.get(read.value(read.count() - 1)) == Stage2Descriptor.S2AP_RO;
    return hit ? Outcome.SILENT : withoutStage1(outcome);
  }

  private Outcome withoutStage1(Outcome outcome) {
    boolean large = is(outcome, EventType.F_ADDR_SIZE) && dma.iova() >>> OUTPUT_BITS != 0;
    return large && ways.contains(Way.IAS_SILENT) ? Outcome.SILENT : outcome;
  }

  private Outcome nested() {
    nested = true;
    long pointer = structures.steAddress(Ste.S1CONTEXTPTR);
    cd = stage2(pointer, use(false));
    if (cd == FreshModel.NOTHING) {
      return stage2Fault(Event.CLASS_CD, pointer);
    }
    strayed |= Window.device(cd);
    return stage1();
  }

  /** Stage 1; and stage 2 for what comes out, if nested. */
  private Outcome stage1() {
    Outcome unguided = evaluate(dma, this::stage1Alone);
    if (!read.hasCd()) {
      return unguided;
    }
    context = read;
    if (is(unguided, EventType.C_BAD_CD)) {
      Outcome before = nested && ways.contains(Way.ROOTS_EARLY) ? beforeUpperHalf() : null;
      return before == null ? unguided : before;
    }
    Outcome refused = nested ? roots() : null;
    if (refused != null) {
      return refused;
    }
    guide();
    guided = true;
    Granule granule = granule1();
    int bits = Long.SIZE - (int) context.cd(upper() ? Cd.T1SZ : Cd.T0SZ);
    int first = granule == null ? StartLevel.NONE : StartLevel.stage1(granule, bits);
    Outcome outcome = walked(dma, this::stage1Alone, false, granule, first);
    long ipa = translated;
    if (ipa == FreshModel.NOTHING) {
      long unread = Event.FETCHADDR.inPlace(outcome.event3());
      boolean here = is(outcome, EventType.F_WALK_EABT) && (unread & -MAX_TABLE) == STOP;
      return here ? stopped : suppressible(outcome) && !recordsStage1() ? Outcome.SILENT : outcome;
    }
    if (!nested) {
      return arrived(outcome);
    }
    if (ipa >>> OUTPUT_BITS != 0) {
      // Out of a block at a level that has none: stage 2 is asked as for any other.
      return recorded(
          EventType.F_TRANSLATION, Event.CLASS_IN, 1, ipa, structures.ste(Ste.S2R) != 0);
    }
    Step.Dma access = new Step.Dma(dma.device(), dma.write(), ipa);
    return recordedByStage2(arrived(used(access, use(false), false)));
  }

  /** TTB0 is translated before the other half of the CD is looked at; null if it can be. */
  private Outcome beforeUpperHalf() {
    halfRead = true;
    boolean legal = !is(evaluate(dma, this::stage1Alone), EventType.C_BAD_CD);
    halfRead = false;
    if (!legal || context.cd(Cd.EPD0) != 0 || root(Cd.TTB0) != FreshModel.NOTHING) {
      return null;
    }
    return stage2Fault(Event.CLASS_TT, context.cdAddress(Cd.TTB0));
  }

  private static boolean is(Outcome outcome, EventType type) {
    return Event.TYPE.get(outcome.event0()) == type.code();
  }

  /** Translates the roots that QEMU translates with the CD; null if it can. */
  private Outcome roots() {
    boolean both = ways.contains(Way.ROOTS_EARLY);
    boolean one = ways.contains(Way.TABLE_START);
    if (context.cd(Cd.EPD0) == 0 && (both || (one && !upper()))) {
      lowerRoot = root(Cd.TTB0);
      if (lowerRoot == FreshModel.NOTHING) {
        return stage2Fault(Event.CLASS_TT, context.cdAddress(Cd.TTB0));
      }
    }
    if (context.cd(Cd.EPD1) == 0 && (both || (one && upper()))) {
      upperRoot = root(Cd.TTB1);
      if (upperRoot == FreshModel.NOTHING) {
        return stage2Fault(Event.CLASS_TT, context.cdAddress(Cd.TTB1));
      }
    }
    return null;
  }

  private Granule granule1() {
    return upper() ? Granule.ofTg1(context.cd(Cd.TG1)) : Granule.ofTgStage1(context.cd(Cd.TG0));
  }

  private boolean upper() {
    return (dma.iova() >>> 55 & 1) != 0;
  }

  /** The address as the CD has it, however the table is aligned, and cut to CD.IPS afterwards. */
  private long root(Field field) {
    long physical = stage2(context.cdAddress(field), use(true));
    return physical == FreshModel.NOTHING || !ways.contains(Way.ROOT_CUT)
        ? physical
        : physical & (1L << outputBits()) - 1;
  }

  /** Bits of what stage 1 puts out. */
  private int outputBits() {
    return Math.min(OUTPUT_BITS, AddressSize.bits(context.cd(Cd.IPS)));
  }

  /** Bits of what stage 2 puts out. */
  private int outputBits2() {
    return Math.min(OUTPUT_BITS, AddressSize.bits(structures.ste(Ste.S2PS)));
  }

  /** Follows stage 1 to show the model what QEMU finds. */
  private void guide() {
    Granule granule = granule1();
    if (context.cd(upper() ? Cd.EPD1 : Cd.EPD0) != 0 || granule == null) {
      return;
    }
    Field base = upper() ? Cd.TTB1 : Cd.TTB0;
    int bits = Long.SIZE - (int) context.cd(upper() ? Cd.T1SZ : Cd.T0SZ);
    int first = StartLevel.stage1(granule, bits);
    long size = Math.max(1L, (long) StartLevel.entries(granule, first, bits) * Long.BYTES);
    long table = context.cdAddress(base) & -size;
    long start = (upper() ? upperRoot : lowerRoot) & -size;
    long pointer = FreshModel.NOTHING;
    shownRoot = nested ? SHOWN : FreshModel.NOTHING;
    for (int level = first; level <= Granule.LAST_LEVEL; level++) {
      int top = level == first ? bits : granule.levelShift(level) + granule.bitsPerLevel();
      long inTable = (dma.iova() & (1L << top) - 1) >>> granule.levelShift(level) << 3;
      long place = table + inTable;
      if (nested) {
        place = ways.contains(Way.TABLE_START) ? start + inTable : reach(place, level == first);
      }
      if (place == FreshModel.NOTHING) {
        stop(pointer);
        return;
      }
      if (!Window.ram(place)) {
        if (nested) {
          strayed |= Window.device(place);
          stopped = unread(place);
          stop(pointer);
        }
        return;
      }
      long descriptor = seen.word(place, memory.read(place, Long.BYTES));
      long shownAt = nested ? SHOWN + (level - first) * MAX_TABLE + inTable : place;
      if (takes(granule, level, descriptor)) {
        block1 = new ReservedBlock(granule, level, descriptor);
        leafBytes = granule.levelBytes(level);
        showBlock(shownAt, first);
        return;
      }
      if (level == Granule.LAST_LEVEL || (descriptor & 0b11) != 0b11) {
        shown.put(shownAt, descriptor);
        leafBytes = granule.levelBytes(level);
        return;
      }
      table = AddressFormat.BITS_48.address(descriptor, granule.shift());
      pointer = shownAt;
      long attributes = descriptor & ~AddressFormat.BITS_48.address(-1L, granule.shift());
      long next = nested ? SHOWN + (level - first + 1) * MAX_TABLE : table;
      shown.put(pointer, attributes | next);
      if (stopsAt(descriptor)) {
        early = true;
        stopped = recorded(EventType.F_PERMISSION, Event.CLASS_IN, 0, 0, recordsStage1());
        stop(pointer);
        return;
      }
      if (nested && table >>> outputBits() != 0) {
        boolean ofTable = ways.contains(Way.TABLE_ADDRESS_SIZE);
        long faultClass = ofTable ? Event.CLASS_TT : Event.CLASS_IN;
        long ipa = ofTable ? table : 0;
        stopped = recorded(EventType.F_ADDR_SIZE, faultClass, 0, ipa, recordsStage1());
        stop(pointer);
        return;
      }
      if (nested && ways.contains(Way.TABLE_START)) {
        start = reach(table, false);
        if (start == FreshModel.NOTHING) {
          stop(pointer);
          return;
        }
      }
    }
  }

  private boolean takes(Granule granule, int level, long descriptor) {
    return ways.contains(Way.RESERVED_BLOCK) && ReservedBlock.is(granule, level, descriptor);
  }

  private void showBlock(long at, int first) {
    long place = at;
    for (int level = block1.level(); ; level++) {
      long next = SHOWN + (level + 1 - first) * MAX_TABLE;
      shown.put(place, block1.descriptor(level, dma.iova(), next));
      if (block1.whole(level)) {
        return;
      }
      place = next + (long) block1.granule().index(dma.iova(), level + 1) * Long.BYTES;
    }
  }

  private boolean stopsAt(long descriptor) {
    return ways.contains(Way.APTABLE_EARLY)
        && !ways.contains(Way.APTABLE_FORGOTTEN)
        && dma.write()
        && context.cd(upper() ? Cd.HAD1 : Cd.HAD0) == 0
        && (Stage1Descriptor.APTABLE.get(descriptor) & 0b10) != 0;
  }

  /** Sends the walk where nothing answers: by a descriptor, or from the start. */
  private void stop(long pointer) {
    if (pointer == FreshModel.NOTHING) {
      shownRoot = STOP;
    } else {
      shown.put(pointer, STOP | Tables.TABLE);
    }
  }

  /** A fault of stage 2 that was recorded anyway, as STE.S2R says. */
  private Outcome recordedByStage2(Outcome outcome) {
    boolean stage2 = Event.S2.isSet(outcome.event1()) && suppressible(outcome);
    return stage2 && structures.ste(Ste.S2R) == 0 ? Outcome.SILENT : outcome;
  }

  /** Whether CD.R or STE.S2R say if it is recorded (IHI 0070 5.5). */
  private static boolean suppressible(Outcome outcome) {
    return switch (EventType.of((int) Event.TYPE.get(outcome.event0()))) {
      case F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION -> true;
      case null, default -> false;
    };
  }

  private boolean recordsStage1() {
    return context.cd(Cd.R) != 0;
  }

  /** Where stage 2 puts a table or a descriptor; if nowhere, {@link #stopped} is what becomes. */
  private long reach(long ipa, boolean ofRoot) {
    long physical = stage2(ipa, use(ofRoot));
    if (physical == FreshModel.NOTHING) {
      boolean as1 = !ofRoot && ways.contains(Way.TABLE_FETCH_R);
      EventType type = EventType.of((int) Event.TYPE.get(refusal.event0()));
      stopped =
          as1 && type != EventType.F_WALK_EABT
              ? recorded(type, Event.CLASS_TT, 0, ipa, recordsStage1())
              : stage2Fault(Event.CLASS_TT, ipa);
    }
    return physical;
  }

  private static Outcome unread(long place) {
    return new Outcome(
        false,
        0,
        Event.TYPE.of(EventType.F_WALK_EABT.code()),
        Event.CLASS.of(Event.CLASS_TT),
        0,
        place);
  }

  /** The input size of stage 2, enlarged to what its start level is made for. */
  private int inputBits2() {
    int bits = Long.SIZE - (int) structures.ste(Ste.S2T0SZ);
    Granule granule = Granule.ofTgStage2(structures.ste(Ste.S2TG));
    if (!ways.contains(Way.START_LEVEL) || granule == null || bits < MIN_INPUT_BITS) {
      return bits;
    }
    int level = StartLevel.stage2(granule, structures.ste(Ste.S2SL0));
    return level == StartLevel.NONE ? bits : Math.max(bits, granule.levelShift(level) + 1);
  }

  /** One use of stage 2, whose fields of the STE are as it sees them. */
  private Outcome used(Step.Dma access, FreshModel.Overlay over, boolean fetch) {
    block2 = null;
    Fetched base = structures;
    if (sight.mixed()) {
      fresh.evaluate(dma, over);
      Fetched other = fresh.fetched().copy();
      structures = other.hasSte() ? other : base;
    }
    Outcome outcome = walked2(access, stage2Alone(over, access.iova(), fetch));
    structures = base;
    return outcome;
  }

  private Outcome walked2(Step.Dma access, FreshModel.Overlay over) {
    Granule granule = Granule.ofTgStage2(structures.ste(Ste.S2TG));
    int bits = inputBits2();
    if (bits != Long.SIZE - (int) structures.ste(Ste.S2T0SZ)) {
      boolean sized = access.iova() >>> OUTPUT_BITS == 0;
      if (sized && access.iova() >>> (Long.SIZE - structures.ste(Ste.S2T0SZ)) != 0) {
        translated = FreshModel.NOTHING;
        return recorded(EventType.F_TRANSLATION, Event.CLASS_IN, 1, access.iova(), true);
      }
      // The root's alignment is worked out from the bits that the table has too few of.
      long missing = bits - (Long.SIZE - structures.ste(Ste.S2T0SZ));
      strayed |= sized && (missing > ROOT_KEPT || bits > OUTPUT_BITS);
    }
    int first =
        granule == null ? StartLevel.NONE : StartLevel.stage2(granule, structures.ste(Ste.S2SL0));
    return walked(access, over, true, granule, first);
  }

  /**
   * Where stage 2 puts what is to be fetched; {@link #refusal} is what it says if nowhere. STE.S2R
   * does not matter.
   */
  private long stage2(long ipa, FreshModel.Overlay over) {
    refusal = used(new Step.Dma(dma.device(), false, ipa), over, true);
    if (lent) {
      lent = false;
      fetchHits--;
    }
    long physical = translated;
    boolean guarded = structures.ste(Ste.S2PTW) == 1 && !ways.contains(Way.PTW_IGNORED);
    if (guarded && physical != FreshModel.NOTHING && device(read.value(read.count() - 1))) {
      refusal = recorded(EventType.F_PERMISSION, Event.CLASS_IN, 1, ipa, true);
      return FreshModel.NOTHING;
    }
    return physical;
  }

  /** Device memory, as reserved encodings are too. */
  private static boolean device(long descriptor) {
    long memAttr = Stage2Descriptor.MEMATTR.get(descriptor);
    return memAttr >>> 2 == 0 || (memAttr & 0b11) == 0;
  }

  private Outcome stage2Fault(long faultClass, long ipa) {
    EventType type = EventType.of((int) Event.TYPE.get(refusal.event0()));
    return switch (type) {
      case F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION ->
          recorded(type, faultClass, 1, ipa, structures.ste(Ste.S2R) != 0);
      case F_WALK_EABT -> recorded(type, faultClass, 1, refusal.event3(), true);
      default -> refusal;
    };
  }

  private static Outcome recorded(
      EventType type, long faultClass, int stage2, long address, boolean records) {
    return records
        ? new Outcome(
            false,
            0,
            Event.TYPE.of(type.code()),
            Event.CLASS.of(faultClass) | Event.S2.of(stage2),
            0,
            address)
        : Outcome.SILENT;
  }

  // ---- what it reads ----

  /** The index of a word in the structure that begins at {@code start}; negative for none. */
  private static int index(long address, long start, int bytes) {
    return start != -1 && address >= start && address < start + bytes
        ? (int) (address - start) / Long.BYTES
        : -1;
  }

  private static boolean inStreamTable(long address) {
    return address >= Window.STREAM_TABLE && address < Window.STREAM_TABLE_END;
  }

  /** The STE with what QEMU makes of it. */
  private long asConfigured(long address, long now, int config) {
    long word = seen.word(address, now);
    int inSte = index(address, structures.steWord(Ste.V), Ste.BYTES);
    return inSte < 0 ? word : ste(inSte, word, config, false);
  }

  private long stage1Alone(long address, long now) {
    long word = seen.word(address, now);
    int inSte = index(address, structures.steWord(Ste.V), Ste.BYTES);
    if (inSte >= 0) {
      return ste(inSte, word, Ste.CONFIG_S1, false);
    }
    int inCd = index(address, cd == FreshModel.NOTHING ? structures.cdWord(Cd.V) : cd, Cd.BYTES);
    if (inCd >= 0) {
      return cd(inCd, word);
    }
    if (inStreamTable(address)) {
      return word;
    }
    return descriptor1(shown.getOrDefault(address, word));
  }

  private FreshModel.Overlay stage2Alone(FreshModel.Overlay over, long ipa, boolean fetch) {
    Way hit = fetch ? Way.FETCH_AFTER_WRITE : Way.READ_AFTER_WRITE;
    Granule granule = Granule.ofTgStage2(structures.ste(Ste.S2TG));
    int first =
        granule == null ? StartLevel.NONE : StartLevel.stage2(granule, structures.ste(Ste.S2SL0));
    int[] level = {first};
    return (address, now) -> {
      long word = over.word(address, now);
      int inSte = index(address, structures.steWord(Ste.V), Ste.BYTES);
      if (inSte >= 0) {
        return ste(inSte, word, Ste.CONFIG_S2, true);
      }
      if (inStreamTable(address)) {
        return word;
      }
      long descriptor = level[0] == first ? ofFirstTable(address, word, over) : word;
      if (block2 == null && takes(granule, level[0], descriptor)) {
        block2 = new ReservedBlock(granule, level[0], descriptor);
      }
      if (block2 != null) {
        descriptor = block2.descriptor(level[0], ipa, SHOWN_2);
      }
      level[0]++;
      boolean lets =
          ways.contains(hit)
              && (!fetch || fetchHits > 0)
              && Stage2Descriptor.S2AP.get(descriptor) == S2AP_WO;
      lent |= lets;
      return lets ? Stage2Descriptor.S2AP.with(descriptor, Stage2Descriptor.S2AP_RW) : descriptor;
    };
  }

  private long ste(int index, long word, int config, boolean records) {
    if (index == Ste.CONFIG.word()) {
      long pointed =
          cd == FreshModel.NOTHING || config != Ste.CONFIG_S1
              ? contextBeyond() ? Ste.S1CONTEXTPTR.with(word, 0) : word
              : Ste.S1CONTEXTPTR.with(word, cd >>> Ste.S1CONTEXTPTR.lsb());
      return Ste.V.with(Ste.CONFIG.with(pointed, config), refusesSte() ? 0 : Ste.V.get(word));
    }
    if (index == Ste.S2R.word()) {
      long updates = Ste.S2HA.mask() | Ste.S2HD.mask();
      long mended = ways.contains(Way.HTTU_FIELDS) ? word & ~updates : word;
      long sized = Ste.S2T0SZ.with(mended, Long.SIZE - inputBits2());
      return records ? sized | Ste.S2R.mask() : sized;
    }
    return word;
  }

  /** Whether no CD is where QEMU looks for one, whose addresses have 48 bits. */
  private boolean contextBeyond() {
    long pointer = structures.steAddress(Ste.S1CONTEXTPTR);
    return ways.contains(Way.CONTEXT_BEYOND_IAS)
        && (structures.ste(Ste.CONFIG) & Ste.CONFIG_S1) == Ste.CONFIG_S1
        && (pointer & (1L << POINTER_BITS) - 1) >>> OUTPUT_BITS != 0;
  }

  /** What is C_BAD_STE for QEMU only. */
  private boolean refusesSte() {
    boolean stage2 = (structures.ste(Ste.CONFIG) & Ste.CONFIG_BIT_S2) != 0;
    boolean stage1Fields =
        structures.ste(Ste.CONFIG) != Ste.CONFIG_BYPASS
            && (structures.ste(Ste.S1CDMAX) != 0 || structures.ste(Ste.S1STALLD) != 0);
    boolean inputSize =
        stage2
            && Long.SIZE - structures.ste(Ste.S2T0SZ) > AddressSize.bits(structures.ste(Ste.S2PS));
    return (stage1Fields && ways.contains(Way.STAGE_1_FIELDS))
        || (inputSize && ways.contains(Way.INPUT_SIZE_BY_S2PS));
  }

  private long cd(int index, long word) {
    Field base = upper() ? Cd.TTB1 : Cd.TTB0;
    if (shownRoot != FreshModel.NOTHING && index == base.word()) {
      return base.with(word, shownRoot >>> base.lsb());
    }
    if (index != 0 || !guided) {
      return halfRead && index == 0 ? word | Cd.EPD1.mask() : word;
    }
    long ignored = ways.contains(Way.TBI1_BY_TBI0) ? Cd.TBI0.get(word) : Cd.TBI1.get(word);
    return Cd.TBI1.with(word, ignored) | Cd.R.mask();
  }

  /** What AP[1] and APTable say is not looked at. */
  private long descriptor1(long word) {
    long ap = Stage1Descriptor.AP.get(word);
    long table = Stage1Descriptor.APTABLE.get(word);
    if (ways.contains(Way.PRIVILEGE_IGNORED)) {
      ap |= 0b01;
      table &= 0b10;
    }
    if (ways.contains(Way.APTABLE_FORGOTTEN)) {
      table &= 0b01;
    }
    return Stage1Descriptor.AP.with(Stage1Descriptor.APTABLE.with(word, table), ap);
  }

  /** The word that stands in the first of concatenated tables where {@code address} is in it. */
  private long ofFirstTable(long address, long word, FreshModel.Overlay over) {
    Granule granule = Granule.ofTgStage2(structures.ste(Ste.S2TG));
    if (granule == null || !ways.contains(Way.CONCATENATION)) {
      return word;
    }
    int bits = inputBits2();
    int level = StartLevel.stage2(granule, structures.ste(Ste.S2SL0));
    long tables = level == StartLevel.NONE ? 1 : StartLevel.tables(granule, level, bits);
    long root = structures.steAddress(Ste.S2TTB) & -tables * granule.bytes();
    long first = root + (address - root) % granule.bytes();
    return address >= root && address < root + tables * granule.bytes() && Window.ram(first)
        ? over.word(first, memory.read(first, Long.BYTES))
        : word;
  }
}
