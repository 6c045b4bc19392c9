package portcullis.machine.smmuv3;

import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.machine.smmuv3.attributes.LeafMeaning;
import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.smmuv3.caches.BbmLevel;
import portcullis.machine.smmuv3.caches.StageResult;
import portcullis.machine.smmuv3.caches.Tlb;
import portcullis.machine.smmuv3.caches.TlbTag;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.structures.DecodedSte;
import portcullis.machine.vmsa.TableWalk;
import portcullis.machine.vmsa.TableWalker;

/**
 * Stage 2: IPA to PA, by TLB or by walk, with its faults (IHI 0070 3.4, 7.3.13 to 7.3.16). What
 * VMSAv8-32 tables output is truncated where PAs are smaller (3.4).
 */
final class Stage2 {
  private final BbmLevel bbm;
  private final Tlb tlb;
  private final TableWalker walker;
  private final boolean xnx;

  /** The bits of a PA. */
  private final long physical;

  private final boolean updates;

  /**
   * Stage 2.
   *
   * @param updates as {@link Stage1#Stage1} has it
   */
  Stage2(Features features, BbmLevel bbm, Tlb tlb, TableWalker walker, boolean updates) {
    this.updates = updates;
    this.bbm = bbm;
    this.tlb = tlb;
    this.walker = walker;
    this.xnx = features.feature3(Idr3.XNX);
    this.physical = (1L << features.outputBits()) - 1;
  }

  /**
   * Translates the address of a CD or of a stage-1 descriptor, which is a data read.
   *
   * @return the physical address, or {@link TableWalker.Reach#NONE} if {@code t} faulted; {@code
   *     t.stage2.shift} says how far physical addresses run on
   */
  long fetch(Translation t, long ipa, FaultClass operation) {
    return physical(t, ipa, operation, Permissions.STAGE2_TO_READ);
  }

  /**
   * Translates the address of a stage-1 descriptor that is to be updated, which must be writable
   * (IHI 0070 3.13.5).
   *
   * @return as {@link #fetch}
   */
  long fetchForUpdate(Translation t, long ipa) {
    long physical = physical(t, ipa, FaultClass.TT, Permissions.STAGE2_TO_UPDATE);
    if (physical == TableWalker.Reach.NONE) {
      t.byTableWrite();
    }
    return physical;
  }

  private long physical(Translation t, long ipa, FaultClass operation, int needed) {
    if (!find(t, ipa, operation, needed)) {
      return TableWalker.Reach.NONE;
    }
    if (t.ste.protectsTableWalks && MemoryAttributes.device(t.stage2.attributes)) {
      fault(t, EventType.F_PERMISSION, operation, ipa);
      return TableWalker.Reach.NONE;
    }
    return t.stage2.outputFor(ipa);
  }

  /** Translates the transaction's own IPA; the result is in {@code t.stage2}. */
  boolean translate(Translation t, long ipa) {
    return find(t, ipa, FaultClass.IN, t.needed());
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

  private boolean find(Translation t, long ipa, FaultClass operation, int needed) {
    StageResult result = t.stage2;
    result.cacheable = true;
    return switch (tlb.lookup(t.ste.stage2Space, ipa, result)) {
      case 0 -> walk(t, ipa, operation, needed);
      case 1 ->
          Permissions.stage2Done(result.permissions, needed)
              || (Permissions.stage2Allows(result.permissions, needed)
                  ? walk(t, ipa, operation, needed)
                  : fault(t, EventType.F_PERMISSION, operation, ipa));
      default -> t.stageFault(EventType.F_TLB_CONFLICT, 2, operation, ipa);
    };
  }

  private boolean walk(Translation t, long ipa, FaultClass operation, int needed) {
    DecodedSte ste = t.ste;
    StageResult result = t.stage2;
    if (ipa >>> ste.tables.inputBits != 0) {
      return fault(t, EventType.F_TRANSLATION, operation, ipa);
    }
    TableWalk walk = result.walk;
    walk.in(ste.tables, ste.stage2Space);
    if (!walker.walk(walk, ipa)) {
      return walkFault(t, operation, ipa);
    }
    result.takeLeaf(bbm);
    result.output &= physical;
    long leaf = walk.descriptor;
    if (ste.accessFlagFaults && !Stage2Descriptor.AF.isSet(leaf)) {
      return fault(t, EventType.F_ACCESS, operation, ipa);
    }
    takeMeaning(ste, leaf, result);
    boolean allowed = Permissions.stage2Allows(result.permissions, needed);
    if (allowed && !mark(ste, result, Permissions.writes(needed))) {
      return t.walkAbort(2, operation, ipa, walk.descriptorAddress);
    }
    // A leaf whose access flag is yet to be set is in no TLB (DDI 0487 D8.5.1).
    if (result.cacheable && (allowed || !ste.setsAccessFlag || Stage2Descriptor.AF.isSet(leaf))) {
      tlb.insert(TlbTag.leaf(ste.stage2Space, result), ipa, result);
    }
    return allowed || fault(t, EventType.F_PERMISSION, operation, ipa);
  }

  private void takeMeaning(DecodedSte ste, long leaf, StageResult result) {
    LeafMeaning meaning = ste.lastLeaf;
    if (!meaning.knows(leaf, 0)) {
      meaning.permissions = Permissions.stage2(leaf, ste, xnx);
      meaning.attributes = attributes(ste, leaf);
    }
    result.permissions = meaning.permissions;
    result.attributes = meaning.attributes;
    result.ipa = 0;
  }

  /** Updates the leaf for an access that it allows; false if another is in its place. */
  private boolean mark(DecodedSte ste, StageResult result, boolean written) {
    TableWalk walk = result.walk;
    long marked = ste.marked(walk.descriptor, written);
    if (marked == walk.descriptor || !updates) {
      return true;
    }
    if (written) {
      result.permissions |= Permissions.STAGE2_MARKED;
    }
    return walker.replaceLeaf(walk, walk.descriptorAddress, marked);
  }

  private static int attributes(DecodedSte ste, long leaf) {
    int memAttr = (int) Stage2Descriptor.MEMATTR.get(leaf);
    int shareability = (int) Stage2Descriptor.SH.get(leaf);
    return ste.forcesType
        ? MemoryAttributes.ofForcedStage2(memAttr, shareability)
        : MemoryAttributes.ofStage2(memAttr, shareability);
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
