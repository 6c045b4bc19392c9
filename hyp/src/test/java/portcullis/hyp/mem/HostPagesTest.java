package portcullis.hyp.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.hyp.FakeDriver;
import portcullis.hyp.Rig;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PagePolicy.HostAccess;
import portcullis.hyp.mem.PagePolicy.IommuOrder;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceEvent;

class HostPagesTest {
  private static final int WINDOW = 24;

  /** A page in every condition, and the guests that made it so. */
  private static final class Matrix {
    final Rig rig = new Rig();
    final int living = rig.pages.createGuest();
    final int other = rig.pages.createGuest();
    final int dying = rig.pages.createGuest();
    final int otherDying = rig.pages.createGuest();
    final Map<PageCondition, Long> pfns = new EnumMap<>(PageCondition.class);

    Matrix(PageTransition transition) {
      HostPages pages = rig.pages;
      long pfn = rig.pfn(rig.ram());
      for (PageCondition condition : PageCondition.values()) {
        pfns.put(condition, condition.isMemory() ? pfn++ : condition.ordinal());
      }
      boolean withHyp =
          transition == PageTransition.SHARE_HYP || transition == PageTransition.UNSHARE_HYP;
      pages.pin(pa(PageCondition.HOST_PINNED), 1);
      pages.pin(pa(PageCondition.HOST_SHARED_PINNED), 1);
      for (PageCondition shared :
          List.of(PageCondition.HOST_SHARED, PageCondition.HOST_SHARED_PINNED)) {
        if (withHyp) {
          pages.shareHyp(pfns.get(shared), 1);
        } else {
          pages.share(living, pfns.get(shared), 1);
        }
      }
      pages.share(other, pfns.get(PageCondition.HOST_SHARED_OTHER), 1);
      pfns.put(PageCondition.HYP, rig.pfn(rig.parameters.hypervisorMemory().base()));
      pages.donate(living, pfns.get(PageCondition.GUEST), 1);
      pages.donate(dying, pfns.get(PageCondition.DYING_GUEST), 1);
      pages.donate(otherDying, pfns.get(PageCondition.OTHER_DYING_GUEST), 1);
      pages.destroyGuest(dying);
      pages.destroyGuest(otherDying);
      pages.donateMmio(new MemoryRange(pa(PageCondition.DEVICE_HYP), rig.page));
    }

    long pa(PageCondition condition) {
      return pfns.get(condition) << rig.parameters.pageShift();
    }

    Status ask(PageTransition transition, PageCondition from) {
      HostPages pages = rig.pages;
      long pfn = pfns.get(from);
      MemoryRange range = new MemoryRange(pa(from), rig.page);
      return switch (transition) {
        case DONATE_GUEST -> pages.donate(living, pfn, 1);
        case RECLAIM_GUEST -> pages.reclaim(pfn, 1);
        case SHARE_GUEST -> pages.share(living, pfn, 1);
        case UNSHARE_GUEST -> pages.unshare(living, pfn, 1);
        case SHARE_HYP -> pages.shareHyp(pfn, 1);
        case UNSHARE_HYP -> pages.unshareHyp(pfn, 1);
        case DONATE_MMIO -> pages.donateMmio(range);
        case RETURN_MMIO -> pages.returnMmio(range);
        case PIN -> pages.pin(range.base(), range.size());
        case UNPIN -> {
          int before = pages.pins(range.base());
          pages.unpin(range.base(), range.size());
          yield pages.pins(range.base()) < before ? Status.OK : Status.DENIED;
        }
      };
    }
  }

  @Test
  void everyTransitionFromEveryConditionEndsAsTheTableSays() {
    for (PageTransition transition : PageTransition.values()) {
      for (PageCondition from : PageCondition.values()) {
        boolean reachable =
            from != PageCondition.OTHER_DYING_GUEST
                && (from != PageCondition.HOST_SHARED_OTHER || transition.namesSharer());
        if (reachable) {
          Matrix matrix = new Matrix(transition);
          long fingerprint = matrix.rig.store.fingerprint();
          PagePolicy.Row row = PagePolicy.DEFAULT.row(transition, from);
          assertEquals(row.verdict(), matrix.ask(transition, from), row.name());
          assertEquals(row.allowed(), matrix.rig.store.fingerprint() != fingerprint, row.name());
        }
      }
    }
  }

