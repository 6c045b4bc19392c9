package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.qemu.Qemu;

/** What is asked for, and how a wrong question is answered. */
class UsageTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          run extra      | portcullis run    | unexpected argument 'extra'
          run --foo      | portcullis run    | unknown option '--foo'
          run --seed     | portcullis run    | Missing required parameter for option '--seed' (N)
          run --streams 0 | portcullis run   | Invalid value for option '--streams': expected a \
          whole number from 1, or all, not '0'
          run --streams some | portcullis run | Invalid value for option '--streams': expected a \
          whole number from 1, or all, not 'some'
          run --seed x   | portcullis run    | Invalid value for option '--seed': expected a whole \
          number from -2^63 to 2^63 - 1, not 'x'
          run --seed 9999999999999999999 | portcullis run | Invalid value for option '--seed': \
          expected a whole number from -2^63 to 2^63 - 1, not '9999999999999999999'
          run --seed 1 --seed 2 | portcullis run | option '--seed' (N) should be specified only once
          run --platform foo | portcullis run | Invalid value for option '--platform': expected \
          model or qemu, not 'foo'
          run --granule 8k | portcullis run | Invalid value for option '--granule': expected one \
          of 4k, 16k, 64k, not '8k'
          run --dtb=     | portcullis run    | Invalid value for option '--dtb': expected a name, \
          not ''
          run --trace=   | portcullis run    | Invalid value for option '--trace': expected a name, \
          not ''
          cost --rules x | portcullis cost   | Invalid value for option '--rules': expected \
          default or v6, not 'x'
          bogus          | portcullis        | expected one of run, cost, attack, decode, policy, profile, \
          board, diff, bench, reference, not 'bogus'
          --debug        | portcullis        | expected one of run, cost, attack, decode, policy, profile, \
          board, diff, bench, reference
          decode         | portcullis decode | Missing required parameter: 'KIND VALUE'
          policy ste ste | portcullis policy | unexpected argument 'ste'
          board          | portcullis board | Missing required option: '--output=FILE'
          board --smmus 0 | portcullis board | Invalid value for option '--smmus': expected a \
          whole number from 1, not '0'
          board --registers 0xg | portcullis board | Invalid value for option '--registers': \
          expected an address such as 0x80000000, not '0xg'
          board --registers -1 | portcullis board | Invalid value for option '--registers': \
          expected an address such as 0x80000000, not '-1'
          reference      | portcullis reference | Missing required parameter: 'DIR'
          """)
  void badUsage(String arguments, String command, String reason) {
    Ran.line(arguments).assertUsageError(command, reason);
  }

  @Test
  void noCommand() {
    Ran.of()
        .assertUsageError(
            "portcullis",
            "expected one of run, cost, attack, decode, policy, profile, board, diff, bench,"
                + " reference");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          run --memory 0       | --memory: '0' is no memory: expected a size above 0
          run --memory -1      | --memory: '-1' is no number: expected digits with K, M, G or T, \
          or 0x and hex digits
          run --memory=        | --memory: '' is no number: expected digits with K, M, G or T, \
          or 0x and hex digits
          run --memory 8       | --memory: '8' is a partial page: expected a multiple of 64K
          run --memory 8P      | --memory: '8P' is no number: expected digits with K, M, G or T, \
          or 0x and hex digits
          run --memory 1G,1G   | --memory: '1G' has no base: expected BASE+SIZE
          run --memory 0x0+2G,1G+1G | --memory: 0x40000000+0x40000000 overlaps 0x0+0x80000000: \
          expected ranges that do not overlap
          run --memory 4097T   | --memory: '4097T' is too large: expected at most 2^52
          run --memory 4096T+64K | --memory: 0x10000000000000+0x10000 is out of range: expected an \
          end at or below 2^52
          run --memory 0x0+512T | built-in board: memory or registers end at 0x2000000000000: \
          expected an end at or below 2^48, or --granule 64k
          run --profile foo    | --profile: expected one of generic, qemu-11, mmu-600-r2, \
          mmu-700-r1, or a file, not 'foo'
          cost --profile foo   | --profile: expected one of generic, qemu-11, mmu-600-r2, \
          mmu-700-r1, or a file, not 'foo'
          run --assume junk    | --assume: expected coherent or enabled, not 'junk'
          run --assume coherent,,enabled | --assume: expected coherent or enabled, not ''
          board -o x --smmus 65 | --smmus: expected at most 64, not 65
          board -o x --streams 65537 | --streams: expected at most 65536, not 65537
          board -o x --memory 8 | --memory: '8' is a partial page: expected a multiple of 64K
          board -o x --memory 4096T | --memory: 0x10000000000+0x10000000000000 is out of range: \
          expected an end at or below 2^52
          board -o x --registers 0x8000 | --registers: expected a multiple of 64K and 1 TiB more \
          below 2^52, not 0x8000
          board -o x --memory 0x20000000+1G | x: /soc/iommu@20000000: reg: 0x20000000+0x20000 \
          overlaps memory at 0x20000000+0x40000000: expected registers outside of memory
          decode foo 1         | expected one of reg, ste, cd, l1std, l1cd, vms, cmd, event, pri, \
          pte, esr, not 'foo'
          decode reg IDR0      | reg: expected NAME or 0xOFFSET, and one HEX value
          decode reg FOO 1     | reg: expected a register such as IDR0 or STRTAB_BASE, or \
          0xOFFSET, not 'FOO'
          decode ste           | ste: expected 1 to 8 64-bit HEX words, not 0
          decode ste 1 2 3 4 5 6 7 8 9 | ste: expected 1 to 8 64-bit HEX words, not 9
          decode cmd 1 2 3     | cmd: expected 1 to 2 64-bit HEX words, not 3
          decode event xyz     | event: expected a hexadecimal number of at most 64 bits, not 'xyz'
          decode event 0x1ffffffffffffffff | event: expected a hexadecimal number of at most 64 \
          bits, not '0x1ffffffffffffffff'
          decode pte 1         | pte: expected --granule 4k, 16k or 64k
          decode ste 1 --fwb   | ste: expected no --fwb, which is for pte
          decode cmd 1 --stage 1 | cmd: expected no --stage, which is for pte
          bench --filter (     | --filter: expected a regular expression, not '(': Unclosed group
          bench --profile x    | --profile: expected one of generic, qemu-11, mmu-600-r2, \
          mmu-700-r1, or a file, not 'x'
          bench --profile qemu-11 | the benchmarks are a jar of their own: run the portcullis script
          bench                | the benchmarks are a jar of their own: run the portcullis script
          policy foo           | expected one of registers, commands, ste, protections, stage2, \
          pages, not 'foo'
          """)
  void badInput(String arguments, String reason) {
    Ran.line(arguments).assertInputError("portcullis " + arguments.split(" ")[0] + ": " + reason);
  }

  @Test
  void aProfileThatCannotBeMeasuredIsRefused() throws IOException {
    Path file = folder.resolve("held.profile");
    Files.writeString(file, "name = held\nbase = generic\ncaches = architectural\n");
    Ran.of("bench", "--profile", file.toString())
        .assertInputError(
            "portcullis bench: --profile: expected ordinary caches (caches), which the benchmarks"
                + " use; held has none");
  }

  @Test
  void argumentsAreNotReadFromFiles() throws IOException {
    String file = "@" + Files.writeString(folder.resolve("arguments"), "--json");
    Ran.of("run", file).assertUsageError("portcullis run", "unexpected argument '" + file + "'");
  }

  @Test
  void controlCharactersDoNotReachTheTerminal() {
    Ran.of("decode", "\u001b[31m\nx\u0085", "1")
        .assertInputError(
            "portcullis decode: expected one of reg, ste, cd, l1std, l1cd, vms, cmd, event, pri,"
                + " pte, esr, not '?[31m x '");
  }

  @Test
  void traceIntoFolder() {
    Ran ran = Ran.of("run", "--trace", folder.toString());
    assertEquals("portcullis run: " + folder + ": cannot be written: Is a directory\n", ran.err());
    assertEquals("", ran.out());
    assertEquals(2, ran.code());
  }

  @Test
  void traceIntoMissingFolder() {
    Path file = folder.resolve("missing").resolve("trace");
    Ran.of("run", "--trace", file.toString())
        .assertInputError(
            "portcullis run: " + file + ": cannot be written: no such file or folder");
  }

  @Test
  void traceOverTheDeviceTree() throws IOException {
    Path file = folder.resolve("board.dtb");
    TestTree.write(file, TestTree::sound);
    byte[] before = Files.readAllBytes(file);
    Path other = folder.resolve(".").resolve("board.dtb");
    Ran.of("run", "--dtb", file.toString(), "--trace", other.toString())
        .assertInputError(
            "portcullis run: --trace: expected another file than that of --dtb, not " + other);
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "run", "cost", "decode", "policy", "profile", "board", "reference"})
  void helpHasExamplesAndExitCodes(String command) {
    Ran help = Ran.line((command + " --help").trim()).assertCode(0);
    assertTrue(help.out().contains("\nExamples:\n  portcullis " + command), help::out);
    assertTrue(help.out().contains("\nExit: 0"), help::out);
    assertTrue(help.outLines().stream().allMatch(line -> line.length() <= 80), help::out);
    assertFalse(help.out().contains("--debug"), help::out);
  }

  static Stream<String> examples() {
    return Stream.of("", "run", "cost", "decode", "policy", "profile", "board")
        .flatMap(command -> Ran.line((command + " --help").trim()).out().lines())
        .filter(line -> line.startsWith("  portcullis "))
        .map(line -> line.replaceFirst("  portcullis ", ""))
        .filter(line -> !line.contains("--dtb") && !line.contains("--acpi"))
        .filter(line -> !line.equals("cost")) // takes long: ShownOutputTest runs it
        .distinct();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void examplesInHelpWork(String arguments) {
    assumeTrue(!arguments.contains("qemu") || Qemu.find().isPresent(), Qemu.MISSING);
    Ran.line(
            arguments
                .replace("trace.txt", folder.resolve("trace.txt").toString())
                .replace("-o ", "-o " + folder + "/"))
        .assertCode(0);
  }

  @Test
  void decodeTellsFields() {
    String out = Ran.line("decode cmd 0x0000000800000003 0x1").assertCode(0).out();
    assertTrue(out.startsWith("CMD_CFGI_STE"), out);
    assertTrue(out.contains("StreamID"), out);
  }

  @Test
  void version() {
    assertTrue(Ran.line("--version").assertCode(0).out().startsWith("portcullis "));
  }

  @Test
  void everyPolicyTableAloneIsPartOfAll() {
    String all = Ran.line("policy").assertCode(0).out();
    for (String table : List.of("registers", "commands", "ste", "protections", "stage2", "pages")) {
      String one = Ran.line("policy " + table).assertCode(0).out();
      assertTrue(all.contains(one), table);
      assertNotEquals(all, one);
    }
  }
}
