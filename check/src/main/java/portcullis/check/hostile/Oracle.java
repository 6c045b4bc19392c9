package portcullis.check.hostile;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import portcullis.board.Smmu;
import portcullis.hyp.Hypercall;
import portcullis.hyp.mem.HostPages;
import portcullis.hyp.mem.PageOwner;
import portcullis.hyp.mem.PageState;
import portcullis.machine.smmuv3.SmmuV3;
import portcullis.pgtable.TableFormat;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.boot.MemoryRange;
import portcullis.store.Store;

/**
 * Looks at what the hardware could reach now, past every word of EL2's but the ownership of pages:
 * each SMMU's registers, the stream table, every stage-2 table that a valid STE names, and the
 * CPUs' stage-2. It changes nothing, so that looking more often finds the same.
 *
 * <p>By the store's journal it knows which words have changed since it looked last, and judges only
 * what follows from these: the cost of a look is that of the changes, not of the tables. Nobody may
 * undo changes meanwhile.
 */
final class Oracle {
  /** How it looks. */
  enum Looks {
    /** At what has changed. */
    AT_CHANGES,
    /** At everything, each time: the same findings at a higher price. */
    AT_EVERYTHING
  }

  /** The names of the store's declarations that it follows: of memory, and of owners. */
  private static final String MEMORY = "ram";

  private static final String OWNERS = "hyp.pages";

  /** The longest range that is looked at page by page. */
  private static final long MOST_PAGES = 1024;

  /** The most pages whose translations are looked for in what SMMUs may hold. */
  private static final int MOST_GIVEN = 16;

  private static final long NO_MARK = -1;

  private final Looks looks;
  private final Store store;
  private final HostPages pages;
  private final PhysicalMemory memory;
  private final List<MemoryRange> ram;
  private final long top;
  private final long pageBytes;
  private final HostRanges hosts = new HostRanges();
  private final Stage2Reference cpuTable;
  private final View byCpus;
  private final View pastCaches;
  private final List<SmmuOracle> smmus = new ArrayList<>();
  private final List<StreamTableWalk> streamTables = new ArrayList<>();
  private final FollowedTables followed;
  private final Set<Long> living = new HashSet<>();
  private final Deque<Long> given = new ArrayDeque<>();

  /** Pages that are a guest's, shared or pinned. */
  private final Set<Long> busy = new HashSet<>();

  private final LongList words = new LongList();
  private final LongList owned = new LongList();

  /** What each SMMU's registers showed in the look that goes on. */
  private final String[] ofRegisters;

  /** A stream of each SMMU whose STE lets something through, as the last look found; or -1. */
  private final long[] passing;

  private long mark = NO_MARK;
  private long walks;

  Oracle(Testbed testbed, Looks looks, Tally<Reached> reached) {
    // Whose view a changed word belongs to is not followed where there is more than one.
    this.looks = testbed.machine().hasCaches() ? Looks.AT_EVERYTHING : looks;
    store = testbed.store();
    pages = testbed.hypervisor().pages();
    memory = testbed.machine().seenByCpus();
    TableFormat format = pages.stage2().format();
    cpuTable =
        new Stage2Reference(
            pages.stage2().root(),
            format.granule().shift(),
            format.inputBits(),
            format.startLevel());
    ram = testbed.parameters().memory();
    top = testbed.parameters().topAddress();
    pageBytes = testbed.parameters().pageSize();
    Judge judge = new Judge();
    byCpus = new View(memory, judge);
    pastCaches = new View(testbed.machine().seenPastCaches(), judge);
    for (Smmu smmu : testbed.smmus()) {
      if (!smmu.coherent()) {
        watch(testbed, smmu, pastCaches, reached);
      }
      // What caches hold may be written back at any moment: it counts for all.
      watch(testbed, smmu, byCpus, reached);
    }
    ofRegisters = new String[smmus.size()];
    passing = new long[smmus.size()];
    followed = new FollowedTables(memory, judge, cpuTable, smmus);
  }

