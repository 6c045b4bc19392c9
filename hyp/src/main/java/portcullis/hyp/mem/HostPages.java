package portcullis.hyp.mem;

import java.util.Locale;
import portcullis.arch.vmsa.Granule;
import portcullis.hyp.Status;
import portcullis.pgtable.PageTable;
import portcullis.platform.Platform;
import portcullis.platform.boot.BootParameters;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceEvent;
import portcullis.store.Store;

/**
 * The host's pages: carries out every {@link PageTransition} as the {@link PagePolicy} says, and
 * keeps the host's stage-2 on CPUs and IOMMUs in step with ownership.
 *
 * <p>A transition of a range is all or nothing. First every page is judged; then, if the host loses
 * access, the range is unmapped from the CPUs' stage-2 and their TLBs, removed from the IOMMUs,
 * which answer when no device can reach it any more, and only then the owner changes. When pages
 * come back it is the other way round. A refusal at any point leaves owners as they were; the CPUs'
 * stage-2, being filled on demand, needs no restoring, but where pages that come back complete a
 * block its tables give way to it.
 *
 * <p>Work is O(pages of the range) and independent of the size of memory; the IOMMUs are called
 * once for a range. The caller holds the host stage-2's lock.
 */
public final class HostPages implements PageServices {
  /**
   * The most pages that one call can name: 4 GiB of 4 KiB pages, 64 GiB of 64 KiB ones. Large, as
   * the IOMMUs' part of a transition (invalidate, wait) costs the same for a page and for a
   * gigabyte; bounded, as the host stage-2's lock is held meanwhile and every page's word is
   * visited.
   */
  public static final long MAX_PAGES = 1L << 20;

  private final Platform platform;
  private final PagePolicy policy;
  private final HostStage2Listener listener;
  private final int pageShift;
  private final long topPfn;
  private final MemoryRange carveOut;
  private final MemoryMap memoryMap;
  private final PageOwnership ownership;
  private final Guests guests;
  private final PagePool pool;
  private final TableAccount stage2Account;
  private final HostStage2 stage2;

  /**
   * Declares everything in {@code store}; {@link #boot} then makes it usable.
   *
   * @param listener who is told of every change of the host's access
   * @throws IllegalArgumentException if the parameters contradict each other
   */
  public HostPages(
      Store store,
      Platform platform,
      BootParameters parameters,
      PagePolicy policy,
      HostStage2Listener listener) {
    this.platform = platform;
    this.policy = policy;
    this.listener = listener;
    this.pageShift = parameters.pageShift();
    this.carveOut = parameters.hypervisorMemory();
    long pages = 1L << (parameters.addressBits() - pageShift);
    this.topPfn = ((parameters.topAddress() - 1) >>> pageShift) + 1;
    this.memoryMap = new MemoryMap(parameters.memory(), pageShift);
    if (parameters.topAddress() <= 0 || topPfn > pages) {
      throw new IllegalArgumentException(
          "addresses up to 0x%x do not fit %d bits"
              .formatted(parameters.topAddress(), parameters.addressBits()));
    }
    var format = HostStage2.format(pageShift, parameters.addressBits());
    this.ownership = new PageOwnership(store, pages, format.granule().bitsPerLevel());
    this.guests = new Guests(store);
    long rootBytes = (long) format.rootPages() << pageShift;
    long root = (carveOut.base() + rootBytes - 1) & -rootBytes;
    long rest = root + rootBytes;
    if (rest >= carveOut.end()
        || !memoryMap.isMemory(carveOut.base() >>> pageShift)
        || memoryMap.runEnd(carveOut.base() >>> pageShift, topPfn) << pageShift < carveOut.end()) {
      throw new IllegalArgumentException("EL2's memory is too small or no RAM: " + carveOut);
    }
    MemoryRange pooled = new MemoryRange(rest, carveOut.end() - rest);
    this.pool = new PagePool(store, platform.memory(), pooled, pageShift);
    this.stage2Account = new TableAccount(store, "hyp.stage2", platform, pool);
    this.stage2 = new HostStage2(platform, format, stage2Account, root);
  }

