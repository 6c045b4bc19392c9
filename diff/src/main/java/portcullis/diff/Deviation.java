package portcullis.diff;

import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Sync;
import portcullis.arch.smmu.Tlbi;
import portcullis.diff.Difference.What;
import portcullis.diff.QemuReading.Way;
import portcullis.machine.smmuv3.InterruptLine;

/**
 * What QEMU 11 does differently from the architecture, each as narrowly as it can be told. A
 * difference that none of these explains is a mismatch.
 */
enum Deviation {
  IPA_LOW_BITS(
      "IHI 0070 7.3.13 to 7.3.16",
      Effect.GOES_ON,
      "a stage-2 fault's IPA is recorded with its low 12 bits") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.what() == What.EVENT_RESERVED
          && difference.model() == 3
          && difference.qemu() >>> 12 == 0
          && Event.S2.isSet(at.qemu().outcome().event1());
    }
  },
  TTRNW(
      "IHI 0070 7.3.16",
      Effect.GOES_ON,
      "F_PERMISSION for a fetch of a table does not have TTRnW set") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.is(Event.TTRNW) && difference.qemu() == 0;
    }
  },
  RNW_OF_FETCH(
      "IHI 0070 7.3.13 to 7.3.16",
      Effect.GOES_ON,
      "a stage-2 fault on the CD or on a stage-1 root has RnW of the fetch, not of the"
          + " transaction") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.is(Event.RNW)
          && at.write()
          && difference.qemu() == 1
          && at.qemuEvent(Event.CLASS) != Event.CLASS_IN
          && at.qemuEvent(Event.S2) == 1;
    }
  },
  TABLE_FETCH_S2(
      "IHI 0070 7.3.13 to 7.3.16",
      Effect.GOES_ON,
      "a stage-2 fault on a stage-1 table below the root is recorded as one of stage 1") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.is(Event.S2)
          && difference.qemu() == 0
          && at.qemuEvent(Event.CLASS) == Event.CLASS_TT
          && at.nested();
    }
  },
  TABLE_FETCH_R(
      "IHI 0070 5.5",
      Effect.FOLLOWED,
      "a stage-2 fault on a stage-1 table below the root is recorded as CD.R says, not STE.S2R") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (difference.what() == What.EVENT_MISSING || difference.what() == What.EVENT_ADDED)
          && at.dma()
          && at.qemuBy(Way.TABLE_FETCH_R);
    }
  },
  TABLE_FETCH_IPA(
      "IHI 0070 7.3.13 to 7.3.16",
      Effect.GOES_ON,
      "a stage-2 fault on a stage-1 table is recorded for the table's start, not for the"
          + " descriptor") {
    @Override
    boolean explains(Difference difference, Situation at) {
      int shift = difference.is(Event.IPA) ? Event.IPA.lsb() : Event.FETCHADDR.lsb();
      long inTable = (difference.model() << shift) - (difference.qemu() << shift);
      return (difference.is(Event.IPA) || difference.is(Event.FETCHADDR))
          && at.qemuEvent(Event.CLASS) == Event.CLASS_TT
          && at.nested()
          && at.granule1() != null
          && inTable >= 0
          && inTable < at.granule1().bytes();
    }
  },
  PRIVILEGE_IGNORED(
      "IHI 0070 13.1.3, DDI 0487 D8.4",
      Effect.FOLLOWED,
      "an unprivileged access passes where AP[1] or APTable[0] leave stage 1 to privileged ones") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference))
          && at.dma()
          && at.qemuBy(Way.PRIVILEGE_IGNORED);
    }
  },
  APTABLE_EARLY(
      "DDI 0487 D8.4, IHI 0070 7.3.22",
      Effect.FOLLOWED,
      "a write faults at a table descriptor with APTable[1], before the descriptors below it are"
          + " read") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference)) && at.dma() && at.qemuBy(Way.APTABLE_EARLY);
    }
  },
  APTABLE_FORGOTTEN(
      "DDI 0487 D8.4",
      Effect.FOLLOWED,
      "what APTable[1] forbids is allowed by a TLB entry that a read has left") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference))
          && at.dma()
          && at.qemuBy(Way.APTABLE_FORGOTTEN);
    }
  },
  READ_AFTER_WRITE(
      "DDI 0487 D8.4.2",
      Effect.FOLLOWED,
      "a read is no fault at a write-only page of stage 2 that a write left in the TLB") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference))
          && at.dma()
          && at.qemuBy(Way.READ_AFTER_WRITE);
    }
  },
  FETCH_AFTER_WRITE(
      "DDI 0487 D8.4.2",
      Effect.FOLLOWED,
      "a fetch of a nested stream is no fault at a write-only page of stage 2 that a write left in"
          + " the TLB") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference))
          && at.dma()
          && at.qemuBy(Way.FETCH_AFTER_WRITE);
    }
  },
  HIT_WITHOUT_IPA(
      "IHI 0070 7.3.16",
      Effect.GOES_ON,
      "a nested stage-2 permission fault found in the TLB is recorded with IPA 0") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.is(Event.IPA)
          && difference.qemu() == 0
          && at.qemuEvent(Event.TYPE) == EventType.F_PERMISSION.code()
          && at.qemuEvent(Event.CLASS) == Event.CLASS_IN
          && at.nested()
          && at.passedBefore(false);
    }
  },
  ROOTS_EARLY(
      "IHI 0070 7.3.22",
      Effect.FOLLOWED,
      "stage 2 is asked for both roots of stage 1 whenever a CD is fetched") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference)) && at.dma() && at.qemuBy(Way.ROOTS_EARLY);
    }
  },
  TABLE_START(
      "IHI 0070 3.4.3, 5.4 (CD.TTB0), 7.3.13",
      Effect.FOLLOWED_IF_STOPPED,
      "stage 2 is asked for the start of a stage-1 table only, also where pages differ within it") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference)) && at.dma() && at.qemuBy(Way.TABLE_START);
    }
  },
  RESERVED_BLOCK("DDI 0487 D8.3.1", Effect.FOLLOWED, "a block is taken at a level that has none") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference))
          && at.dma()
          && at.qemuBy(Way.RESERVED_BLOCK);
    }
  },
  ACCESS_BEFORE_SIZE(
      "DDI 0487 D8.15.5, IHI 0070 7.3.22",
      Effect.GOES_ON,
      "the Access flag and permissions are looked at before the size of a leaf's address") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.what() == What.EVENT_TYPE && at.dma() && at.qemuBy(Way.ACCESS_BEFORE_SIZE);
    }
  },
  TABLE_ADDRESS_SIZE(
      "IHI 0070 3.4.3, 7.3.14",
      Effect.FOLLOWED,
      "the size of a table's address is not looked at: its fetch is aborted instead, or nested"
          + " recorded as too large itself") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference))
          && at.dma()
          && at.qemuBy(Way.TABLE_ADDRESS_SIZE);
    }
  },
  PTW_IGNORED(
      "IHI 0070 5.2 (STE.S2PTW)",
      Effect.FOLLOWED,
      "STE.S2PTW does not protect Device memory from fetches of CDs and tables") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference)) && at.dma() && at.qemuBy(Way.PTW_IGNORED);
    }
  },
  HIT_SILENT(
      "IHI 0070 7.3.16",
      Effect.FOLLOWED,
      "with stage 2 alone, a write to a read-only page in the TLB is aborted without an event") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.what() == What.EVENT_MISSING && at.dma() && at.qemuBy(Way.HIT_SILENT);
    }
  },
  CD_FETCH_ADDRESS(
      "IHI 0070 7.3.10",
      Effect.GOES_ON,
      "F_CD_FETCH has the address of the fetch where other events have the input address") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return at.dma()
          && at.qemuEvent(Event.TYPE) == EventType.F_CD_FETCH.code()
          && at.qemu().outcome().event2() == at.outcome().event3()
          && (difference.is(Event.FETCHADDR)
              || (difference.what() == What.EVENT_RESERVED && difference.model() == 2));
    }
  },
  INPUT_SIZE_BY_S2PS(
      "IHI 0070 5.2 (STE.S2T0SZ)",
      Effect.FOLLOWED,
      "an STE whose IPAs are larger than S2PS, which is for physical addresses, is C_BAD_STE") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return outcome(difference) && at.dma() && at.qemuBy(Way.INPUT_SIZE_BY_S2PS);
    }
  },
  START_LEVEL(
      "IHI 0070 5.2 (STE.S2SL0)",
      Effect.FOLLOWED,
      "an STE with a start level that is too early for S2T0SZ is not C_BAD_STE") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference)) && at.dma() && at.qemuBy(Way.START_LEVEL);
    }
  },
  BLOCK_PIECES(
      "DDI 0487 D8.17, IHI 0070 4.4",
      Effect.FOLLOWED,
      "of a stage-1 page or block over smaller stage-2 pages, an invalidation by address drops one"
          + " piece") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference))
          && at.dma()
          && at.nested()
          && at.qemuKeptPiece();
    }
  },
  TTB_WITH_CONFIGURATION(
      "IHI 0070 4.3, 4.4.3",
      Effect.FOLLOWED_IF_STOPPED,
      "the stage-2 translation of a stage-1 root is kept with the configuration: only CMD_CFGI_*"
          + " drops it") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference))
          && at.dma()
          && at.nested()
          && at.qemuKeptRoot();
    }
  },
  TBI1_BY_TBI0(
      "IHI 0070 3.4.1, 5.4 (CD.TBI1)",
      Effect.FOLLOWED,
      "CD.TBI0 says for both halves whether the top byte is ignored") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference)) && at.dma() && at.qemuBy(Way.TBI1_BY_TBI0);
    }
  },
  HTTU_FIELDS(
      "IHI 0070 5.2 (STE.S2HA, S2HD)",
      Effect.FOLLOWED,
      "S2HA and S2HD in an STE are ignored though hardware update is not supported") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return outcome(difference) && at.dma() && at.qemuBy(Way.HTTU_FIELDS);
    }
  },
  STAGE_1_FIELDS(
      "IHI 0070 5.2 (STE.S1CDMax, S1STALLD)",
      Effect.FOLLOWED,
      "S1CDMax and S1STALLD make an STE C_BAD_STE also where they are ignored") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return outcome(difference) && at.dma() && at.qemuBy(Way.STAGE_1_FIELDS);
    }
  },
  CONTEXT_BEYOND_IAS(
      "IHI 0070 3.4.3",
      Effect.FOLLOWED,
      "an STE whose S1ContextPtr is too large is not C_BAD_STE: it ends in F_CD_FETCH, or nested in"
          + " a stage-2 Translation fault, which is permitted too") {
    @Override
    boolean explains(Difference difference, Situation at) {
      long pointer = at.dma() ? at.fetched().ste(Ste.S1CONTEXTPTR) << Ste.S1CONTEXTPTR.lsb() : 0;
      return outcome(difference)
          && (at.modelSays(EventType.C_BAD_STE)
              ? (at.nested()
                      ? difference.what() == What.EVENT_MISSING
                          || at.qemuSays(EventType.F_TRANSLATION)
                      : at.hasStage1() && at.qemuSays(EventType.F_CD_FETCH))
                  && pointer >>> IPA_BITS != 0
              : at.dma() && at.qemuBy(Way.CONTEXT_BEYOND_IAS));
    }
  },
  SIGNAL_EACH(
      "IHI 0070 3.18.2",
      Effect.GOES_ON,
      "the event queue's interrupt comes with every record, not only with one in an empty queue") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.is(InterruptLine.EVENTQ)
          && difference.model() == 0
          && difference.qemu() == 1
          && at.dma()
          && at.qemu().outcome().recorded()
          && at.side().eventsSignalled()
          && at.side().events() > 1;
    }
  },
  OVERFLOW(
      "IHI 0070 7.4, 7.5",
      Effect.FOLLOWED,
      "an event that does not fit raises GERROR.EVENTQ_ABT_ERR; EVENTQ_PROD.OVFLG is never set") {
    @Override
    boolean explains(Difference difference, Situation at) {
      long different = difference.model() ^ difference.qemu();
      return at.dma()
          && !at.model().recordable()
          && (difference.is(InterruptLine.GERROR)
              || (difference.is(Register.GERROR) && different == Gerror.EVENTQ_ABT_ERR.mask())
              || (difference.is(Register.EVENTQ_PROD) && different == EventqProd.OVFLG.mask()));
    }
  },
  SPAN(
      "IHI 0070 5.1",
      Effect.FOLLOWED,
      "L1STD.Span counts twice as many STEs, and a StreamID beyond them is C_BAD_STE") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return outcome(difference) && at.dma() && at.qemuBy(Way.SPAN);
    }
  },
  ROOT_CUT(
      "IHI 0070 3.4",
      Effect.FOLLOWED_IF_STOPPED,
      "the physical address of a nested stage-1 root is cut to CD.IPS") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference)) && at.dma() && at.qemuBy(Way.ROOT_CUT);
    }
  },
  /** Never a reason for a difference: {@link Lethal} leaves such steps out. */
  ENDS_QEMU(
      "IHI 0070 5.2 (STE.S2AA64), 5.4 (CD.IPS)",
      Effect.ENDS,
      "QEMU ends at an STE with S2AA64 0 and stage 2, and at a CD with IPS 6 or 7: not sent") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return false;
    }
  },
  CONCATENATION(
      "DDI 0487 D8.2.2",
      Effect.FOLLOWED,
      "the first of several concatenated stage-2 tables is used in place of the others") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return (outcome(difference) || fault(difference))
          && at.dma()
          && (at.laterRootUnread() || at.qemuBy(Way.CONCATENATION));
    }
  },
  IAS_SILENT(
      "IHI 0070 3.4, 7.3.14",
      Effect.FOLLOWED,
      "an address beyond the IPA size, without stage 1, is aborted without an event") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.what() == What.EVENT_MISSING && at.dma() && at.qemuBy(Way.IAS_SILENT);
    }
  },
  WRITABLE_WHILE_ENABLED(
      "IHI 0070 6.3.11, 6.3.12",
      Effect.GOES_ON,
      "CR1 and CR2 can be written while CR0.SMMUEN is 1") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.is(Register.CR1) || difference.is(Register.CR2);
    }
  },
  UNSUPPORTED_COMMANDS(
      "IHI 0070 4.4.2, 4.5, 4.7.1, 4.7.2",
      Effect.FOLLOWED,
      "commands for ATS, PRI, stalls, EL2 and EL3, which are not supported, are no errors") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return queue(difference)
          && at.failedCommand() != 0
          && switch (Opcode.of((int) Command.OPCODE.get(at.failedCommand()))) {
            case ATC_INV,
                PRI_RESP,
                RESUME,
                STALL_TERM,
                TLBI_EL2_ALL,
                TLBI_EL2_ASID,
                TLBI_EL2_VA,
                TLBI_EL2_VAA,
                TLBI_EL3_ALL,
                TLBI_EL3_VA ->
                true;
            case null, default -> false;
          };
    }
  },
  RESERVED_SYNC(
      "IHI 0070 4.7.3", Effect.FOLLOWED, "CMD_SYNC with the reserved CS 0b11 is no error") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return queue(difference)
          && Command.OPCODE.get(at.failedCommand()) == Opcode.SYNC.code()
          && Sync.CS.get(at.failedCommand()) == 0b11;
    }
  },
  RESERVED_RANGE(
      "IHI 0070 4.4.1.1",
      Effect.FOLLOWED,
      "a range invalidation with TG, but NUM, SCALE and TTL 0, is no error") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return queue(difference)
          && Tlbi.TG.get(at.failedCommand1()) != 0
          && switch (Opcode.of((int) Command.OPCODE.get(at.failedCommand()))) {
            case TLBI_NH_VA, TLBI_NH_VAA, TLBI_S2_IPA ->
                Tlbi.NUM.get(at.failedCommand()) == 0 && Tlbi.SCALE.get(at.failedCommand()) == 0;
            case null, default -> false;
          };
    }
  },
  RECINVSID_IGNORED(
      "IHI 0070 6.3.12, 7.3.3",
      Effect.FOLLOWED,
      "C_BAD_STREAMID is recorded with CR2.RECINVSID 0") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.what() == What.EVENT_ADDED
          && difference.qemu() == EventType.C_BAD_STREAMID.code()
          && at.side().register(Register.CR2) == 0;
    }
  };

  /** What a deviation means for the rest of the case. */
  enum Effect {
    /** Both sides are in the same state after it. */
    GOES_ON("goes on"),
    /**
     * It is about that DMA or command only: the model is made to follow QEMU in it, and the rest is
     * compared.
     */
    FOLLOWED("is followed"),
    /**
     * As {@link #FOLLOWED} if QEMU stopped the DMA; else {@link #ENDS}, as its TLB may be wrong.
     */
    FOLLOWED_IF_STOPPED("is followed if QEMU stopped it, else ends"),
    /** The two sides may be in different states after it: the case is compared no further. */
    ENDS("ends");

    private final String label;

    Effect(String label) {
      this.label = label;
    }

    /** What it says of the case. */
    String label() {
      return label;
    }
  }

  /** IAS of QEMU's SMMU, in bits. */
  private static final int IPA_BITS = 44;

  private final String section;
  private final Effect effect;
  private final String text;

  Deviation(String section, Effect effect, String text) {
    this.section = section;
    this.effect = effect;
    this.text = text;
  }

  /** Whether data or an event differs as a whole. */
  private static boolean outcome(Difference difference) {
    return switch (difference.what()) {
      case PASSED, PLACE, EVENT_MISSING, EVENT_ADDED, EVENT_TYPE -> true;
      default -> false;
    };
  }

  /** Whether the same event tells another fault. */
  private static boolean fault(Difference difference) {
    return difference.is(Event.S2)
        || difference.is(Event.CLASS)
        || difference.is(Event.IPA)
        || difference.is(Event.FETCHADDR)
        || difference.is(Event.TTRNW)
        || difference.is(Event.RNW);
  }

  /** Whether the command queue stopped on one side only, or elsewhere. */
  private static boolean queue(Difference difference) {
    return difference.is(Register.CMDQ_CONS) || difference.is(Register.GERROR);
  }

  /** Whether this is why the two sides differ. */
  abstract boolean explains(Difference difference, Situation at);

  /** Where the architecture says otherwise. */
  String section() {
    return section;
  }

  Effect effect() {
    return effect;
  }

  /** What QEMU does. */
  String text() {
    return text;
  }
}
