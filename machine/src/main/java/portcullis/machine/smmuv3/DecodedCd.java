package portcullis.machine.smmuv3;

import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.StartLevel;
import portcullis.machine.vmsa.TableShape;

/** A CD as translations use it (IHI 0070 5.4). */
final class DecodedCd extends ConfigurationEntry {

  /** VA[55] selects TTB1, and is what TBI extends (IHI 0070 3.4.1). */
  private static final int SELECT_BIT = 55;

  private static final int ABOVE_SELECT_BIT = Long.SIZE - 1 - SELECT_BIT;

  /** One half of the address space: TTB0's or TTB1's. */
  static final class Half {
    /** EPDx is 0. */
    boolean walks;

    /** TBIx. */
    boolean ignoresTopByte;

    /** HADx is 0: table descriptors limit what is below them. */
    boolean hierarchy;

    /** Meaningful if {@link #walks}. */
    final TableShape tables = new TableShape();
  }

  private final Profile profile;
  private final Half lower = new Half();
  private final Half upper = new Half();

  /** ASID and ASET, as {@link TlbTag} packs them. */
  long space;

  /** A leaf without access flag faults. */
  boolean accessFlagFaults;

  /** CD.A and CD.S: what becomes of a transaction that faults at stage 1. */
  FaultModel faultModel;

  /** CD.R, which S overrides. */
  boolean recordsFaults;

  DecodedCd(Profile profile) {
    this.profile = profile;
  }

  @Override
  void decode() {
    space = TlbTag.asidSpace(get(Cd.ASID), isSet(Cd.ASET));
    accessFlagFaults = !isSet(Cd.AFFD);
    faultModel =
        isSet(Cd.S) ? FaultModel.STALL : isSet(Cd.A) ? FaultModel.ABORT : FaultModel.RAZ_WI;
    recordsFaults = isSet(Cd.R) || isSet(Cd.S);
    half(lower, Granule.ofTgStage1(get(Cd.TG0)), Cd.EPD0, Cd.TBI0, Cd.HAD0, Cd.T0SZ, Cd.TTB0);
    half(upper, Granule.ofTg1(get(Cd.TG1)), Cd.EPD1, Cd.TBI1, Cd.HAD1, Cd.T1SZ, Cd.TTB1);
  }

  private void half(
      Half half, Granule granule, Field disable, Field tbi, Field had, Field size, Field base) {
    half.walks = !isSet(disable);
    half.ignoresTopByte = isSet(tbi);
    half.hierarchy = !(profile.feature3(Idr3.HAD) && isSet(had));
    if (half.walks) {
      TableShape tables = half.tables;
      tables.granule = granule;
      tables.inputBits = Long.SIZE - get(size);
      tables.outputBits = profile.outputBits(get(Cd.IPS));
      tables.startLevel = StartLevel.stage1(granule, tables.inputBits);
      tables.setTable(address(base));
    }
  }

  private static boolean inUpper(long va) {
    return (va >>> SELECT_BIT & 1) != 0;
  }

  /** The half that {@code va} is in. */
  Half half(long va) {
    return inUpper(va) ? upper : lower;
  }

  /** Whether the bits of {@code va} above its half's input size say that it is outside it. */
  static boolean beyond(Half half, long va) {
    return va >> half.tables.inputBits != (inUpper(va) ? -1 : 0);
  }

  /** The address with its top byte as TBI takes it. */
  long effectiveAddress(long va) {
    return half(va).ignoresTopByte ? va << ABOVE_SELECT_BIT >> ABOVE_SELECT_BIT : va;
  }
}