  /** Takes the carve-out from the host and fills the pool. Once, before deprivilege. */
  public void boot() {
    ownership.pass(carveOut.base() >>> pageShift, carveOut.end() >>> pageShift, PageWord.HYP);
    stage2.boot();
    pool.boot();
  }

  /** Puts the host's stage-2 under the host: from now on it reaches only what it owns. */
  public void deprivilege() {
    stage2.enable();
  }

  // --- what the host asks for

  /**
   * Starts a guest.
   *
   * @return its handle, or 0 if {@link Guests#MAX} handles are in use
   */
  public int createGuest() {
    return guests.create();
  }

  /**
   * Ends a guest: its pages can be reclaimed. Its handle is free once it holds no page.
   *
   * @return OK; NOT_FOUND if there is no such living guest
   */
  public Status destroyGuest(long guest) {
    if (!guests.isAlive(guest)) {
      return Status.NOT_FOUND;
    }
    guests.destroy((int) guest);
    return Status.OK;
  }

  /**
   * Gives RAM of the host to a guest.
   *
   * @param pfn first page frame number
   * @param count pages, 1 to {@link #MAX_PAGES}
   * @return OK; NOT_FOUND if there is no such living guest; INVALID if there are no such addresses;
   *     NO_MEMORY; TIMEOUT if a device did not answer; or what the policy says of the first page
   *     that is not to be given
   */
  public Status donate(long guest, long pfn, long count) {
    return guests.isAlive(guest)
        ? range(PageTransition.DONATE_GUEST, pfn, count, (int) guest)
        : Status.NOT_FOUND;
  }

  /** Takes pages of one dying guest back, erased. Parameters and results as {@link #donate}. */
  public Status reclaim(long pfn, long count) {
    int guest = 0;
    if (pfn >= 0 && pfn < topPfn) {
      long word = ownership.word(pfn);
      guest = PageWord.owner(word) == PageOwner.GUEST ? PageWord.guest(word) : 0;
    }
    return range(PageTransition.RECLAIM_GUEST, pfn, count, guest);
  }

  /**
   * Lets a guest touch pages that stay the host's. Counted per page; one party at a time.
   * Parameters and results as {@link #donate}, and BUSY if a count is full.
   */
  public Status share(long guest, long pfn, long count) {
    return guests.isAlive(guest)
        ? range(PageTransition.SHARE_GUEST, pfn, count, (int) guest)
        : Status.NOT_FOUND;
  }

  /** Takes one {@link #share} back, also of a dying guest. */
  public Status unshare(long guest, long pfn, long count) {
    return guests.isAlive(guest) || guests.isDying(guest)
        ? range(PageTransition.UNSHARE_GUEST, pfn, count, (int) guest)
        : Status.NOT_FOUND;
  }

  /** Lets EL2 touch pages that stay the host's. Counted per page; one party at a time. */
  public Status shareHyp(long pfn, long count) {
    return range(PageTransition.SHARE_HYP, pfn, count, PageWord.HYP_PARTY);
  }

  /** Takes one {@link #shareHyp} back. */
  public Status unshareHyp(long pfn, long count) {
    return range(PageTransition.UNSHARE_HYP, pfn, count, PageWord.HYP_PARTY);
  }

