package portcullis.hyp;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import portcullis.arch.vmsa.DataAbortIss;
import portcullis.arch.vmsa.Esr;
import portcullis.hyp.iommu.IommuCore;
import portcullis.hyp.iommu.IommuDriverFactory;
import portcullis.hyp.mem.HostPages;
import portcullis.hyp.mem.PagePolicy;
import portcullis.platform.CpuContext;
import portcullis.platform.El2Vectors;
import portcullis.platform.Platform;
import portcullis.platform.boot.BootParameters;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * The hypervisor: page ownership and IOMMU drivers, entered by the host's traps.
 *
 * <p>In order: construct, {@link #boot}, {@link #deprivilege}; the host is trusted until then, and
 * nothing it does afterwards makes an entry point throw, wait without bound or leave a transition
 * half done. One lock, the host stage-2's, covers everything: a trap of another CPU that a platform
 * lets in while one is handled is refused, and so sees neither an owner nor a table in between.
 */
public final class Hypervisor implements El2Vectors {

  private final IommuCore iommus;
  private final HostPages pages;
  private final Flag lock;
  private final EnumMap<TrapKind, Cell> traps = new EnumMap<>(TrapKind.class);

  /**
   * Puts a hypervisor together and declares all its state; touches nothing of the machine.
   *
   * @param drivers makers of the IOMMU drivers, in the order in which they are asked
   * @throws IllegalArgumentException if the parameters contradict each other
   * @throws IllegalStateException if there are too many drivers
   */
  public Hypervisor(
      Store store,
      Platform platform,
      BootParameters parameters,
      PagePolicy policy,
      List<IommuDriverFactory> drivers) {
    this.iommus = new IommuCore(store);
    this.pages = new HostPages(store, platform, parameters, policy, iommus);
    this.lock = store.flag("hyp.lock");
    for (TrapKind kind : TrapKind.values()) {
      traps.put(kind, store.cell("hyp.traps." + kind.name().toLowerCase(Locale.ROOT)));
    }
    for (IommuDriverFactory driver : drivers) {
      iommus.register(driver.create(store, platform, pages, parameters));
    }
  }

  /**
   * Takes EL2's memory, then lets the IOMMU drivers take over their hardware. Once.
   *
   * @return OK, or what the first IOMMU driver said that refused all its devices: the host may be
   *     deprivileged all the same, and these devices are then not protected
   */
  public Status boot() {
    pages.boot();
    return iommus.init();
  }

  /** Takes the host's privilege: from now on it reaches only what it owns. Once, after boot. */
  public void deprivilege() {
    pages.deprivilege();
  }

  @Override
  public void dataAbort(CpuContext context) {
    if (lock.get()) {
      refuse(context);
      return;
    }
    lock.set(true);
    handleAbort(context);
    lock.set(false);
  }

  /** A fault of stage 2 is resolved, or emulated by an IOMMU driver; any other abort is refused. */
  private void handleAbort(CpuContext context) {
    long esr = context.esr();
    if (Esr.EC.get(esr) != Esr.EC_DABT_LOW || !isTranslationFault(esr)) {
      refuse(context);
      return;
    }
    long ipa = context.faultIpa();
    if (pages.fault(ipa).ok()) {
      count(pages.isMemory(ipa) ? TrapKind.MEMORY_FAULT : TrapKind.DEVICE_FAULT);
    } else if (!pages.isMemory(ipa)
        && !DataAbortIss.S1PTW.isSet(esr)
        && iommus.dabtHandler(context, ipa)) {
      count(TrapKind.IOMMU_ACCESS);
    } else {
      refuse(context);
    }
  }

  private void refuse(CpuContext context) {
    count(TrapKind.REFUSED_ACCESS);
    context.injectAbort();
  }

  /** The only fault that EL2 causes: what it maps, it maps with every permission. */
  private static boolean isTranslationFault(long esr) {
    long dfsc = DataAbortIss.DFSC.get(esr);
    return (dfsc & ~DataAbortIss.DFSC_LEVEL_MASK) == DataAbortIss.DFSC_TRANSLATION
        || dfsc == DataAbortIss.DFSC_TRANSLATION_MINUS_1;
  }

  @Override
  public void hypercall(CpuContext context) {
    long result = Status.BUSY.code();
    if (!lock.get()) {
      lock.set(true);
      Hypercall call = Hypercall.of(context.register(0));
      result =
          call == null
              ? Status.NOT_SUPPORTED.code()
              : call.call(
                  pages, iommus, context.register(1), context.register(2), context.register(3));
      lock.set(false);
    }
    count(result < 0 ? TrapKind.REFUSED_HYPERCALL : TrapKind.HYPERCALL);
    context.setRegister(0, result);
  }

  private void count(TrapKind kind) {
    Cell counter = traps.get(kind);
    counter.set(counter.get() + 1);
  }

  /** How often the host trapped, by kind. */
  public List<TrapCount> traps() {
    return traps.entrySet().stream()
        .map(entry -> new TrapCount(entry.getKey(), entry.getValue().get()))
        .toList();
  }

  /** The host's pages: owners, pool, guests and the CPUs' stage-2. */
  public HostPages pages() {
    return pages;
  }

  /** The IOMMU drivers. */
  public IommuCore iommus() {
    return iommus;
  }
}
