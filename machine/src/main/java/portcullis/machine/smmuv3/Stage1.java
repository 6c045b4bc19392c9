package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;

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
  private final TableWalker.Reach throughStage2;

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
    TableWalk walk = t.stage1;
    if (tlb.lookup(Tlb.Kind.STAGE_1, vmid, asid, asidSet, va, walk)) {
      counters.tlbHit();
      return useHit(t, va, nested);
    }
    if (!walk(t, va, nested)) {
      return false;
    }
    if (!Permissions.stage1Allows(walk.permissions, t)) {
      return fault(t, EventType.F_PERMISSION);
    }
    long ipa = walk.outputFor(va);
    if (nested) {
      if (!stage2.translate(t, ipa)) {
        return false;
      }
      combine(walk, t.stage2, va, ipa);
    } else {
      walk.permissions |= Permissions.STAGE2_ALL;
      walk.ipa = walk.output;
    }
    boolean global = !Stage1Descriptor.NG.isSet(walk.descriptor);
    tlb.insert(TlbTag.stage1(walk, walk.shift, vmid, asid, asidSet, global), va, walk);
    return t.succeed(path(nested), walk.outputFor(va), walk.attributes);
  }

  private boolean useHit(Translation t, long va, boolean nested) {
    TableWalk walk = t.stage1;
    if (!Permissions.stage1Allows(walk.permissions, t)) {
      return fault(t, EventType.F_PERMISSION);
    }
    if (!Permissions.stage2Allows(walk.permissions, t)) {
      long ipa = walk.ipa | (va & ((1L << walk.shift) - 1));
      return stage2.fault(t, EventType.F_PERMISSION, FaultClass.IN, ipa);
    }
    return t.succeed(path(nested), walk.outputFor(va), walk.attributes);
  }

  private static Path path(boolean nested) {
    return nested ? Path.NESTED : Path.STAGE_1;
  }

  /** The entry of both stages: the smaller page, both permissions, the weaker attributes. */
  private static void combine(TableWalk walk, TableWalk below, long va, long ipa) {
    int shift = Math.min(walk.shift, below.shift);
    walk.output = below.outputFor(ipa) & -(1L << shift);
    walk.ipa = ipa & -(1L << shift);
    walk.shift = shift;
    walk.permissions =
        (walk.permissions & Permissions.STAGE1_ALL) | (below.permissions & Permissions.STAGE2_ALL);
    walk.attributes = MemoryAttributes.combine(walk.attributes, below.attributes);
    assert walk.outputFor(va) == below.outputFor(ipa);
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
    TableWalk walk = t.stage1;
    ConfigurationEntry cd = t.cd;
    boolean upper = (va >>> SELECT_BIT & 1) != 0;
    if (cd.isSet(upper ? Cd.EPD1 : Cd.EPD0)) {
      return fault(t, EventType.F_TRANSLATION);
    }
    Granule granule = upper ? Granule.ofTg1(cd.get(Cd.TG1)) : Granule.ofTgStage1(cd.get(Cd.TG0));
    walk.granuleShift = granule.shift();
    walk.inputBits = Long.SIZE - cd.get(upper ? Cd.T1SZ : Cd.T0SZ);
    if (va >> walk.inputBits != (upper ? -1 : 0)) {
      return fault(t, EventType.F_TRANSLATION);
    }
    walk.outputBits = profile.outputBits(cd.get(Cd.IPS));
    walk.startLevel = TableWalker.startLevel(walk.granuleShift, walk.inputBits);
    walk.table =
        cd.address(upper ? Cd.TTB1 : Cd.TTB0)
            & -TableWalker.startTableBytes(walk.granuleShift, walk.startLevel, walk.inputBits);
    if (!walker.walk(t, walk, va, nested ? throughStage2 : TableWalker.Reach.PHYSICAL)) {
      return walkFault(t);
    }
    if (!Stage1Descriptor.AF.isSet(walk.descriptor) && !cd.isSet(Cd.AFFD)) {
      return fault(t, EventType.F_ACCESS);
    }
    boolean hierarchy = !(profile.feature3(Idr3.HAD) && cd.isSet(upper ? Cd.HAD1 : Cd.HAD0));
    walk.permissions =
        Permissions.stage1(walk.descriptor, hierarchy ? walk.tableAttributes : 0, cd);
    walk.attributes = attributes(walk.descriptor, cd);
    return true;
  }

  private static int attributes(long descriptor, ConfigurationEntry cd) {
    int index = (int) Stage1Descriptor.ATTRINDX.get(descriptor);
    int type = (int) (cd.word(Cd.MAIR0.word()) >>> (index * Byte.SIZE)) & 0xff;
    return MemoryAttributes.of(type, (int) Stage1Descriptor.SH.get(descriptor));
  }

  private static boolean walkFault(Translation t) {
    EventType type = t.stage1.fault;
    if (type == null) {
      return false;
    }
    if (type == EventType.F_WALK_EABT) {
      t.stageFault(type, 1, FaultClass.TT, 0);
      return t.fetchFault(type, t.stage1.fetchAddress);
    }
    return fault(t, type);
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