  /**
   * The host touched what its stage-2 does not map: maps it, by the largest block around it that
   * holds neither foreign pages nor both RAM and registers, and that one descriptor can map. Work
   * is bounded by one table for each level and the granule's entries.
   *
   * @return OK, the host may try again; DENIED if it owns no such page; NOT_FOUND above all
   *     addresses; NO_MEMORY
   */
  public Status fault(long ipa) {
    long pfn = ipa >>> pageShift;
    if (pfn >= topPfn) {
      return Status.NOT_FOUND;
    }
    if (!PageWord.isHost(ownership.word(pfn))) {
      return Status.DENIED;
    }
    int empty = stage2.emptyLevel(pfn << pageShift);
    if (empty == HostStage2.MAPPED) {
      return Status.OK;
    }
    int level = empty;
    while (!mappableAt(level, pfn)) {
      level++;
    }
    long bytes = stage2.levelBytes(level);
    HostMapping mapping = mapping(pfn);
    Status status = stage2.map(ipa & -bytes, bytes, mapping);
    if (status == Status.NO_MEMORY) {
      unmapDevices();
      status = stage2.map(ipa & -bytes, bytes, mapping);
    }
    return status;
  }

  /** Whether the block of {@code level} around a page of the host's is the host's and of a kind. */
  private boolean mappableAt(int level, long pfn) {
    if (!stage2.leafAllowed(level)) {
      return false;
    }
    long pages = stage2.levelBytes(level) >>> pageShift;
    long first = pfn & -pages;
    long end = first + pages;
    return pages == 1
        || (end <= topPfn && memoryMap.runEnd(first, end) == end && ownership.allHost(first, end));
  }

  /**
   * Makes room in the pool, as pKVM's EL2 does: what is no RAM is unmapped from the host's stage-2,
   * to be faulted in again.
   */
  private void unmapDevices() {
    long pfn = 0;
    while (pfn < topPfn) {
      long end = memoryMap.runEnd(pfn, topPfn);
      if (!memoryMap.isMemory(pfn)) {
        stage2.unmap(pfn << pageShift, (end - pfn) << pageShift);
      }
      pfn = end;
    }
  }

  // --- what IOMMU drivers ask for

  @Override
  public int pageShift() {
    return pageShift;
  }

  @Override
  public Granule granule() {
    return stage2.table().format().granule();
  }

  @Override
  public PagePool pool() {
    return pool;
  }

  @Override
  public boolean hostOwns(long pa, long bytes) {
    if (!isRange(pa, bytes)) {
      return false;
    }
    long pfn = pa >>> pageShift;
    long end = endPfn(pa, bytes);
    return memoryMap.isMemory(pfn)
        && memoryMap.runEnd(pfn, end) == end
        && ownership.allHost(pfn, end);
  }

  @Override
  public Status pin(long pa, long bytes) {
    return isRange(pa, bytes) ? pages(PageTransition.PIN, pa, bytes) : Status.INVALID;
  }

  @Override
  public void unpin(long pa, long bytes) {
    if (isRange(pa, bytes)) {
      pages(PageTransition.UNPIN, pa, bytes);
    }
  }

  @Override
  public Status donateMmio(MemoryRange registers) {
    return mmio(PageTransition.DONATE_MMIO, registers);
  }

  @Override
  public Status returnMmio(MemoryRange registers) {
    return mmio(PageTransition.RETURN_MMIO, registers);
  }

  private Status mmio(PageTransition transition, MemoryRange registers) {
    long offset = (registers.base() | registers.size()) & ((1L << pageShift) - 1);
    return offset == 0 && isRange(registers.base(), registers.size())
        ? pages(transition, registers.base(), registers.size())
        : Status.INVALID;
  }

  /** Costs O(ranges found x levels x entries of a table). */
  @Override
  public void forEachHostRange(RangeVisitor visitor) {
    long pfn = 0;
    Status status = Status.OK;
    while (pfn < topPfn && status.ok()) {
      long end = ownership.runEnd(pfn, memoryMap.runEnd(pfn, topPfn));
      if (PageWord.isHost(ownership.word(pfn))) {
        status = visitor.range(pfn << pageShift, end << pageShift, memoryMap.isMemory(pfn));
      }
      pfn = end;
    }
  }

  // --- what reports and oracles ask for

  /** Whether {@code pa} is RAM. */
  public boolean isMemory(long pa) {
    return pa >= 0 && memoryMap.isMemory(pa >>> pageShift);
  }

