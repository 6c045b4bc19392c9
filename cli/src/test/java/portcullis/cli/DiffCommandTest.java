package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.qemu.Qemu;

/** {@code diff qemu}. */
@Timeout(120)
class DiffCommandTest {
  @TempDir Path folder;

  private static void needQemu() {
    assumeTrue(Qemu.find().isPresent(), Qemu.MISSING);
  }

  @Test
  void itComparesAndCounts() {
    needQemu();
    Ran ran = Ran.line("diff qemu --cases 300 --seed 5").assertCode(0);
    assertTrue(ran.out().contains("300 cases ("), ran::out);
    assertTrue(ran.out().contains("known deviations of QEMU"), ran::out);
    assertEquals("result: no unexplained difference", ran.lastLine());
  }

  @Test
  void jsonIsOneObject() {
    needQemu();
    String out = Ran.line("diff qemu --cases 100 --json").assertCode(0).out();
    Map<String, Object> json = JsonTree.object(out);
    assertEquals(100, ((Number) json.get("cases")).intValue());
    assertEquals("equal", json.get("result"));
    assertEquals(8, JsonTree.map(json.get("coverage")).size());
  }

  @Test
  void aReplayTellsTheCase() throws IOException {
    needQemu();
    Path file = folder.resolve("case.txt");
    Files.write(
        file,
        List.of(
            "portcullis-diff 1",
            "word 0x40020200 0x9",
            "write STRTAB_BASE_CFG 4 5",
            "write STRTAB_BASE 8 0x40020000",
            "write CR0 4 0x1",
            "dma testdev write 0x41800000"));
    Ran ran = Ran.of("diff", "qemu", "--replay", file.toString()).assertCode(0);
    assertTrue(ran.out().contains("testdev writes to 0x41800000, stream 0x8"), ran::out);
    assertTrue(ran.out().contains("QEMU:  0x41800000"), ran::out);
    Files.write(file, List.of("portcullis-diff 1", "jump"));
    Ran bad = Ran.of("diff", "qemu", "--replay", file.toString());
    assertEquals(2, bad.code());
    assertTrue(bad.err().startsWith("portcullis diff: " + file + ": line 2: expected "), bad::err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          diff                   | Missing required parameter: 'qemu'
          diff qemu --cases 0    | Invalid value for option '--cases': expected a whole number from 1, not '0'
          diff qemu --from -1    | Invalid value for option '--from': expected a whole number from 0 to 2^62, not '-1'
          diff qemu --time 5     | Invalid value for option '--time': expected a time such as 90s, 10m or 2h, not '5'
          """)
  void badUsage(String arguments, String reason) {
    Ran.line(arguments).assertUsageError("portcullis diff", reason);
  }

  @Test
  void onlyQemuCanBeComparedWith() {
    Ran.line("diff gem5").assertInputError("portcullis diff: expected qemu, not 'gem5'");
  }

  /** QEMU's SMMU is one thing only: what else the model could be would differ for that reason. */
  @Test
  void onlyQemusProfileCanBeCompared() throws IOException {
    Ran.line("diff qemu --profile mmu-600-r2")
        .assertInputError(
            "portcullis diff: --profile: expected qemu-11, which is all that QEMU's SMMU can be:"
                + " mmu-600-r2 has IDR0 0x80f7e3f, not 0xd44101b");
    Path file = folder.resolve("small.profile");
    Files.writeString(file, "name = small\nbase = qemu-11\ntlb = 4\n");
    Ran.of("diff", "qemu", "--profile", file.toString())
        .assertInputError(
            "portcullis diff: --profile: expected qemu-11: small caches more or less than QEMU's"
                + " SMMU");
  }

  @Test
  void anotherNameForQemusProfileWillDo() throws IOException {
    needQemu();
    Path file = folder.resolve("same.profile");
    Files.writeString(file, "name = same\nbase = qemu-11\n");
    Ran ran = Ran.of("diff", "qemu", "--cases", "50", "--profile", file.toString()).assertCode(0);
    assertEquals("result: no unexplained difference", ran.lastLine());
  }

  @Test
  void aMissingFileIsNamed() {
    needQemu();
    Path file = folder.resolve("none");
    Ran ran = Ran.of("diff", "qemu", "--replay", file.toString());
    assertEquals(2, ran.code());
    assertTrue(ran.err().contains(file + ": cannot be read: "), ran::err);
  }
}
