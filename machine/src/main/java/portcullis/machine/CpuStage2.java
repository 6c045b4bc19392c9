package portcullis.machine;

import portcullis.arch.Field;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.StartLevel;
import portcullis.arch.vmsa.Vtcr;
import portcullis.arch.vmsa.Vttbr;
import portcullis.machine.smmuv3.BroadcastTlbi;
import portcullis.machine.vmsa.TableShape;
import portcullis.machine.vmsa.TableWalk;
import portcullis.machine.vmsa.TableWalker;
import portcullis.machine.vmsa.WalkCache;
import portcullis.platform.CpuMmu;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The stage-2 translation under the host, shared by all CPUs, with a TLB that keeps a page's
 * translation until it is invalidated or another page needs its place (DDI 0487 D8.2, D8.17): so a
 * missing invalidation shows.
 *
 * <p>The CPUs have 52-bit addresses (FEAT_LPA, FEAT_LPA2) and small translation tables (FEAT_TTST),
 * and do not update descriptors themselves (no FEAT_HAFDBS).
 */
final class CpuStage2 implements CpuMmu {
  /** {@link #translate}: the access faulted, {@link #faultStatus} says how. */
  static final long FAULT = -1;

  private static final int TLB_ENTRIES = 256;

  /** More pages than this are not invalidated one by one. */
  private static final int MAX_BROADCASTS = 512;

  /** VTTBR_EL2 bits that hold address bits 51:48, if the address has them. */
  private static final int HIGH_BADDR_LSB = 2;

  private static final int HIGH_ADDRESS_LSB = 48;
  private static final long HIGH_BADDR = 0b1111L << HIGH_BADDR_LSB;
  private static final int LEAST_WIDE_BADDR_SHIFT = 6;

  /** Bits of a TLB entry, under the page's physical address; {@link #S2AP} is at its own place. */
  private static final long LEVEL_MASK = 0b11;

  private static final Field S2AP = Stage2Descriptor.S2AP;

  private final TlbiBroadcast broadcast;
  private final TableWalker walker;
  private final TableWalk walk = new TableWalk();
  private final TableShape shape = walk.shape;
  private final Flag enabled;
  private final Cell vttbr;
  private final Cell vtcr;
  private final Words tags;
  private final Words entries;
  private final Cell faultStatus;

  CpuStage2(Store store, Bus bus, TlbiBroadcast broadcast) {
    this.broadcast = broadcast;
    walker = new TableWalker(bus, WalkCache.NONE);
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
    broadcast.invalidate(BroadcastTlbi.VMALLS12E1, vmid(), 0);
  }

  @Override
  public void invalidateHostStage2(long ipa, long bytes) {
    int pageShift = pageShift();
    long first = ipa >>> pageShift;
    long last = (ipa + bytes - 1) >>> pageShift;
    for (int i = 0; i < TLB_ENTRIES; i++) {
      long page = tags.get(i) - 1;
      if (page >= first && page <= last) {
        tags.set(i, 0);
      }
    }
    if (broadcast.heard()) {
      broadcastInvalidation(first, last);
    }
  }

  /**
   * The instructions that EL2 uses: by IPA and then stage 1, or all of the VMID if that is less.
   */
  private void broadcastInvalidation(long firstPage, long lastPage) {
    if (lastPage - firstPage >= MAX_BROADCASTS) {
      broadcast.invalidate(BroadcastTlbi.VMALLS12E1, vmid(), 0);
      return;
    }
    for (long page = firstPage; page <= lastPage; page++) {
      broadcast.invalidate(BroadcastTlbi.IPAS2E1, vmid(), page << pageShift());
    }
    broadcast.invalidate(BroadcastTlbi.VMALLE1, vmid(), 0);
  }

  private int vmid() {
    return (int) Vttbr.VMID.get(vttbr.get());
  }