  /**
   * Who owns the page of {@code pa}.
   *
   * @param pa below the address size
   */
  public PageOwner owner(long pa) {
    return PageWord.owner(ownership.word(pa >>> pageShift));
  }

  /** What the page of {@code pa} is to {@code party}; {@code guest} counts if that is a guest. */
  public PageState state(long pa, PageOwner party, int guest) {
    long word = ownership.word(pa >>> pageShift);
    boolean shared = PageWord.shares(word) > 0;
    int named = PageWord.guest(word);
    boolean owns = PageWord.owner(word) == party && (party != PageOwner.GUEST || named == guest);
    if (owns) {
      return shared ? PageState.SHARED_OWNED : PageState.OWNED;
    }
    boolean borrows =
        switch (party) {
          case HOST -> false;
          case HYP -> shared && named == PageWord.HYP_PARTY;
          case GUEST -> shared && named == guest && guest != PageWord.HYP_PARTY;
        };
    return borrows ? PageState.SHARED_BORROWED : PageState.NO_PAGE;
  }

  /** How often the page of {@code pa} is pinned. */
  public int pins(long pa) {
    return PageWord.pins(ownership.word(pa >>> pageShift));
  }

  /** How often the page of {@code pa} is shared. */
  public int shares(long pa) {
    return PageWord.shares(ownership.word(pa >>> pageShift));
  }

  /** The guests. */
  public Guests guests() {
    return guests;
  }

  /** The policy that is interpreted. */
  public PagePolicy policy() {
    return policy;
  }

  /** The host's stage-2 on the CPUs, to be walked and not to be changed. */
  public PageTable stage2() {
    return stage2.table();
  }

  /** What the host's stage-2 on the CPUs costs, beside its root. */
  public TableAccount stage2Tables() {
    return stage2Account;
  }

  // --- transitions

  private boolean isRange(long pa, long bytes) {
    return pa >= 0 && bytes > 0 && bytes <= (topPfn << pageShift) - pa;
  }

  private long endPfn(long pa, long bytes) {
    return ((pa + bytes - 1) >>> pageShift) + 1;
  }

  private Status pages(PageTransition transition, long pa, long bytes) {
    return transition(transition, pa >>> pageShift, endPfn(pa, bytes), PageWord.HYP_PARTY);
  }

  private Status range(PageTransition transition, long pfn, long count, int party) {
    boolean named = pfn >= 0 && count >= 1 && count <= MAX_PAGES && pfn <= topPfn - count;
    return named ? transition(transition, pfn, pfn + count, party) : Status.INVALID;
  }

  private Status transition(PageTransition transition, long pfn, long end, int party) {
    PagePolicy.Row refusal = judge(transition, pfn, end, party);
    Status status = refusal == null ? carryOut(transition, pfn, end, party) : refusal.verdict();
    if (platform.trace().enabled()) {
      String other = party == PageWord.HYP_PARTY ? "hyp" : "guest " + party;
      String reason = status.name().toLowerCase(Locale.ROOT);
      platform
          .trace()
          .accept(
              new TraceEvent.Ownership(
                  platform.clock().nanos(),
                  pfn << pageShift,
                  (end - pfn) << pageShift,
                  transition.label(),
                  transition.toHost() ? other : "host",
                  transition.toHost() ? "host" : other,
                  refusal == null ? reason : reason + ": " + refusal.reason()));
    }
    return status;
  }

  /** The first refusal among the pages, or null. */
  private PagePolicy.Row judge(PageTransition transition, long pfn, long end, int party) {
    long page = pfn;
    while (page < end) {
      boolean memory = memoryMap.isMemory(page);
      long runEnd = memoryMap.runEnd(page, end);
      for (; page < runEnd; page++) {
        long word = ownership.word(page);
        PageCondition condition = condition(transition, word, memory, party);
        PagePolicy.Row row = policy.row(transition, condition);
        if (!row.allowed()) {
          return row;
        }
        if (isFull(transition, word)) {
          return new PagePolicy.Row(transition, condition, Status.BUSY, "its count is full");
        }
      }
    }
    return null;
  }

