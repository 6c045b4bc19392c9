package portcullis.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.machine.smmuv3.InterruptLine;
import portcullis.platform.HostAbort;
import portcullis.platform.Platform;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

@Timeout(120)
class QemuMachineTest {
  private static final long RAM_BYTES = 64L << 20;
  private static final long PAGE = 0x1000;
  private static final long SOURCE = VirtMap.RAM_BASE + 0x10_0000;
  private static final long TARGET = VirtMap.RAM_BASE + 0x20_0000;
  private static final int SIGNALLED = 128;
  private static final int SIGABRT = 6;

  private final List<TraceEvent> traced = new ArrayList<>();
  private QemuMachine machine;
  private Platform platform;

  @BeforeEach
  void start() {
    TraceSink trace =
        new TraceSink() {
          @Override
          public boolean enabled() {
            return true;
          }

          @Override
          public void accept(TraceEvent event) {
            traced.add(event);
          }
        };
    machine = QemuMachine.start(Installed.qemu(), RAM_BYTES, new Store(), trace);
    platform = machine.platform();
  }

  @AfterEach
  void stop() {
    if (machine != null) {
      ProcessHandle process = machine.process();
      machine.close();
      assertFalse(process.isAlive());
    }
  }

  private int read32(Register register) {
    return platform.devices().read32(VirtMap.SMMU.base() + register.offset());
  }

  /** Bytes that no other page has. */
  private byte[] fill(long address, int bytes) {
    byte[] data = new byte[bytes];
    new Random(address).nextBytes(data);
    machine.ram().write(address, data);
    return data;
  }

  private byte[] bytesAt(long address, int bytes) {
    byte[] data = new byte[bytes];
    machine.ram().read(address, data);
    return data;
  }

