package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.StartLevel;
import portcullis.machine.vmsa.TableWalk;
import portcullis.machine.vmsa.TableWalker;

/**
 * Stage 1: VA to PA through TTB0 or TTB1, each table fetch and the result through stage 2 where the
 * stream is nested (IHI 0070 3.4, 5.4, 7.3.22).
 */
final class Stage1 {

  /** VA[55] selects TTB1, and is what TBI extends (IHI 0070 3.4.1). */
  private static final int SELECT_BIT = 55;

  private final Profile profile;
  private final Tlb tlb;
  private final TableWalker walker;
  private final Stage2 stage2;
  private final Counters counters;
  private final TableWalker.Reach<Translation> throughStage2;

  /** With stage 2, even a stage-1-only stream's entries have the STE's VMID (IHI 0070 3.17). */
  private final boolean vmidTags;

  Stage1(Profile profile, Tlb tlb, TableWalker walker, Stage2 stage2, Counters counters) {
    this.profile = profile;
    this.tlb = tlb;
    this.walker = walker;
    this.stage2 = stage2;
    this.counters = counters;
    this.vmidTags = profile.feature0(Idr0.S2P);
    this.throughStage2 = (t, address) -> stage2.fetch(t, address, FaultClass.TT);
  }

  /** Translates {@code t}'s address with its CD, and its stage 2 if {@code nested}. */
  boolean translate(Translation t, boolean nested) {
    long va = effectiveAddress(t);
    int vmid = vmidTags ? t.ste.get(Ste.S2VMID) : 0;
    int asid = t.cd.get(Cd.ASID);
    boolean asidSet = t.cd.isSet(Cd.ASET);
    StageResult result = t.stage1;
    if (tlb.lookup(Tlb.Kind.STAGE_1, vmid, asid, asidSet, va, result)) {
      counters.tlbHit();
      return useHit(t, va, nested);
    }
    if (!walk(t, va, nested)) {
      return false;
    }
    if (!Permissions.stage1Allows(result.permissions, t)) {
      return fault(t, EventType.F_PERMISSION);
    }
    long ipa = result.outputFor(va);
    if (nested) {
      if (!stage2.translate(t, ipa)) {
        return false;
      }
      combine(result, t.stage2, va, ipa);
    } else {
      result.permissions |= Permissions.STAGE2_ALL;
      result.ipa = result.output;
    }
    boolean global = !Stage1Descriptor.NG.isSet(result.walk.descriptor);
    tlb.insert(TlbTag.stage1(result, vmid, asid, asidSet, global), va, result);
    return t.succeed(path(nested), result.outputFor(va), result.attributes);
  }

  private boolean useHit(Translation t, long va, boolean nested) {
    StageResult result = t.stage1;
    if (!Permissions.stage1Allows(result.permissions, t)) {
      return fault(t, EventType.F_PERMISSION);
    }
    if (!Permissions.stage2Allows(result.permissions, t)) {
      long ipa = result.ipa | (va & ((1L << result.shift) - 1));
      return stage2.fault(t, EventType.F_PERMISSION, FaultClass.IN, ipa);
    }
    return t.succeed(path(nested), result.outputFor(va), result.attributes);
  }

  private static Path path(boolean nested) {
    return nested ? Path.NESTED : Path.STAGE_1;
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
    assert result.outputFor(va) == below.outputFor(ipa);
  }

  /** The address with its top byte as TBI takes it. */
  private static long effectiveAddress(Translation t) {
    long va = t.iova();
    boolean upper = (va >>> SELECT_BIT & 1) != 0;
    boolean ignoreTop = t.cd.isSet(upper ? Cd.TBI1 : Cd.TBI0);
    int unused = Long.SIZE - 1 - SELECT_BIT;
    return ignoreTop ? va << unused >> unused : va;
  }

  private boolean walk(Translation t, long va, boolean nested) {
    StageResult result = t.stage1;
    TableWalk walk = result.walk;
    ConfigurationEntry cd = t.cd;
    boolean upper = (va >>> SELECT_BIT & 1) != 0;
    if (cd.isSet(upper ? Cd.EPD1 : Cd.EPD0)) {
      return fault(t, EventType.F_TRANSLATION);
    }
    walk.granule = upper ? Granule.ofTg1(cd.get(Cd.TG1)) : Granule.ofTgStage1(cd.get(Cd.TG0));
    walk.inputBits = Long.SIZE - cd.get(upper ? Cd.T1SZ : Cd.T0SZ);
    if (va >> walk.inputBits != (upper ? -1 : 0)) {
      return fault(t, EventType.F_TRANSLATION);
    }
    walk.outputBits = profile.outputBits(cd.get(Cd.IPS));
    walk.startLevel = StartLevel.stage1(walk.granule, walk.inputBits);
    walk.setTable(cd.address(upper ? Cd.TTB1 : Cd.TTB0));
    if (!(nested ? walker.walk(walk, va, t, throughStage2) : walker.walk(walk, va))) {
      return walkFault(t);
    }
    result.takeLeaf();
    if (!Stage1Descriptor.AF.isSet(walk.descriptor) && !cd.isSet(Cd.AFFD)) {
      return fault(t, EventType.F_ACCESS);
    }
    boolean hierarchy = !(profile.feature3(Idr3.HAD) && cd.isSet(upper ? Cd.HAD1 : Cd.HAD0));
    result.permissions =
        Permissions.stage1(walk.descriptor, hierarchy ? walk.tableAttributes : 0, cd);
    result.attributes = attributes(walk.descriptor, cd);
    return true;
  }

  private static int attributes(long descriptor, ConfigurationEntry cd) {
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
      case EXTERNAL_ABORT -> t.walkAbort(1, FaultClass.TT, 0, walk.fetchAddress);
    };
  }

  /** A stage-1 fault; CD.R says whether it is recorded (IHI 0070 5.5). Always false. */
  private static boolean fault(Translation t, EventType type) {
    t.stageFault(type, 1, FaultClass.IN, 0);
    if (!t.cd.isSet(Cd.R)) {
      t.suppress("CD.R is 0");
    }
    return false;
  }
}
