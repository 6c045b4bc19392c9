package portcullis.qemu;

import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.DataAbortIss;
import portcullis.arch.vmsa.DescriptorKind;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.StartLevel;
import portcullis.arch.vmsa.Vtcr;
import portcullis.arch.vmsa.Vttbr;
import portcullis.platform.CpuMmu;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * The stage-2 translation under the host (DDI 0487 D8.2, D8.3), done in software for each access,
 * as no CPU runs. It holds no translation from one access to the next, so there is nothing to
 * invalidate.
 *
 * <p>The CPU has 48-bit physical addresses (no FEAT_LPA, FEAT_LPA2) and does not update descriptors
 * (no FEAT_HAFDBS).
 */
final class HostStage2 implements CpuMmu {
  /** {@link #translate}: the access faulted, {@link #faultStatus} says how. */
  static final long FAULT = -1;

  /** {@link DataAbortIss#DFSC} without its level: synchronous External abort on a walk. */
  private static final int EXTERNAL_ON_WALK = 0x14;

  private static final AddressFormat FORMAT = AddressFormat.BITS_48;

  private final GuestRam ram;
  private final Flag enabled;
  private final Cell vttbr;
  private final Cell vtcr;
  private final Cell faultStatus;

  HostStage2(Store store, GuestRam ram) {
    this.ram = ram;
    enabled = store.flag("cpu.stage2.enabled");
    vttbr = store.cell("cpu.stage2.vttbr");
    vtcr = store.cell("cpu.stage2.vtcr");
    faultStatus = store.cell("cpu.stage2.fault_status");
  }

  @Override
  public void enableHostStage2(long newVttbr, long newVtcr) {
    vttbr.set(newVttbr);
    vtcr.set(newVtcr);
    enabled.set(true);
  }

  @Override
  public void invalidateHostStage2(long ipa, long bytes) {}

  /** The DFSC (DDI 0487 D24.2.46) of the last access that faulted. */
  int faultStatus() {
    return (int) faultStatus.get();
  }

  /** Whether a {@link #faultStatus} is an External abort. */
  static boolean isExternalAbort(int status) {
    return (status & ~DataAbortIss.DFSC_LEVEL_MASK) == EXTERNAL_ON_WALK;
  }

  /**
   * Where a host access goes, in at most four lookups; the order of checks is that of DDI 0487
   * D8.15.5.
   *
   * @return the physical address, or {@link #FAULT}
   */
  long translate(long ipa, boolean write) {
    if (!enabled.get()) {
      return ipa;
    }
    long control = vtcr.get();
    Granule granule = Granule.ofTgStage2(Vtcr.TG0.get(control));
    int inputBits = Long.SIZE - (int) Vtcr.T0SZ.get(control);
    if (granule == null || (inputBits < Long.SIZE && ipa >>> inputBits != 0)) {
      return fault(DataAbortIss.DFSC_TRANSLATION, 0);
    }
    int start = StartLevel.stage2(granule, Vtcr.SL0.get(control));
    if (!StartLevel.allowed(granule, start, inputBits, FORMAT)) {
      return fault(DataAbortIss.DFSC_TRANSLATION, 0);
    }
    int outputBits = Math.min(AddressSize.bits(Vtcr.PS.get(control)), FORMAT.bits());
    long bytes = (long) StartLevel.entries(granule, start, inputBits) * Long.BYTES;
    long table = Vttbr.BADDR.inPlace(vttbr.get()) & -bytes;
    if (table >>> outputBits != 0) {
      return fault(DataAbortIss.DFSC_ADDRESS_SIZE, 0);
    }
    int indexTop = inputBits;
    for (int level = start; level <= Granule.LAST_LEVEL; level++) {
      int shift = granule.levelShift(level);
      long at = table + ((ipa & ((1L << indexTop) - 1)) >>> shift) * Long.BYTES;
      if (!ram.range().contains(at, Long.BYTES)) {
        return fault(EXTERNAL_ON_WALK, level);
      }
      long descriptor = ram.read64(at);
      DescriptorKind kind = DescriptorKind.of(descriptor, granule, level, FORMAT);
      if (kind == DescriptorKind.INVALID || kind == DescriptorKind.RESERVED) {
        return fault(DataAbortIss.DFSC_TRANSLATION, level);
      }
      boolean leaf = kind != DescriptorKind.TABLE;
      long output = FORMAT.address(descriptor, leaf ? shift : granule.shift());
      if (output >>> outputBits != 0) {
        return fault(DataAbortIss.DFSC_ADDRESS_SIZE, level);
      }
      if (leaf) {
        return permit(descriptor, level, write) ? output | (ipa & ((1L << shift) - 1)) : FAULT;
      }
      table = output;
      indexTop = shift;
    }
    throw new AssertionError("a descriptor of the last level is a leaf");
  }

  private boolean permit(long leaf, int level, boolean write) {
    if (!Stage2Descriptor.AF.isSet(leaf)) {
      fault(DataAbortIss.DFSC_ACCESS_FLAG, level);
      return false;
    }
    int needed = write ? Stage2Descriptor.S2AP_WO : Stage2Descriptor.S2AP_RO;
    if ((Stage2Descriptor.S2AP.get(leaf) & needed) == 0) {
      fault(DataAbortIss.DFSC_PERMISSION, level);
      return false;
    }
    return true;
  }

  private long fault(int status, int level) {
    faultStatus.set(status | level);
    return FAULT;
  }
}
