package portcullis.hyp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.hyp.mem.Guests;
import portcullis.hyp.mem.HostPages;
import portcullis.hyp.mem.PageOwner;
import portcullis.hyp.mem.PagePolicy;
import portcullis.platform.boot.MemoryRange;

class HypervisorTest {
  private static final long DABT = 0x24L << 26;
  private static final long TRANSLATION_L3 = 0x07;
  private static final long S1PTW = 1 << 7;

  private final Rig rig = new Rig();

  private FakeMachine.Context abort(long ipa, long esr) {
    FakeMachine.Context context = rig.machine.abort(ipa, esr);
    rig.hypervisor.dataAbort(context);
    return context;
  }

  @Test
  void onlyTranslationFaultsAreResolved() {
    for (long dfsc = 0; dfsc < 64; dfsc++) {
      boolean translation = (dfsc >= 4 && dfsc <= 7) || dfsc == 0x2b;
      assertEquals(!translation, abort(rig.ram(), DABT | dfsc).aborted, "DFSC " + dfsc);
    }
    for (long ec = 0; ec < 64; ec++) {
      assertEquals(ec != 0x24, abort(rig.ram(), ec << 26 | TRANSLATION_L3).aborted, "EC " + ec);
    }
  }

  @Test
  void offersToTheDriversWhatIsNoMemoryAndNotTheHosts() {
    rig.pages.donateMmio(new MemoryRange(0x1000, 0x1000));
    rig.second.handles = ipa -> ipa == 0x1008;
    assertTrue(abort(0x1008, DABT | TRANSLATION_L3).skipped);
    assertEquals(1, rig.traps(TrapKind.IOMMU_ACCESS));
    assertTrue(abort(0x1010, DABT | TRANSLATION_L3).aborted);
    assertEquals(2, rig.first.offered.size());
    assertTrue(
        abort(0x1008, DABT | TRANSLATION_L3 | S1PTW).aborted, "a table walk is no register access");
    assertTrue(abort(rig.parameters.hypervisorMemory().base(), DABT | TRANSLATION_L3).aborted);
    assertEquals(2, rig.first.offered.size());
  }

  @Test
  void aTrapWhileATransitionIsUnderWaySeesNothingOfIt() {
    int guest = (int) rig.call(Hypercall.CREATE_GUEST);
    long pfn = rig.pfn(rig.ram());
    boolean[] refused = new boolean[2];
    rig.second.inIdmap =
        () -> {
          refused[0] = abort(rig.ram(), DABT | TRANSLATION_L3).aborted;
          refused[1] = rig.call(Hypercall.SHARE_HYP, pfn, 1) == Status.BUSY.code();
        };
    assertEquals(0, rig.call(Hypercall.DONATE, guest, pfn, 1));
    assertTrue(refused[0]);
    assertTrue(refused[1]);
    rig.check(rig.ram());
  }

  @Test
  void hypercallsGiveAndTakePages() {
    long pfn = rig.pfn(rig.ram());
    long guest = rig.call(Hypercall.CREATE_GUEST);
    assertEquals(1, guest);
    assertEquals(0, rig.call(Hypercall.DONATE, guest, pfn, 262_144 / 2));
    assertEquals(Status.DENIED.code(), rig.call(Hypercall.SHARE, guest, pfn, 1));
    assertEquals(Status.BUSY.code(), rig.call(Hypercall.RECLAIM, pfn, 1));
    assertEquals(0, rig.call(Hypercall.DESTROY_GUEST, guest));
    assertEquals(Status.NOT_FOUND.code(), rig.call(Hypercall.DESTROY_GUEST, guest));
    assertEquals(0, rig.call(Hypercall.RECLAIM, pfn, 262_144 / 2));
    assertEquals(0, rig.call(Hypercall.SHARE_HYP, pfn, 1));
    assertEquals(0, rig.call(Hypercall.UNSHARE_HYP, pfn, 1));
    assertEquals(Status.DENIED.code(), rig.call(Hypercall.UNSHARE_HYP, pfn, 1));
    assertEquals(Status.NOT_SUPPORTED.code(), rig.machine.call(rig.hypervisor, 0xc600_000aL, 0, 0));
  }

