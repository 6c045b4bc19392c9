package portcullis.machine.smmuv3;

import java.util.function.Consumer;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.smmuv3.attributes.MpamIds;
import portcullis.machine.smmuv3.dpt.DevicePermissions;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;

/**
 * PCIe ATS: Translation Requests and Translated transactions (IHI 0070 3.9.1, 13.6, 13.7).
 *
 * <p>Translated transactions carry no PASID here (IDR3.PASIDTT is 0), so they are unprivileged data
 * accesses without a SubstreamID, and have the STE's PARTID and PMG, or without ATSCHK GBPMPAM's
 * (17.3). Where the stream's EATS says so, the Device Permission Table decides on each (3.24).
 */
final class AtsInterface {
  private final RegisterFile registers;
  private final StreamTable streams;
  private final ContextTable contexts;
  private final Translator translator;
  private final TranslationStages stages;
  private final EventQueue events;
  private final DevicePermissions permissions;
  private final boolean supported;
  private final boolean checked;
  private final int outputBits;
  private final MpamIds mpamIds;

  /** log2 of the Smallest Translation Unit: the smallest granule (IHI 0070 3.9.1). */
  private final int unitShift;

  /** Scratch of {@link #request}. */
  private final Translation probe = new Translation();

  AtsInterface(
      Features features,
      RegisterFile registers,
      TranslationUnit unit,
      EventQueue events,
      DevicePermissions permissions) {
    this.registers = registers;
    this.streams = unit.streams();
    this.contexts = unit.contexts();
    this.translator = unit.translator();
    this.stages = unit.stages();
    this.events = events;
    this.permissions = permissions;
    this.supported = features.feature0(Idr0.ATS);
    this.checked = features.feature3(Idr3.DPT);
    this.outputBits = features.outputBits();
    this.mpamIds = MpamIds.of(features);
    this.unitShift = features.smallestGranule().shift();
  }

  /**
   * A Translation Request for one translation unit.
   *
   * @param wanted as {@link AtsAccess} has it; reading is always asked for
   */
  void request(int streamId, int substreamId, long iova, int wanted, AtsCompletion out) {
    boolean tagged = substreamId != Translation.NO_SUBSTREAM;
    int asked = tagged ? wanted : wanted & AtsAccess.WRITE;
    boolean privileged = (asked & AtsAccess.PRIVILEGED) != 0;
    Translation t = probe;
    t.begin(streamId, substreamId, iova, privileged ? AccessType.PRIVILEGED_READ : AccessType.READ);
    t.ask(requestBits(asked));
    if (!supported) {
      out.refuse(AtsCompletion.Status.UNSUPPORTED_REQUEST);
    } else if (!enabled(Cr0.SMMUEN.mask())) {
      forbid(t, out);
    } else if (!streams.find(t)) {
      abort(t, out);
    } else if (!t.ste.passes) {
      out.refuse(AtsCompletion.Status.UNSUPPORTED_REQUEST);
    } else if (mode(t) == Ste.EATS_ABORT) {
      forbid(t, out);
    } else {
      translate(t, asked, out);
    }
  }

  /** The record's fields of the request (IHI 0070 7.3.6): one unit, as the endpoint asked. */
  private static long requestBits(int asked) {
    return Event.ATS_SPAN.of(1)
        | Event.ATS_R.of(1)
        | ((asked & AtsAccess.WRITE) != 0 ? Event.ATS_W.of(1) : 0)
        | ((asked & AtsAccess.EXECUTE) != 0 ? Event.ATS_X.of(1) : 0)
        | ((asked & AtsAccess.PRIVILEGED) != 0 ? Event.ATS_PRIV.of(1) : 0);
  }

  private void forbid(Translation t, AtsCompletion out) {
    t.fault(EventType.F_BAD_ATS_TREQ);
    events.record(t);
    out.refuse(AtsCompletion.Status.UNSUPPORTED_REQUEST);
  }

  /** A configuration error; recorded with CR2.REC_CFG_ATS only. */
  private void abort(Translation t, AtsCompletion out) {
    if (t.outcome() == Outcome.FAULT && recordsErrors()) {
      events.record(t);
    }
    out.refuse(AtsCompletion.Status.COMPLETER_ABORT);
  }