  @Test
  void reclaimsFromOneGuestAtATime() {
    Matrix matrix = new Matrix(PageTransition.RECLAIM_GUEST);
    long first = matrix.pfns.get(PageCondition.DYING_GUEST);
    assertEquals(first + 1, matrix.pfns.get(PageCondition.OTHER_DYING_GUEST));
    assertEquals(Status.INVALID, matrix.rig.pages.reclaim(first, 2));
    assertEquals(Status.OK, matrix.rig.pages.reclaim(first, 1));
    assertEquals(Status.OK, matrix.rig.pages.reclaim(first + 1, 1));
  }

  @Test
  void ownershipPassesLast() {
    Rig rig = new Rig();
    long pa = rig.ram() + 3 * rig.page;
    int guest = rig.pages.createGuest();
    assertTrue(rig.touch(pa));
    List<PageOwner> owners = new ArrayList<>();
    List<Boolean> reachable = new ArrayList<>();
    rig.second.inIdmap =
        () -> {
          owners.add(rig.pages.owner(pa));
          reachable.add(rig.machine.reachesWithoutTrap(pa));
        };
    rig.machine.log.clear();
    assertEquals(Status.OK, rig.pages.donate(guest, rig.pfn(pa), 2));
    rig.pages.destroyGuest(guest);
    assertEquals(Status.OK, rig.pages.reclaim(rig.pfn(pa), 2));
    assertEquals(List.of(PageOwner.HOST, PageOwner.HOST), owners);
    assertEquals(List.of(false, false), reachable);
    String range = "0x40003000-0x40005000";
    List<String> log = new ArrayList<>(rig.machine.log);
    assertTrue(log.removeIf(line -> line.startsWith("tlbi")), "the CPUs were told");
    assertEquals(
        List.of(
            "first reserve " + range + " 0",
            "second reserve " + range + " 0",
            "first idmap " + range + " 0",
            "second idmap " + range + " 0",
            "first reserve " + range + " 3",
            "second reserve " + range + " 3",
            "first idmap " + range + " 3",
            "second idmap " + range + " 3"),
        log);
  }

  @Test
  void donationReachesNoCpuAndNoDeviceAndReclaimErases() {
    Rig rig = new Rig();
    long pa = rig.ram() + 0x20_0000;
    int guest = rig.pages.createGuest();
    assertTrue(rig.touch(pa));
    rig.machine.write64(pa + 8, 0x5ec3e7);
    assertTrue(rig.hostReaches(pa));
    assertEquals(Status.OK, rig.pages.donate(guest, rig.pfn(pa), 1));
    assertFalse(rig.hostReaches(pa));
    assertFalse(rig.touch(pa));
    assertTrue(rig.touch(pa + rig.page), "its neighbour is still the host's");
    assertEquals(0x5ec3e7, rig.machine.read64(pa + 8), "the guest gets its image");
    assertEquals(PageState.OWNED, rig.pages.state(pa, PageOwner.GUEST, guest));
    assertEquals(PageState.NO_PAGE, rig.pages.state(pa, PageOwner.HOST, 0));
    assertEquals(Status.BUSY, rig.pages.reclaim(rig.pfn(pa), 1));
    rig.pages.destroyGuest(guest);
    assertEquals(Status.OK, rig.pages.reclaim(rig.pfn(pa), 1));
    assertEquals(0, rig.machine.read64(pa + 8));
    assertTrue(rig.touch(pa));
    assertTrue(rig.first.reaches(pa));
    assertEquals(0, rig.pages.guests().count());
  }

  @Test
  void pinsBlockDonationAndAreCounted() {
    Rig rig = new Rig();
    int guest = rig.pages.createGuest();
    long pfn = rig.pfn(rig.ram());
    assertEquals(Status.OK, rig.pages.pin(rig.ram() + 8, 2 * rig.page));
    assertEquals(Status.OK, rig.pages.pin(rig.ram() + rig.page, 1));
    assertEquals(1, rig.pages.pins(rig.ram()));
    assertEquals(2, rig.pages.pins(rig.ram() + rig.page));
    assertEquals(1, rig.pages.pins(rig.ram() + 2 * rig.page));
    assertEquals(Status.BUSY, rig.pages.donate(guest, pfn, 8));
    rig.pages.unpin(rig.ram() + 8, 2 * rig.page);
    assertEquals(Status.BUSY, rig.pages.donate(guest, pfn, 8));
    rig.pages.unpin(rig.ram() + rig.page, 1);
    assertEquals(Status.OK, rig.pages.donate(guest, pfn, 8));
    assertEquals(Status.DENIED, rig.pages.pin(rig.ram() - rig.page, 2 * rig.page));
    assertEquals(0, rig.pages.pins(rig.ram()), "all or nothing");
    assertEquals(Status.INVALID, rig.pages.pin(rig.ram(), 0));
    assertEquals(Status.INVALID, rig.pages.pin(Long.MAX_VALUE, Long.MAX_VALUE));
    assertEquals(Status.INVALID, rig.pages.pin(-8, 16));
  }

