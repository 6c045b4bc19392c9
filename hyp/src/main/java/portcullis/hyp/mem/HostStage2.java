package portcullis.hyp.mem;

import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Vtcr;
import portcullis.arch.vmsa.Vttbr;
import portcullis.hyp.Status;
import portcullis.pgtable.PageTable;
import portcullis.pgtable.Policy;
import portcullis.pgtable.Result;
import portcullis.pgtable.Stage2Attributes;
import portcullis.pgtable.TableFormat;
import portcullis.pgtable.TlbMaintenance;
import portcullis.pgtable.Walk;
import portcullis.platform.CpuMmu;
import portcullis.platform.Platform;

/**
 * The host's stage-2 on the CPUs: identity, and mapped only where the host has touched it. It says
 * no more than that; ownership stands in {@link PageOwnership}, so what has left the host is simply
 * unmapped here, and removal never needs memory to succeed.
 */
final class HostStage2 {
  private static final long READ_WRITE = Stage2Attributes.READ | Stage2Attributes.WRITE;

  /** Write-Back, Read-Allocate, Write-Allocate: VTCR_EL2.IRGN0 and ORGN0 (DDI 0487 D24.2.224). */
  private static final long WRITE_BACK = 0b01;

  private static final long INNER_SHAREABLE = 0b11;

  /** {@link #emptyLevel} of a mapped address: no level has this number. */
  static final int MAPPED = -2;

  private static final int HIGH_ADDRESS_LSB = 48;
  private static final int HIGH_BADDR_LSB = 2;

  private final Platform platform;
  private final TableFormat format;
  private final PageTable table;
  private final Walk walk = new Walk();
  private final long memoryAttributes;
  private final long deviceAttributes;

  /**
   * A view of the table at {@code root}.
   *
   * @param root of {@link TableFormat#rootPages} pages that belong to EL2
   */
  HostStage2(Platform platform, TableFormat format, TableAccount account, long root) {
    this.platform = platform;
    this.format = format;
    this.table =
        new PageTable(
            format,
            platform.memory(),
            account,
            new CpuTlb(platform.cpuMmu()),
            account,
            Policy.DEFAULT,
            root);
    long permitted = format.attributeMask();
    this.memoryAttributes =
        (Stage2Attributes.NORMAL | READ_WRITE | Stage2Attributes.INNER_SHAREABLE) & permitted;
    this.deviceAttributes =
        Stage2Attributes.DEVICE_NGNRE | READ_WRITE | Stage2Attributes.EXECUTE_NEVER;
  }

  /** The table's shape for a CPU with {@code addressBits} bits of physical address. */
  static TableFormat format(int pageShift, int addressBits) {
    return TableFormat.stage2(Granule.ofShift(pageShift), addressBits, addressBits);
  }

  /** Empties the root, before anything walks it. */
  void boot() {
    platform.memory().zero(table.root(), (long) format.rootPages() << format.granule().shift());
    platform.barrier();
  }

  /** Puts the table under the host on every CPU. */
  void enable() {
    platform.cpuMmu().enableHostStage2(vttbr(), vtcr());
  }

  /** VMID 0 is the host's. Root address bits 51:48, if any, stand in bits 5:2. */
  private long vttbr() {
    long root = table.root();
    return Vttbr.BADDR.inPlace(root) | root >>> HIGH_ADDRESS_LSB << HIGH_BADDR_LSB;
  }

  private long vtcr() {
    int sl = format.sl();
    return Vtcr.T0SZ.of(format.tsz())
        | Vtcr.SL0.of(sl & Vtcr.SL0.max())
        | Vtcr.IRGN0.of(WRITE_BACK)
        | Vtcr.ORGN0.of(WRITE_BACK)
        | Vtcr.SH0.of(INNER_SHAREABLE)
        | Vtcr.TG0.of(format.tg())
        | Vtcr.PS.of(format.ps())
        | Vtcr.DS.of(format.ds() ? 1 : 0)
        | Vtcr.SL2.of(sl >>> Vtcr.SL0.width())
        | Vtcr.RES1.of(1);
  }

  /** The table itself, for reports and oracles. */
  PageTable table() {
    return table;
  }

  /**
   * The level of the entry that leaves {@code ipa} unmapped, so that a block of that level or any
   * higher-numbered one can be put there by one descriptor.
   *
   * @return the level, or {@link #MAPPED}
   */
  int emptyLevel(long ipa) {
    return table.walk(ipa, walk) ? MAPPED : walk.level();
  }

  /** Bytes that a descriptor at {@code level} covers. */
  long levelBytes(int level) {
    return format.levelBytes(level);
  }

  /** The level of the root's entries. */
  int startLevel() {
    return format.startLevel();
  }

  /** Whether there can be a block or page descriptor at {@code level}. */
  boolean leafAllowed(int level) {
    return level == Granule.LAST_LEVEL
        || format.granule().blockAllowed(level, format.addressFormat());
  }

  /** Maps an unmapped range. OK, or NO_MEMORY with nothing changed. */
  Status map(long ipa, long bytes, HostMapping mapping) {
    assert mapping != HostMapping.NONE;
    long attributes = mapping == HostMapping.MEMORY ? memoryAttributes : deviceAttributes;
    Result result = table.map(ipa, ipa, bytes, attributes);
    assert result == Result.OK || result == Result.NO_MEMORY : result;
    return result == Result.OK ? Status.OK : Status.NO_MEMORY;
  }

  /**
   * Unmaps a range; on return no CPU holds any of it. Blocks at its edges are split; if EL2 has no
   * memory for that, they go whole, and the host faults the rest in again.
   */
  void unmap(long ipa, long bytes) {
    if (table.unmap(ipa, bytes) == Result.NO_MEMORY) {
      unmapBlockAt(ipa);
      unmapBlockAt(ipa + bytes - 1);
      Result result = table.unmap(ipa, bytes);
      assert result == Result.OK : result;
    }
  }

  /**
   * Gives one block the place of the tables that map some of it. If EL2 has no memory for the table
   * that it stands in (it was unlinked as empty), it stays unmapped, and the host faults it in.
   */
  void replace(long ipa, long bytes, HostMapping mapping) {
    unmap(ipa, bytes);
    map(ipa, bytes, mapping);
  }

  private void unmapBlockAt(long ipa) {
    if (table.walk(ipa, walk)) {
      Result result = table.unmap(walk.base(), walk.bytes());
      assert result == Result.OK : result;
    }
  }

  /** The CPUs' TLBs: each request is carried out, on all of them, before the next step. */
  private record CpuTlb(CpuMmu mmu) implements TlbMaintenance {
    @Override
    public void invalidate(long in, long bytes, int level, boolean leaf) {
      mmu.invalidateHostStage2(in, bytes);
    }

    @Override
    public boolean complete() {
      return true;
    }
  }
}
