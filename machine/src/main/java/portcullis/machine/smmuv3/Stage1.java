package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.EventType;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.machine.vmsa.TableWalk;
import portcullis.machine.vmsa.TableWalker;

/**
 * Stage 1: VA to PA through TTB0 or TTB1, each table fetch and the result through stage 2 where the
 * stream is nested (IHI 0070 3.4, 5.4, 7.3.22).
 */
final class Stage1 {
  private final BbmLevel bbm;
  private final Tlb tlb;
  private final TableWalker walker;
  private final Stage2 stage2;
  private final TableWalker.Reach<Translation> throughStage2;

  Stage1(BbmLevel bbm, Tlb tlb, TableWalker walker, Stage2 stage2) {
    this.bbm = bbm;
    this.tlb = tlb;
    this.walker = walker;
    this.stage2 = stage2;
    this.throughStage2 =
        (t, walk, address) -> {
          long physical = stage2.fetch(t, address, FaultClass.TT);
          walk.reachShift = t.stage2.shift;
          return physical;
        };
  }

  /**
   * Translates {@code t}'s address with its CD, and its STE's stage 2 if enabled.
   *
   * @param space of its TLB entries
   */
  boolean translate(Translation t, long space) {
    long va = t.cd.effectiveAddress(t.iova());
    return switch (tlb.lookup(space, va, t.stage1)) {
      case 0 -> miss(t, va, space);
      case 1 -> useHit(t, va);
      default -> t.stageFault(EventType.F_TLB_CONFLICT, 1, FaultClass.IN, 0);
    };
  }

  private boolean useHit(Translation t, long va) {
    StageResult result = t.stage1;
    if (Permissions.allow(result.permissions, t)) {
      return succeed(t, va);
    }
    if (!Permissions.stage1Allows(result.permissions, t)) {
      return fault(t, EventType.F_PERMISSION);
    }
    long ipa = result.ipa | (va & ((1L << result.shift) - 1));
    return stage2.fault(t, EventType.F_PERMISSION, FaultClass.IN, ipa);
  }

  private static boolean succeed(Translation t, long va) {
    return t.succeed(
        t.ste.stage2 ? Path.NESTED : Path.STAGE_1, t.stage1.outputFor(va), t.stage1.attributes);
  }

  private boolean miss(Translation t, long va, long space) {
    StageResult result = t.stage1;
    if (!walk(t, va, space)) {
      return false;
    }
    if (!Permissions.stage1Allows(result.permissions, t)) {
      return fault(t, EventType.F_PERMISSION);
    }
    if (t.ste.stage2) {
      long ipa = result.outputFor(va);
      if (!stage2.translate(t, ipa)) {
        return false;
      }
      combine(result, t.stage2, va, ipa);
    } else {
      result.permissions |= Permissions.STAGE2_ALL;
      result.ipa = 0;
    }
    if (result.cacheable) {
      long tag = TlbTag.leaf(space, result);
      boolean global = !Stage1Descriptor.NG.isSet(result.walk.descriptor);
      tlb.insert(global ? TlbTag.global(tag) : tag, va, result);
    }
    return succeed(t, va);
  }

  /** The entry of both stages: the smaller page, both permissions, the weaker attributes. */
  private static void combine(StageResult result, StageResult below, long va, long ipa) {
    int shift = Math.min(result.shift, below.shift);
    result.output = below.outputFor(ipa) & -(1L << shift);
    result.ipa = ipa & -(1L << shift);
    result.shift = shift;
    result.permissions =
        (result.permissions & Permissions.STAGE1_ALL)
            | (below.permissions & Permissions.STAGE2_ALL);
    result.attributes = MemoryAttributes.combine(result.attributes, below.attributes);
    result.cacheable &= below.cacheable;
    assert result.outputFor(va) == below.outputFor(ipa);
  }

  private boolean walk(Translation t, long va, long space) {
    StageResult result = t.stage1;
    TableWalk walk = result.walk;
    DecodedCd cd = t.cd;
    DecodedCd.Half half = cd.half(va);
    if (!half.walks || DecodedCd.beyond(half, va)) {
      return fault(t, EventType.F_TRANSLATION);
    }
    walk.shape = half.tables;
    walk.space = space;
    if (!(t.ste.stage2 ? walker.walk(walk, va, t, throughStage2) : walker.walk(walk, va))) {
      return walkFault(t);
    }
    result.takeLeaf(bbm);
    if (cd.accessFlagFaults && !Stage1Descriptor.AF.isSet(walk.descriptor)) {
      return fault(t, EventType.F_ACCESS);
    }
    result.permissions =
        Permissions.stage1(walk.descriptor, half.hierarchy ? walk.tableAttributes : 0, cd);
    result.attributes = attributes(walk.descriptor, cd);
    return true;
  }

  private static int attributes(long descriptor, DecodedCd cd) {
    int index = (int) Stage1Descriptor.ATTRINDX.get(descriptor);
    int type = (int) (cd.word(Cd.MAIR0.word()) >>> (index * Byte.SIZE)) & 0xff;
    return MemoryAttributes.of(type, (int) Stage1Descriptor.SH.get(descriptor));
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
