package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.EventType;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.machine.smmuv3.attributes.AttributeCombiner;
import portcullis.machine.smmuv3.attributes.LeafMeaning;
import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.smmuv3.caches.BbmLevel;
import portcullis.machine.smmuv3.caches.StageResult;
import portcullis.machine.smmuv3.caches.Tlb;
import portcullis.machine.smmuv3.caches.TlbTag;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.structures.DecodedCd;
import portcullis.machine.vmsa.TableWalk;
import portcullis.machine.vmsa.TableWalker;

/**
 * Stage 1: VA to PA through TTB0 or TTB1, each table fetch and the result through stage 2 where the
 * stream is nested (IHI 0070 3.4, 5.4, 7.3.22). The IPA of VMSAv8-32 tables is truncated where PAs
 * are smaller and there is no stage 2 (3.4).
 */
final class Stage1 {
  /** Each walk but the last follows an update that stage 2 will not make again. */
  private static final int MOST_WALKS = 4;

  private final BbmLevel bbm;
  private final Tlb tlb;
  private final TableWalker walker;
  private final Stage2 stage2;
  private final boolean updates;
  private final TableWalker.Reach<Translation> throughStage2;
  private final AttributeCombiner attributes = new AttributeCombiner();

  /** The bits of a PA. */
  private final long physical;

  /**
   * Stage 1.
   *
   * @param updates whether descriptors are updated where HTTU is enabled; if not, they count as
   *     updated (IHI 0070 9, HTTUI)
   */
  Stage1(
      Features features,
      BbmLevel bbm,
      Tlb tlb,
      TableWalker walker,
      Stage2 stage2,
      boolean updates) {
    this.physical = (1L << features.outputBits()) - 1;
    this.updates = updates;
    this.bbm = bbm;
    this.tlb = tlb;
    this.walker = walker;
    this.stage2 = stage2;
    this.throughStage2 =
        (t, walk, address) -> {
          long pa = stage2.fetch(t, address, FaultClass.TT);
          walk.reachShift = t.stage2.shift;
          return pa;
        };
  }

  /**
   * Translates {@code t}'s address with its CD, and its STE's stage 2 if enabled.
   *
   * @param space of its TLB entries
   */
  boolean translate(Translation t, long space) {
    DecodedCd.Half half = t.cd.half(t.iova());
    if (denied(t, half)) {
      return fault(t, EventType.F_TRANSLATION);
    }
    long va = half.effectiveAddress(t.iova());
    return switch (tlb.lookup(space, va, t.stage1)) {
      case 0 -> miss(t, half, va, space);
      case 1 -> useHit(t, half, va, space);
      default -> t.stageFault(EventType.F_TLB_CONFLICT, 1, FaultClass.IN, 0);
    };
  }

  /**
   * Translates {@code t}'s address to what stage 1 makes of it: of a nested stream an IPA, with the
   * page size and attributes of stage 1 in {@code t.stage1}. For a nested stream it always walks: a
   * TLB entry is of both stages.
   *
   * @param space of its TLB entries
   */
  boolean translateAlone(Translation t, long space) {
    if (!t.ste.stage2) {
      return translate(t, space);
    }
    DecodedCd.Half half = t.cd.half(t.iova());
    if (denied(t, half)) {
      return fault(t, EventType.F_TRANSLATION);
    }
    long va = half.effectiveAddress(t.iova());
    return walkAndMark(t, half, va, space)
        && t.succeed(Path.STAGE_1, t.stage1.outputFor(va), t.stage1.attributes);
  }

  /** E0PDx. */
  private static boolean denied(Translation t, DecodedCd.Half half) {
    return half.deniesUnprivileged && !t.privileged();
  }

  private boolean useHit(Translation t, DecodedCd.Half half, long va, long space) {
    StageResult result = t.stage1;
    if (Permissions.allow(result.permissions, t)) {
      return succeed(t, va) && t.hit();
    }
    if (!Permissions.stage1Allows(result.permissions, t)) {
      return fault(t, EventType.F_PERMISSION);
    }
    if (Permissions.stage2Allows(result.permissions, t.needed())) {
      // A write of a writable-clean page: descriptors are marked as they are now (DDI 0487 D8.5.2).
      return miss(t, half, va, space);
    }
    long ipa = result.ipa | (va & ((1L << result.shift) - 1));
    return stage2.fault(t, EventType.F_PERMISSION, FaultClass.IN, ipa);
  }

  private static boolean succeed(Translation t, long va) {
    int attributes = t.stage1.attributes;
    return t.succeed(
        t.ste.stage2 ? Path.NESTED : Path.STAGE_1,
        t.stage1.outputFor(va),
        t.ste.limitsAllocation
            ? MemoryAttributes.limitAllocation(attributes, t.ste.incomingAttributes)
            : attributes);
  }