  private void watch(Testbed testbed, Smmu smmu, View view, Tally<Reached> reached) {
    SmmuV3 model = testbed.machine().smmu(smmu.index()).orElseThrow();
    SmmuOracle its =
        new SmmuOracle(
            testbed.machine().platform(),
            view.memory,
            smmu,
            model::powered,
            testbed.architecturalCaches() ? model : null,
            pages,
            top,
            reached);
    smmus.add(its);
    streamTables.add(new StreamTableWalk(view.memory, its, view::stage2));
  }

  /** How often {@link #look} was called. */
  long walks() {
    return walks;
  }

  /** The first thing that is wrong, or null. */
  String look() {
    walks++;
    boolean anew = takeChanges();
    boolean fine = true;
    for (int i = 0; i < smmus.size(); i++) {
      ofRegisters[i] = smmus.get(i).look(anew || owned.size() > 0);
      fine &= ofRegisters[i] == null;
    }
    if (looks == Looks.AT_EVERYTHING) {
      return everything();
    }
    String finding = followed.look(words, owned, pageBytes);
    if (followed.lost()) {
      followed.end();
      return everything();
    } else if (fine && finding == null) {
      for (int i = 0; i < passing.length; i++) {
        passing[i] = followed.passing(i);
      }
      return null;
    }
    followed.end();
    String same = everything();
    return same == null ? "only by its change: " + finding : same;
  }

  /** Whether it is the first time, so that there is nothing to follow yet. */
  private boolean takeChanges() {
    words.clear();
    owned.clear();
    boolean anew = mark == NO_MARK;
    if (anew) {
      hosts.read(pages);
    } else {
      store.changesSince(mark, this::changed);
      store.release(mark);
    }
    mark = store.mark();
    for (int i = 0; i < owned.size(); i++) {
      long page = owned.get(i);
      PageOwner owner = pages.owner(page);
      hosts.set(page, pageBytes, owner == PageOwner.HOST);
      if (owner == PageOwner.GUEST || pages.pins(page) != 0 || pages.shares(page) != 0) {
        busy.add(page);
      } else {
        busy.remove(page);
      }
    }
    return anew;
  }

  private void changed(String name, long index) {
    if (name.equals(MEMORY)) {
      words.add(index * Long.BYTES);
    } else if (name.equals(OWNERS)) {
      owned.add(index * pageBytes);
    }
  }

  /** The first thing that is wrong by a walk of everything, or null. */
  private String everything() {
    byCpus.walked.clear();
    pastCaches.walked.clear();
    String finding = byCpus.outputs.walk(cpuTable);
    if (finding != null) {
      return "the CPUs' stage 2: " + finding;
    }
    for (int i = 0; i < smmus.size(); i++) {
      finding = ofRegisters[i] == null ? streamTables.get(i).walk() : ofRegisters[i];
      passing[i] = streamTables.get(i).passing();
      if (finding != null) {
        return smmus.get(i).name() + ": " + finding;
      }
    }
    return null;
  }

  /** Stage-2 tables as one kind of observer finds them. */
  private static final class View {
    private final PhysicalMemory memory;
    private final Stage2Outputs outputs;
    private final Set<Stage2Reference> walked = new HashSet<>();

    View(PhysicalMemory memory, Stage2Outputs.Judge judge) {
      this.memory = memory;
      outputs = new Stage2Outputs(memory, judge);
    }

    /** Walks a table that an STE names, once for each look. */
    String stage2(Stage2Reference reference) {
      return walked.add(reference) ? outputs.walk(reference) : null;
    }
  }

  /**
   * What an SMMU may still hold of the pages that were given away last, or null. With architectural
   * caches only; after {@link #look}.
   */
  String lookAtGiven() {
    for (int i = 0; i < smmus.size(); i++) {
      for (long page : given) {
        String finding =
            passing[i] < 0 || hostOwns(page) ? null : smmus.get(i).lookFor(page, passing[i]);
        if (finding != null) {
          return smmus.get(i).name() + ": " + finding;
        }
      }
    }
    return null;
  }