  /** The DFSC (DDI 0487 D24.2.46) of the last access that faulted. */
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
    int pageShift = pageShift();
    long page = ipa >>> pageShift;
    int slot = (int) (page & (TLB_ENTRIES - 1));
    if (tags.get(slot) != page + 1) {
      if (!walk(ipa)) {
        return FAULT;
      }
      tags.set(slot, page + 1);
      entries.set(slot, entry(page << pageShift));
    }
    long entry = entries.get(slot);
    long needed = write ? Stage2Descriptor.S2AP_WO : Stage2Descriptor.S2AP_RO;
    if ((S2AP.get(entry) & needed) == 0) {
      fault(FaultStatus.PERMISSION, (int) (entry & LEVEL_MASK));
      return FAULT;
    }
    long offsetMask = (1L << pageShift) - 1;
    return (entry & ~offsetMask) | (ipa & offsetMask);
  }

  /** The TLB entry for the page that starts at {@code ipa}, whose leaf the walk found. */
  private long entry(long ipa) {
    long inLeaf = ipa & ((1L << walk.leafShift()) - 1);
    return walk.output | inLeaf | S2AP.inPlace(walk.descriptor) | walk.level;
  }

  /** log2 of a page of the tables' granule, which is what a TLB entry and a TLBI are for. */
  private int pageShift() {
    return granule().shift();
  }

  /**
   * VTCR_EL2.TG0. A reserved one is taken for one of the granules: IMPLEMENTATION DEFINED, here 4KB
   * (DDI 0487 D24.2.224).
   */
  private Granule granule() {
    Granule granule = Granule.ofTgStage2(Vtcr.TG0.get(vtcr.get()));
    return granule == null ? Granule.SIZE_4K : granule;
  }

  private boolean fault(FaultStatus status, int level) {
    faultStatus.set(status.dfsc(level));
    return false;
  }

  /** Walks to the leaf for {@code ipa}, in the order of DDI 0487 D8.15.5. */
  private boolean walk(long ipa) {
    if (!configure() || ipa >>> shape.inputBits != 0) {
      return fault(FaultStatus.TRANSLATION, 0);
    }
    long base = base();
    if (base >>> shape.outputBits != 0) {
      return fault(FaultStatus.ADDRESS_SIZE, 0);
    }
    shape.setTable(base);
    if (!walker.walk(walk, ipa)) {
      return fault(
          switch (walk.fault) {
            case TRANSLATION -> FaultStatus.TRANSLATION;
            case ADDRESS_SIZE -> FaultStatus.ADDRESS_SIZE;
            case EXTERNAL_ABORT -> FaultStatus.EXTERNAL_ABORT_ON_WALK;
            case UNREACHED -> throw new AssertionError("stage-2 tables lie at physical addresses");
          },
          walk.level);
    }
    return Stage2Descriptor.AF.isSet(walk.descriptor) || fault(FaultStatus.ACCESS_FLAG, walk.level);
  }

  /** The tables' shape from VTCR_EL2; false if SL0 is reserved or inconsistent with T0SZ. */
  private boolean configure() {
    long control = vtcr.get();
    Granule granule = granule();
    boolean ds = Vtcr.DS.isSet(control);
    long sl = Vtcr.SL0.get(control) | (ds ? Vtcr.SL2.get(control) << Vtcr.SL0.width() : 0);
    shape.granule = granule;
    shape.format = AddressFormat.of(granule, ds || granule == Granule.SIZE_64K);
    shape.inputBits = Long.SIZE - (int) Vtcr.T0SZ.get(control);
    shape.outputBits = AddressSize.bits(Vtcr.PS.get(control));
    shape.tableBits = shape.outputBits;
    shape.startLevel = StartLevel.stage2(granule, sl);
    return StartLevel.allowed(granule, shape.startLevel, shape.inputBits, shape.format);
  }

  /** VTTBR_EL2.BADDR, of 52 bits where descriptors' addresses are (DDI 0487 J1.1.4). */
  private long base() {
    long register = vttbr.get();
    long base = Vttbr.BADDR.inPlace(register);
    boolean wide =
        switch (shape.format) {
          case BITS_48 -> false;
          case LPA -> shape.outputBits == AddressSize.MAX_BITS;
          case LPA2 -> true;
        };
    if (!wide) {
      return base;
    }
    return (base & -(1L << LEAST_WIDE_BADDR_SHIFT))
        | (register & HIGH_BADDR) << (HIGH_ADDRESS_LSB - HIGH_BADDR_LSB);
  }
}
