package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import portcullis.arch.Field;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.hyp.Status;

/**
 * The host's queues disabled, moved and resized (series parts 15 and 20; threats T4, T11): exactly
 * the pages that a queue occupies while it may be in use are pinned, page by page.
 */
class HostQueuesMoveTest {
  private static final long HERE = Fixture.RAM + (16L << 20);
  private static final long THERE = Fixture.RAM + (20L << 20) + 0x3000;
  private static final int MAX_LOG2 = 8;

  /** The queues that hardware writes. */
  enum Queue {
    EVENTS(Register.EVENTQ_BASE, Cr0.EVENTQEN, Gerror.EVENTQ_ABT_ERR, 32),
    PAGE_REQUESTS(Register.PRIQ_BASE, Cr0.PRIQEN, Gerror.PRIQ_ABT_ERR, 16);

    final Register base;
    final Field enable;
    final Field error;
    final int entryBytes;

    Queue(Register base, Field enable, Field error, int entryBytes) {
      this.base = base;
      this.enable = enable;
      this.error = error;
      this.entryBytes = entryBytes;
    }

    Set<Long> pages(long address, int log2) {
      long bytes = (long) entryBytes << Math.min(log2, MAX_LOG2);
      long start = address & -Math.max(32, bytes);
      Set<Long> pages = new TreeSet<>();
      for (long page = start & -0x1000L; page < start + bytes; page += 0x1000) {
        pages.add(page);
      }
      return pages;
    }
  }

  private final Fixture f = new Fixture().boot();

  private Set<Long> pinned() {
    Set<Long> pinned = new TreeSet<>();
    for (long pa = Fixture.RAM; pa < Fixture.RAM_END; pa += 0x1000) {
      if (f.pages.pins(pa) != 0) {
        assertEquals(1, f.pages.pins(pa));
        pinned.add(pa);
      }
    }
    return pinned;
  }

  private void set(long bits) {
    f.write(Register.CR0, bits);
    assertEquals(bits, f.read(Register.CR0ACK));
  }

  private boolean on(Queue queue) {
    return queue.enable.isSet(f.hardware.get(Register.CR0));
  }

  private boolean failed(Queue queue) {
    return queue.error.isSet(f.read(Register.GERROR) ^ f.read(Register.GERRORN));
  }

  @ParameterizedTest
  @EnumSource
  void pinsFollowAQueueThatIsMovedAndResized(Queue queue) {
    long[] places = {HERE, THERE, THERE + 0x60, HERE + 0x1_0000 - 0x20};
    for (long address : places) {
      for (int log2 = 0; log2 < 32; log2++) {
        f.write(queue.base, address | QueueBase.LOG2SIZE.of(log2));
        assertEquals(Set.of(), pinned(), "nothing before it is enabled");
        set(queue.enable.mask());
        assertTrue(on(queue) && !failed(queue));
        assertEquals(queue.pages(address, log2), pinned(), "log2 " + log2);
        long hardware = f.hardware.get(queue.base);
        assertEquals(Math.min(log2, MAX_LOG2), QueueBase.LOG2SIZE.get(hardware));
        assertTrue(
            queue.pages(address, log2).contains(QueueBase.ADDR.inPlace(hardware) & -0x1000L));

        f.write(queue.base, Fixture.CARVE_OUT);
        assertEquals(hardware, f.hardware.get(queue.base), "guarded while enabled (6.3.27)");
        assertEquals(Status.BUSY, f.donate(queue.pages(address, log2).iterator().next()));
        set(0);
        assertFalse(on(queue));
        assertEquals(Set.of(), pinned());
      }
    }
    assertEquals(Status.OK, f.donate(HERE));
  }

  @ParameterizedTest
  @EnumSource
  void aQueueThatIsNotTheHostsStaysOffAndCanBeMovedBack(Queue queue) {
    int twoPages = 12 + 1 - Integer.numberOfTrailingZeros(queue.entryBytes);
    int log2 = Math.min(twoPages, MAX_LOG2);
    long second = (HERE + ((long) queue.entryBytes << log2)) - 0x1000;
    assertEquals(Status.OK, f.donate(second));
    f.write(queue.base, HERE | QueueBase.LOG2SIZE.of(log2));
    set(queue.enable.mask());
    assertTrue(failed(queue) && !on(queue));
    assertEquals(Set.of(), pinned(), "all or nothing");

    f.write(queue.base, THERE | QueueBase.LOG2SIZE.of(4));
    assertEquals(0, f.hardware.get(queue.base), "guarded: the host believes it is enabled");
    set(0);
    f.write(Register.GERRORN, f.read(Register.GERROR));
    f.write(queue.base, THERE | QueueBase.LOG2SIZE.of(4));
    set(queue.enable.mask());
    assertTrue(on(queue) && !failed(queue));
    assertEquals(queue.pages(THERE, 4), pinned());
  }

  @ParameterizedTest
  @EnumSource
  void pinsStayUntilHardwareHasAcknowledged(Queue queue) {
    f.write(queue.base, HERE | QueueBase.LOG2SIZE.of(4));
    set(queue.enable.mask());
    f.hardware.deaf = true;
    f.write(Register.CR0, 0);
    assertTrue(queue.enable.isSet(f.read(Register.CR0ACK)));
    assertEquals(queue.pages(HERE, 4), pinned(), "it may still write there");
    f.write(queue.base, THERE | QueueBase.LOG2SIZE.of(4));
    assertEquals(HERE, QueueBase.ADDR.inPlace(f.hardware.get(queue.base)));
    f.hardware.deaf = false;
    assertEquals(0, f.read(Register.CR0ACK));
    assertEquals(Set.of(), pinned());
  }

  @Test
  void bothAtOnceAndOneOfThemMoves() {
    f.write(Register.EVENTQ_BASE, HERE | QueueBase.LOG2SIZE.of(8));
    f.write(Register.PRIQ_BASE, HERE + 0x2000 | QueueBase.LOG2SIZE.of(8));
    set(Cr0.EVENTQEN.mask() | Cr0.PRIQEN.mask());
    assertEquals(Set.of(HERE, HERE + 0x1000, HERE + 0x2000), pinned());
    set(Cr0.PRIQEN.mask());
    assertEquals(Set.of(HERE + 0x2000), pinned());
    f.write(Register.EVENTQ_BASE, THERE | QueueBase.LOG2SIZE.of(2));
    set(Cr0.EVENTQEN.mask() | Cr0.PRIQEN.mask());
    assertEquals(Set.of(HERE + 0x2000, THERE), pinned());
    set(0);
    assertEquals(Set.of(), pinned());
  }

  @Test
  void theCommandQueueMovesToo() {
    for (long address : new long[] {HERE, THERE, HERE + 0x8000}) {
      for (int log2 = 0; log2 <= MAX_LOG2; log2++) {
        f.write(Register.CMDQ_BASE, address | QueueBase.LOG2SIZE.of(log2));
        f.write(Register.CMDQ_PROD, 0);
        f.write(Register.CMDQ_CONS, 0);
        set(Cr0.CMDQEN.mask());
        long start = address & -Math.max(32, 16L << log2);
        assertEquals(Set.of(start & -0x1000L), pinned());
        f.memory.write64(start, Opcode.TLBI_NH_ALL.code());
        int before = f.hardware.consumed.size();
        f.write(Register.CMDQ_PROD, 1);
        assertEquals(before + 1, f.hardware.consumed.size(), "log2 " + log2);
        assertEquals(1, CmdqCons.RD.get(f.read(Register.CMDQ_CONS)));
        set(0);
        assertEquals(Set.of(), pinned());
      }
    }
  }
}
