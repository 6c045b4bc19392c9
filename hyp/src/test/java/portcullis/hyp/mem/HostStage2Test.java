package portcullis.hyp.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.hyp.Rig;
import portcullis.hyp.Status;
import portcullis.hyp.TrapKind;
import portcullis.platform.boot.MemoryRange;

class HostStage2Test {
  private static final int MEMATTR_LSB = 2;
  private static final long MEMATTR_MASK = 0xf;

  @Test
  void oneFaultMapsTheLargestBlock() {
    Rig rig = new Rig();
    assertTrue(rig.touch(rig.parameters.memory().get(1).base() + 0x123_4000));
    assertTrue(rig.machine.reachesWithoutTrap(rig.parameters.memory().get(1).base() + 0x120_0000));
    assertEquals(1, rig.traps(TrapKind.MEMORY_FAULT));
    assertTrue(rig.touch(0x1000));
    assertTrue(rig.machine.reachesWithoutTrap(0x3fff_f000), "registers by the gigabyte");
    assertFalse(rig.machine.reachesWithoutTrap(rig.ram()), "and no RAM with them");
  }

  @Test
  void memoryIsNormalAndTheRestIsDevice() {
    Rig rig = new Rig();
    assertTrue(rig.touch(rig.ram()));
    assertTrue(rig.touch(0x1000));
    assertEquals(0xf, rig.machine.walk(rig.ram()) >>> MEMATTR_LSB & MEMATTR_MASK);
    assertEquals(0x1, rig.machine.walk(0x1000) >>> MEMATTR_LSB & MEMATTR_MASK);
    assertEquals(0b11, rig.machine.walk(rig.ram()) >>> 6 & 0b11, "read and write");
    assertEquals(0b10, rig.machine.walk(0x1000) >>> 53 & 0b11, "no execution of registers");
  }

  @Test
  void nothingAboveTheBoard() {
    Rig rig = new Rig();
    assertFalse(rig.touch(rig.parameters.topAddress()));
    assertTrue(rig.touch(rig.parameters.topAddress() - 1 & -8));
    assertFalse(rig.touch(1L << 40));
  }

  @Test
  void agreesWithOwnershipOnRandomOperations() {
    for (int shift : new int[] {12, 14, 16}) {
      Rig rig = new Rig(PagePolicy.DEFAULT, shift, 1024);
      Random random = new Random(shift);
      int guest = rig.pages.createGuest();
      long ramPages = rig.parameters.memory().get(0).size() >>> shift;
      for (int step = 0; step < 500; step++) {
        long pfn = rig.pfn(rig.ram()) + random.nextLong(ramPages);
        long count = 1 + random.nextLong(random.nextInt(10) == 0 ? 5_000 : 20);
        switch (random.nextInt(4)) {
          case 0 -> rig.pages.donate(guest, pfn, count);
          case 1 -> rig.pages.donateMmio(new MemoryRange(random.nextInt(64) * rig.page, rig.page));
          case 2 -> {
            if (random.nextInt(60) == 0) {
              rig.pages.destroyGuest(guest);
              for (long page = rig.pfn(rig.ram()); rig.pages.guests().isDying(guest); page++) {
                rig.pages.reclaim(page, 1);
              }
              guest = rig.pages.createGuest();
            }
          }
          default -> {}
        }
        for (int probe = 0; probe < 8; probe++) {
          long pa = (pfn + random.nextLong(-2, count + 2)) << shift;
          long any = probe < 6 ? pa : random.nextLong(rig.parameters.topAddress()) & -8;
          boolean host = rig.pages.owner(any) == PageOwner.HOST;
          rig.check(any);
          assertEquals(host, rig.touch(any));
        }
      }
    }
  }

  @Test
  void aFullPoolCostsMappingsAndNotCorrectness() {
    Rig rig = new Rig(PagePolicy.DEFAULT, 12, 12);
    int guest = rig.pages.createGuest();
    assertTrue(rig.touch(rig.ram() + 0x20_0000));
    while (rig.pages.pool().available() > 0) {
      rig.pages.pool().allocate(1);
    }
    long middle = rig.ram() + 0x20_1000;
    assertTrue(rig.machine.reachesWithoutTrap(middle));
    assertEquals(Status.OK, rig.pages.donate(guest, rig.pfn(middle), 1), "needs no split");
    assertFalse(rig.hostReaches(middle));
    rig.check(middle);
  }

  @Test
  void registersGiveWayToMemoryWhenThePoolIsEmpty() {
    Rig rig = new Rig(PagePolicy.DEFAULT, 12, 8);
    rig.pages.donateMmio(new MemoryRange(0x1000, 0x1000));
    assertTrue(rig.touch(0x2000), "two tables for registers");
    while (rig.pages.pool().available() > 0) {
      rig.pages.pool().allocate(1);
    }
    assertEquals(0, rig.pages.pool().available());
    assertTrue(rig.touch(rig.ram()));
    assertFalse(rig.touch(0x2000), "tables were needed and there are none");
    rig.check(0x1000);
  }

  @Test
  void tablesGoWhenWhatTheyWereSplitForComesBack() {
    for (long count : new long[] {1, 512, 700, 65_536, 262_144 / 2}) {
      Rig rig = new Rig();
      long block = rig.ram() + 0x20_0000;
      assertTrue(rig.touch(rig.ram()));
      assertTrue(rig.touch(block));
      long tables = rig.pages.stage2Tables().pages();
      for (long offset : new long[] {0, 3, 511}) {
        int guest = rig.pages.createGuest();
        assertEquals(Status.OK, rig.pages.donate(guest, rig.pfn(block) + offset, count));
        rig.pages.destroyGuest(guest);
        assertEquals(Status.OK, rig.pages.reclaim(rig.pfn(block) + offset, count));
        assertEquals(tables, rig.pages.stage2Tables().pages(), count + " pages");
        boolean whole = offset == 0 && count >= 512;
        assertEquals(
            !whole,
            rig.machine.reachesWithoutTrap(block + offset * rig.page),
            "a block that was split is back; one that went whole is faulted in");
        assertTrue(rig.touch(block));
      }
    }
  }

  @Test
  void aBlockThatIsStillForeignInPartJoinsAsFarAsItCan() {
    Rig rig = new Rig();
    assertTrue(rig.touch(rig.ram()));
    assertTrue(rig.touch(rig.ram() + 512 * rig.page));
    int guest = rig.pages.createGuest();
    long first = rig.pfn(rig.ram());
    rig.pages.donate(guest, first, 1);
    long tables = rig.pages.stage2Tables().pages();
    int other = rig.pages.createGuest();
    rig.pages.donate(other, first + 512, 1);
    assertEquals(tables + 1, rig.pages.stage2Tables().pages());
    rig.pages.destroyGuest(other);
    rig.pages.reclaim(first + 512, 1);
    assertEquals(tables, rig.pages.stage2Tables().pages());
    assertTrue(rig.machine.reachesWithoutTrap(rig.ram() + 512 * rig.page));
    assertFalse(rig.machine.reachesWithoutTrap(rig.ram()), "the first guest's");
  }

  @Test
  void whatTheHostNeverTouchedTakesNoTable() {
    Rig rig = new Rig();
    long tables = rig.pages.stage2Tables().pages();
    int guest = rig.pages.createGuest();
    rig.pages.donate(guest, rig.pfn(rig.ram()) + 5, 3);
    rig.pages.destroyGuest(guest);
    rig.pages.reclaim(rig.pfn(rig.ram()) + 5, 3);
    assertEquals(tables, rig.pages.stage2Tables().pages());
    assertEquals(0, rig.pages.stage2Tables().descriptors());
  }
}
