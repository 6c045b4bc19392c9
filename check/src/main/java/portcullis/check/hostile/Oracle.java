package portcullis.check.hostile;

import java.util.ArrayDeque;
import java.util.ArrayList;
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
import portcullis.pgtable.TableFormat;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.boot.MemoryRange;

/**
 * Looks at what the hardware could reach now, past every word of EL2's but the ownership of pages:
 * each SMMU's registers, the stream table, every stage-2 table that a valid STE names, and the
 * CPUs' stage-2. It changes nothing, so that looking more often finds the same.
 */
final class Oracle {
  /** The longest range that is looked at page by page. */
  private static final long MOST_PAGES = 1024;

  /** The most pages whose translations are looked for in what SMMUs may hold. */
  private static final int MOST_GIVEN = 16;

  private final HostPages pages;
  private final PhysicalMemory memory;
  private final TableFormat cpuFormat;
  private final List<MemoryRange> ram;
  private final long top;
  private final long pageBytes;
  private final HostRanges hosts = new HostRanges();
  private final Stage2Outputs outputs;
  private final List<SmmuOracle> smmus = new ArrayList<>();
  private final Set<Stage2Reference> walked = new HashSet<>();
  private final Set<Long> living = new HashSet<>();
  private final Deque<Long> given = new ArrayDeque<>();
  private long walks;

  Oracle(Testbed testbed, Tally<Reached> reached) {
    pages = testbed.hypervisor().pages();
    memory = testbed.machine().platform().memory();
    cpuFormat = pages.stage2().format();
    ram = testbed.parameters().memory();
    top = testbed.parameters().topAddress();
    pageBytes = testbed.parameters().pageSize();
    outputs = new Stage2Outputs(memory, new Judge());
    for (Smmu smmu : testbed.smmus()) {
      smmus.add(
          new SmmuOracle(
              testbed.machine().platform(),
              smmu,
              testbed.architecturalCaches()
                  ? testbed.machine().smmu(smmu.index()).orElseThrow()
                  : null,
              pages,
              top,
              this::stage2,
              reached));
    }
  }

  /** How often {@link #look} was called. */
  long walks() {
    return walks;
  }

  /** The first thing that is wrong, or null. */
  String look() {
    walks++;
    walked.clear();
    hosts.read(pages);
    String finding =
        outputs.walk(
            pages.stage2().root(),
            cpuFormat.granule().shift(),
            cpuFormat.inputBits(),
            cpuFormat.startLevel());
    if (finding != null) {
      return "the CPUs' stage 2: " + finding;
    }
    for (SmmuOracle smmu : smmus) {
      finding = smmu.look();
      for (long page : given) {
        if (finding == null && !hostOwns(page)) {
          finding = smmu.lookFor(page);
        }
      }
      if (finding != null) {
        return smmu.name() + ": " + finding;
      }
    }
    return null;
  }

  /** As {@link #look}, and every page of RAM: once, at the end. */
  String lookAtEveryPage() {
    String finding = look();
    for (int i = 0; i < ram.size() && finding == null; i++) {
      long mistake = hosts.firstMistake(pages, ram.get(i), pageBytes);
      if (mistake >= 0) {
        finding = "EL2's ranges and words disagree about the owner of 0x%x".formatted(mistake);
      }
    }
    return finding;
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

  /** Walks a table that an STE names, once for each look. */
  private String stage2(Stage2Reference reference) {
    return walked.add(reference)
        ? outputs.walk(
            reference.root(),
            reference.granuleShift(),
            reference.inputBits(),
            reference.startLevel())
        : null;
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