  /** As {@link #look}, at everything, and every page of RAM: once, at the end. */
  String lookAtEveryPage() {
    String finding = look();
    if (finding == null) {
      finding = everything();
    }
    HostRanges anew = new HostRanges();
    anew.read(pages);
    if (finding == null && !anew.same(hosts)) {
      finding = "EL2's ranges are not what its changes of owners come to";
    }
    for (int i = 0; i < ram.size() && finding == null; i++) {
      long mistake = hosts.firstMistake(pages, ram.get(i), pageBytes);
      if (mistake >= 0) {
        finding = "EL2's ranges and words disagree about the owner of 0x%x".formatted(mistake);
      }
    }
    return finding;
  }

  /** The pages that were a guest's, shared or pinned when it looked last. */
  Set<Long> busyPages() {
    return Collections.unmodifiableSet(busy);
  }

  /** Whether the host owns what a device or the CPU has just reached. */
  boolean hostOwns(long pa) {
    return pa >= 0 && pa < top && pages.owner(pa) == PageOwner.HOST;
  }

  /** Whether an SMMU may access {@code pa} for itself: a table, a queue, a descriptor. */
  boolean smmuMayAccess(long pa) {
    if (pa < 0 || pa >= top) {
      return false;
    }
    PageOwner owner = pages.owner(pa);
    return owner == PageOwner.HOST || owner == PageOwner.HYP;
  }

  /** Whether a guest owns {@code page}, dead or alive. */
  boolean guestOwns(long page) {
    return pages.owner(page) == PageOwner.GUEST;
  }

  /**
   * Why a hypercall that moves pages must not succeed, or null; a long range is not looked at.
   *
   * @param arguments from x1 on
   */
  String wouldSteal(Hypercall call, long... arguments) {
    return switch (call) {
      case DONATE ->
          first(
              arguments[1], arguments[2], this::isFree, "was given away, but not the host's alone");
      case RECLAIM ->
          first(arguments[0], arguments[1], this::isDead, "was taken from who still uses it");
      case CREATE_GUEST, DESTROY_GUEST, SHARE, UNSHARE, SHARE_HYP, UNSHARE_HYP -> null;
      case POWER_OFF, POWER_ON -> null;
    };
  }

  private String first(long pfn, long count, LongPredicate good, String otherwise) {
    long end = top / pageBytes;
    if (pfn < 0 || count < 1 || count > MOST_PAGES || pfn > end - count) {
      return null;
    }
    for (long page = pfn * pageBytes; page < (pfn + count) * pageBytes; page += pageBytes) {
      if (!good.test(page)) {
        return "0x%x %s".formatted(page, otherwise);
      }
    }
    return null;
  }

  private boolean isFree(long page) {
    return hostOwns(page)
        && pages.isMemory(page)
        && pages.pins(page) == 0
        && pages.shares(page) == 0;
  }

  private boolean isDead(long page) {
    return pages.owner(page) == PageOwner.GUEST && living.stream().noneMatch(g -> owns(g, page));
  }

  private boolean owns(long guest, long page) {
    return pages.state(page, PageOwner.GUEST, (int) guest) != PageState.NO_PAGE;
  }

  /** Pages have just gone to a guest: the last of such are the ones that are looked for. */
  void gave(long page, long count) {
    for (long i = 0; i < Math.min(count, MOST_GIVEN); i++) {
      if (given.size() == MOST_GIVEN) {
        given.removeFirst();
      }
      given.addLast(page + i * pageBytes);
    }
  }

  /** A guest begins. */
  void begins(long guest) {
    living.add(guest);
  }

  /** A guest has ended. */
  void ended(long guest) {
    living.remove(guest);
  }

  /** What is left in a page of a guest's that has come back, or null. */
  String leftIn(long page) {
    for (long at = page; at < page + pageBytes; at += Long.BYTES) {
      if (memory.read64(at) != 0) {
        return "0x%x came back with what the guest left in it".formatted(at);
      }
    }
    return null;
  }

  private final class Judge implements Stage2Outputs.Judge {
    @Override
    public String table(long pa, long bytes) {
      return OwnedMemory.isHyps(pages, pa, bytes, pageBytes, top)
          ? null
          : "a stage-2 table at 0x%x is not in EL2's memory".formatted(pa);
    }

    @Override
    public String leaf(long in, long out, long bytes) {
      return hosts.contain(out, bytes)
          ? null
          : "IPA 0x%x reaches 0x%x+0x%x, not all of it the host's".formatted(in, out, bytes);
    }
  }
}