  @Test
  void refusesArgumentsOutOfRange() {
    long guest = rig.call(Hypercall.CREATE_GUEST);
    long pfn = rig.pfn(rig.ram());
    long invalid = Status.INVALID.code();
    assertEquals(invalid, rig.call(Hypercall.DONATE, guest, pfn, 0));
    assertEquals(invalid, rig.call(Hypercall.DONATE, guest, pfn, -1));
    assertEquals(invalid, rig.call(Hypercall.DONATE, guest, pfn, HostPages.MAX_PAGES + 1));
    assertEquals(invalid, rig.call(Hypercall.DONATE, guest, -1, 1));
    assertEquals(invalid, rig.call(Hypercall.DONATE, guest, Long.MAX_VALUE, 1));
    assertEquals(invalid, rig.call(Hypercall.RECLAIM, Long.MIN_VALUE, 1));
    assertEquals(invalid, rig.call(Hypercall.RECLAIM, 1L << 52, 1));
    assertEquals(Status.NOT_FOUND.code(), rig.call(Hypercall.DONATE, guest + (1L << 32), pfn, 1));
    assertEquals(Status.NOT_FOUND.code(), rig.call(Hypercall.DONATE, 0, pfn, 1));
    assertTrue(rig.pages.hostOwns(rig.ram(), rig.page));
  }

  @Test
  void handlesRunOutAndComeBack() {
    for (int i = 1; i <= Guests.MAX; i++) {
      assertEquals(i, rig.call(Hypercall.CREATE_GUEST));
    }
    assertEquals(Status.NO_MEMORY.code(), rig.call(Hypercall.CREATE_GUEST));
    assertEquals(0, rig.call(Hypercall.DESTROY_GUEST, 77));
    assertEquals(77, rig.call(Hypercall.CREATE_GUEST));
  }

  private static boolean takesGuest(long function) {
    return function == Hypercall.DONATE.function()
        || function == Hypercall.SHARE.function()
        || function == Hypercall.UNSHARE.function()
        || function == Hypercall.DESTROY_GUEST.function();
  }

  @Test
  void hostileCallsNeverThrowAndKeepThePromise() {
    Random random = new Random(100_000);
    Rig hostile = new Rig(PagePolicy.DEFAULT, 12, 600);
    long fingerprint = hostile.store.fingerprint();
    long mark = hostile.store.mark();
    long[] places = {
      hostile.pfn(hostile.ram()),
      hostile.pfn(hostile.parameters.hypervisorMemory().base()),
      hostile.pfn(hostile.parameters.memory().get(0).end()),
      hostile.pfn(hostile.parameters.topAddress()),
      0,
      1L << 28,
      1L << 52,
      Long.MAX_VALUE,
      Long.MIN_VALUE,
    };
    int carried = 0;
    for (int step = 0; step < 100_000; step++) {
      long pfn = places[random.nextInt(4) == 0 ? random.nextInt(places.length) : 0];
      pfn += random.nextInt(40) - 4;
      long count = random.nextInt(50) == 0 ? random.nextLong() : random.nextInt(9);
      long guest = random.nextInt(50) == 0 ? random.nextLong() : random.nextInt(5);
      if (random.nextInt(5) == 0) {
        long ipa = random.nextInt(4) == 0 ? random.nextLong() : pfn << 12 | random.nextInt(4096);
        FakeMachine.Context context = hostile.machine.abort(ipa, DABT | random.nextInt(1 << 25));
        hostile.hypervisor.dataAbort(context);
      } else {
        long function = 0xc600_0000L + random.nextInt(random.nextInt(30) == 0 ? 100 : 8);
        boolean destroys = function == Hypercall.DESTROY_GUEST.function();
        function = destroys && random.nextInt(4) > 0 ? Hypercall.RECLAIM.function() : function;
        boolean meant = random.nextInt(10) > 0;
        long result =
            meant == takesGuest(function)
                ? hostile.machine.call(hostile.hypervisor, function, guest, pfn, count)
                : hostile.machine.call(hostile.hypervisor, function, pfn, count, guest);
        carried += result >= 0 ? 1 : 0;
      }
      for (int page = -4; page < 40; page += 1 + random.nextInt(8)) {
        hostile.check(hostile.ram() + page * 4096L);
      }
      hostile.machine.log.clear();
      hostile.machine.events.clear();
    }
    assertTrue(carried > 10_000, "calls that were carried out: " + carried);
    long carveOut = hostile.parameters.hypervisorMemory().base();
    assertEquals(PageOwner.HYP, hostile.pages.owner(carveOut));
    assertFalse(hostile.touch(carveOut));
    hostile.store.undo(mark);
    assertEquals(fingerprint, hostile.store.fingerprint());
  }
}