  private static byte[] pattern(int bytes) {
    byte[] data = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      data[i] = (byte) (IommuTestdev.PATTERN >>> (8 * (i % 4)));
    }
    return data;
  }

  @Test
  void theSmmuIsNestedAndOfVersion31() {
    assertEquals(0x0d44_101b, read32(Register.IDR0));
    assertEquals(0x0273_0010, read32(Register.IDR1));
    assertEquals(0x1414, read32(Register.IDR3));
    assertEquals(0x74, read32(Register.IDR5));
    assertEquals(1, read32(Register.AIDR));
    assertEquals(0, read32(Register.IIDR));
    assertEquals(0x1000, read32(Register.GBPA));
  }

  @Test
  void registersOf64BitsAreReadAndWrittenAtOnce() {
    long base = VirtMap.SMMU.base();
    platform.devices().write64(base + Register.STRTAB_BASE.offset(), 0x000f_1234_5678_9ac0L);
    assertEquals(
        0x000f_1234_5678_9ac0L, platform.devices().read64(base + Register.STRTAB_BASE.offset()));
    assertEquals(0x5678_9ac0, platform.devices().read32(base + Register.STRTAB_BASE.offset()));
    assertEquals(0, platform.devices().read64(base + Register.IDR0.offset()));
  }

  @Test
  void theDeviceTreeIsTakenOutOfRam() {
    byte[] tree = machine.deviceTree();
    assertEquals(0xd00d_feed, ByteBuffer.wrap(tree).getInt());
    assertTrue(new String(tree, StandardCharsets.ISO_8859_1).contains("smmuv3@9050000"));
    for (long at = VirtMap.RAM_BASE; at < machine.ram().range().end(); at += Long.BYTES) {
      assertEquals(0, machine.ram().read64(at));
    }
  }

  @Test
  void theMastersAreWhereTheyWerePlugged() {
    assertEquals(1 << 3, machine.iommuTestdev().function().streamId());
    assertEquals(2 << 3, machine.edu().function().streamId());
    assertTrue(VirtMap.PCI_MEMORY.contains(machine.edu().function().bar0(), 1 << 20));
  }

  @Test
  void dmaIsByteExactWhileTheSmmuIsOff() {
    for (int bytes : new int[] {1, 3, 4, 63, 4096}) {
      byte[] before = fill(TARGET, 8192);
      assertEquals(IommuTestdev.Result.OK, machine.iommuTestdev().write(TARGET, TARGET, bytes));
      assertArrayEquals(pattern(bytes), bytesAt(TARGET, bytes));
      assertEquals(before[bytes], (byte) machine.ram().read(TARGET + bytes, 1));
    }
    for (int bytes : new int[] {1, 3, 8, 4095, 4096}) {
      byte[] data = fill(SOURCE + 5, bytes);
      byte[] before = fill(TARGET, 8192);
      machine.edu().read(SOURCE + 5, bytes);
      machine.edu().write(TARGET + 3, bytes);
      assertArrayEquals(data, bytesAt(TARGET + 3, bytes));
      assertEquals(before[2], (byte) machine.ram().read(TARGET + 2, 1));
      assertEquals(before[3 + bytes], (byte) machine.ram().read(TARGET + 3 + bytes, 1));
    }
  }

  @Test
  void theTestDeviceTellsHowItsDmaEnded() {
    IommuTestdev device = machine.iommuTestdev();
    long nowhere = 1L << 41;
    assertEquals(IommuTestdev.Result.STOPPED, device.write(nowhere, TARGET, 4));
    assertEquals(IommuTestdev.Result.UNREADABLE, device.write(TARGET, nowhere, 4));
    assertEquals(IommuTestdev.Result.ELSEWHERE, device.write(TARGET, TARGET + PAGE, 4));
    assertThrows(IllegalArgumentException.class, () -> device.write(TARGET, TARGET, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> device.write(TARGET, TARGET, IommuTestdev.MAX_BYTES + 1));
    assertThrows(IllegalArgumentException.class, () -> machine.edu().read(TARGET, 0));
    assertThrows(
        IllegalArgumentException.class, () -> machine.edu().write(TARGET, Edu.MAX_BYTES + 1));
  }

  @Test
  void aStage2TranslatesBothMastersAndAMissingPageIsAnEvent() {
    TestSmmu smmu = new TestSmmu(platform);
    IommuTestdev device = machine.iommuTestdev();
    int streamId = device.function().streamId();
    smmu.attach(streamId, 1);
    smmu.attach(machine.edu().function().streamId(), 1);
    smmu.map(0x5000, TARGET, Stage2Descriptor.S2AP_RW);
    smmu.map(0x6000, SOURCE, Stage2Descriptor.S2AP_RO);

    assertEquals(IommuTestdev.Result.OK, device.write(0x5010, TARGET + 0x10, 256));
    assertArrayEquals(pattern(256), bytesAt(TARGET + 0x10, 256));
    byte[] data = fill(SOURCE, 4096);
    machine.edu().read(0x6000, 4096);
    machine.edu().write(0x5000, 4096);
    assertArrayEquals(data, bytesAt(TARGET, 4096));
    assertEquals(0, smmu.events());

    assertEquals(IommuTestdev.Result.STOPPED, device.write(0x7abc, TARGET, 4));
    assertEquals(1, smmu.events());
    assertEvent(smmu, 0, EventType.F_TRANSLATION, streamId, 0x7abc);
    // A different page: QEMU records no event if an earlier read left the page in its TLB.
    smmu.map(0x8000, SOURCE, Stage2Descriptor.S2AP_RO);
    assertEquals(IommuTestdev.Result.STOPPED, device.write(0x8000, SOURCE, 4));
    assertEquals(2, smmu.events());
    assertEvent(smmu, 1, EventType.F_PERMISSION, streamId, 0x8000);

    smmu.unmap(0x5000);
    assertEquals(IommuTestdev.Result.STOPPED, device.write(0x5010, TARGET + 0x10, 4));
    assertEvent(smmu, 2, EventType.F_TRANSLATION, streamId, 0x5010);
    assertArrayEquals(data, bytesAt(TARGET, 4096));
  }

  private static void assertEvent(
      TestSmmu smmu, int index, EventType type, int streamId, long address) {
    assertEquals(type.code(), Event.TYPE.get(smmu.event(index, 0)));
    assertEquals(streamId, Event.STREAMID.get(smmu.event(index, 0)));
    assertTrue(Event.S2.isSet(smmu.event(index, 1)));
    assertEquals(address, smmu.event(index, 2));
  }

  @Test
  void aDmaThatTheSmmuStopsIsTraced() {
    TestSmmu smmu = new TestSmmu(platform);
    smmu.attach(machine.edu().function().streamId(), 1);
    smmu.map(0x5000, TARGET, Stage2Descriptor.S2AP_RW);
    traced.clear();
    machine.edu().write(0x5000, 64);
    assertEquals(List.of(), traced);
    machine.edu().read(0x7ab0, 64);
    machine.edu().write(0x8000, 64);
    long now = platform.clock().nanos();
    int streamId = machine.edu().function().streamId();
    assertEquals(
        List.of(
            new TraceEvent.Fault(
                now - 100_000_000, "smmu0", streamId, -1, false, 0x7ab0, "F_TRANSLATION", 2),
            new TraceEvent.Fault(now, "smmu0", streamId, -1, true, 0x8000, "F_TRANSLATION", 2)),
        traced);
    assertEquals(32, smmu.events(), "one for every four bytes");
  }

  /** IHI 0070 3.18.2: a record in an empty queue is signalled, if IRQ_CTRL says so. */
  @Test
  void theSmmusInterruptsAreTold() {
    TestSmmu smmu = new TestSmmu(platform);
    smmu.attach(machine.iommuTestdev().function().streamId(), 1);
    machine.watchSmmuLines();
    QtestBatch batch = machine.qtest().batch();
    machine.iommuTestdev().write(batch, 0x5000, TARGET, 4);
    assertEquals(0, batch.send().rises());
    long control = VirtMap.SMMU.base() + Register.IRQ_CTRL.offset();
    batch.writel(control, (int) IrqCtrl.EVENTQ_IRQEN.mask());
    int last = machine.iommuTestdev().write(batch, 0x5000, TARGET, 4);
    assertEquals(1, batch.send().rises());
    assertEquals(InterruptLine.EVENTQ, VirtMap.SMMU_LINES.get(batch.risen(0)));
    assertTrue(batch.riseDuring(0) > 0 && batch.riseDuring(0) <= last);
    assertEquals(2, smmu.events());
  }

  @Test
  void severalMastersHaveStreamsOfTheirOwn() {
    try (QemuMachine several =
        QemuMachine.start(Installed.qemu(), RAM_BYTES, 3, new Store(), TraceSink.NONE)) {
      assertEquals(
          List.of(8, 9, 10),
          several.iommuTestdevs().stream().map(each -> each.function().streamId()).toList());
      assertEquals(
          List.of(16, 17, 18),
          several.edus().stream().map(each -> each.function().streamId()).toList());
      TestSmmu smmu = new TestSmmu(several.platform());
      smmu.attach(9, 1);
      smmu.map(0x5000, TARGET, Stage2Descriptor.S2AP_RW);
      assertEquals(IommuTestdev.Result.OK, several.iommuTestdevs().get(1).write(0x5000, TARGET, 4));
      assertEquals(
          IommuTestdev.Result.STOPPED, several.iommuTestdevs().get(2).write(0x5000, TARGET, 4));
      assertEquals(10, Event.STREAMID.get(smmu.event(0, 0)));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> QemuMachine.start(Installed.qemu(), RAM_BYTES, 9, new Store(), TraceSink.NONE));
  }

  @Test
  void edusBufferIsSeenPastTheSmmuAndNothingElseChanges() {
    TestSmmu smmu = new TestSmmu(platform);
    smmu.attach(machine.edu().function().streamId(), 1);
    smmu.map(0x5000, TARGET, Stage2Descriptor.S2AP_RW);
    byte[] memory = bytesAt(VirtMap.RAM_BASE, Edu.MAX_BYTES);
    int cr0 = read32(Register.CR0);
    int gbpa = read32(Register.GBPA);
    byte[] data = fill(SOURCE, Edu.MAX_BYTES);

    machine.edu().buffer().set(data);
    machine.edu().write(0x5000, Edu.MAX_BYTES);
    assertArrayEquals(data, bytesAt(TARGET, Edu.MAX_BYTES));
    byte[] other = fill(TARGET, 100);
    machine.edu().read(0x5000, 100);
    byte[] seen = new byte[100];
    machine.edu().buffer().get(seen);
    assertArrayEquals(other, seen);
    machine.edu().read(0x9000, 100);
    machine.edu().buffer().get(seen);
    assertArrayEquals(new byte[100], seen, "zeros are what a read that was stopped leaves");

    assertArrayEquals(memory, bytesAt(VirtMap.RAM_BASE, Edu.MAX_BYTES));
    assertEquals(cr0, read32(Register.CR0));
    assertEquals(cr0, read32(Register.CR0ACK));
    assertEquals(gbpa, read32(Register.GBPA));
  }

  @Test
  void anAbortOfQemuGivesItsLastWords() {
    TestSmmu smmu = new TestSmmu(platform);
    smmu.attach(machine.iommuTestdev().function().streamId(), 0);
    QemuDiedException died =
        assertThrows(
            QemuDiedException.class, () -> machine.iommuTestdev().write(0x5000, TARGET, 4));
    assertEquals(SIGNALLED + SIGABRT, died.exitStatus());
    assertTrue(died.lastWords().contains("smmu"), died.lastWords());
  }

  @Test
  void timePassesInPausesAndWithEduOnly() {
    assertEquals(0, platform.clock().nanos());
    platform.pause();
    long pause = platform.clock().nanos();
    assertTrue(pause > 0);
    machine.cpu().pause();
    read32(Register.IDR0);
    assertEquals(2 * pause, platform.clock().nanos());
    machine.edu().read(SOURCE, 8);
    assertEquals(2 * pause + 100_000_000, machine.cpu().clock().nanos());
  }

  @Test
  void theHostReachesDevicesAndNothingElse() {
    long base = VirtMap.SMMU.base();
    assertEquals(0x0d44_101b, machine.cpu().load(base, 4));
    machine.cpu().store(base + Register.STRTAB_BASE.offset(), 8, 0x1000);
    assertEquals(0x1000, machine.cpu().load(base + Register.STRTAB_BASE.offset(), 8));
    assertThrows(HostAbort.class, () -> machine.cpu().load(VirtMap.SMMU.end(), 4));
    assertThrows(HostAbort.class, () -> machine.cpu().store(1L << 50, 8, 0));
    assertThrows(HostAbort.class, () -> machine.cpu().load(base + 2, 4));
    assertEquals(-1, platform.devices().read32(VirtMap.SMMU.end()), "as any bus without an answer");
    assertEquals(
        List.of(
            new TraceEvent.Mmio(0, "smmu0", "host", false, 0, 4, 0x0d44_101b),
            new TraceEvent.Mmio(0, "smmu0", "host", true, 0x80, 8, 0x1000),
            new TraceEvent.Mmio(0, "smmu0", "host", false, 0x80, 8, 0x1000)),
        traced);
  }
}
