package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.arch.smmu.EcmdqProd;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Register;
import portcullis.hyp.mem.PageOwner;
import portcullis.hyp.smmuv3.RegisterPolicy.Guard;
import portcullis.hyp.smmuv3.RegisterPolicy.Read;
import portcullis.hyp.smmuv3.RegisterPolicy.Row;
import portcullis.hyp.smmuv3.RegisterPolicy.Write;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceEvent;

/** T17 of the threat model: the Command queue control pages are EL2's (IHI 0070 3.5.6). */
class ControlPagesTest {
  private static final long END = Fixture.CONTROL + 0x2_0000;
  private static final int EN = 1 << 31;

  private final Fixture f = new Fixture();

  private String refusal() {
    f.boot();
    return f.driver.reports().getFirst().reason();
  }

  @Test
  void theHostSeesNone() {
    assertEquals("", refusal());
    assertTrue(Idr1.ECMDQ.isSet(f.hardware.get(Register.IDR1)));
    assertFalse(Idr1.ECMDQ.isSet(f.read(Register.IDR1)));
    assertEquals(0, f.read(Register.IDR6));
    for (long offset = 0x4000; offset < 0x6000; offset += 4) {
      assertEquals(0, f.read(offset, 4));
    }
  }

  @Test
  void noAccessOfTheHostsReachesThem() {
    f.boot();
    for (long offset = Fixture.CONTROL; offset < END; offset += 4) {
      f.hardware.control.put(offset, -1);
    }
    List<String> writes = List.copyOf(f.hardware.writes);
    for (int bytes = 1; bytes <= 8; bytes *= 2) {
      for (long offset = Fixture.CONTROL; offset < END; offset += bytes == 8 ? 8 : 4) {
        f.write(offset, bytes, -1);
        f.cpu.registers[3] = -1;
        assertEquals(0, f.read(offset, bytes), "read as zero");
      }
    }
    assertEquals(writes, f.hardware.writes);
  }

  /** Nor one past the emulation: they are no longer the host's to map. */
  @Test
  void theirPagesAreEl2s() {
    f.boot();
    for (long offset = Fixture.CONTROL; offset < END; offset += 0x1000) {
      assertEquals(PageOwner.HYP, f.pages.owner(Fixture.SMMU0 + offset));
    }
  }

  /** Each register has its row, by its place in its group (6.2.5); the rest is no register. */
  @Test
  void eachAccessHasItsRow() {
    f.boot();
    f.platform.traced = true;
    for (long at : new long[] {0, 4, 8, 0xc, 0x10, 0xf0, 0x100, 0x4000, 0x4008, 0xc00c, 0x1_c00c}) {
      f.read(Fixture.CONTROL + at, 4);
    }
    f.read(Fixture.CONTROL - 4, 4);
    assertEquals(
        List.of(
            "ECMDQ_BASE",
            "ECMDQ_BASE",
            "ECMDQ_PROD",
            "ECMDQ_CONS",
            "0x30010",
            "0x300f0",
            "0x30100",
            "ECMDQ_BASE",
            "ECMDQ_PROD",
            "ECMDQ_CONS",
            "ECMDQ_CONS",
            "0x2fffc"),
        f.platform.events.stream()
            .map(TraceEvent.Trap.class::cast)
            .map(TraceEvent.Trap::register)
            .toList());
  }

  /** With rows that let them through, the access is to the queue that it names. */
  @Test
  void anOpenRowReachesTheQueueThatIsMeant() {
    f.policy =
        SmmuPolicy.DEFAULT
            .with(open(Register.ECMDQ_BASE))
            .with(open(Register.ECMDQ_PROD))
            .with(open(Register.ECMDQ_CONS));
    f.boot();
    f.write(Fixture.CONTROL + 0x1_4008, 4, EN | 7);
    assertEquals(EN | 7, f.hardware.control.get(Fixture.CONTROL + 0x1_4008));
    assertEquals(0x8000_0000L, f.read(Fixture.CONTROL + 0x1_400c, 4));
    assertEquals(0, f.read(Fixture.CONTROL + 0x400c, 4));
  }

  private static Row open(Register register) {
    return new Row(register, Read.HARDWARE, -1, Write.FORWARD, 0, Guard.NONE, "planted");
  }

  /** Hardware must not go on with what the host has in a queue. */
  @Test
  void queuesThatWereEnabledAreDisabledFirst() {
    for (long queue : new long[] {0, 0xc000, 0x1_0000, 0x1_8000}) {
      f.hardware.write(Fixture.CONTROL + queue + 8, EcmdqProd.EN.mask() | 5);
    }
    f.hardware.writes.clear();
    assertEquals("", refusal());
    assertEquals(
        List.of("0x30008=5", "0x3c008=5", "0x40008=5", "0x48008=5"),
        f.hardware.writes.subList(0, 4));
    assertEquals(0, f.hardware.control.get(Fixture.CONTROL + 0xc00c));
  }

  @Test
  void oneThatDoesNotAcknowledgeIsRefused() {
    f.hardware.write(Fixture.CONTROL + 8, EcmdqProd.EN.mask());
    f.hardware.deafQueues = true;
    assertEquals(Refusal.NO_ANSWER.reason(), refusal());
    assertEquals(1, f.driver.counters(0).timeouts(), "one wait");
    assertEquals(PageOwner.HOST, f.pages.owner(Fixture.SMMU0 + Fixture.CONTROL));
  }

  /** 6.3.108: PROD is read-only while a change of EN is not acknowledged yet. */
  @Test
  void oneThatNeverEndedItsLastChangeIsRefused() {
    f.hardware.control.put(Fixture.CONTROL + 8, EN);
    assertEquals(Refusal.NO_ANSWER.reason(), refusal());
    assertEquals(EN, f.hardware.control.get(Fixture.CONTROL + 8), "not written");
  }

  /** Where the board has less of the registers than hardware: those behind stay the host's. */
  @ParameterizedTest
  @ValueSource(longs = {0x2_0000, 0x3_0000, 0x4_0000, 0x4_f000})
  void pagesThatTheBoardLeavesOutCannotBeGuarded(long bytes) {
    f.registers = new MemoryRange(Fixture.SMMU0, bytes);
    assertEquals(Refusal.CONTROL_PAGES.reason(), refusal());
    assertEquals(List.of(), f.hardware.writes, "left as it was");
    assertEquals(SmmuReport.Status.PROTECTED, f.driver.reports().get(1).status());
  }

  /** EL2 would disable queues where there are none, and leave others running. */
  @Test
  void pagesThatAreNotOneAfterTheOtherAreRefused() {
    f.hardware.controlSpacing = 0x2_0000;
    f.registers = new MemoryRange(Fixture.SMMU0, 0x10_0000);
    assertEquals(Refusal.CONTROL_PAGES.reason(), refusal());
    assertEquals(List.of(), f.hardware.writes, "left as it was");
  }

  @Test
  void anSmmuWithoutThemNeedsNoRoomForThem() {
    f.hardware.set(Register.IDR1, f.hardware.get(Register.IDR1) & ~Idr1.ECMDQ.mask());
    f.registers = new MemoryRange(Fixture.SMMU0, 0x2_0000);
    assertEquals("", refusal());
  }
}
