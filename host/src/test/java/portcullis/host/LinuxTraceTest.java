package portcullis.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertLinesMatch;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.pgtable.Result;

/**
 * The driver against Linux 6.12: the same accesses to the same registers with the same values, and
 * the same commands, in the same order. Only addresses differ.
 */
class LinuxTraceTest {
  private static final long PAGE = 0x1000;
  private static final int STREAM = 8;

  /** The recording, where it lies beside the project. */
  private static final String TRACE = "shared/traces/linux-6.12-smmuv3-nvme.txt";

  private final FakeHost host = new FakeHost();
  private final HostMemory memory = host.allocator();
  private final SmmuDriver driver =
      new SmmuDriver(host.store, host, memory, "host.smmu0", FakeHost.SMMU, false);

  /** Linux 6.12.107 on QEMU 11.1.3's virt machine, an NVMe disk with StreamID 8: as recorded. */
  private static final List<String> UP_TO_FIRST_UNMAP =
      """
      read 0x0 4 0xd44101b
      read 0x4 4 0x2730010
      read 0xc 4 0x1414
      read 0x14 4 0x74
      read 0x18 4 0x0
      read 0x20 4 0x0
      write 0x20 4 0x0
      read 0x24 4 0x0
      write 0x28 4 0xd75
      write 0x2c 4 0x6
      write 0x80 8 0x4000000000000000
      write 0x88 4 0x10210
      write 0x90 8 0x4000000000000010
      write 0x98 4 0x0
      write 0x9c 4 0x0
      write 0x20 4 0x8
      read 0x24 4 0x8
      command CFGI_STE_RANGE
      command SYNC
      write 0x98 4 0x2
      read 0x9c 4 0x2
      command TLBI_NSNH_ALL
      command SYNC
      write 0x98 4 0x4
      read 0x9c 4 0x4
      write 0xa0 8 0x400000000000000f
      write 0x100a8 4 0x0
      write 0x100ac 4 0x0
      write 0x20 4 0xc
      read 0x24 4 0xc
      write 0x50 4 0x0
      read 0x54 4 0x0
      write 0x68 8 0x0
      write 0xb0 8 0x0
      write 0x50 4 0x5
      read 0x54 4 0x5
      write 0x20 4 0xd
      read 0x24 4 0xd
      command TLBI_NH_ASID
      command SYNC
      write 0x98 4 0x6
      read 0x9c 4 0x6
      command CFGI_CD
      command SYNC
      write 0x98 4 0x8
      read 0x9c 4 0x8
      command CFGI_CD
      command SYNC
      write 0x98 4 0xa
      read 0x9c 4 0xa
      command CFGI_STE
      command SYNC
      write 0x98 4 0xc
      read 0x9c 4 0xc
      command CFGI_STE
      command SYNC
      write 0x98 4 0xe
      read 0x9c 4 0xe
      command PREFETCH_CONFIG
      write 0x98 4 0xf
      command TLBI_NH_VA
      range vmid=0 asid=1 addr=0xffffc000 tg=1 num_pages=0x1 ttl=3 leaf=1
      command SYNC
      write 0x98 4 0x11
      read 0x9c 4 0x11
      """
          .lines()
          .toList();

  @Test
  void doesWhatLinuxDoesUpToTheFirstUnmap() {
    Domain domain = attachFirst();
    mapAndUnmap(domain, 0xffff_c000L);
    assertLinesMatch(UP_TO_FIRST_UNMAP, host.smmu.log);
  }

  @Test
  void doesWhatTheWholeRecordedTraceShows() throws IOException {
    Optional<Path> trace =
        Stream.iterate(Path.of("").toAbsolutePath(), Objects::nonNull, Path::getParent)
            .map(folder -> folder.resolve(TRACE))
            .filter(Files::isReadable)
            .findFirst();
    assumeTrue(trace.isPresent(), () -> "no " + TRACE + " above this folder");
    List<String> expected = recorded(Files.readAllLines(trace.get()));
    assertEquals(
        UP_TO_FIRST_UNMAP,
        expected.subList(0, UP_TO_FIRST_UNMAP.size()),
        "the list in this test and the recording");

    Domain domain = attachFirst();
    for (long iova : unmapped(expected)) {
      mapAndUnmap(domain, iova);
    }
    // At its end the recording shows a second device attached to a domain of its own.
    assertTrue(driver.attach(0x10, driver.newDomain()));
    assertLinesMatch(expected, host.smmu.log);
  }

