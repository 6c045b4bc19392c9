package portcullis.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.board.fdt.FdtWriter;

class BoardReaderTest {

  private static AddressRange range(long base, long size) {
    return new AddressRange(base, size);
  }

  private static Master master(Board board, String name) {
    return board.masters().stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void memoryOfSeveralNodesAndRanges() throws BoardException {
    Board board =
        TestTree.read(
            fdt -> {
              TestTree.smmu(fdt);
              TestTree.memory(fdt, 0x8_8000_0000L, 0x8000_0000L, 0, 0);
              TestTree.memory(fdt, 0x8000_1000L, 0x4000_0000L, 0xc000_1000L, 0x2_0000);
              fdt.begin("memory@f0000000")
                  .strings("device_type", "memory")
                  .strings("status", "disabled")
                  .numbers("reg", 0xf000_0000L, 0x100_0000)
                  .end();
            });
    assertEquals(
        List.of(range(0x8001_0000L, 0x4001_0000L), range(0x8_8000_0000L, 0x8000_0000L)),
        board.memory());
    assertEquals(0x9_0000_0000L, board.topAddress());
    assertEquals(0xc001_0000L, board.memoryBytes());
  }

  @Test
  void noMemory() throws BoardException {
    Board board = TestTree.read(TestTree::smmu);
    assertEquals(List.of(), board.memory());
    assertEquals(0x1002_0000, board.topAddress());
    Board empty =
        TestTree.read(
            fdt -> {
              TestTree.smmu(fdt);
              TestTree.memory(fdt, 0, 0);
            });
    assertEquals(List.of(), empty.memory());
  }

  @Test
  void reservedMemory() throws BoardException {
    Board board =
        BoardReader.read(
            DeviceTree.parse(
                new FdtWriter()
                    .reserve(0x9000_0000L, 0x1000)
                    .begin("")
                    .cells("#address-cells", 2)
                    .cells("#size-cells", 2)
                    .begin("reserved-memory")
                    .cells("#address-cells", 2)
                    .cells("#size-cells", 2)
                    .flag("ranges")
                    .begin("fw@80000000")
                    .numbers("reg", 0x8000_0000L, 0x1_0000)
                    .flag("no-map")
                    .end()
                    .begin("pool")
                    .numbers("size", 0x40_0000)
                    .end()
                    .begin("off@90000000")
                    .numbers("reg", 0x9000_0000L, 0x1_0000)
                    .strings("status", "disabled")
                    .end()
                    .end()
                    .end()
                    .blob(),
                "t.dtb"),
            BoardOptions.DEFAULTS.withSmmuOptional());
    assertEquals(
        List.of(
            new ReservedMemory(
                "/reserved-memory/fw@80000000",
                List.of(range(0x8000_0000L, 0x1_0000)),
                0,
                true,
                List.of()),
            new ReservedMemory("/reserved-memory/pool", List.of(), 0x40_0000, false, List.of())),
        board.reserved());
    assertEquals(List.of(range(0x9000_0000L, 0x1000)), board.firmwareReserved());
    assertEquals(List.of(), board.registers());
  }

  /** Two buses: one window moves addresses up, the next has two windows; a third bus hides all. */
  @Test
  void addressesAreTranslatedByEveryBusAbove() throws BoardException {
    Board board =
        TestTree.read(
            fdt -> {
              fdt.begin("bus@1")
                  .cells("#address-cells", 1)
                  .cells("#size-cells", 1)
                  .cells("ranges", 0x1000_0000, 0x4, 0x8000_0000, 0x1000_0000, 0, 0, 0, 0x1000);
              fdt.begin("bus@2")
                  .cells("#address-cells", 2)
                  .cells("#size-cells", 1)
                  .cells("ranges", 1, 0, 0x1010_0000, 0x10_0000, 0, 0, 0x1000_0000, 0x10_0000);
              fdt.begin("iommu@100020000")
                  .strings("compatible", "vendor,smmu", "arm,smmu-v3")
                  .cells("reg", 1, 0x2_0000, 0x2_0000)
                  .end();
              fdt.begin("mmc@0").cells("reg", 0, 0, 0x1000, 9, 9, 0x1000).end();
              fdt.end();
              fdt.begin("i2c@100")
                  .cells("reg", 0x100, 0x10)
                  .cells("#address-cells", 1)
                  .cells("#size-cells", 0)
                  .begin("display@3c")
                  .cells("reg", 0x3c)
                  .end()
                  .end();
              fdt.end();
            });
    assertEquals(range(0x4_8012_0000L, 0x2_0000), board.smmus().getFirst().registers());
    assertEquals("/bus@1/bus@2/iommu@100020000", board.smmus().getFirst().path());
    assertEquals(List.of(range(0x4_8000_0000L, 0x1000)), master(board, "mmc@0").registers());
    assertEquals(
        List.of(range(0x100, 0x10), range(0x4_8000_0000L, 0x1000), range(0x4_8012_0000L, 0x2_0000)),
        board.registers());
    assertEquals(1, board.masters().size(), "a display behind I2C is no master");
  }

  @Test
  void everythingAnSmmuSays() throws BoardException {
    Board board =
        TestTree.read(
            fdt -> {
              fdt.begin("soc")
                  .strings("compatible", "simple-bus")
                  .cells("#address-cells", 2)
                  .cells("#size-cells", 2)
                  .flag("ranges")
                  .flag("dma-coherent");
              TestTree.beginSmmu(fdt, "iommu@10000000", 7, 0x1000_0000)
                  .strings("interrupt-names", "eventq", "gerror")
                  .cells("interrupts", 0, 74, 1, 0, 75, 1)
                  .flag("hisilicon,broken-prefetch-cmd")
                  .end();
              fdt.begin("iommu@20000000")
                  .strings("compatible", "arm,smmu-v3")
                  .numbers("reg", 0x2000_0000, 0x1_0000)
                  .flag("cavium,cn9900-broken-page1-regspace")
                  .strings("status", "disabled")
                  .end();
              fdt.begin("off").strings("status", "fail").flag("ranges");
              fdt.cells("#address-cells", 2).cells("#size-cells", 2).flag("dma-noncoherent");
              TestTree.beginSmmu(fdt, "iommu@10000000", 8, 0x3000_0000).end();
              fdt.end().end();
            });
    assertEquals(
        new Smmu(
            0,
            "/soc/iommu@10000000",
            "/soc/iommu@10000000",
            range(0x1000_0000, 0x2_0000),
            true,
            true,
            Optional.empty(),
            OptionalInt.of(7),
            List.of(
                new Interrupt("eventq", List.of(0, 74, 1)),
                new Interrupt("gerror", List.of(0, 75, 1))),
            List.of("hisilicon,broken-prefetch-cmd")),
        board.smmus().get(0));
    Smmu second = board.smmus().get(1);
    assertEquals("iommu@20000000", second.name());
    assertFalse(second.enabled());
    assertFalse(second.coherent(), "what the bus says is not the SMMU's word");
    assertEquals(Optional.of("/soc"), second.coherentBus());
    assertEquals(OptionalInt.empty(), second.phandle());
    assertFalse(board.smmus().get(2).enabled(), "a bus above has failed");
  }

  @Test
  void mastersAndTheirStreams() throws BoardException {
    Board board =
        TestTree.read(
            fdt -> {
              TestTree.smmu(fdt);
              TestTree.beginSmmu(fdt, "iommu@20000000", 2, 0x2000_0000)
                  .strings("status", "disabled")
                  .end();
              fdt.begin("iommu@30000000")
                  .strings("compatible", "vendor,iommu")
                  .cells("#iommu-cells", 2)
                  .cells("phandle", 3)
                  .end();
              fdt.begin("gpu@1").cells("iommus", 1, 0x10, 1, 0xffff_ffff).end();
              fdt.begin("npu@2").cells("iommus", 1, 0x20, 2, 0x21).end();
              fdt.begin("isp@3").cells("iommus", 3, 8, 9, 1, 0x30, 2, 1).end();
              fdt.begin("vpu@4").flag("iommus").end();
              fdt.begin("pcie@50000000")
                  .strings("device_type", "pci")
                  .strings("compatible", "v,pcie", "pci-host-ecam-generic")
                  .cells("#address-cells", 3)
                  .cells("#size-cells", 2)
                  .numbers("reg", 0x5000_0000, 0x100_0000)
                  .cells("ranges", 0x0200_0000, 0, 0, 1, 0, 1, 0)
                  .cells("iommu-map", 0, 1, 0x100, 0x100, 0x200, 2, 0x8000, 0x10, 0x400, 1, 0, 0)
                  .cells("iommu-map-mask", 0xfff8)
                  .strings("status", "disabled")
                  .begin("ethernet@0,0")
                  .flag("dma-coherent")
                  .cells("reg", 0, 0, 0, 0, 0)
                  .end()
                  .end();
            });
    assertEquals(
        List.of("gpu@1", "npu@2", "isp@3", "vpu@4", "pcie@50000000"),
        board.masters().stream().map(Master::name).toList());

    Master gpu = master(board, "gpu@1");
    assertEquals(Attachment.SMMU, gpu.attachment());
    assertEquals("", gpu.reason());
    assertEquals(
        List.of(new StreamRange(0, 0x10, 1, 0), new StreamRange(0, 0xffff_ffffL, 1, 0)),
        gpu.streams());
    assertFalse(gpu.pci());

    Master npu = master(board, "npu@2");
    assertEquals(Attachment.SMMU_DISABLED, npu.attachment());
    assertEquals("behind iommu@20000000, which is disabled", npu.reason());
    assertEquals(2, npu.streams().size());

    Master isp = master(board, "isp@3");
    assertEquals(Attachment.OTHER_IOMMU, isp.attachment());
    assertEquals("behind iommu@30000000 (vendor,iommu), which is no SMMUv3", isp.reason());

    assertEquals(Attachment.NONE, master(board, "vpu@4").attachment());
    assertEquals("names an IOMMU but no stream", master(board, "vpu@4").reason());

    Master pcie = master(board, "pcie@50000000");
    assertTrue(pcie.pci());
    assertFalse(pcie.enabled());
    assertEquals(0xfff8, pcie.ridMask());
    assertEquals(
        List.of(new StreamRange(0, 0x100, 0x100, 0), new StreamRange(1, 0x8000, 0x10, 0x200)),
        pcie.streams());
    assertEquals(List.of(range(0x5000_0000, 0x100_0000)), pcie.registers());
    assertTrue(board.registers().contains(range(0x1_0000_0000L, 0x1_0000_0000L)));
    assertEquals(0x2_0000_0000L, board.topAddress());
  }

  /** Every rule that finds a master where the tree names no IOMMU, and what it must not find. */
  @Test
  void mastersWithoutIommu() throws BoardException {
    Board board =
        TestTree.read(
            fdt -> {
              TestTree.smmu(fdt);
              fdt.begin("its@1000").numbers("reg", 0x1000, 0x1000).flag("msi-controller");
              fdt.flag("dma-noncoherent").end();
              fdt.begin("router@2000").flag("interrupt-controller").flag("dma-coherent").end();
              fdt.begin("serial@3000").numbers("reg", 0x3000, 0x1000).end();
              fdt.begin("thing@4000").flag("dma-coherent").end();
              fdt.begin("dma@5000").cells("#dma-cells", 1).end();
              fdt.begin("dma-router@6000").cells("#dma-cells", 1).end();
              fdt.begin("ethernet@7000").numbers("reg", 0x7000, 0x1000).end();
              fdt.begin("ethernet@8000").numbers("reg", 0x8000, 0x1000);
              fdt.strings("status", "disabled").end();
              fdt.begin("ethernet-9").end();
              fdt.begin("fabric")
                  .strings("compatible", "simple-bus")
                  .cells("#address-cells", 2)
                  .cells("#size-cells", 2)
                  .flag("ranges")
                  .flag("dma-ranges")
                  .flag("dma-coherent")
                  .begin("usb@a000")
                  .numbers("reg", 0xa000, 0x1000)
                  .begin("device@1")
                  .cells("reg", 1)
                  .end()
                  .end()
                  .begin("mmc@b000")
                  .numbers("reg", 0xb000, 0x1000)
                  .flag("dma-noncoherent")
                  .end()
                  .end();
              fdt.begin("pcie@c000")
                  .strings("device_type", "pci")
                  .begin("pci@0,0")
                  .strings("device_type", "pci")
                  .end()
                  .begin("wifi@1,0")
                  .flag("dma-coherent")
                  .end()
                  .end();
            });
    assertEquals(
        List.of("thing@4000", "dma@5000", "ethernet@7000", "usb@a000", "mmc@b000", "pcie@c000"),
        board.masters().stream().map(Master::name).toList());
    assertTrue(board.masters().stream().allMatch(m -> m.attachment() == Attachment.NONE));
    assertEquals(
        List.of(
            "has a DMA property but names no IOMMU",
            "has #dma-cells but names no IOMMU",
            "is of a class that masters the bus but names no IOMMU",
            "is of a class that masters the bus but names no IOMMU",
            "has a DMA property but names no IOMMU",
            "is a PCI host bridge but names no IOMMU"),
        board.masters().stream().map(Master::reason).toList());
    assertEquals(
        List.of(true, false, false, true, false, false),
        board.masters().stream().map(Master::coherent).toList());
  }

  @Test
  void memoryOverrideIsCarvedAroundRegisters() throws BoardException {
    DeviceTree tree =
        TestTree.of(
            fdt -> {
              TestTree.smmu(fdt);
              fdt.begin("serial@20001800").numbers("reg", 0x2000_1800, 0x100).end();
              fdt.begin("serial@2000f000")
                  .numbers("reg", 0x2000_f000, 0x2000)
                  .strings("status", "disabled")
                  .end();
            });
    Board board =
        BoardReader.read(
            tree, BoardOptions.DEFAULTS.withMemory(MemoryArgument.parse("0x0+1G,2G+1G")));
    assertEquals(
        List.of(
            range(0, 0x1000_0000),
            range(0x1002_0000, 0xffe_0000),
            range(0x2002_0000, 0x1ffe_0000),
            range(0x8000_0000L, 0x4000_0000)),
        board.memory());
    assertEquals(
        List.of(range(0x1000_0000, 0x2_0000), range(0x2000_0000, 0x2_0000)), board.carveOuts());
    assertEquals(
        List.of("memory: none in the tree, assumed 0x0+0x40000000,0x80000000+0x40000000"),
        board.overrides());
    assertEquals(0xc000_0000L, board.topAddress());
  }

  @Test
  void assumptionsAreNotedWhereTheyMatter() throws BoardException {
    DeviceTree tree =
        TestTree.of(
            fdt -> {
              TestTree.smmu(fdt);
              fdt.begin("iommu@20000000")
                  .strings("compatible", "arm,smmu-v3")
                  .numbers("reg", 0x2000_0000, 0x2_0000)
                  .cells("#iommu-cells", 1)
                  .cells("phandle", 2)
                  .strings("status", "disabled")
                  .end();
              fdt.begin("gpu@1").cells("iommus", 2, 5).end();
            });
    assertEquals(List.of(), BoardReader.read(tree, BoardOptions.DEFAULTS).overrides());
    Board board =
        BoardReader.read(tree, BoardOptions.DEFAULTS.withAssumeCoherent().withAssumeEnabled());
    assertEquals(
        List.of(
            "iommu@20000000: disabled in the tree, assumed enabled",
            "iommu@20000000: not coherent in the tree, assumed coherent"),
        board.overrides());
    assertTrue(board.smmus().stream().allMatch(smmu -> smmu.enabled() && smmu.coherent()));
    assertEquals(Attachment.SMMU, master(board, "gpu@1").attachment());
  }
}
