package portcullis.machine.smmuv3.dpt;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.DptBase;
import portcullis.arch.smmu.DptCfgFar;
import portcullis.arch.smmu.DptTable;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;
import portcullis.machine.smmuv3.dpt.DptEntries.Meaning;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;

/**
 * Walks the table for an address (IHI 0070 3.24.3), with the lookup faults of 3.24.4 in their
 * priority. There are no Granule Protection Checks.
 *
 * <p>What was found is here until the next walk.
 */
final class DptWalk {
  private final RegisterFile registers;
  private final Bus level0;
  private final Bus level1;
  private final DptTlb tlb;
  private final DptGeometry geometry;
  private final DptEntries entries;
  private final long physical;

  private int faultCode;
  private int faultLevel;

  /**
   * A walk.
   *
   * @param level0 and {@code level1}: where the entries of the two levels are read
   * @param tlb keeps tables and permissions
   */
  DptWalk(Features features, RegisterFile registers, Bus level0, Bus level1, DptTlb tlb) {
    this.registers = registers;
    this.level0 = level0;
    this.level1 = level1;
    this.tlb = tlb;
    this.geometry = new DptGeometry(features);
    this.entries = new DptEntries(features);
    this.physical = (1L << features.outputBits()) - 1;
  }

  /** Of a walk that was {@link Meaning#INVALID}: DPT_CFG_FAR.DPT_FAULTCODE. */
  int faultCode() {
    return faultCode;
  }

  /** Of a walk that was {@link Meaning#INVALID}: 0 or 1. */
  int faultLevel() {
    return faultLevel;
  }

  /** Of a {@link Meaning#PERMISSION}: as {@link DptPermission} packs it. */
  long permission() {
    return entries.permission();
  }

  /** Of a {@link Meaning#PERMISSION}: log2 of the bytes of the region that has it. */
  int shift() {
    return entries.shift();
  }

  /**
   * Walks; what is permitted somehow is kept.
   *
   * @param pa below OAS
   * @return not {@link Meaning#TABLE}; if invalid, the lookup faulted
   */
  Meaning walk(long pa) {
    if (!Cr0.DPT_WALK_EN.isSet(registers.get(Register.CR0ACK))) {
      return fault(DptCfgFar.DISABLED, 0);
    }
    if (!geometry.take(registers.get(Register.DPT_BASE_CFG))) {
      return fault(DptCfgFar.WALK_FAULT, 0);
    }
    if (pa >>> geometry.coveredBits != 0) {
      return Meaning.NO_ACCESS;
    }
    long table = tlb.table(pa, geometry.entryBits);
    if (table == DptTlb.NO_TABLE) {
      long base = DptBase.BADDR.inPlace(registers.get(Register.DPT_BASE)) & physical;
      long address = geometry.level0(base, pa);
      if (!level0.responds(address)) {
        return fault(DptCfgFar.EXTERNAL_ABORT, 0);
      }
      long entry = level0.read(address, Long.BYTES);
      Meaning meaning = entries.level0(entry, geometry);
      if (meaning != Meaning.TABLE) {
        return done(meaning, pa, 0);
      }
      table = DptTable.ADDRESS.inPlace(entry);
      tlb.keepTable(pa, geometry.entryBits, table);
    }
    long address = geometry.level1(table, pa);
    if (!level1.responds(address)) {
      return fault(DptCfgFar.EXTERNAL_ABORT, 1);
    }
    return done(entries.level1(level1.read(address, Long.BYTES), pa, geometry), pa, 1);
  }

  private Meaning done(Meaning meaning, long pa, int level) {
    if (meaning == Meaning.INVALID) {
      return fault(DptCfgFar.WALK_FAULT, level);
    }
    if (meaning == Meaning.PERMISSION) {
      tlb.keep(pa, entries.shift(), entries.permission());
    }
    return meaning;
  }

  private Meaning fault(int code, int level) {
    faultCode = code;
    faultLevel = level;
    return Meaning.INVALID;
  }
}