  /** The effective STE.EATS (IHI 0070 5.2). */
  private int mode(Translation t) {
    if (!t.ste.stage1 && !t.ste.stage2) {
      return Ste.EATS_ABORT;
    }
    return switch (t.ste.get(Ste.EATS)) {
      case Ste.EATS_FULL -> Ste.EATS_FULL;
      case Ste.EATS_SPLIT -> enabled(Cr0.ATSCHK.mask()) ? Ste.EATS_SPLIT : Ste.EATS_ABORT;
      case Ste.EATS_FULL_DPT ->
          checked && enabled(Cr0.ATSCHK.mask()) ? Ste.EATS_FULL_DPT : Ste.EATS_ABORT;
      default -> Ste.EATS_ABORT;
    };
  }

  /**
   * Finds out what the pages allow by trying: a read, and what else is asked for. So STE overrides,
   * both stages and hardware updates of descriptors are those of ordinary transactions (13.7.1).
   */
  private void translate(Translation t, int asked, AtsCompletion out) {
    grant(t, asked, out);
    boolean translated = t.ste.stage2 || t.cd != null;
    if (mode(t) == Ste.EATS_FULL_DPT && translated && out.grants()) {
      boolean writable = (out.access() & AtsAccess.WRITE) != 0;
      permissions.answered(out.address(), out.shift(), writable, t.ste.vmid());
    }
  }

  private void grant(Translation t, int asked, AtsCompletion out) {
    boolean split = mode(t) == Ste.EATS_SPLIT;
    boolean privileged = (asked & AtsAccess.PRIVILEGED) != 0;
    out.complete(0, t.iova(), unitShift);
    if (!attempt(t, AtsAccess.READ, split, out)) {
      return;
    }
    if ((asked & AtsAccess.WRITE) != 0) {
      again(t, privileged ? AccessType.PRIVILEGED_WRITE : AccessType.WRITE);
      if (!attempt(t, AtsAccess.WRITE, split, out)) {
        return;
      }
    }
    // Executing implies reading: an execute-only page gives nothing.
    if ((asked & AtsAccess.EXECUTE) != 0 && (out.access() & AtsAccess.READ) != 0) {
      again(t, privileged ? AccessType.PRIVILEGED_FETCH : AccessType.FETCH);
      if (!attempt(t, AtsAccess.EXECUTE, split, out)) {
        return;
      }
    }
    if (privileged && out.grants()) {
      out.complete(out.access() | AtsAccess.PRIVILEGED, out.address(), out.shift());
    }
  }

  private static void again(Translation t, AccessType type) {
    t.begin(t.streamId(), t.substreamId(), t.iova(), type);
  }

  /** Adds what one access is allowed; false if the answer is final. */
  private boolean attempt(Translation t, int access, boolean split, AtsCompletion out) {
    if (translator.translate(t)) {
      out.complete(out.access() | access, split ? t.intermediate() : t.pa(), size(t));
      return true;
    }
    return switch (t.event()) {
      // A fault on the way to a CD or a stage-1 table denies everything.
      case F_PERMISSION -> t.faultClass() == FaultClass.IN || deny(t, out);
      case F_TRANSLATION, F_ADDR_SIZE, F_ACCESS -> deny(t, out);
      default -> {
        abort(t, out);
        yield false;
      }
    };
  }

  private boolean deny(Translation t, AtsCompletion out) {
    out.complete(0, t.iova(), unitShift);
    return false;
  }

  private int size(Translation t) {
    return switch (t.path()) {
      case STAGE_1, NESTED -> t.stage1.shift;
      case STAGE_2 -> t.stage2.shift;
      case BYPASS, TRANSLATED -> unitShift;
    };
  }