  @Test
  void theEntriesThatTheSmmuIsToldOfAreLinuxs() {
    Domain domain = attachFirst();
    long table = address(Register.STRTAB_BASE);
    long second = host.memory().read64(table);
    assertEquals(9, second & 0x1f, "SPAN of the L1 descriptor");
    long ste = (second & 0xf_ffff_ffff_ffc0L) + STREAM * Ste.BYTES;
    long cd = host.memory().read64(ste) & 0xf_ffff_ffff_ffc0L;
    assertEquals(0xb | cd, host.memory().read64(ste), "V, S1 translates, linear");
    assertEquals(0xd6, host.memory().read64(ste + 8), "SSID0, CIR and COR WBRA, CSH ISH");
    assertEquals(0x0001_e204_c000_3510L, host.memory().read64(cd), "CD word 0");
    assertEquals(domain.root(), host.memory().read64(cd + 8), "TTB0");
    assertEquals(0, host.memory().read64(cd + 16));
    assertEquals(0xf404_ff44L, host.memory().read64(cd + 24), "MAIR");
    for (int word = 2; word < Ste.WORDS; word++) {
      assertEquals(0, host.memory().read64(ste + 8L * word), "STE word " + word);
    }
    for (int word = 4; word < Cd.WORDS; word++) {
      assertEquals(0, host.memory().read64(cd + 8L * word), "CD word " + word);
    }
    assertEquals(1, host.memory().read64(ste + Ste.BYTES), "a stream nobody attached aborts");
  }

  @Test
  void theCommandsHaveLinuxsFields() {
    attachFirst();
    FakeSmmu smmu = host.smmu;
    assertEquals(new FakeSmmu.Consumed(0x04, 0x1f), smmu.commands.get(0), "CFGI_ALL");
    // CS=SIG_SEV, MSH=ISH, MSIATTR=OIWB.
    assertEquals(new FakeSmmu.Consumed(0x0fc0_2046L, 0), smmu.commands.get(1), "CMD_SYNC");
    assertEquals(new FakeSmmu.Consumed(1L << 48 | 0x11, 0), smmu.commands.get(4), "TLBI_NH_ASID");
    assertEquals(new FakeSmmu.Consumed(8L << 32 | 0x05, 1), smmu.commands.get(6), "CFGI_CD");
    assertEquals(new FakeSmmu.Consumed(8L << 32 | 0x03, 1), smmu.commands.get(10), "CFGI_STE");
    assertEquals(new FakeSmmu.Consumed(8L << 32 | 0x01, 0), smmu.commands.get(14), "PREFETCH");
  }

  private Domain attachFirst() {
    assertEquals(SmmuDriver.Outcome.OK, driver.bringUp());
    Domain domain = driver.newDomain();
    assertTrue(driver.attach(STREAM, domain));
    return domain;
  }

  private void mapAndUnmap(Domain domain, long iova) {
    assertEquals(Result.OK, domain.map(iova, FakeHost.RAM, PAGE));
    assertEquals(Result.OK, domain.unmap(iova, PAGE));
  }

  private long address(Register register) {
    return host.smmu.get(register) & FakeSmmu.address(register);
  }

  private static final Pattern ACCESS =
      Pattern.compile("smmuv3_(read|write)_mmio addr: 0x(\\w+) val:0x(\\w+) size: 0x(\\w)\\(0\\)");
  private static final Pattern COMMAND = Pattern.compile("smmuv3_cmdq_opcode <--- SMMU_CMD_(\\w+)");
  private static final Pattern RANGE = Pattern.compile("smmuv3_range_inval (.*) stage=1");

  /** The trace in the form of {@link FakeSmmu#log}: without translations, addresses cleared. */
  private static List<String> recorded(List<String> lines) {
    List<String> result = new ArrayList<>();
    for (String line : lines) {
      Matcher access = ACCESS.matcher(line);
      Matcher command = COMMAND.matcher(line);
      Matcher range = RANGE.matcher(line);
      if (access.matches()) {
        int offset = page1(Integer.parseInt(access.group(2), 16));
        long value = Long.parseUnsignedLong(access.group(3), 16);
        Register register = Register.at(offset);
        result.add(
            "%s 0x%x %s 0x%x"
                .formatted(
                    access.group(1), offset, access.group(4), value & ~FakeSmmu.address(register)));
      } else if (command.matches()) {
        result.add("command " + command.group(1));
      } else if (range.matches()) {
        result.add("range " + range.group(1));
      } else {
        assertTrue(line.startsWith("smmuv3_translate_success "), line);
      }
    }
    return result;
  }

  /** QEMU shows EVENTQ_PROD and EVENTQ_CONS at their offset within their page. */
  private static int page1(int offset) {
    return offset == 0xa8 || offset == 0xac ? offset + 0x1_0000 : offset;
  }

  private static List<Long> unmapped(List<String> recorded) {
    Pattern address = Pattern.compile("range .* addr=0x(\\w+) .*");
    return recorded.stream()
        .map(address::matcher)
        .filter(Matcher::matches)
        .map(matcher -> Long.parseLong(matcher.group(1), 16))
        .toList();
  }
}
