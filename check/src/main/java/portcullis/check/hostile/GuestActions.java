package portcullis.check.hostile;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import portcullis.hyp.Hypercall;
import portcullis.hyp.Status;
import portcullis.platform.HostCpu;

/** What the hostile host asks of EL2: guests, and pages that change hands. */
final class GuestActions {
  private static final int MAX_GUESTS = 3;
  private static final int MAX_GIFTS = 20;
  private static final int MAX_SHARES = 8;
  private static final Hypercall[] HYPERCALLS = Hypercall.values();

  /**
   * A share that can be taken back.
   *
   * @param undo the call that does
   * @param x1 its first argument
   * @param x2 its second
   * @param x3 its third, if it has one
   */
  private record Share(Hypercall undo, long x1, long x2, long x3) {}

  private final Step step;
  private final SplittableRandom random;
  private final HostCpu cpu;
  private final Addresses addresses;
  private final Given given;
  private final DeviceActions devices;
  private final Oracle oracle;
  private final List<Share> shares = new ArrayList<>();

  /** Of the hypervisor's pages, by which hypercalls count. */
  private final long pageBytes;

  GuestActions(
      Step step,
      SplittableRandom random,
      HostCpu cpu,
      Addresses addresses,
      Given given,
      DeviceActions devices,
      Oracle oracle) {
    this.step = step;
    this.random = random;
    this.cpu = cpu;
    this.addresses = addresses;
    this.given = given;
    this.devices = devices;
    this.oracle = oracle;
    pageBytes = addresses.page();
  }

  private long call(Hypercall call, long... arguments) {
    String stolen = oracle.wouldSteal(call, arguments);
    long result = cpu.hypercall(call.function(), arguments);
    if (result == 0 && call == Hypercall.DONATE) {
      oracle.gave(arguments[1] * pageBytes, arguments[2]);
    }
    if (result < 0) {
      step.reached(Reached.HYPERCALL_REFUSED);
      if (call == Hypercall.DONATE && result == Status.BUSY.code()) {
        step.reached(Reached.DONATION_BUSY);
      }
    } else {
      step.changed();
      step.found(stolen);
    }
    return result;
  }

  private long pfn(long address) {
    return address / pageBytes;
  }

  void donate() {
    if (given.gifts() >= MAX_GIFTS) {
      reclaim();
      return;
    }
    if (given.guests() == 0 || (given.guests() < MAX_GUESTS && step.oneIn(8))) {
      long guest = call(Hypercall.CREATE_GUEST);
      if (guest > 0) {
        given.guest(guest);
        oracle.begins(guest);
      }
    }
    long page =
        switch (random.nextInt(8)) {
          case 0, 1 -> addresses.arenaPage();
          case 2 -> devices.recentPage();
          case 3 -> sharedPage();
          default -> addresses.dataPage();
        };
    long count = 1L + random.nextInt(3);
    if (step.oneIn(64)) {
      page = addresses.wideBlock();
      count = random.nextBoolean() ? addresses.block() / pageBytes : 1 + random.nextInt(600);
    }
    give(given.anyGuest(random), page, count);
  }

  /** A page that is shared, if one is. */
  private long sharedPage() {
    if (shares.isEmpty()) {
      return addresses.dataPage();
    }
    Share share = shares.get(random.nextInt(shares.size()));
    return (share.undo() == Hypercall.UNSHARE ? share.x2() : share.x1()) * pageBytes;
  }

  private void give(long guest, long page, long count) {
    step.say("0x%x, %d pages to guest %d", page, count, guest);
    if (call(Hypercall.DONATE, guest, pfn(page), count) == 0) {
      step.reached(Reached.DONATED);
      given.gift(new Given.Gift(guest, page & -pageBytes, count));
    }
  }

  void reclaim() {
    long guest = given.anyGuest(random);
    step.say("guest %d", guest);
    destroy(guest);
    if (step.oneIn(4)) {
      // Its pages and the next ones, which may be those of another that ends.
      long other = given.anyGuest(random);
      step.say("and guest %d", other);
      destroy(other);
      for (Given.Gift gift : given.of(guest)) {
        call(Hypercall.RECLAIM, pfn(gift.page()), gift.count() + 1 + random.nextInt(3));
      }
      takePagesBack(other);
    }
    takePagesBack(guest);
  }

  private void destroy(long guest) {
    if (call(Hypercall.DESTROY_GUEST, guest) == 0) {
      oracle.ended(guest);
    }
    // Its handle is free only once nothing is shared with it.
    for (Share share : List.copyOf(shares)) {
      if (share.undo() == Hypercall.UNSHARE && share.x1() == guest) {
        shares.remove(share);
        takeBack(share);
      }
    }
  }

