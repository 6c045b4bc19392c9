package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.hyp.Status;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;

/**
 * The first SMMU does not snoop (IHI 0070 3.15), the second does. At each moment at which hardware
 * may read, memory holds a table that EL2 meant, whatever the caches have written back by then.
 */
class CacheMaintenanceTest {
  private static final long PAGE = 4096;
  private static final long PAGE_MASK = 0x0000_ffff_ffff_f000L;
  private static final long BYPASS = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_BYPASS);

  private final Fixture f = new Fixture();
  private final FakeCaches caches = new FakeCaches(f.memory);

  @BeforeEach
  void firstSmmuDoesNotSnoop() {
    f.coherent = false;
    f.platform.caches = caches;
    f.second.memory = caches;
  }

  /** Whatever is written from now on may reach memory at once: what it leads to must be there. */
  private void watchOrder() {
    caches.onWrite =
        (address, value) -> {
          if (inStreamTable(address) && StreamTableDescriptor.SPAN.isSet(value)) {
            long table = StreamTableDescriptor.L2PTR.inPlace(value);
            assertFalse(caches.isDirty(table, 256L * Ste.BYTES), "second level before its STEs");
          }
        };
    f.hardware.observer = (smmu, command) -> everythingIsClean();
  }

  private boolean inStreamTable(long address) {
    long base = f.hardware.get(Register.STRTAB_BASE) & 0xf_ffff_ffff_ffc0L;
    return base != 0 && address >= base && address < base + 0x800;
  }

  /** What hardware can reach from its registers is in memory as EL2 wrote it. */
  private void everythingIsClean() {
    long base = f.hardware.get(Register.STRTAB_BASE) & 0xf_ffff_ffff_ffc0L;
    assertFalse(caches.isDirty(base, 0x800), "first level of the stream table");
    for (int sid = 0; sid < 1 << 16; sid += 256) {
      long ste = f.hardwareSteAddress(sid);
      if (ste != -1) {
        assertFalse(caches.isDirty(ste, 256L * Ste.BYTES), "second level of the stream table");
      }
    }
    long root = f.driver == null ? 0 : f.driver.root().address();
    if (root != 0) {
      stage2IsClean(root, f.driver.root().format().startLevel());
    }
  }

  private void stage2IsClean(long table, int level) {
    assertFalse(caches.isDirty(table, PAGE), "stage-2 table of level " + level);
    for (long at = table; at < table + PAGE && level < 3; at += 8) {
      long descriptor = f.memory.read64(at);
      if ((descriptor & 0b11) == 0b11) {
        stage2IsClean(descriptor & PAGE_MASK, level + 1);
      }
    }
  }

  private void steIs(int sid, long word0) {
    assertEquals(word0, f.hardwareSte(sid)[0] & (Ste.V.mask() | Ste.CONFIG.mask()));
  }

  @Test
  void whatHardwareReadsIsCleanedInOrder() {
    watchOrder();
    f.boot();
    assertEquals(List.of("", ""), f.driver.reports().stream().map(SmmuReport::reason).toList());
    everythingIsClean();
    f.enableCommands();
    f.hostSte(5, BYPASS);
    f.enableStreams();
    everythingIsClean();
    steIs(5, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2));
    f.hostSte(0x205, BYPASS);
    f.submit(Fixture.cfgiSte(0x205));
    everythingIsClean();
    steIs(0x205, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2));
    f.hostSte(5, Ste.V.of(1));
    f.submit(Fixture.cfgiSte(5));
    everythingIsClean();
    steIs(5, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_ABORT));
    f.hostSte(0x205);
    f.submit(Fixture.cfgiSte(0x205));
    everythingIsClean();
    assertEquals(-1, f.hardwareSteAddress(0x205), "its table is gone");
    assertEquals(Status.OK, f.donate(Fixture.RAM + 0x70_0000));
    everythingIsClean();
    f.write(Register.CR0, 0);
    everythingIsClean();
  }

  /** V is written last, and first cleared: the words that it vouches for are in memory by then. */
  @Test
  void validSteIsInMemoryBeforeItsValidBit() {
    f.boot().enableCommands().enableStreams();
    f.hostSte(3, BYPASS);
    f.submit(Fixture.cfgiSte(3));
    long at = f.hardwareSteAddress(3);
    boolean[] seen = new boolean[1];
    caches.onWrite =
        (address, value) -> {
          if (address == at && Ste.V.isSet(value)) {
            seen[0] = true;
            assertFalse(caches.isDirty(at + 8, Ste.BYTES - 8), "V before the rest");
          } else if (address > at && address < at + Ste.BYTES) {
            assertEquals(0, f.memory.read64(at) & Ste.V.mask(), "changed while memory has V");
          }
        };
    f.hostSte(3, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S1) | 0x4010_0000, 1L << 2 | 0b1010);
    f.submit(Fixture.cfgiSte(3));
    assertTrue(seen[0]);
    steIs(3, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_NESTED));
  }

  /** EL2 has read the same slots before, and the host writes past the caches. */
  @Test
  void hostsMemoryIsReadAfresh() {
    f.boot().enableCommands();
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 1 << Fixture.QUEUE_LOG2; i++) {
        long asid = round * 100L + i;
        List<FakeSmmu.Consumed> got =
            f.submit(Fixture.command(Opcode.TLBI_NH_ASID) | asid << 48, 0);
        assertEquals(asid, got.getFirst().word0() >>> 48);
      }
    }
    f.hostSte(7, BYPASS);
    f.enableStreams();
    steIs(7, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2));
    f.hostSte(7, Ste.V.of(1));
    f.submit(Fixture.cfgiSte(7));
    steIs(7, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_ABORT));
  }

  @Test
  void reclaimedPageIsErasedInMemoryToo() {
    f.boot();
    long page = Fixture.RAM + 0x70_0000;
    f.memory.write64(page + 8, 0x5ec7e7);
    int guest = f.pages.createGuest();
    assertEquals(Status.OK, f.pages.donate(guest, page >>> 12, 1));
    caches.write64(page + 16, 0x5ec7e7);
    assertEquals(Status.OK, f.pages.destroyGuest(guest));
    assertEquals(Status.OK, f.pages.reclaim(page >>> 12, 1));
    assertEquals(0, f.memory.read64(page + 8) | f.memory.read64(page + 16));
    assertFalse(caches.isDirty(page, PAGE));
  }

  /** Removing a page changes one descriptor where its table is there: a line, once per step. */
  @Test
  void costIsCounted() {
    f.boot();
    long page = Fixture.RAM + 0x70_0000;
    f.donate(page);
    long before = f.driver.counters().linesCleaned();
    assertEquals(Status.OK, f.donate(page + PAGE));
    long commands = f.driver.counters(0).linesCleaned();
    assertTrue(commands > 0);
    // One descriptor, and the three commands of the invalidation in one line or two.
    long lines = f.driver.counters().linesCleaned() - before;
    assertTrue(lines == 2 || lines == 3, () -> "lines: " + lines);
    assertEquals(0, f.driver.counters(1).linesCleaned(), "the second SMMU snoops");
  }

  @Test
  void coherentSmmusCostNothing() {
    Fixture coherent = new Fixture();
    coherent.boot().enableCommands().enableStreams();
    coherent.donate(Fixture.RAM + 0x70_0000);
    assertEquals(0, coherent.platform.cleaned);
    assertEquals(0, coherent.driver.counters().linesCleaned());
  }

  /** The checks above are not idle: each fails without what it is about. */
  @ParameterizedTest
  @EnumSource(names = {"CLEAN_STREAM_TABLE", "CLEAN_STAGE2"})
  void missingCleanShows(Measure measure) {
    f.policy = SmmuPolicy.DEFAULT.with(new ProtectionPolicy.Row(measure, false, "planted"));
    assertThrows(AssertionError.class, this::whatHardwareReadsIsCleanedInOrder);
  }

  @Test
  void missingCleanOfCommandsShows() {
    f.policy =
        SmmuPolicy.DEFAULT.with(new ProtectionPolicy.Row(Measure.CLEAN_COMMANDS, false, "planted"));
    f.boot();
    assertFalse(f.hardware.consumed.isEmpty());
    assertTrue(
        f.hardware.consumed.stream().noneMatch(c -> c.opcode() == Opcode.CFGI_STE_RANGE),
        "hardware read what memory held");
  }

  @Test
  void missingRefreshShows() {
    f.policy =
        SmmuPolicy.DEFAULT.with(
            new ProtectionPolicy.Row(Measure.REFRESH_HOST_MEMORY, false, "planted"));
    assertThrows(AssertionError.class, this::hostsMemoryIsReadAfresh);
  }

  @Test
  void strictRefuses() {
    f.policy = SmmuPolicy.DEFAULT.with(ProtectionPolicy.STRICT);
    f.boot();
    assertEquals(Refusal.NOT_COHERENT_TREE.reason(), f.driver.reports().get(0).reason());
    assertEquals(SmmuReport.Status.PROTECTED, f.driver.reports().get(1).status());
    assertTrue(f.hardware.writes.isEmpty(), "it is not touched");
  }
}
