package portcullis.hyp;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongPredicate;
import portcullis.hyp.iommu.IommuDriver;
import portcullis.hyp.mem.PageServices;
import portcullis.platform.CpuContext;
import portcullis.store.PagedWords;
import portcullis.store.Store;

/**
 * A driver for an IOMMU that does as it is told: remembers which pages its devices reach, writes
 * down each call, and answers as the test wants.
 */
public final class FakeDriver implements IommuDriver {
  /** The prot of each page as told last, plus one; 0 for never told. */
  private final PagedWords told;

  private final String name;
  private final FakeMachine machine;
  private final PageServices pages;

  /** What the next calls answer; OK when empty. */
  public final Deque<Status> initAnswers = new ArrayDeque<>();

  public final Deque<Status> reserveAnswers = new ArrayDeque<>();
  public final Deque<Status> idmapAnswers = new ArrayDeque<>();

  /** Runs in each call of hostStage2Idmap, before it answers. */
  public Runnable inIdmap = () -> {};

  /** Which aborts it handles. */
  public LongPredicate handles = ipa -> false;

  public final List<Long> offered = new ArrayList<>();

  FakeDriver(Store store, String name, FakeMachine machine, PageServices pages) {
    this.told = store.paged("fake." + name, 1L << (48 - pages.pageShift()));
    this.name = name;
    this.machine = machine;
    this.pages = pages;
  }

  /** Whether a device reaches the page of {@code pa}, that is, nobody told it otherwise. */
  public boolean reaches(long pa) {
    return told.get(pa >>> pages.pageShift()) != 1;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Status init() {
    pages.forEachHostRange((start, end, memory) -> Status.OK);
    return initAnswers.isEmpty() ? Status.OK : initAnswers.remove();
  }

  @Override
  public Status reserve(long start, long end, int prot) {
    machine.log.add("%s reserve 0x%x-0x%x %d".formatted(name, start, end, prot));
    return reserveAnswers.isEmpty() ? Status.OK : reserveAnswers.remove();
  }

  @Override
  public Status hostStage2Idmap(long start, long end, int prot) {
    machine.log.add("%s idmap 0x%x-0x%x %d".formatted(name, start, end, prot));
    inIdmap.run();
    Status status = idmapAnswers.isEmpty() ? Status.OK : idmapAnswers.remove();
    if (status.ok()) {
      for (long page = start >>> pages.pageShift(); page < end >>> pages.pageShift(); page++) {
        told.set(page, prot + 1);
      }
    }
    return status;
  }

  @Override
  public boolean dabtHandler(CpuContext context, long ipa) {
    offered.add(ipa);
    if (handles.test(ipa)) {
      context.skipInstruction();
      return true;
    }
    return false;
  }
}
