package portcullis.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import portcullis.board.acpi.IortWriter;
import portcullis.board.fdt.BoardException;

/** DEN 0049E as read: what its nodes are on a board. */
class AcpiBoardReaderTest {

  private static AddressRange range(long base, long size) {
    return new AddressRange(base, size);
  }

  private static Master only(IortWriter iort) throws BoardException {
    Board board = TestIort.read(iort.table());
    assertEquals(1, board.masters().size());
    return board.masters().getFirst();
  }

  @Test
  void everythingAnIortSays() throws BoardException {
    TestIort.Full full = TestIort.full();
    Board board = TestIort.read(full.table());
    assertEquals("0.bin", board.fileName());
    assertEquals("PORTCU LLIS", board.model());
    assertEquals(List.of(), board.memory());
    assertEquals(
        List.of(
            new Smmu(
                0,
                "IORT+0x" + Integer.toHexString(full.smmu()),
                "smmu@10000000",
                range(0x1000_0000, 0x2_0000),
                true,
                true,
                Optional.empty(),
                OptionalInt.empty(),
                List.of(
                    new Interrupt("eventq", List.of(74)),
                    new Interrupt("priq", List.of(75)),
                    new Interrupt("gerror", List.of(76)),
                    new Interrupt("cmdq-sync", List.of(77))),
                List.of()),
            new Smmu(
                1,
                "IORT+0x" + Integer.toHexString(full.other()),
                "smmu@10020000",
                range(0x1002_0000, 0x2_0000),
                true,
                false,
                Optional.empty(),
                OptionalInt.empty(),
                List.of(),
                List.of("hisilicon,broken-prefetch-cmd"))),
        board.smmus());
    Master pci = board.masters().get(0);
    assertEquals("pci-segment-0", pci.name());
    assertTrue(pci.pci() && pci.coherent() && pci.enabled());
    assertEquals(Attachment.SMMU, pci.attachment());
    assertEquals(
        List.of(new StreamRange(1, 0x10, 0x100, 0), new StreamRange(0, 0x500, 0x100, 0x100)),
        pci.streams());
    Master ethernet = board.masters().get(1);
    assertEquals("\\_SB.ETH0", ethernet.name());
    assertEquals(
        List.of(new StreamRange(0, 0x20, 1, 0), new StreamRange(0, 0x21, 1, 0)),
        ethernet.streams());
    assertEquals(Attachment.SMMU, ethernet.attachment());
    assertEquals(2, board.masters().size());
    assertEquals(
        List.of(
            new ReservedMemory(
                "IORT+0x" + Integer.toHexString(full.reserved()),
                List.of(range(0x8000_0000L, 0x10_0000), range(0x9000_0000L, 0x1_0000)),
                0,
                false,
                List.of(new StreamRange(0, 0x20, 1, 0), new StreamRange(1, 0x10, 2, 0)))),
        board.reserved());
  }

  @Test
  void optionsAreBelievedOverTheTables() throws BoardException {
    Board board =
        TestIort.read(
            BoardOptions.DEFAULTS.withAssumeCoherent().withMemory(MemoryArgument.parse("0x0+1G")),
            TestIort.full().table(),
            TestIort.srat(0x8000_0000L, 0x1000_0000, TestIort.ENABLED, 0));
    assertTrue(board.smmus().get(1).coherent());
    assertEquals(
        List.of(
            "memory: 0x80000000+0x10000000 in the ACPI tables, assumed 0x0+0x40000000",
            "smmu@10020000: not coherent in the IORT, assumed coherent"),
        board.overrides());
    assertEquals(List.of(range(0x1000_0000, 0x4_0000)), board.carveOuts());
  }

  /** ACPI 6.5, 5.2.16.2: memory that is there is enabled; what is hot pluggable need not be. */
  @Test
  void memoryIsThatOfTheSrat() throws BoardException {
    Board board =
        TestIort.read(
            TestIort.full().table(),
            TestIort.srat(
                0x8_8000_0000L,
                0x8000_0000L,
                TestIort.ENABLED,
                1,
                0x8000_0000L,
                0x8000_0000L,
                TestIort.ENABLED,
                0,
                0x20_0000_0000L,
                0x8000_0000L,
                0,
                0,
                0x30_0000_0000L,
                0x8000_0000L,
                TestIort.ENABLED | TestIort.HOT_PLUGGABLE,
                0));
    assertEquals(
        List.of(range(0x8000_0000L, 0x8000_0000L), range(0x8_8000_0000L, 0x8000_0000L)),
        board.memory());
  }

  /**
   * PCI Firmware Specification 3.3, 4.1.2: the base is that of bus 0, even where 0 is not there.
   */
  @Test
  void busesThatTheIortForgetsAreMastersWithoutAnSmmu() throws BoardException {
    Board board =
        TestIort.read(
            TestIort.full().table(), TestIort.mcfg(0x4000_0000L, 0, 1, 3, 0x5000_0000L, 2, 0, 0));
    assertEquals(List.of(range(0x4010_0000L, 0x30_0000)), board.masters().getFirst().registers());
    assertTrue(board.registers().contains(range(0x5000_0000L, 0x10_0000)));
    List<Master> forgotten = board.masters().subList(2, board.masters().size());
    assertEquals(
        List.of("pci-segment-0 requester IDs 0x200-0x3ff", "pci-segment-2 requester IDs 0x0-0xff"),
        forgotten.stream().map(Master::name).toList());
    assertTrue(forgotten.stream().allMatch(m -> m.attachment() == Attachment.NONE && m.pci()));
  }

