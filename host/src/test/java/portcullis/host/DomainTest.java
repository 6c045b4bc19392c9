package portcullis.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Tlbi;
import portcullis.pgtable.Result;

class DomainTest {
  private static final long PAGE = 0x1000;
  private static final long BLOCK = 0x20_0000;
  private static final long IOVA = 0x4000_0000L;

  private final FakeHost host = new FakeHost();
  private final FakeSmmu smmu = host.smmu;
  private final HostMemory memory = host.allocator();
  private final SmmuDriver driver =
      new SmmuDriver(host.store, host, memory, "host.smmu0", FakeHost.SMMU, false);

  private Domain domain(boolean rangeCommands) {
    smmu.set(Register.IDR3, Idr3.RIL.with(FakeSmmu.IDR3, rangeCommands ? 1 : 0));
    assertEquals(SmmuDriver.Outcome.OK, driver.bringUp());
    Domain domain = driver.newDomain();
    smmu.commands.clear();
    smmu.log.clear();
    return domain;
  }

  /** Without range commands: (address, leaf) of each TLBI_NH_VA; each must be of ASID 1, VMID 0. */
  private List<String> invalidated() {
    List<String> result = new ArrayList<>();
    for (FakeSmmu.Consumed command : smmu.commands) {
      if (command.name().equals("TLBI_NH_VA")) {
        assertEquals(1L << 48 | 0x12, command.word0(), "ASID 1, VMID 0, no range");
        assertEquals(0, command.word1() & 0xffe, "no TTL, TG: they are for range commands");
        result.add(
            "0x%x leaf=%d"
                .formatted(Tlbi.ADDRESS.inPlace(command.word1()), Tlbi.LEAF.get(command.word1())));
      }
    }
    return result;
  }

  private List<String> ranges() {
    return smmu.log.stream().filter(line -> line.startsWith("range")).toList();
  }

