package portcullis.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QemuTest {
  @TempDir private Path folder;

  private Path program(String place, String script) throws IOException {
    Path program = Files.createDirectories(folder.resolve(place)).resolve("qemu-system-aarch64");
    Files.writeString(program, "#!/bin/sh\n" + script + "\n");
    return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Map<String, String> environment() {
    return Map.of(
        "PATH",
        folder.resolve("none") + ":" + folder.resolve("a") + ":" + folder.resolve("b"),
        "HOME",
        folder.resolve("home").toString());
  }

  @Test
  void takesTheFirstOnThePathThatIsNewEnough() throws IOException {
    program("a", "echo QEMU emulator version 7.2.17");
    Path good = program("b", "echo QEMU emulator version 11.0.1");
    program("home/.cache/portcullis/qemu", "echo QEMU emulator version 12.0.0");
    assertEquals(Optional.of(new Qemu(good, new QemuVersion(11, 0, 1))), Qemu.find(environment()));
  }

  @Test
  void takesTheInstalledOneIfThePathHasNone() throws IOException {
    program("a", "echo QEMU emulator version 10.2.9");
    Path good = program("home/.cache/portcullis/qemu", "echo QEMU emulator version 11.1.3");
    assertEquals(Optional.of(good), Qemu.find(environment()).map(Qemu::program));
  }

  @Test
  void looksInTheCacheFolderThatTheUserChose() throws IOException {
    program("home/.cache/portcullis/qemu", "echo QEMU emulator version 11.1.3");
    Path good = program("cache/portcullis/qemu", "echo QEMU emulator version 11.1.4");
    Map<String, String> environment =
        Map.of(
            "XDG_CACHE_HOME",
            folder.resolve("cache").toString(),
            "HOME",
            folder.resolve("home").toString());
    assertEquals(Optional.of(good), Qemu.find(environment).map(Qemu::program));
  }

  @Test
  void findsNothingWhereNothingRuns() throws IOException {
    program("a", "exit 1");
    Path unreadable = program("b", "echo QEMU emulator version 11.1.3");
    Files.setPosixFilePermissions(unreadable, PosixFilePermissions.fromString("rw-r--r--"));
    assertEquals(Optional.empty(), Qemu.find(environment()));
    assertEquals(Optional.empty(), Qemu.find(Map.of()));
  }
}