  @Test
  void aFullCountIsBusyAndChangesNothing() {
    Rig rig = new Rig();
    long pfn = rig.pfn(rig.ram());
    for (int i = 0; i < PageWord.MAX_SHARES; i++) {
      assertEquals(Status.OK, rig.pages.shareHyp(pfn, 1));
    }
    assertEquals(Status.BUSY, rig.pages.shareHyp(pfn, 2));
    assertEquals(0, rig.pages.shares(rig.ram() + rig.page));
    assertEquals(PageWord.MAX_SHARES, rig.pages.shares(rig.ram()));
    assertEquals(Status.OK, rig.pages.unshareHyp(pfn, 1));
    assertEquals(Status.OK, rig.pages.shareHyp(pfn, 1));
  }

  @Test
  void sharesAreCountedAndKeepADyingGuestsHandle() {
    Rig rig = new Rig();
    int guest = rig.pages.createGuest();
    long pfn = rig.pfn(rig.ram());
    assertEquals(Status.OK, rig.pages.share(guest, pfn, 2));
    assertEquals(Status.OK, rig.pages.share(guest, pfn, 1));
    assertEquals(2, rig.pages.guests().pages(guest));
    assertEquals(PageState.SHARED_OWNED, rig.pages.state(rig.ram(), PageOwner.HOST, 0));
    assertEquals(PageState.SHARED_BORROWED, rig.pages.state(rig.ram(), PageOwner.GUEST, guest));
    assertEquals(PageState.NO_PAGE, rig.pages.state(rig.ram(), PageOwner.HYP, 0));
    assertEquals(Status.BUSY, rig.pages.shareHyp(pfn, 1), "one party at a time");
    assertEquals(Status.BUSY, rig.pages.donate(guest, pfn, 1));
    assertEquals(Status.OK, rig.pages.destroyGuest(guest));
    assertNotEquals(guest, rig.pages.createGuest(), "its handle is still in use");
    assertEquals(Status.OK, rig.pages.unshare(guest, pfn, 2));
    assertEquals(Status.NOT_FOUND, rig.pages.share(guest, pfn, 1), "a dying guest gets nothing");
    assertTrue(rig.pages.guests().isDying(guest));
    assertEquals(Status.OK, rig.pages.unshare(guest, pfn, 1));
    assertEquals(guest, rig.pages.createGuest());
    assertEquals(Status.DENIED, rig.pages.unshare(guest, pfn, 1));
  }

  @Test
  void refusalOfADriverLeavesEverythingWithTheHost() {
    for (boolean late : new boolean[] {false, true}) {
      for (Status answer : List.of(Status.NO_MEMORY, Status.TIMEOUT)) {
        Rig rig = new Rig();
        int guest = rig.pages.createGuest();
        assertTrue(rig.touch(rig.ram()));
        (late ? rig.second.idmapAnswers : rig.second.reserveAnswers).add(answer);
        assertEquals(answer, rig.pages.donate(guest, rig.pfn(rig.ram()), 4));
        assertTrue(rig.pages.hostOwns(rig.ram(), 4 * rig.page));
        assertTrue(rig.first.reaches(rig.ram()), "the first driver has given access back");
        assertTrue(rig.second.reaches(rig.ram()));
        assertTrue(rig.touch(rig.ram()));
        assertEquals(0, rig.pages.guests().pages(guest));
        assertEquals(Status.OK, rig.pages.donate(guest, rig.pfn(rig.ram()), 4));
      }
    }
  }