  private PageCondition condition(PageTransition transition, long word, boolean memory, int party) {
    return switch (PageWord.owner(word)) {
      case HYP -> memory ? PageCondition.HYP : PageCondition.DEVICE_HYP;
      case GUEST -> guestCondition(PageWord.guest(word), party);
      case HOST -> memory ? hostCondition(transition, word, party) : PageCondition.DEVICE;
    };
  }

  private PageCondition guestCondition(int guest, int party) {
    if (!guests.isDying(guest)) {
      return PageCondition.GUEST;
    }
    return guest == party ? PageCondition.DYING_GUEST : PageCondition.OTHER_DYING_GUEST;
  }

  private static PageCondition hostCondition(PageTransition transition, long word, int party) {
    boolean pinned = PageWord.pins(word) > 0;
    if (PageWord.shares(word) == 0) {
      return pinned ? PageCondition.HOST_PINNED : PageCondition.HOST;
    }
    if (transition.namesSharer() && PageWord.guest(word) != party) {
      return PageCondition.HOST_SHARED_OTHER;
    }
    return pinned ? PageCondition.HOST_SHARED_PINNED : PageCondition.HOST_SHARED;
  }

  private static boolean isFull(PageTransition transition, long word) {
    return switch (transition) {
      case PIN -> PageWord.pins(word) == PageWord.MAX_PINS;
      case SHARE_GUEST, SHARE_HYP -> PageWord.shares(word) == PageWord.MAX_SHARES;
      case DONATE_GUEST, RECLAIM_GUEST, DONATE_MMIO, RETURN_MMIO -> false;
      case UNSHARE_GUEST, UNSHARE_HYP, UNPIN -> false;
    };
  }

  private Status carryOut(PageTransition transition, long pfn, long end, int party) {
    return switch (transition) {
      case DONATE_GUEST -> handOver(transition, pfn, end, PageWord.ofGuest(party));
      case DONATE_MMIO -> handOver(transition, pfn, end, PageWord.HYP);
      case RECLAIM_GUEST, RETURN_MMIO -> handOver(transition, pfn, end, PageWord.HOST);
      case SHARE_GUEST, SHARE_HYP, UNSHARE_GUEST, UNSHARE_HYP, PIN, UNPIN ->
          count(transition, pfn, end, party);
    };
  }

  /** Changes what is counted of pages that stay the host's. */
  private Status count(PageTransition transition, long pfn, long end, int party) {
    long borrowed = 0;
    for (long page = pfn; page < end; page++) {
      long before = ownership.word(page);
      long after =
          switch (transition) {
            case PIN -> PageWord.pinned(before);
            case UNPIN -> PageWord.unpinned(before);
            case SHARE_GUEST, SHARE_HYP -> PageWord.shared(before, party);
            case UNSHARE_GUEST, UNSHARE_HYP -> PageWord.unshared(before);
            case DONATE_GUEST, RECLAIM_GUEST, DONATE_MMIO, RETURN_MMIO -> before;
          };
      ownership.update(page, after);
      borrowed += Integer.signum(PageWord.shares(after)) - Integer.signum(PageWord.shares(before));
    }
    if (party != PageWord.HYP_PARTY) {
      guests.addPages(party, borrowed);
    }
    return Status.OK;
  }

  /** Changes the owner to the one that {@code word} names, with all that goes before and after. */
  private Status handOver(PageTransition transition, long pfn, long end, long word) {
    long before = ownership.word(pfn);
    PagePolicy.Handover handover = policy.handover(transition);
    Status status =
        switch (handover.access()) {
          case REMOVED -> remove(handover, pfn, end, word);
          case RESTORED -> restore(handover, pfn, end, word);
          case KEPT -> {
            pass(handover, pfn, end, word);
            yield Status.OK;
          }
        };
    if (ownership.word(pfn) == word) {
      account(word, end - pfn);
      account(before, pfn - end);
    }
    return status;
  }