  private boolean miss(Translation t, DecodedCd.Half half, long va, long space) {
    StageResult result = t.stage1;
    if (!walkAndMark(t, half, va, space)) {
      return false;
    }
    if (t.ste.stage2) {
      long ipa = result.outputFor(va);
      if (!stage2.translate(t, ipa)) {
        return false;
      }
      combine(result, t.stage2, va, ipa);
    } else {
      result.permissions = Permissions.stage1Alone(result.permissions);
      result.output &= physical;
      result.ipa = 0;
    }
    if (result.cacheable) {
      long tag = TlbTag.leaf(space, result);
      boolean global = t.cd.isGlobal(result.walk.descriptor);
      tlb.insert(global ? TlbTag.global(tag) : tag, va, result);
    }
    return succeed(t, va);
  }

  /** The entry of both stages: the smaller page, both permissions, the weaker attributes. */
  private void combine(StageResult result, StageResult below, long va, long ipa) {
    int shift = Math.min(result.shift, below.shift);
    result.output = below.outputFor(ipa) & -(1L << shift);
    result.ipa = ipa & -(1L << shift);
    result.shift = shift;
    result.permissions = Permissions.combined(result.permissions, below.permissions);
    result.attributes = attributes.combine(result.attributes, below.attributes);
    result.cacheable &= below.cacheable;
    assert result.outputFor(va) == below.outputFor(ipa);
  }

  /**
   * Walks to a leaf that allows the access, and updates it where HTTU is to (IHI 0070 3.13). Stage
   * 2, on the way to the update, may update the same word: then the walk is made again.
   */
  private boolean walkAndMark(Translation t, DecodedCd.Half half, long va, long space) {
    StageResult result = t.stage1;
    TableWalk walk = result.walk;
    boolean written = t.type().write();
    for (int walks = 0; walks < MOST_WALKS; walks++) {
      if (!walk(t, half, va, space)) {
        return false;
      }
      if (!Permissions.stage1Allows(result.permissions, t)) {
        return fault(t, EventType.F_PERMISSION);
      }
      long marked = t.cd.marked(walk.descriptor, written);
      if (marked == walk.descriptor || !updates) {
        return true;
      }
      long address =
          t.ste.stage2 ? stage2.fetchForUpdate(t, walk.descriptorName) : walk.descriptorAddress;
      if (address == TableWalker.Reach.NONE) {
        return false;
      }
      if (walker.replaceLeaf(walk, address, marked)) {
        if (written) {
          result.permissions |= Permissions.STAGE1_MARKED;
        }
        return true;
      }
    }
    return t.walkAbort(1, FaultClass.TT, 0, walk.descriptorAddress);
  }

  private boolean walk(Translation t, DecodedCd.Half half, long va, long space) {
    StageResult result = t.stage1;
    TableWalk walk = result.walk;
    DecodedCd cd = t.cd;
    if (!half.walks || half.excludes(va)) {
      return fault(t, EventType.F_TRANSLATION);
    }
    walk.in(half.tables, space | half.walkSpace);
    if (!(t.ste.stage2 ? walker.walk(walk, va, t, throughStage2) : walker.walk(walk, va))) {
      return walkFault(t);
    }
    result.takeLeaf(bbm);
    if (cd.accessFlagFaults && !Stage1Descriptor.AF.isSet(walk.descriptor)) {
      return fault(t, EventType.F_ACCESS);
    }
    LeafMeaning meaning = half.lastLeaf;
    long tables = half.hierarchy ? walk.tableAttributes : 0;
    if (!meaning.knows(walk.descriptor, tables)) {
      meaning.permissions = Permissions.stage1(walk.descriptor, tables, cd);
      meaning.attributes = attributes(walk.descriptor, cd);
    }
    result.permissions = meaning.permissions;
    result.attributes = meaning.attributes;
    return true;
  }

  private static int attributes(long descriptor, DecodedCd cd) {
    int index = (int) Stage1Descriptor.ATTRINDX.get(descriptor);
    int type = (int) (cd.word(Cd.MAIR0.word()) >>> (index * Byte.SIZE)) & 0xff;
    return MemoryAttributes.ofStage1(type, (int) Stage1Descriptor.SH.get(descriptor));
  }

  private static boolean walkFault(Translation t) {
    TableWalk walk = t.stage1.walk;
    return switch (walk.fault) {
      case UNREACHED -> false;
      case TRANSLATION -> fault(t, EventType.F_TRANSLATION);
      case ADDRESS_SIZE -> fault(t, EventType.F_ADDR_SIZE);
      case EXTERNAL_ABORT -> t.walkAbort(1, FaultClass.TT, 0, walk.descriptorAddress);
    };
  }

  /** A stage-1 fault, with what CD.{A,R,S} make of it (IHI 0070 5.5). Always false. */
  private static boolean fault(Translation t, EventType type) {
    t.stageFault(type, 1, FaultClass.IN, 0);
    t.react(t.cd.faultModel);
    if (!t.cd.recordsFaults) {
      t.suppress("CD.R is 0");
    }
    return false;
  }
}