  @Test
  void refusalOnTheWayBackKeepsPagesWithTheGuest() {
    Rig rig = new Rig();
    int guest = rig.pages.createGuest();
    long pfn = rig.pfn(rig.ram());
    rig.pages.donate(guest, pfn, 4);
    rig.pages.destroyGuest(guest);
    rig.first.reserveAnswers.add(Status.NO_MEMORY);
    assertEquals(Status.NO_MEMORY, rig.pages.reclaim(pfn, 4));
    rig.second.idmapAnswers.add(Status.TIMEOUT);
    assertEquals(Status.TIMEOUT, rig.pages.reclaim(pfn, 4));
    assertEquals(PageOwner.GUEST, rig.pages.owner(rig.ram()));
    assertEquals(4, rig.pages.guests().pages(guest));
    assertFalse(rig.hostReaches(rig.ram()));
    assertEquals(Status.OK, rig.pages.reclaim(pfn, 4));
    assertFalse(rig.pages.guests().isDying(guest));
  }

  @Test
  void whatADeviceMayStillReachStaysTheHosts() {
    Rig rig = new Rig();
    int guest = rig.pages.createGuest();
    long pfn = rig.pfn(rig.ram());
    rig.pages.donate(guest, pfn, 4);
    rig.pages.destroyGuest(guest);
    // The second driver does not map, and then the first does not unmap either.
    rig.second.idmapAnswers.add(Status.TIMEOUT);
    rig.first.idmapAnswers.addAll(List.of(Status.OK, Status.TIMEOUT));
    assertEquals(Status.TIMEOUT, rig.pages.reclaim(pfn, 4));
    assertTrue(rig.pages.hostOwns(rig.ram(), 4 * rig.page));
    assertEquals(0, rig.pages.guests().count());
  }

  @Test
  void mmioTrapsWhileItIsDonated() {
    Rig rig = new Rig();
    MemoryRange registers = new MemoryRange(0x900_0000, 2 * rig.page);
    assertTrue(rig.touch(registers.base()));
    assertEquals(Status.OK, rig.pages.donateMmio(registers));
    assertFalse(rig.hostReaches(registers.base()));
    assertFalse(rig.touch(registers.base()));
    assertEquals(List.of(registers.base()), rig.first.offered);
    assertEquals(Status.DENIED, rig.pages.donateMmio(registers));
    assertEquals(Status.OK, rig.pages.returnMmio(registers));
    assertTrue(rig.touch(registers.base()));
    assertTrue(rig.first.reaches(registers.base()));
    assertEquals(Status.INVALID, rig.pages.donateMmio(new MemoryRange(0x900_0800, rig.page)));
    assertEquals(Status.INVALID, rig.pages.donateMmio(new MemoryRange(rig.ram(), rig.page)));
    assertEquals(
        Status.INVALID,
        rig.pages.donateMmio(new MemoryRange(rig.parameters.topAddress(), rig.page)));
  }

  @Test
  void hostRangesAreMaximalAndLeaveOutWhatIsNotTheHosts() {
    Rig rig = new Rig();
    int guest = rig.pages.createGuest();
    rig.pages.donate(guest, rig.pfn(rig.ram()) + 5, 600);
    rig.pages.donateMmio(new MemoryRange(0x1000, rig.page));
    rig.pages.pin(rig.ram(), rig.page);
    List<String> ranges = new ArrayList<>();
    rig.pages.forEachHostRange(
        (start, end, memory) -> {
          ranges.add("%x-%x %s".formatted(start, end, memory ? "ram" : "device"));
          return Status.OK;
        });
    assertEquals(
        List.of(
            "0-1000 device",
            "2000-40000000 device",
            "40000000-40005000 ram",
            "4025d000-7f000000 ram",
            "80000000-800000000 device",
            "800000000-810000000 ram",
            "810000000-810010000 device"),
        ranges);
    ranges.clear();
    rig.pages.forEachHostRange(
        (start, end, memory) -> {
          ranges.add("one");
          return Status.TIMEOUT;
        });
    assertEquals(1, ranges.size(), "a visitor can end the walk");
  }

