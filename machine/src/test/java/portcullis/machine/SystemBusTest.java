package portcullis.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

class SystemBusTest {
  private static final long RAM = 0x8000_0000L;
  private static final long RAM_BYTES = 0x1_0000;
  private static final long DEVICE = 0x3000_0000L;
  private static final long DEVICE_BYTES = 0x100;

  /** Answers a read with a number of its own, and notes every access. */
  private static final class Recorder implements MmioDevice {
    final String name;
    final List<String> accesses = new ArrayList<>();

    Recorder(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public long read(int offset, int bytes) {
      accesses.add("read%d 0x%x".formatted(bytes, offset));
      return 0x1000 + offset;
    }

    @Override
    public void write(int offset, int bytes, long value) {
      accesses.add("write%d 0x%x 0x%x".formatted(bytes, offset, value));
    }
  }

  private final TraceLog trace = new TraceLog();
  private final Ram ram = new Ram(new Store(), List.of(new MemoryRange(RAM, RAM_BYTES)));
  private final SystemBus system = new SystemBus(ram, trace, () -> 42);
  private final Recorder device = new Recorder("uart");
  private final Bus bus = system.drivenBy("host");

  @Test
  void ramAnswersInRam() {
    assertTrue(bus.responds(RAM));
    assertTrue(bus.responds(RAM + RAM_BYTES - 1));
    bus.write(RAM + 8, 4, 0xffff_ffff_8000_0001L);
    assertEquals(0x8000_0001L, bus.read(RAM + 8, 8));
    assertEquals(List.of(), trace.events, "memory accesses are not traced");
  }

  @Test
  void aReadTellsWhereNothingAnswers() {
    system.place(device, DEVICE, DEVICE_BYTES);
    bus.write(RAM + 8, 8, 5);
    assertEquals(5, bus.readOr(RAM + 8, 7));
    assertEquals(0x1010, bus.readOr(DEVICE + 0x10, 7));
    assertEquals(7, bus.readOr(RAM + RAM_BYTES, 7));
    assertEquals(List.of("read8 0x10"), device.accesses);
  }

  @Test
  void nothingAnswersElsewhere() {
    system.place(device, DEVICE, DEVICE_BYTES);
    for (long pa :
        new long[] {0, RAM - 1, RAM + RAM_BYTES, DEVICE - 1, DEVICE + DEVICE_BYTES, -1, 1L << 52}) {
      assertFalse(bus.responds(pa), () -> Long.toHexString(pa));
      long aligned = pa & -8;
      if (!bus.responds(aligned)) {
        assertEquals(-1, bus.read(aligned, 8));
        assertEquals(0xffff_ffffL, bus.read(aligned, 4));
        assertEquals(0xffff, bus.read(aligned, 2));
        assertEquals(0xff, bus.read(aligned, 1));
        bus.write(aligned, 8, 1);
      }
    }
    assertEquals(List.of(), device.accesses);
    assertEquals(List.of(), trace.events);
    assertEquals(0, ram.storedPages());
  }

  @Test
  void aDeviceAnswersFromItsFirstToItsLastByte() {
    system.place(device, DEVICE, DEVICE_BYTES);
    assertTrue(bus.responds(DEVICE));
    assertTrue(bus.responds(DEVICE + DEVICE_BYTES - 1));
    assertEquals(0x1000, bus.read(DEVICE, 4));
    assertEquals(0x10f8, bus.read(DEVICE + DEVICE_BYTES - 8, 8));
    assertEquals(0x10ff, bus.read(DEVICE + DEVICE_BYTES - 1, 1));
    bus.write(DEVICE + DEVICE_BYTES - 4, 4, 7);
    assertEquals(
        List.of("read4 0x0", "read8 0xf8", "read1 0xff", "write4 0xfc 0x7"), device.accesses);
  }

  @Test
  void tracesNameTheDeviceAndWhoeverDroveIt() {
    system.place(device, DEVICE, DEVICE_BYTES);
    system.drivenBy("hyp").read(DEVICE + 4, 4);
    system.drivenBy("ethernet@30000000").write(DEVICE + 8, 8, 9);
    assertEquals(
        List.of(
            new TraceEvent.Mmio(42, "uart", "hyp", false, 4, 4, 0x1004),
            new TraceEvent.Mmio(42, "uart", "ethernet@30000000", true, 8, 8, 9)),
        trace.events);
  }

  @Test
  void worksWithoutATrace() {
    SystemBus silent = new SystemBus(ram, TraceSink.NONE, () -> 0);
    silent.place(device, DEVICE, DEVICE_BYTES);
    assertEquals(0x1000, silent.drivenBy("host").read(DEVICE, 4));
  }

  @Test
  void refusesWhatIsTaken() {
    system.place(device, DEVICE, DEVICE_BYTES);
    Recorder other = new Recorder("other");
    for (long[] taken :
        new long[][] {
          {DEVICE, 8},
          {DEVICE - 8, 16},
          {DEVICE + DEVICE_BYTES - 8, 8},
          {DEVICE - 8, DEVICE_BYTES + 16},
          {RAM - 8, 16},
          {RAM + RAM_BYTES - 8, 16},
          {RAM - 8, RAM_BYTES + 16},
          {-8, 8},
          {0x100, 0}
        }) {
      assertThrows(IllegalArgumentException.class, () -> system.place(other, taken[0], taken[1]));
    }
    system.place(other, DEVICE + DEVICE_BYTES, 8);
    system.place(new Recorder("third"), DEVICE - 8, 8);
    assertEquals(0x1000, bus.read(DEVICE + DEVICE_BYTES, 4));
    assertEquals(List.of("read4 0x0"), other.accesses);
  }

  @Test
  void findsEachOfManyDevicesPlacedInAnyOrder() {
    Random random = new Random(5);
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      places.add(i);
    }
    Collections.shuffle(places, random);
    List<Recorder> recorders = new ArrayList<>();
    for (int place : places) {
      recorders.add(new Recorder("device" + place));
      system.place(recorders.getLast(), DEVICE + place * 0x20L, place % 3 == 0 ? 0x20 : 0x10);
    }
    for (int i = 0; i < places.size(); i++) {
      int place = places.get(i);
      bus.write(DEVICE + place * 0x20L + 8, 8, place);
      assertEquals(List.of("write8 0x8 0x%x".formatted(place)), recorders.get(i).accesses);
      assertEquals(place % 3 == 0, bus.responds(DEVICE + place * 0x20L + 0x10));
    }
  }
}
