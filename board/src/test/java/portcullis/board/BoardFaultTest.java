package portcullis.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.board.fdt.FdtWriter;

/** Trees that are well formed and say what cannot be. */
class BoardFaultTest {

  private static void assertFault(String message, Consumer<FdtWriter> body) {
    assertEquals(
        message, assertThrows(BoardException.class, () -> TestTree.read(body)).getMessage());
  }

  private static void smmuWithReg(FdtWriter fdt, long... reg) {
    fdt.begin("iommu@1").strings("compatible", "arm,smmu-v3").numbers("reg", reg).end();
  }

  private static void master(FdtWriter fdt, String property, int... cells) {
    TestTree.smmu(fdt);
    fdt.begin("gpu@1").cells(property, cells).end();
  }

  @Test
  void noSmmu() throws BoardException {
    DeviceTree tree = TestTree.of(fdt -> {});
    assertEquals(
        "t.dtb: /: compatible: no node is an SMMUv3: expected arm,smmu-v3",
        assertThrows(BoardException.class, () -> BoardReader.read(tree, BoardOptions.DEFAULTS))
            .getMessage());
    assertTrue(BoardReader.read(tree, BoardOptions.DEFAULTS.withSmmuOptional()).smmus().isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0x10000000|0|size of 0x10000000+0x0 is too small: expected at least 0x20000 for its"
            + " register pages",
        "0x10000000|0x1f000|size of 0x10000000+0x1f000 is too small: expected at least 0x20000 for"
            + " its register pages",
        "0x10008000|0x20000|base of 0x10008000+0x20000 is not aligned: expected a multiple of"
            + " 0x10000",
        "0xffffffff0000|-1|region 0xffffffff0000+0xffffffffffffffff is out of range: expected an"
            + " end at or below 2^52",
        "-0x20000|0x20000|region 0xfffffffffffe0000+0x20000 is out of range: expected an end at or"
            + " below 2^52",
        "0xffffffffe0000|0x30000|region 0xffffffffe0000+0x30000 is out of range: expected an end at"
            + " or below 2^52"
      })
  void smmuRegisters(String base, String size, String problem) {
    assertFault(
        "t.dtb: /iommu@1: reg: " + problem,
        fdt -> smmuWithReg(fdt, Long.decode(base), Long.decode(size)));
  }

  @Test
  void smmuWithoutUsableReg() {
    assertFault(
        "t.dtb: /iommu@1: reg: is missing: expected an address and a size",
        fdt -> fdt.begin("iommu@1").strings("compatible", "arm,smmu-v3").end());
    assertFault(
        "t.dtb: /iommu@1: reg: is missing: expected an address and a size",
        fdt -> smmuWithReg(fdt));
    assertFault(
        "t.dtb: /iommu@1: reg: is 2 cells long: expected a multiple of 4",
        fdt -> smmuWithReg(fdt, 0x1000_0000));
    assertFault(
        "t.dtb: /hidden/iommu@1: reg: is not a physical address: expected ranges and"
            + " #address-cells and #size-cells of 1 or 2 in every node above",
        fdt -> {
          fdt.begin("hidden").cells("#address-cells", 2).cells("#size-cells", 2);
          smmuWithReg(fdt, 0x1000_0000, 0x2_0000);
          fdt.end();
        });
    assertFault(
        "t.dtb: /bus/iommu@1: reg: is outside the ranges of a bus above: expected an address in one"
            + " of them",
        fdt -> {
          fdt.begin("bus")
              .cells("#address-cells", 2)
              .cells("#size-cells", 2)
              .numbers("ranges", 0, 0x1000_0000, 0x1000_0000);
          smmuWithReg(fdt, 0x1000_0000, 0x2_0000);
          fdt.end();
        });
  }

