package portcullis.machine.smmuv3.caches;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;

/**
 * Invalidates cached translations, by command or by broadcast (IHI 0070 3.17, 4.4): TLBs and walk
 * cache alike.
 */
public final class TlbInvalidation {
  private static final long RANGE_FIELDS_0 = Tlbi.NUM.mask() | Tlbi.SCALE.mask();
  private static final long RANGE_FIELDS_1 = Tlbi.TG.mask() | Tlbi.TTL.mask();

  /** CR0.VMW ignores so many bits at most; other values are reserved and ignore none (6.3.9). */
  private static final int MAX_WILDCARD_BITS = 4;

  private final RegisterFile registers;
  private final Tlb stage1;
  private final Tlb stage2;
  private final IntermediateTables tables;
  private final boolean ranges;
  private final boolean broadcast;
  private final InvalidationLog log;

  /**
   * Invalidates in the caches given, and notes it in {@code log}.
   *
   * @param stage1 of stage-1 and combined entries
   * @param stage2 of stage-2 entries
   */
  public TlbInvalidation(
      Features features,
      RegisterFile registers,
      Tlb stage1,
      Tlb stage2,
      IntermediateTables tables,
      InvalidationLog log) {
    this.registers = registers;
    this.stage1 = stage1;
    this.stage2 = stage2;
    this.tables = tables;
    this.ranges = features.feature3(Idr3.RIL);
    this.broadcast = features.feature0(Idr0.BTM);
    this.log = log;
  }

  /** CR2.E2H: whether EL2 commands mean the EL2-E2H world (IHI 0070 4.4.2.8). */
  public boolean e2h() {
    return Cr2.E2H.isSet(registers.get(Register.CR2));
  }

  /**
   * All that {@code scope} reaches; always true, for use as a command's verdict.
   *
   * @param queue whose command it is
   */
  public boolean all(int queue, TlbScope scope, long word0, long word1) {
    int ignored = wildcardBits();
    log.tlbi(queue, scope, word0, word1, ignored);
    stage1.invalidate(scope, word0, word1, ignored);
    stage2.invalidate(scope, word0, word1, ignored);
    tables.invalidate(scope, word0, word1, ignored);
    return true;
  }

  /**
   * By address; the range and level fields exist with IDR3.RIL only (IHI 0070 4.4.1.1).
   *
   * @param queue whose command it is
   * @return false if the combination of fields is reserved
   */
  public boolean byAddress(int queue, TlbScope scope, long word0, long word1) {
    if (!ranges) {
      return all(queue, scope, word0 & ~RANGE_FIELDS_0, word1 & ~RANGE_FIELDS_1);
    }
    Granule granule = Granule.ofTgTlbi(Tlbi.TG.get(word1));
    boolean reserved =
        granule != null
            && (word0 & RANGE_FIELDS_0) == 0
            && effectiveLevel(granule, (int) Tlbi.TTL.get(word1)) == 0;
    return !reserved && all(queue, scope, word0, word1);
  }

  /** TTL, or 0 where it is reserved: a 16KB granule has no level-1 leaf. */
  static int effectiveLevel(Granule granule, int ttl) {
    return granule == Granule.SIZE_16K && ttl == 1 ? 0 : ttl;
  }

  /** Whether the SMMU takes part in the PEs' broadcast TLB maintenance (IHI 0070 6.3.12.1). */
  public boolean takesBroadcasts() {
    return broadcast && !Cr2.PTM.isSet(registers.get(Register.CR2));
  }

  /**
   * A PE's broadcast TLBI.
   *
   * @param word0 and {@code word1}: the operands as a CMD_TLBI_* has them
   */
  public void broadcast(TlbScope scope, long word0, long word1) {
    if (takesBroadcasts()) {
      all(InvalidationLog.BROADCAST, scope, word0, word1);
    }
  }

  private int wildcardBits() {
    int bits = (int) Cr0.VMW.get(registers.get(Register.CR0ACK));
    return bits > MAX_WILDCARD_BITS ? 0 : bits;
  }
}