  @Test
  void unmapInvalidatesEachPageAndSyncs() {
    Domain domain = domain(false);
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM, 3 * PAGE));
    assertEquals(List.of(), smmu.takeCommandNames(), "what was unmapped is cached nowhere");
    assertEquals(Result.OK, domain.unmap(IOVA, 3 * PAGE));
    assertEquals(
        List.of("0x40000000 leaf=1", "0x40001000 leaf=1", "0x40002000 leaf=1"), invalidated());
    assertEquals(
        List.of("TLBI_NH_VA", "TLBI_NH_VA", "TLBI_NH_VA", "SYNC"), smmu.takeCommandNames());
  }

  @Test
  void unmapInvalidatesABlockWithOneCommand() {
    Domain domain = domain(false);
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM, 2 * BLOCK));
    assertEquals(Result.OK, domain.unmap(IOVA, 2 * BLOCK));
    assertEquals(List.of("0x40000000 leaf=1", "0x40200000 leaf=1"), invalidated());
  }

  /** A table that goes with its pages: every page, and not the leaves only. */
  @Test
  void unmapOfAWholeTableInvalidatesTheWalkToo() {
    Domain domain = domain(false);
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM + PAGE, BLOCK));
    long before = host.freePages(memory);
    assertEquals(Result.OK, domain.unmap(IOVA, BLOCK));
    List<String> pages = new ArrayList<>();
    for (long page = IOVA; page < IOVA + BLOCK; page += PAGE) {
      pages.add("0x%x leaf=0".formatted(page));
    }
    assertEquals(pages, invalidated());
    assertEquals(before + 1, host.freePages(memory), "the table came back");
  }

  @Test
  void unmapUsesRangeCommandsWhereTheSmmuHasThem() {
    Domain domain = domain(true);
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM, 35 * PAGE));
    assertEquals(Result.OK, domain.unmap(IOVA, 35 * PAGE));
    assertEquals(
        List.of(
            "range vmid=0 asid=1 addr=0x40000000 tg=1 num_pages=0x3 ttl=3 leaf=1",
            "range vmid=0 asid=1 addr=0x40003000 tg=1 num_pages=0x20 ttl=3 leaf=1"),
        ranges());
    assertEquals(List.of("TLBI_NH_VA", "TLBI_NH_VA", "SYNC"), smmu.takeCommandNames());
  }

  @Test
  void rangeCommandsNameTheLevelOfBlocksAndNoneWhereATableGoes() {
    Domain domain = domain(true);
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM, BLOCK));
    assertEquals(Result.OK, domain.unmap(IOVA, BLOCK));
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM + PAGE, BLOCK));
    assertEquals(Result.OK, domain.unmap(IOVA, BLOCK));
    assertEquals(
        List.of(
            "range vmid=0 asid=1 addr=0x40000000 tg=1 num_pages=0x200 ttl=2 leaf=1",
            "range vmid=0 asid=1 addr=0x40000000 tg=1 num_pages=0x200 ttl=0 leaf=0"),
        ranges());
  }

  /** As Linux: mapping the page again takes no table, unmapping it no walk cache invalidation. */
  @Test
  void tablesThatPagesLeftOneByOneStay() {
    Domain domain = domain(false);
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM, PAGE));
    long before = host.freePages(memory);
    for (int i = 0; i < 3; i++) {
      assertEquals(Result.OK, domain.unmap(IOVA, PAGE));
      assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM, PAGE));
    }
    assertEquals(before, host.freePages(memory));
    assertEquals(List.of("0x40000000 leaf=1"), Set.copyOf(invalidated()).stream().toList());
  }

  @Test
  void aLongUnmapIsHandedOverInBatches() {
    Domain domain = domain(false);
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM, 100 * PAGE));
    smmu.log.clear();
    long producer = smmu.get(Register.CMDQ_PROD);
    assertEquals(Result.OK, domain.unmap(IOVA, 100 * PAGE));
    assertEquals(100, invalidated().size());
    assertEquals(
        List.of(
            "write 0x98 4 0x%x".formatted(producer + 64),
            "write 0x98 4 0x%x".formatted(producer + 101)),
        smmu.log.stream().filter(line -> line.startsWith("write")).toList());
  }

  @Test
  void theTablesLeadWhereTheDomainWasMapped() {
    Domain domain = domain(false);
    long out = FakeHost.RAM + 0x12_3000;
    assertEquals(Result.OK, domain.map(0xabcd_1234_5000L, out, PAGE));
    long table = domain.root();
    for (int shift = 39; shift > 12; shift -= 9) {
      long descriptor = host.memory().read64(table + (0xabcd_1234_5000L >>> shift & 511) * 8);
      assertEquals(0b11, descriptor & 0b11, "a table");
      table = descriptor & 0xffff_ffff_f000L;
    }
    // AF, Inner Shareable, unprivileged, read and write, AttrIndx 1, nG: as io-pgtable-arm's.
    assertEquals(out | 0xf47, host.memory().read64(table + (0xabcd_1234_5000L >>> 12 & 511) * 8));
  }

  @Test
  void unmapReportsThatTheSmmuDoesNotAnswer() {
    Domain domain = domain(false);
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM, PAGE));
    smmu.consumes = false;
    assertEquals(Result.TIMEOUT, domain.unmap(IOVA, PAGE));
  }

  @Test
  void refusesWhatCannotBeMapped() {
    Domain domain = domain(false);
    assertEquals(Result.INVALID, domain.map(1L << 48, FakeHost.RAM, PAGE));
    assertEquals(Result.INVALID, domain.map(IOVA, 1L << 44, PAGE), "OAS is 44 bits");
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM, PAGE));
    assertEquals(Result.EXISTS, domain.map(IOVA, FakeHost.RAM + PAGE, PAGE));
  }

  @Test
  void anEndedDomainIsForgottenBeforeItsTablesAreFree() {
    Domain domain = domain(false);
    Domain other = driver.newDomain();
    long before = host.freePages(memory) + 1;
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM, PAGE));
    long[] freeAtCommand = {0};
    smmu.beforeCommand = () -> freeAtCommand[0] = host.freePages(memory);
    assertTrue(domain.destroy());
    assertEquals(List.of("TLBI_NH_ASID", "SYNC"), smmu.takeCommandNames());
    assertEquals(before - 4, freeAtCommand[0], "still held when the SMMU syncs");
    assertEquals(before, host.freePages(memory));
    smmu.beforeCommand = () -> {};
    assertEquals(2, other.asid());
    assertEquals(1, driver.newDomain().asid(), "the ASID is free again");
  }

  @Test
  void aDomainThatTheSmmuMayStillWalkIsGivenUp() {
    Domain domain = domain(false);
    assertEquals(Result.OK, domain.map(IOVA, FakeHost.RAM, PAGE));
    long before = host.freePages(memory);
    smmu.consumes = false;
    assertFalse(domain.destroy());
    assertEquals(before, host.freePages(memory));
    smmu.consumes = true;
    assertEquals(2, driver.newDomain().asid());
  }

  @Test
  void asidsAreUniqueAndEnd() {
    smmu.set(Register.IDR0, Idr0.ASID16.with(FakeSmmu.IDR0, 0));
    assertEquals(SmmuDriver.Outcome.OK, driver.bringUp());
    List<Domain> domains = new ArrayList<>();
    Set<Integer> asids = new HashSet<>();
    for (int i = 1; i < 256; i++) {
      domains.add(driver.newDomain());
      assertTrue(asids.add(domains.getLast().asid()));
    }
    assertFalse(asids.contains(0));
    long before = host.freePages(memory);
    assertNull(driver.newDomain(), "8 bits of ASID");
    assertEquals(before, host.freePages(memory));
    for (int i : new int[] {17, 3, 200}) {
      assertTrue(domains.get(i).destroy());
      asids.remove(domains.get(i).asid());
    }
    for (int i = 0; i < 3; i++) {
      assertTrue(asids.add(driver.newDomain().asid()));
    }
    assertNull(driver.newDomain());
  }

  @Test
  void aDomainThatFindsNoMemoryTakesNoAsid() {
    domain(false);
    long mark = host.store.mark();
    while (memory.allocate(1) != HostMemory.NO_PAGE) {
      // until nothing is left
    }
    assertNull(driver.newDomain());
    memory.free(FakeHost.RAM, 1);
    Domain domain = driver.newDomain();
    assertNotNull(domain);
    assertEquals(2, domain.asid());
    host.store.undo(mark);
  }

  /** STALL_MODEL 0b10: CD.S must be 1 (IHI 0070 5.4). */
  @Test
  void contextDescriptorsStallWhereTheSmmuForcesIt() {
    assertFalse(Cd.S.isSet(domain(false).contextDescriptor()[0]));
    assertTrue(driver.shutDown());
    smmu.set(Register.IDR0, Idr0.STALL_MODEL.with(FakeSmmu.IDR0, 0b10));
    assertTrue(Cd.S.isSet(domain(false).contextDescriptor()[0]));
  }
}
