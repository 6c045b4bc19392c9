package portcullis.machine.smmuv3;

import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.machine.vmsa.TableWalk;
import portcullis.machine.vmsa.TableWalker;

/** Stage 2: IPA to PA, by TLB or by walk, with its faults (IHI 0070 3.4, 7.3.13 to 7.3.16). */
final class Stage2 {
  private final BbmLevel bbm;
  private final Tlb tlb;
  private final TableWalker walker;
  private final boolean xnx;

  Stage2(Profile profile, BbmLevel bbm, Tlb tlb, TableWalker walker) {
    this.bbm = bbm;
    this.tlb = tlb;
    this.walker = walker;
    this.xnx = profile.feature3(Idr3.XNX);
  }

  /**
   * Translates the address of a CD or of a stage-1 descriptor, which is a data read.
   *
   * @return the physical address, or {@link TableWalker.Reach#NONE} if {@code t} faulted; {@code
   *     t.stage2.shift} says how far physical addresses run on
   */
  long fetch(Translation t, long ipa, FaultClass operation) {
    if (!find(t, ipa, operation)) {
      return TableWalker.Reach.NONE;
    }
    boolean toDevice = t.ste.protectsTableWalks && MemoryAttributes.device(t.stage2.attributes);
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

  /** A stage-2 fault, with what STE.{S2R,S2S} make of it (IHI 0070 5.5). Always false. */
  boolean fault(Translation t, EventType type, FaultClass operation, long ipa) {
    t.stageFault(type, 2, operation, ipa);
    t.react(t.ste.stage2FaultModel);
    if (!t.ste.recordsStage2Faults) {
      t.suppress("STE.S2R is 0");
    }
    return false;
  }

  private boolean find(Translation t, long ipa, FaultClass operation) {
    StageResult result = t.stage2;
    result.cacheable = true;
    return switch (tlb.lookup(t.ste.stage2Space, ipa, result)) {
      case 0 -> walk(t, result, ipa, operation);
      case 1 -> true;
      default -> t.stageFault(EventType.F_TLB_CONFLICT, 2, operation, ipa);
    };
  }

  private boolean walk(Translation t, StageResult result, long ipa, FaultClass operation) {
    DecodedSte ste = t.ste;
    if (ipa >>> ste.tables.inputBits != 0) {
      return fault(t, EventType.F_TRANSLATION, operation, ipa);
    }
    TableWalk walk = result.walk;
    walk.shape = ste.tables;
    walk.space = ste.stage2Space;
    if (!walker.walk(walk, ipa)) {
      return walkFault(t, operation, ipa);
    }
    result.takeLeaf(bbm);
    if (ste.accessFlagFaults && !Stage2Descriptor.AF.isSet(walk.descriptor)) {
      return fault(t, EventType.F_ACCESS, operation, ipa);
    }
    result.permissions = Permissions.STAGE1_ALL | Permissions.stage2(walk.descriptor, xnx);
    result.attributes =
        MemoryAttributes.ofStage2(
            (int) Stage2Descriptor.MEMATTR.get(walk.descriptor),
            (int) Stage2Descriptor.SH.get(walk.descriptor));
    result.ipa = 0;
    if (result.cacheable) {
      tlb.insert(TlbTag.leaf(ste.stage2Space, result), ipa, result);
    }
    return true;
  }

  private boolean walkFault(Translation t, FaultClass operation, long ipa) {
    TableWalk walk = t.stage2.walk;
    return switch (walk.fault) {
      case TRANSLATION -> fault(t, EventType.F_TRANSLATION, operation, ipa);
      case ADDRESS_SIZE -> fault(t, EventType.F_ADDR_SIZE, operation, ipa);
      case EXTERNAL_ABORT -> t.walkAbort(2, operation, ipa, walk.descriptorAddress);
      case UNREACHED -> throw new AssertionError("stage-2 tables lie at physical addresses");
    };
  }
}