  @Test
  void aMasterWithAWayAroundTheSmmuIsNotProtected() throws BoardException {
    IortWriter part = new IortWriter();
    int its = part.its(0);
    int smmu = part.smmu(TestIort.SMMU, TestIort.COHERENT, 0, 0);
    part.rootComplex(7, false);
    part.map(0, 0x8000, 0, smmu).map(0x8000, 0x8000, 0x8000, its);
    List<Master> masters = TestIort.read(part.table()).masters();
    assertEquals(
        List.of("pci-segment-7", "pci-segment-7 requester IDs 0x8000-0xffff"),
        masters.stream().map(Master::name).toList());
    assertEquals(Attachment.SMMU, masters.getFirst().attachment());
    assertEquals(List.of(new StreamRange(0, 0, 0x8000, 0)), masters.getFirst().streams());
    assertEquals(Attachment.NONE, masters.getLast().attachment());
    assertEquals(
        "go through no SMMU: the IORT maps them to an ITS group alone", masters.getLast().reason());

    IortWriter around = new IortWriter();
    int only = around.its(0);
    around.smmu(TestIort.SMMU, TestIort.COHERENT, 0, 0);
    around.rootComplex(0, false);
    around.map(0, 0x1_0000, 0, only);
    assertEquals(Attachment.NONE, only(around).attachment());
    assertEquals(
        "all of its IDs go through no SMMU, but to the ITS group at IORT+0x30",
        only(around).reason());

    IortWriter mixed = new IortWriter();
    int beside = mixed.its(0);
    int behind = mixed.smmu(TestIort.SMMU, TestIort.COHERENT, 0, 0);
    mixed.named("\\_SB.GPU0", false);
    mixed.mapAll(1, behind).mapAll(2, beside);
    assertEquals(Attachment.NONE, only(mixed).attachment());
    assertEquals(
        "part of its IDs go through no SMMU, but to the ITS group at IORT+0x30",
        only(mixed).reason());

    IortWriter all = new IortWriter();
    int group = all.its(0);
    all.smmu(TestIort.SMMU, TestIort.COHERENT, 0, 0);
    all.named("\\_SB.GPU0", false);
    all.mapAll(1, group);
    assertEquals(
        "all of its IDs go through no SMMU, but to the ITS group at IORT+0x30", only(all).reason());

    IortWriter none = new IortWriter();
    none.smmu(TestIort.SMMU, TestIort.COHERENT, 0, 0);
    none.rootComplex(0, false);
    assertEquals("has no ID mapping in the IORT", only(none).reason());
    assertEquals(Attachment.NONE, only(none).attachment());

    IortWriter old = new IortWriter();
    old.smmu(TestIort.SMMU, TestIort.COHERENT, 0, 0);
    int v2 = old.other(3, new byte[44]);
    old.named("\\_SB.GPU0", false);
    old.mapAll(1, v2);
    assertEquals(Attachment.OTHER_IOMMU, only(old).attachment());
    assertEquals(
        "behind the SMMUv1 or SMMUv2 at IORT+0x%x, which is no SMMUv3".formatted(v2),
        only(old).reason());
  }

  @Test
  void aSingleMappingIsForEveryRequesterId() throws BoardException {
    IortWriter iort = new IortWriter();
    int smmu = iort.smmu(TestIort.SMMU, TestIort.COHERENT, 0, 0);
    iort.rootComplex(0, false);
    iort.mapAll(0x77, smmu);
    Master pci = only(iort);
    assertEquals(List.of(new StreamRange(0, 0x77, 1, 0)), pci.streams());
    assertEquals(0, pci.ridMask());
  }

  /** The number of IDs is one less than there are; Linux knows firmware that says one more. */
  @Test
  void oneIdTooManyIsTheNextMappings() throws BoardException {
    IortWriter iort = new IortWriter();
    int smmu = iort.smmu(TestIort.SMMU, TestIort.COHERENT, 0, 0);
    iort.rootComplex(0, false);
    iort.map(0, 0x8001, 0, smmu).map(0x8000, 0x8001, 0x1_0000, smmu);
    Board board = TestIort.read(iort.table());
    assertEquals(
        List.of(new StreamRange(0, 0, 0x8000, 0), new StreamRange(0, 0x1_0000, 0x8000, 0x8000)),
        board.masters().getFirst().streams());
    assertEquals(
        List.of(
            "pci-segment-0: an ID mapping reaches to ID 0x8000, assumed 0x7fff",
            "pci-segment-0: an ID mapping reaches to ID 0x10000, assumed 0xffff"),
        board.overrides());
  }

  @Test
  void namesThatCollideTellWhereTheNodesAre() throws BoardException {
    IortWriter iort = new IortWriter();
    int smmu = iort.smmu(TestIort.SMMU, TestIort.COHERENT, 0, 0);
    int first = iort.rootComplex(0, false);
    iort.map(0, 0x100, 0, smmu);
    int second = iort.rootComplex(0, false);
    iort.map(0x100, 0x100, 0x100, smmu);
    assertEquals(
        List.of("pci-segment-0@%x".formatted(first), "pci-segment-0@%x".formatted(second)),
        TestIort.read(iort.table()).masters().stream().map(Master::name).toList());
  }

  @Test
  void theCn99xxHasOnePage() throws BoardException {
    IortWriter iort = new IortWriter();
    iort.smmu(TestIort.SMMU, TestIort.COHERENT, 2, 0);
    iort.smmu(TestIort.SMMU + 0x1_0000, TestIort.COHERENT, 2, 0);
    Smmu smmu = TestIort.read(iort.table()).smmus().getFirst();
    assertEquals(range(TestIort.SMMU, 0x1_0000), smmu.registers());
    assertEquals(List.of("cavium,cn9900-broken-page1-regspace"), smmu.quirks());
  }
}