  @Test
  void smmuOverlaps() {
    assertFault(
        "t.dtb: /iommu@b: reg: 0x10010000+0x20000 overlaps /iommu@a at 0x10000000+0x20000: expected"
            + " registers of its own",
        fdt -> {
          TestTree.beginSmmu(fdt, "iommu@b", 1, 0x1001_0000).end();
          TestTree.beginSmmu(fdt, "iommu@a", 2, 0x1000_0000).end();
        });
    assertFault(
        "t.dtb: /iommu@10000000: reg: 0x10000000+0x20000 overlaps memory at 0x0+0x20000000:"
            + " expected registers outside of memory",
        fdt -> {
          TestTree.smmu(fdt);
          TestTree.memory(fdt, 0, 0x2000_0000);
        });
  }

  @Test
  void masterOnAnSmmusRegisters() {
    assertFault(
        "t.dtb: /ethernet@10010000: reg: 0x10010000+0x1000 overlaps an SMMU's registers at"
            + " 0x10000000+0x20000: expected registers of its own",
        fdt -> {
          TestTree.beginSmmu(fdt, "iommu@1", 1, 0x1000_0000).end();
          fdt.begin("ethernet@10010000")
              .numbers("reg", 0x1001_0000, 0x1000)
              .cells("iommus", 1, 0)
              .end();
        });
  }

  @Test
  void interruptsWithoutNames() {
    assertFault(
        "t.dtb: /iommu@1: interrupts: is 7 cells long: expected a multiple of 2",
        fdt ->
            TestTree.beginSmmu(fdt, "iommu@1", 1, 0x1000_0000)
                .strings("interrupt-names", "eventq", "gerror")
                .cells("interrupts", 0, 74, 1, 0, 75, 1, 0)
                .end());
  }

  @Test
  void ranges() {
    assertFault(
        "t.dtb: /bus: ranges: two entries translate 0x800 differently: expected one translation of"
            + " each address",
        fdt -> bus(fdt, 0, 0x1000, 0x1000, 0x800, 0x5000, 0x1000));
    assertFault(
        "t.dtb: /bus: ranges: 0x1000+0xffffffffffffffff wraps: expected addresses of at most 64"
            + " bits",
        fdt -> bus(fdt, 0x1000, 0x1000, -1));
    assertFault(
        "t.dtb: /bus: ranges: is 4 cells long: expected a multiple of 6",
        fdt -> bus(fdt, 0x1000, 0x1000));
    assertFault(
        "t.dtb: /bus: #address-cells: is 0 bytes long: expected 4 bytes",
        fdt ->
            fdt.begin("bus")
                .flag("ranges")
                .flag("#address-cells")
                .begin("dev")
                .flag("reg")
                .end()
                .end());
    assertFault(
        "t.dtb: /pcie: #address-cells: is not that of a PCI bus: expected 3, and #size-cells of 2",
        fdt -> fdt.begin("pcie").strings("device_type", "pci").numbers("ranges", 1, 2, 3, 4).end());
    assertFault(
        "t.dtb: /pcie: ranges: is 8 cells long: expected a multiple of 7",
        fdt ->
            fdt.begin("pcie")
                .strings("device_type", "pci")
                .cells("#address-cells", 3)
                .cells("#size-cells", 2)
                .numbers("ranges", 1, 2, 3, 4)
                .end());
  }

  private static void bus(FdtWriter fdt, long... ranges) {
    fdt.begin("bus")
        .cells("#address-cells", 2)
        .cells("#size-cells", 2)
        .numbers("ranges", ranges)
        .begin("dev")
        .numbers("reg", 0, 0x100)
        .end()
        .end();
  }