  @Test
  void refusesABoardThatContradictsItself() {
    Rig rig = new Rig();
    var board = rig.parameters;
    var outside =
        new portcullis.platform.boot.BootParameters(
            board.memory(), new MemoryRange(0, 0x100000), List.of(), 12, 40, board.topAddress());
    var tooHigh =
        new portcullis.platform.boot.BootParameters(
            board.memory(), board.hypervisorMemory(), List.of(), 12, 32, board.topAddress());
    for (var bad : List.of(outside, tooHigh)) {
      var store = new portcullis.store.Store();
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new HostPages(
                  store,
                  rig.machine,
                  bad,
                  PagePolicy.DEFAULT,
                  new portcullis.hyp.iommu.IommuCore(new portcullis.store.Store())));
    }
  }

  @Test
  void everyTransitionIsTraced() {
    Rig rig = new Rig();
    int guest = rig.pages.createGuest();
    rig.machine.events.clear();
    rig.pages.donate(guest, rig.pfn(rig.ram()), 2);
    rig.pages.donate(guest, rig.pfn(rig.ram()), 1);
    assertEquals(
        List.of(
            new TraceEvent.Ownership(0, rig.ram(), 2 * rig.page, "donate", "host", "guest 1", "ok"),
            new TraceEvent.Ownership(
                0,
                rig.ram(),
                rig.page,
                "donate",
                "host",
                "guest 1",
                "denied: not RAM of the host")),
        rig.machine.events);
  }

  @Test
  void randomRangesAreAllOrNothingAndLeaveNoLeak() {
    for (int shift : new int[] {12, 14, 16}) {
      randomRun(new Rig(PagePolicy.DEFAULT, shift, 1024), new Random(shift));
    }
  }

  private static void randomRun(Rig rig, Random random) {
    long start = rig.store.fingerprint();
    long mark = rig.store.mark();
    long used = rig.pages.pool().used();
    long window = rig.ram();
    int guests = 3;
    for (int step = 0; step < 3_000; step++) {
      int guest = 1 + random.nextInt(guests);
      long first = random.nextInt(WINDOW);
      long count = 1 + random.nextInt((int) (WINDOW - first));
      long pfn = rig.pfn(window) + first;
      long before = rig.store.fingerprint();
      FakeDriver refuser = random.nextBoolean() ? rig.first : rig.second;
      if (random.nextInt(8) == 0) {
        refuser.reserveAnswers.add(Status.NO_MEMORY);
      } else if (random.nextInt(8) == 0) {
        refuser.idmapAnswers.add(Status.TIMEOUT);
      }
      List<String> owners = owners(rig, window);
      Status status =
          switch (random.nextInt(9)) {
            case 0, 1 -> rig.pages.donate(guest, pfn, count);
            case 2, 3 -> rig.pages.reclaim(pfn, count);
            case 4 -> rig.pages.share(guest, pfn, count);
            case 5 -> rig.pages.unshare(guest, pfn, count);
            case 6 -> rig.pages.createGuest() == 0 ? Status.BUSY : Status.OK;
            case 7 -> random.nextInt(4) == 0 ? rig.pages.destroyGuest(guest) : Status.OK;
            default -> rig.touch(window + first * rig.page) ? Status.OK : Status.DENIED;
          };
      rig.first.reserveAnswers.clear();
      rig.second.reserveAnswers.clear();
      rig.first.idmapAnswers.clear();
      rig.second.idmapAnswers.clear();
      if (!status.ok()) {
        assertEquals(owners, owners(rig, window), "a refusal changes no owner");
      }
      if (status == Status.BUSY || status == Status.INVALID) {
        assertEquals(before, rig.store.fingerprint(), "a refusal by policy changes nothing");
      }
      for (int page = 0; page < WINDOW; page++) {
        rig.check(window + page * rig.page);
      }
    }
    for (int guest = 1; guest <= Guests.MAX; guest++) {
      rig.pages.destroyGuest(guest);
      for (int page = 0; page < WINDOW; page++) {
        long pfn = rig.pfn(window) + page;
        while (rig.pages.unshare(guest, pfn, 1).ok()) {
          continue;
        }
      }
    }
    for (int page = 0; page < WINDOW; page++) {
      rig.pages.reclaim(rig.pfn(window) + page, 1);
    }
    assertTrue(rig.pages.hostOwns(window, WINDOW * rig.page));
    assertEquals(0, rig.pages.guests().count());
    rig.pages.stage2().unmap(0, 1L << 40);
    assertEquals(used, rig.pages.pool().used(), "tables have come back");
    rig.store.undo(mark);
    assertEquals(start, rig.store.fingerprint());
  }

  private static List<String> owners(Rig rig, long window) {
    List<String> owners = new ArrayList<>();
    for (int page = 0; page < WINDOW; page++) {
      long pa = window + page * rig.page;
      owners.add(rig.pages.owner(pa) + " " + rig.pages.shares(pa) + " " + rig.pages.pins(pa));
    }
    return owners;
  }

  @Test
  void aDonationNotToldToTheIommusIsReachable() {
    Rig rig = new Rig(mutated(PageTransition.DONATE_GUEST, IommuOrder.NEVER));
    assertTrue(violatedByDonation(rig));
    assertFalse(violatedByDonation(new Rig()));
  }

  @Test
  void aPageOfDevicesPassedOnBeforeTheIommusHaveFinishedIsReachable() {
    Rig rig = new Rig(mutated(PageTransition.DONATE_GUEST, IommuOrder.AFTER));
    assertTrue(violatedByDonation(rig));
  }

  @Test
  void aPageMappedBeforeItIsTheHostsIsReachable() {
    Rig rig = new Rig(mutated(PageTransition.RECLAIM_GUEST, IommuOrder.BEFORE));
    assertTrue(violatedByDonation(rig));
  }

  @Test
  void aReclaimWithoutWipeShowsTheGuestsSecret() {
    PagePolicy.Handover kept = PagePolicy.DEFAULT.handover(PageTransition.RECLAIM_GUEST);
    PagePolicy mutated =
        PagePolicy.DEFAULT.with(
            new PagePolicy.Handover(
                kept.transition(), kept.access(), kept.iommus(), false, "mutation"));
    assertEquals(0x5ec3e7, secretAfterReclaim(new Rig(mutated)));
    assertEquals(0, secretAfterReclaim(new Rig()));
  }

  @Test
  void aDonationIsWipedIfItsRowSaysSo() {
    PagePolicy.Handover kept = PagePolicy.DEFAULT.handover(PageTransition.DONATE_GUEST);
    Rig rig =
        new Rig(
            PagePolicy.DEFAULT.with(
                new PagePolicy.Handover(
                    kept.transition(), kept.access(), kept.iommus(), true, "changed")));
    for (Rig each : List.of(rig, new Rig())) {
      each.machine.write64(each.ram(), 0x1234);
      each.pages.donate(each.pages.createGuest(), each.pfn(each.ram()), 1);
      assertEquals(each == rig ? 0 : 0x1234, each.machine.read64(each.ram()));
    }
  }

  private static long secretAfterReclaim(Rig rig) {
    int guest = rig.pages.createGuest();
    rig.pages.donate(guest, rig.pfn(rig.ram()), 1);
    rig.machine.write64(rig.ram(), 0x5ec3e7);
    rig.pages.destroyGuest(guest);
    rig.pages.reclaim(rig.pfn(rig.ram()), 1);
    return rig.machine.read64(rig.ram());
  }

  @Test
  void anAllowedPinnedPageLeavesAPinnedPageOfAGuest() {
    PagePolicy mutated =
        PagePolicy.DEFAULT.with(
            new PagePolicy.Row(
                PageTransition.DONATE_GUEST, PageCondition.HOST_PINNED, Status.OK, "mutation"));
    Rig rig = new Rig(mutated);
    int guest = rig.pages.createGuest();
    rig.pages.pin(rig.ram(), rig.page);
    assertEquals(Status.OK, rig.pages.donate(guest, rig.pfn(rig.ram()), 1));
    assertFalse(rig.pages.hostOwns(rig.ram(), rig.page), "though a queue is there");
    rig.pages.unpin(rig.ram(), rig.page);
  }

  private static PagePolicy mutated(PageTransition transition, IommuOrder order) {
    HostAccess access = PagePolicy.DEFAULT.handover(transition).access();
    return PagePolicy.DEFAULT.with(
        new PagePolicy.Handover(transition, access, order, false, "mutation"));
  }

  /** Whether at any moment around a donation and reclaim a device reaches a guest's page. */
  private static boolean violatedByDonation(Rig rig) {
    boolean[] violated = new boolean[1];
    Runnable look =
        () ->
            violated[0] |=
                rig.pages.owner(rig.ram()) == PageOwner.GUEST && rig.first.reaches(rig.ram());
    rig.first.inIdmap = look;
    rig.second.inIdmap = look;
    int guest = rig.pages.createGuest();
    rig.pages.donate(guest, rig.pfn(rig.ram()), 1);
    look.run();
    rig.pages.destroyGuest(guest);
    rig.pages.reclaim(rig.pfn(rig.ram()), 1);
    return violated[0];
  }
}