  private void takePagesBack(long guest) {
    for (Given.Gift gift : given.end(guest)) {
      if (call(Hypercall.RECLAIM, pfn(gift.page()), gift.count()) == 0) {
        step.reached(Reached.RECLAIMED);
        step.found(oracle.leftIn(gift.page()));
      } else {
        // Some of it is back already.
        for (long i = 0; i < gift.count(); i++) {
          call(Hypercall.RECLAIM, pfn(gift.page()) + i, 1);
        }
      }
    }
  }

  /** Takes the power of an SMMU, or gives it back. */
  void power(Site site) {
    boolean on = site.isOff();
    step.say(on ? "on" : "off");
    Hypercall call = on ? Hypercall.POWER_ON : Hypercall.POWER_OFF;
    if (call(call, site.smmu().registers().base()) == 0) {
      site.setOff(!on);
    }
  }

  /**
   * Takes back every share, and the pages of every guest.
   *
   * @param busy all pages that may be a guest's
   */
  void giveUp(List<Long> busy) {
    shares.forEach(this::takeBack);
    shares.clear();
    while (given.guests() > 0) {
      reclaim();
    }
    // What was given by calls with arguments that were not remembered.
    for (long page : busy) {
      if (oracle.guestOwns(page)) {
        call(Hypercall.RECLAIM, pfn(page), 1);
      }
    }
  }

  void anyHypercall() {
    Hypercall call = HYPERCALLS[random.nextInt(HYPERCALLS.length)];
    long guest = step.oneIn(4) ? random.nextInt(-2, 300) : given.anyGuest(random);
    long pfn =
        step.oneIn(8)
            ? random.nextLong()
            : pfn(
                switch (random.nextInt(4)) {
                  case 0 -> addresses.hypervisorPage();
                  case 1 -> addresses.any();
                  default -> addresses.ramPage();
                });
    long count =
        switch (random.nextInt(12)) {
          case 0 -> random.nextLong();
          case 1 -> Long.MAX_VALUE - pfn;
          case 2 -> 1L << 20;
          case 3 -> random.nextInt(-2, 600);
          default -> 1 + random.nextInt(2);
        };
    step.say("%s guest %d pfn 0x%x count %d", call, guest, pfn, count);
    switch (call) {
      case CREATE_GUEST -> {
        if (given.guests() < MAX_GUESTS) {
          long created = call(call);
          if (created > 0) {
            given.guest(created);
            oracle.begins(created);
          }
        }
      }
      case DESTROY_GUEST -> {
        if (step.oneIn(8)) {
          reclaim();
        } else {
          call(call, random.nextLong());
        }
      }
      case DONATE -> {
        if (call(call, guest, pfn, count) == 0) {
          step.reached(Reached.DONATED);
          given.gift(new Given.Gift(guest, pfn * pageBytes, count));
        }
      }
      case SHARE, SHARE_HYP -> {
        long shared = step.oneIn(4) ? pfn(sharedPage()) : pfn;
        if (call == Hypercall.SHARE) {
          share(call, Hypercall.UNSHARE, guest, shared, count);
        } else {
          share(call, Hypercall.UNSHARE_HYP, shared, count, 0);
        }
      }
      case UNSHARE -> unshare(call, guest, pfn, count);
      case RECLAIM -> call(call, pfn, count);
      case UNSHARE_HYP -> unshare(call, pfn, count);
      case POWER_OFF, POWER_ON -> call(call, step.oneIn(2) ? addresses.any() : pfn);
    }
    if (step.oneIn(16)) {
      cpu.hypercall(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }
  }

  private void share(Hypercall call, Hypercall undo, long x1, long x2, long x3) {
    if (shares.size() == MAX_SHARES) {
      takeBack(shares.removeFirst());
    }
    if (call(call, x1, x2, x3) == 0) {
      shares.add(new Share(undo, x1, x2, x3));
    }
  }

  private void unshare(Hypercall call, long... arguments) {
    if (shares.isEmpty() || step.oneIn(4)) {
      call(call, arguments);
    } else {
      takeBack(shares.remove(random.nextInt(shares.size())));
    }
  }

  /** Ends a share; page by page where an UNSHARE of any arguments has ended some of it already. */
  private void takeBack(Share share) {
    if (call(share.undo(), share.x1(), share.x2(), share.x3()) == 0) {
      return;
    }
    boolean withGuest = share.undo() == Hypercall.UNSHARE;
    long pfn = withGuest ? share.x2() : share.x1();
    long count = withGuest ? share.x3() : share.x2();
    for (long i = 0; i < count; i++) {
      if (withGuest) {
        call(Hypercall.UNSHARE, share.x1(), pfn + i, 1);
      } else {
        call(Hypercall.UNSHARE_HYP, pfn + i, 1, 0);
      }
    }
  }
}