  @Test
  void iommus() {
    assertFault(
        "t.dtb: /gpu@1: iommus: no node has phandle 0x9: expected the phandle of an IOMMU",
        fdt -> master(fdt, "iommus", 9, 5));
    assertFault(
        "t.dtb: /gpu@1: iommus: ends inside the specifier for /iommu@10000000: expected 1 more"
            + " cells",
        fdt -> master(fdt, "iommus", TestTree.SMMU, 5, TestTree.SMMU));
    assertFault(
        "t.dtb: /gpu@1: iommus: /serial@2 (phandle 0x2) is no IOMMU: expected a node with"
            + " #iommu-cells",
        fdt -> {
          fdt.begin("serial@2").cells("phandle", 2).end();
          master(fdt, "iommus", 2, 5);
        });
    assertFault(
        "t.dtb: /gpu@1: iommus: is 3 bytes long: expected a multiple of 4",
        fdt -> {
          TestTree.smmu(fdt);
          fdt.begin("gpu@1").property("iommus", new byte[3]).end();
        });
    assertFault(
        "t.dtb: /iommu@3: #iommu-cells: is 2: expected 1, the StreamID, for an SMMUv3",
        fdt -> {
          fdt.begin("iommu@3")
              .strings("compatible", "arm,smmu-v3")
              .numbers("reg", 0x2000_0000, 0x2_0000)
              .cells("#iommu-cells", 2)
              .cells("phandle", 3)
              .end();
          master(fdt, "iommus", 3, 5, 6);
        });
    assertFault(
        "t.dtb: /iommu@3: #iommu-cells: is 4294967295: expected a small number",
        fdt -> {
          fdt.begin("iommu@3").cells("#iommu-cells", -1).cells("phandle", 3).end();
          master(fdt, "iommus", 3, 5, 6);
        });
  }

  @Test
  void iommuMap() {
    assertFault(
        "t.dtb: /gpu@1: iommu-map: no node has phandle 0x9: expected the phandle of an IOMMU",
        fdt -> master(fdt, "iommu-map", 0, 9, 0, 1));
    assertFault(
        "t.dtb: /gpu@1: iommu-map: is 5 cells long: expected a multiple of 4",
        fdt -> master(fdt, "iommu-map", 0, TestTree.SMMU, 0, 1, 0));
    assertFault(
        "t.dtb: /gpu@1: iommu-map: entry 1 of length 0x10 wraps: expected IDs of at most 32 bits",
        fdt -> master(fdt, "iommu-map", 0, TestTree.SMMU, -16, 16, 16, TestTree.SMMU, -15, 16));
    assertFault(
        "t.dtb: /gpu@1: iommu-map: rid-base 0x1 has bits outside of iommu-map-mask: expected bits"
            + " in 0xfff8",
        fdt -> {
          TestTree.smmu(fdt);
          fdt.begin("gpu@1")
              .cells("iommu-map", 1, TestTree.SMMU, 0, 1)
              .cells("iommu-map-mask", 0xfff8)
              .end();
        });
  }

  @Test
  void memory() {
    assertFault(
        "t.dtb: /memory@0: reg: is 6 cells long: expected a multiple of 4",
        fdt -> TestTree.memory(fdt, 0, 0x1000, 0x2000));
    assertFault(
        "t.dtb: /memory@10000000000000: reg: region 0x10000000000000+0x1000 is out of range:"
            + " expected an end at or below 2^52",
        fdt -> TestTree.memory(fdt, 1L << 52, 0x1000));
    assertFault(
        "t.dtb: /reserved-memory/a: size: is 1 cells long: expected #size-cells of its parent, 1 or"
            + " 2",
        fdt -> {
          TestTree.smmu(fdt);
          fdt.begin("reserved-memory")
              .cells("#size-cells", 2)
              .begin("a")
              .cells("size", 5)
              .end()
              .end();
        });
    assertEquals(
        "t.dtb: memory reservation block: 0x10000000000000+0x1 is out of range: expected an end at"
            + " or below 2^52",
        assertThrows(
                BoardException.class,
                () ->
                    BoardReader.read(
                        DeviceTree.parse(
                            new FdtWriter().reserve(1L << 52, 1).begin("").end().blob(), "t.dtb"),
                        BoardOptions.DEFAULTS.withSmmuOptional()))
            .getMessage());
  }
}
