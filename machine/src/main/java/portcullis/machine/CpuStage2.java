package portcullis.machine;

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
import portcullis.store.Words;

/**
 * The stage-2 translation under the host, shared by all CPUs, with a TLB that keeps a page's
 * translation until it is invalidated or another page needs its place (DDI 0487 D8.2, D8.17): so a
 * missing invalidation shows.
 */
final class CpuStage2 implements CpuMmu {
  /** {@link #translate}: the access faulted, {@link #faultStatus} says how. */
  static final long FAULT = -1;

  private static final int TLB_ENTRIES = 256;
  private static final int PAGE_SHIFT = 12;
  private static final int READABLE = 0b01;
  private static final int WRITABLE = 0b10;

  private final Bus bus;
  private final Flag enabled;
  private final Cell vttbr;
  private final Cell vtcr;
  private final Words tags;
  private final Words entries;
  private final Cell faultStatus;

  CpuStage2(Store store, Bus bus) {
    this.bus = bus;
    enabled = store.flag("cpu.stage2.enabled");
    vttbr = store.cell("cpu.stage2.vttbr");
    vtcr = store.cell("cpu.stage2.vtcr");
    tags = store.words("cpu.stage2.tlb.tag", TLB_ENTRIES);
    entries = store.words("cpu.stage2.tlb.entry", TLB_ENTRIES);
    faultStatus = store.cell("cpu.stage2.fault_status");
  }

  @Override
  public void enableHostStage2(long newVttbr, long newVtcr) {
    vttbr.set(newVttbr);
    vtcr.set(newVtcr);
    enabled.set(true);
    for (int i = 0; i < TLB_ENTRIES; i++) {
      tags.set(i, 0);
    }
  }

  @Override
  public void invalidateHostStage2(long ipa, long bytes) {
    long first = ipa >>> PAGE_SHIFT;
    long last = (ipa + bytes - 1) >>> PAGE_SHIFT;
    for (int i = 0; i < TLB_ENTRIES; i++) {
      long page = tags.get(i) - 1;
      if (page >= first && page <= last) {
        tags.set(i, 0);
      }
    }
  }

  /** The DFSC (DDI 0487 D24.2.40) of the last access that faulted. */
  int faultStatus() {
    return (int) faultStatus.get();
  }

  /**
   * Where a host access goes.
   *
   * @return the physical address, or {@link #FAULT}
   */
  long translate(long ipa, boolean write) {
    if (!enabled.get()) {
      return ipa;
    }
    long page = ipa >>> PAGE_SHIFT;
    int slot = (int) (page & (TLB_ENTRIES - 1));
    if (tags.get(slot) != page + 1) {
      long entry = walk(ipa);
      if (entry == FAULT) {
        return FAULT;
      }
      tags.set(slot, page + 1);
      entries.set(slot, entry);
    }
    long entry = entries.get(slot);
    if ((entry & (write ? WRITABLE : READABLE)) == 0) {
      return fault(DataAbortIss.DFSC_PERMISSION, Granule.LAST_LEVEL);
    }
    return (entry & -(1L << PAGE_SHIFT)) | (ipa & ((1L << PAGE_SHIFT) - 1));
  }

  private long fault(int status, int level) {
    faultStatus.set(status | level);
    return FAULT;
  }

  /** The 4 KiB page of {@code ipa}: its physical address and in the low bits its permissions. */
  private long walk(long ipa) {
    long control = vtcr.get();
    Granule granule = Granule.ofTgStage2(Vtcr.TG0.get(control));
    int inputBits = 64 - (int) Vtcr.T0SZ.get(control);
    int outputBits = AddressSize.bits(Vtcr.PS.get(control));
    AddressFormat format = AddressFormat.of(granule, outputBits > AddressFormat.BITS_48.bits());
    int level = StartLevel.stage2(granule, Vtcr.SL0.get(control));
    if (ipa >>> inputBits != 0) {
      return fault(DataAbortIss.DFSC_TRANSLATION, 0);
    }
    long table = Vttbr.BADDR.inPlace(vttbr.get());
    long index = ipa >>> granule.levelShift(level);
    while (true) {
      long at = table + index * Long.BYTES;
      if (!bus.responds(at)) {
        return fault(DataAbortIss.DFSC_EXTERNAL, 0);
      }
      long descriptor = bus.read(at, Long.BYTES);
      switch (DescriptorKind.of(descriptor, granule, level, format)) {
        case INVALID, RESERVED -> {
          return fault(DataAbortIss.DFSC_TRANSLATION, level);
        }
        case TABLE -> {
          table = format.address(descriptor, granule.shift());
          level++;
          index = (ipa >>> granule.levelShift(level)) & (granule.entries() - 1);
        }
        case BLOCK, PAGE -> {
          return leaf(descriptor, granule.levelShift(level), level, outputBits, format, ipa);
        }
      }
    }
  }

  private long leaf(
      long descriptor, int shift, int level, int outputBits, AddressFormat format, long ipa) {
    long output = format.address(descriptor, shift);
    if (output >>> outputBits != 0) {
      return fault(DataAbortIss.DFSC_ADDRESS_SIZE, level);
    }
    if (!Stage2Descriptor.AF.isSet(descriptor)) {
      return fault(DataAbortIss.DFSC_ACCESS_FLAG, level);
    }
    long offset = ipa & ((1L << shift) - 1) & -(1L << PAGE_SHIFT);
    return output | offset | Stage2Descriptor.S2AP.get(descriptor);
  }
}
