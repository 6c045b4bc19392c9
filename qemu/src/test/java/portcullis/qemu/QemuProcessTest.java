package portcullis.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

@Timeout(120)
class QemuProcessTest {
  private static final long RAM_BYTES = 64L << 20;
  private static final int SIGNALLED = 128;
  private static final int SIGKILL = 9;

  @TempDir private Path folder;

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private Qemu scripted(String script) throws IOException {
    Path program = folder.resolve("program");
    Files.writeString(program, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new Qemu(program, Qemu.LEAST);
  }

  @Test
  void leavesNoFileAndNoProcess() throws IOException {
    ProcessHandle handle;
    try (QemuProcess process = QemuProcess.start(Installed.qemu(), RAM_BYTES, 1, folder)) {
      handle = process.handle();
      assertTrue(handle.isAlive());
      assertEquals(List.of(), files());
      assertEquals(RAM_BYTES, process.ram().byteSize());
    }
    assertFalse(handle.isAlive());
    assertEquals(List.of(), files());
  }

  @Test
  void sharesRamWithQemu() {
    try (QemuProcess process = QemuProcess.start(Installed.qemu(), RAM_BYTES, 1)) {
      QtestClient qtest = process.qtest();
      long offset = RAM_BYTES - Long.BYTES;
      qtest.writeq(VirtMap.RAM_BASE + offset, 0x0123_4567_89ab_cdefL);
      assertEquals(0x0123_4567_89ab_cdefL, process.ram().get(ValueLayout.JAVA_LONG, offset));
      qtest.memset(VirtMap.RAM_BASE, 0x1000, 0xa5);
      assertEquals((byte) 0xa5, process.ram().get(ValueLayout.JAVA_BYTE, 0xfff));
      process.ram().set(ValueLayout.JAVA_INT, 0x2000, 0x1234_5678);
      assertEquals(0x1234_5678, qtest.readl(VirtMap.RAM_BASE + 0x2000));
    }
  }

  @Test
  void aKilledQemuIsNamedSo() {
    try (QemuMachine machine =
        QemuMachine.start(Installed.qemu(), RAM_BYTES, new Store(), TraceSink.NONE)) {
      machine.process().destroyForcibly();
      QemuDiedException died =
          assertThrows(
              QemuDiedException.class,
              () -> machine.platform().devices().read32(VirtMap.SMMU.base()));
      assertEquals(SIGNALLED + SIGKILL, died.exitStatus());
    }
  }

  @Test
  void aQemuThatCannotStartTellsWhy() throws IOException {
    Qemu qemu = scripted("echo 'qemu: -cpu max: no such CPU' >&2; exit 3");
    QemuDiedException died =
        assertThrows(QemuDiedException.class, () -> QemuProcess.start(qemu, RAM_BYTES, 1, folder));
    assertEquals(3, died.exitStatus());
    assertEquals("qemu: -cpu max: no such CPU", died.lastWords());
    assertEquals("QEMU ended with status 3: qemu: -cpu max: no such CPU", died.getMessage());
    assertEquals(List.of(qemu.program()), files());
  }

  @Test
  void keepsTheLastWordsOnly() throws IOException {
    Qemu qemu = scripted("seq 1 100000 >&2; exit 1");
    QemuDiedException died =
        assertThrows(QemuDiedException.class, () -> QemuProcess.start(qemu, RAM_BYTES, 1, folder));
    assertTrue(died.lastWords().endsWith("99999\n100000"));
    assertTrue(died.lastWords().length() <= 4096);
  }

  @Test
  void aProgramThatIsNotThereCannotBeStarted() throws IOException {
    Qemu qemu = new Qemu(folder.resolve("none"), Qemu.LEAST);
    QemuException failure =
        assertThrows(QemuException.class, () -> QemuProcess.start(qemu, RAM_BYTES, 1, folder));
    assertTrue(failure.getMessage().startsWith("cannot start " + qemu.program()));
    assertEquals(List.of(), files());
  }

  @Test
  void ramIsAMultipleOfAMebibyteAndNotTooSmall() {
    Qemu qemu = new Qemu(folder.resolve("none"), Qemu.LEAST);
    for (long bytes : new long[] {-1, 0, 15 << 20, (16 << 20) + 4096}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> QemuMachine.start(qemu, bytes, new Store(), TraceSink.NONE));
    }
  }
}
