package portcullis.machine.smmuv3;

import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.StartLevel;
import portcullis.machine.vmsa.TableWalk;
import portcullis.machine.vmsa.TableWalker;

/** Stage 2: IPA to PA, by TLB or by walk, with its faults (IHI 0070 3.4, 7.3.13 to 7.3.16). */
final class Stage2 {
  private final Profile profile;
  private final Tlb tlb;
  private final TableWalker walker;
  private final Counters counters;

  Stage2(Profile profile, Tlb tlb, TableWalker walker, Counters counters) {
    this.profile = profile;
    this.tlb = tlb;
    this.walker = walker;
    this.counters = counters;
  }

  /**
   * Translates the address of a CD or of a stage-1 descriptor, which is a data read.
   *
   * @return the physical address, or {@link TableWalker.Reach#NONE} if {@code t} faulted
   */
  long fetch(Translation t, long ipa, FaultClass operation) {
    if (!find(t, ipa, operation)) {
      return TableWalker.Reach.NONE;
    }
    boolean toDevice = t.ste.isSet(Ste.S2PTW) && MemoryAttributes.device(t.stage2.attributes);
    if (toDevice || !Permissions.stage2AllowsRead(t.stage2.permissions)) {
      fault(t, EventType.F_PERMISSION, operation, ipa);
      return TableWalker.Reach.NONE;
    }
    return t.stage2.outputFor(ipa);
  }

  /** Translates the transaction's own IPA; the result is in {@code t.stage2}. */
  boolean translate(Translation t, long ipa) {
    return find(t, ipa, FaultClass.IN)
        && (Permissions.stage2Allows(t.stage2.permissions, t)
            || fault(t, EventType.F_PERMISSION, FaultClass.IN, ipa));
  }

  /** A stage-2 fault; S2R says whether it is recorded (IHI 0070 5.5). Always false. */
  boolean fault(Translation t, EventType type, FaultClass operation, long ipa) {
    t.stageFault(type, 2, operation, ipa);
    if (!t.ste.isSet(Ste.S2R)) {
      t.suppress("STE.S2R is 0");
    }
    return false;
  }

  private boolean find(Translation t, long ipa, FaultClass operation) {
    int vmid = t.ste.get(Ste.S2VMID);
    StageResult result = t.stage2;
    if (tlb.lookup(Tlb.Kind.STAGE_2, vmid, 0, false, ipa, result)) {
      counters.tlbHit();
      return true;
    }
    TableWalk walk = result.walk;
    walk.granule = Granule.ofTgStage2(t.ste.get(Ste.S2TG));
    walk.inputBits = Long.SIZE - t.ste.get(Ste.S2T0SZ);
    walk.outputBits = profile.outputBits(t.ste.get(Ste.S2PS));
    walk.startLevel = StartLevel.stage2(walk.granule, t.ste.get(Ste.S2SL0));
    walk.setTable(t.ste.address(Ste.S2TTB));
    if (ipa >>> walk.inputBits != 0) {
      return fault(t, EventType.F_TRANSLATION, operation, ipa);
    }
    if (!walker.walk(walk, ipa)) {
      return walkFault(t, operation, ipa);
    }
    result.takeLeaf();
    if (!Stage2Descriptor.AF.isSet(walk.descriptor) && !t.ste.isSet(Ste.S2AFFD)) {
      return fault(t, EventType.F_ACCESS, operation, ipa);
    }
    result.permissions =
        Permissions.STAGE1_ALL | Permissions.stage2(walk.descriptor, profile.feature3(Idr3.XNX));
    result.attributes =
        MemoryAttributes.ofStage2(
            (int) Stage2Descriptor.MEMATTR.get(walk.descriptor),
            (int) Stage2Descriptor.SH.get(walk.descriptor));
    result.ipa = ipa & -(1L << result.shift);
    tlb.insert(TlbTag.stage2(result, vmid), ipa, result);
    return true;
  }

  private boolean walkFault(Translation t, FaultClass operation, long ipa) {
    TableWalk walk = t.stage2.walk;
    return switch (walk.fault) {
      case TRANSLATION -> fault(t, EventType.F_TRANSLATION, operation, ipa);
      case ADDRESS_SIZE -> fault(t, EventType.F_ADDR_SIZE, operation, ipa);
      case EXTERNAL_ABORT -> t.walkAbort(2, operation, ipa, walk.fetchAddress);
      case UNREACHED -> throw new AssertionError("stage-2 tables lie at physical addresses");
    };
  }
}
