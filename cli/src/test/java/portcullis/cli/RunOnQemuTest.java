package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.qemu.Qemu;

/** {@code run --platform qemu}. */
@Timeout(120)
class RunOnQemuTest {
  private static final Optional<Qemu> QEMU = Qemu.find();

  @TempDir Path folder;

  /** The command as a process of its own, with this PATH and neither HOME nor XDG_CACHE_HOME. */
  private static Ran withPath(String path, String... arguments)
      throws IOException, InterruptedException {
    File out = File.createTempFile("portcullis", "out");
    File err = File.createTempFile("portcullis", "err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  "-XX:TieredStopAtLevel=1",
                  Main.class.getName())
              .redirectOutput(out)
              .redirectError(err);
      builder.command().addAll(List.of(arguments));
      builder.environment().clear();
      builder.environment().put("PATH", path);
      int code = builder.start().waitFor();
      return new Ran(code, Files.readString(out.toPath()), Files.readString(err.toPath()));
    } finally {
      Files.delete(out.toPath());
      Files.delete(err.toPath());
    }
  }

  /** A program that says that it is QEMU 11, and otherwise does {@code script}. */
  private String fakeQemu(String script) throws IOException {
    Path program = folder.resolve("qemu-system-aarch64");
    Files.writeString(
        program,
        """
        #!/bin/sh
        [ "$1" = --version ] && echo 'QEMU emulator version 11.1.3' && exit
        %s
        """
            .formatted(script),
        StandardCharsets.UTF_8);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder.toString();
  }

  @Test
  void withoutQemuOneLineTellsWhatToDo() throws IOException, InterruptedException {
    withPath(folder.toString(), "run", "--platform", "qemu")
        .assertInputError(
            "portcullis run: --platform qemu: found no QEMU 11 or newer: expected one on the PATH,"
                + " or run scripts/install-qemu once");
  }

  @Test
  void aQemuThatEndsAtOnceGivesItsLastWords() throws IOException, InterruptedException {
    withPath(fakeQemu("echo 'no such device' >&2; exit 1"), "run", "--platform", "qemu")
        .assertInputError(
            "portcullis run: --platform qemu: QEMU ended with status 1: no such device");
  }

  @ParameterizedTest
  @CsvSource({
    "--dtb, board.dtb",
    "--memory, 1G",
    "--assume, coherent",
    "--profile, generic",
  })
  void whatDescribesAnotherMachineIsRefused(String option, String value) {
    Ran.of("run", "--platform", "qemu", option, value)
        .assertInputError(
            "portcullis run: "
                + option
                + ": expected none with --platform qemu, where QEMU is the board and its SMMU");
  }

  @Test
  void theReportSaysWhatRanAndWhatWasSkipped() {
    assumeTrue(QEMU.isPresent(), Qemu.MISSING);
    Ran ran = Ran.line("run --platform qemu --seed 3").assertCode(0);
    String name = "QEMU " + QEMU.orElseThrow().version();
    assertEquals("board     linux,dummy-virt (" + name + ")", ran.outLines().getFirst());
    assertEquals("platform  " + name + ", seed 3", ran.outLines().get(1));
    assertTrue(ran.out().contains("  skipped  iommu-testdev (StreamID 0x8) reads"), ran::out);
    assertTrue(ran.out().contains("  deviated edu (StreamID 0x10) translates by a "), ran::out);
    assertTrue(
        ran.closing()
            .contains("; 1 got through by a known deviation of the platform; 36 were skipped"),
        ran.closing());
    for (String line : ran.outLines()) {
      assertTrue(line.length() <= TerminalText.COLUMNS, line);
    }
  }

  @Test
  void jsonAndTrace() throws IOException {
    assumeTrue(QEMU.isPresent(), Qemu.MISSING);
    Path trace = folder.resolve("trace.txt");
    Map<String, Object> run =
        JsonTree.object(
            Ran.of("run", "--platform", "qemu", "--json", "--trace", trace.toString())
                .assertCode(0)
                .out());
    assertEquals("QEMU " + QEMU.orElseThrow().version(), run.get("platform"));
    assertEquals("", run.get("profile"));
    assertEquals("held", run.get("result"));
    for (Map<String, Object> attempt : JsonTree.objects(run.get("attempts"))) {
      boolean plain = attempt.get("outcome").equals(attempt.get("expected"));
      assertTrue(
          plain || Set.of("skipped", "deviated").contains(attempt.get("outcome")),
          attempt::toString);
      assertEquals(attempt.get("outcome").equals("allowed"), attempt.get("by").equals(""));
    }
    List<String> lines = Files.readAllLines(trace);
    for (String kind : List.of(" mmio ", " trap ", " cmd ", " fault ", " own ")) {
      assertTrue(lines.stream().anyMatch(line -> line.contains(kind)), kind);
    }
  }
}