  /**
   * A Translated transaction; a fault has been recorded, if it is to be.
   *
   * @return whether it may go to {@code t.pa()}
   */
  boolean translated(Translation t) {
    if (!supported) {
      return t.abort("no ATS");
    }
    if (!enabled(Cr0.SMMUEN.mask())) {
      return forbid(t);
    }
    if (!enabled(Cr0.ATSCHK.mask())) {
      t.label(mpamIds.ids(registers.get(Register.GBPMPAM)));
      return pass(t);
    }
    if (!streams.find(t)) {
      return refuse(t);
    }
    if (!t.ste.passes) {
      return t.abort("STE.Config is abort");
    }
    int mode = mode(t);
    if (mode == Ste.EATS_ABORT) {
      return forbid(t);
    }
    if (t.ste.stage1 && contexts.select(t) == ContextTable.FAULT) {
      return refuse(t);
    }
    if (mode == Ste.EATS_FULL) {
      return pass(t);
    }
    if (mode == Ste.EATS_FULL_DPT) {
      return pass(t) && (permitted(t) || forbid(t));
    }
    if (!stages.withoutStage1(t)) {
      if (t.outcome() == Outcome.FAULT) {
        events.record(t);
      }
      return false;
    }
    return true;
  }

  /**
   * Whether the STE decides on a Translated transaction, as far as the registers say; if not, it is
   * decided, and nothing is recorded.
   */
  boolean checks(Translation t) {
    if (!supported) {
      t.abort("no ATS");
    } else if (!enabled(Cr0.SMMUEN.mask())) {
      t.fault(EventType.F_TRANSL_FORBIDDEN);
    } else if (!enabled(Cr0.ATSCHK.mask())) {
      pass(t);
    } else {
      return true;
    }
    return false;
  }

  /**
   * All that may become of a Translated transaction whose STE has been found, for whatever the SMMU
   * may hold of the Device Permission Table; nothing if it goes through stage 2.
   */
  void possibilities(Translation t, Consumer<PossibleOutcome> visitor) {
    int mode = mode(t);
    if (!t.ste.passes) {
      t.abort("STE.Config is abort");
    } else if (mode == Ste.EATS_ABORT) {
      t.fault(EventType.F_TRANSL_FORBIDDEN);
    } else if (!t.ste.stage1 || contexts.select(t) != ContextTable.FAULT) {
      if (mode == Ste.EATS_SPLIT) {
        return;
      }
      if (pass(t) && mode == Ste.EATS_FULL_DPT) {
        checked(t, visitor);
        return;
      }
    }
    visitor.accept(PossibleOutcome.of(t));
  }

  private void checked(Translation t, Consumer<PossibleOutcome> visitor) {
    permissions.possibilities(
        t.pa(),
        t.type().write(),
        t.ste.vmid(),
        t.ste.get(Ste.DPT_VMATCH),
        permitted -> {
          if (!permitted) {
            t.fault(EventType.F_TRANSL_FORBIDDEN);
          }
          visitor.accept(PossibleOutcome.of(t));
        });
  }

  private boolean permitted(Translation t) {
    return permissions.permits(t.pa(), t.type().write(), t.ste.vmid(), t.ste.get(Ste.DPT_VMATCH));
  }

  private boolean forbid(Translation t) {
    t.fault(EventType.F_TRANSL_FORBIDDEN);
    events.record(t);
    return false;
  }

  /** A configuration error; recorded with CR2.REC_CFG_ATS only, whatever RECINVSID is (3.9.1.3). */
  private boolean refuse(Translation t) {
    if (recordsErrors()) {
      events.record(t);
    } else {
      t.suppress("CR2.REC_CFG_ATS is 0");
    }
    return false;
  }

  /** The address is a PA; one beyond OAS is aborted (IHI 0070 3.9.1.1). */
  private boolean pass(Translation t) {
    return t.iova() >>> outputBits == 0
        ? t.succeed(Path.TRANSLATED, t.iova(), MemoryAttributes.NORMAL_WRITE_BACK)
        : t.abort("address beyond OAS");
  }

  private boolean enabled(long flag) {
    return (registers.get(Register.CR0ACK) & flag) != 0;
  }

  private boolean recordsErrors() {
    return Cr2.REC_CFG_ATS.isSet(registers.get(Register.CR2));
  }
}