  private void account(long word, long pages) {
    if (PageWord.owner(word) == PageOwner.GUEST) {
      guests.addPages(PageWord.guest(word), pages);
    }
  }

  private Status remove(PagePolicy.Handover handover, long pfn, long end, long word) {
    stage2.unmap(pfn << pageShift, (end - pfn) << pageShift);
    return switch (handover.iommus()) {
      case NEVER -> {
        pass(handover, pfn, end, word);
        yield Status.OK;
      }
      case BEFORE -> {
        Status status = reserve(pfn, end, HostMapping.NONE);
        if (status.ok()) {
          status = tell(pfn, end, HostMapping.NONE);
          if (status.ok()) {
            pass(handover, pfn, end, word);
          } else {
            // If this fails too, devices have lost access to pages of the host: no harm to others.
            tell(pfn, end, mapping(pfn));
          }
        }
        yield status;
      }
      case AFTER -> {
        pass(handover, pfn, end, word);
        yield tell(pfn, end, HostMapping.NONE);
      }
    };
  }

  private Status restore(PagePolicy.Handover handover, long pfn, long end, long word) {
    Status status = giveBack(handover, pfn, end, word);
    if (status.ok()) {
      // Inside the range no table is left: none stays where nothing is mapped.
      joinAround(pfn);
      joinAround(end - 1);
    }
    return status;
  }

  /**
   * Where the tables around a page that came back could be one block, makes them one in the CPUs'
   * stage 2. Without tables there is nothing to do: it is filled on demand.
   */
  private void joinAround(long pfn) {
    int empty = stage2.emptyLevel(pfn << pageShift);
    for (int level = stage2.startLevel(); level < empty; level++) {
      if (mappableAt(level, pfn)) {
        long bytes = stage2.levelBytes(level);
        stage2.replace((pfn << pageShift) & -bytes, bytes, mapping(pfn));
        return;
      }
    }
  }

  private Status giveBack(PagePolicy.Handover handover, long pfn, long end, long word) {
    long before = ownership.word(pfn);
    Status status =
        handover.iommus() == PagePolicy.IommuOrder.NEVER
            ? Status.OK
            : reserve(pfn, end, mapping(pfn));
    if (!status.ok()) {
      return status;
    }
    return switch (handover.iommus()) {
      case NEVER -> {
        pass(handover, pfn, end, word);
        yield Status.OK;
      }
      case BEFORE -> {
        Status told = tell(pfn, end, mapping(pfn));
        pass(handover, pfn, end, word);
        yield told;
      }
      case AFTER -> {
        pass(handover, pfn, end, word);
        Status told = tell(pfn, end, mapping(pfn));
        // The owner goes back only if no device can reach the range; else it stays the host's.
        if (!told.ok() && tell(pfn, end, HostMapping.NONE).ok()) {
          ownership.pass(pfn, end, before);
        }
        yield told;
      }
    };
  }

  /** The owner changes. */
  private void pass(PagePolicy.Handover handover, long pfn, long end, long word) {
    if (handover.wipe()) {
      wipe(pfn, end);
    }
    ownership.pass(pfn, end, word);
  }

  private void wipe(long pfn, long end) {
    long pa = pfn << pageShift;
    long bytes = (end - pfn) << pageShift;
    platform.memory().zero(pa, bytes);
    platform.clean(pa, bytes);
    platform.barrier();
  }

  /** How the host's stage-2 maps page {@code pfn}, and the pages of its kind around it. */
  private HostMapping mapping(long pfn) {
    return memoryMap.isMemory(pfn) ? HostMapping.MEMORY : HostMapping.DEVICE;
  }

  private Status reserve(long pfn, long end, HostMapping mapping) {
    return listener.reserve(pfn << pageShift, end << pageShift, mapping);
  }

  private Status tell(long pfn, long end, HostMapping mapping) {
    return listener.changed(pfn << pageShift, end << pageShift, mapping);
  }
}
