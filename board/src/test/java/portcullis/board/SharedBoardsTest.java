package portcullis.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;

/** Real boards' trees, where they lie in {@code shared/boards} beside the project. */
class SharedBoardsTest {

  private static Board read(String name, BoardOptions options) throws BoardException {
    return BoardReader.read(DeviceTree.read(blob(name)), options);
  }

  static Path blob(String name) {
    Optional<Path> file =
        Stream.iterate(Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent)
            .map(folder -> folder.resolve("shared/boards").resolve(name))
            .filter(Files::exists)
            .findFirst();
    assumeTrue(file.isPresent(), () -> "no shared/boards/" + name + " above this folder");
    return file.get();
  }

  private static List<String> names(Board board, Attachment attachment) {
    return board.masters().stream()
        .filter(master -> master.attachment() == attachment)
        .map(Master::name)
        .toList();
  }

  private static AddressRange range(long base, long size) {
    return new AddressRange(base, size);
  }

  @Test
  void hip07() throws BoardException {
    Board board = read("hip07-d05.dtb", BoardOptions.DEFAULTS);
    assertEquals("Hisilicon Hip07 D05 Development Board", board.model());
    assertEquals(List.of("hisilicon,hip07-d05"), board.compatible());
    assertEquals(List.of(range(0, 0x4000_0000)), board.memory());
    assertEquals(
        List.of(
            range(0xa004_0000L, 0x2_0000),
            range(0xd004_0000L, 0x2_0000),
            range(0x8_d004_0000L, 0x2_0000),
            range(0x400_d004_0000L, 0x2_0000),
            range(0x408_d004_0000L, 0x2_0000)),
        board.smmus().stream().map(Smmu::registers).toList());
    assertEquals(
        List.of(false, true, true, true, true), board.smmus().stream().map(Smmu::enabled).toList());
    assertTrue(board.smmus().stream().allMatch(Smmu::coherent));
    assertTrue(
        board.smmus().stream()
            .allMatch(smmu -> smmu.quirks().equals(List.of("hisilicon,broken-prefetch-cmd"))));
    assertEquals(
        List.of(
            new Interrupt("eventq", List.of(0x2dd, 1)),
            new Interrupt("gerror", List.of(0x2de, 1)),
            new Interrupt("priq", List.of(0x2df, 1))),
        board.smmus().get(1).interrupts());
    assertEquals(
        List.of("crypto@d0000000", "crypto@8d0000000", "crypto@400d0000000", "crypto@408d0000000"),
        names(board, Attachment.SMMU));
    List<Master> crypto =
        board.masters().stream().filter(m -> m.attachment() == Attachment.SMMU).toList();
    for (int i = 0; i < crypto.size(); i++) {
      assertEquals(List.of(new StreamRange(i + 1, 0x600, 1, 0)), crypto.get(i).streams());
      assertTrue(crypto.get(i).coherent());
    }
    assertEquals(18, crypto.getFirst().registers().size());
    assertTrue(names(board, Attachment.NONE).contains("pcie@af800000"));
    assertFalse(names(board, Attachment.NONE).contains("sas@c3000000"), "a disabled device");
    assertEquals(0x408_d211_0000L, board.topAddress());
  }

  @Test
  void hip07WithTwoSocketsOfMemory() throws BoardException {
    Board board =
        read(
            "hip07-d05.dtb",
            BoardOptions.DEFAULTS.withMemory(MemoryArgument.parse("0x0+32G,0x40000000000+32G")));
    AddressSet memory = AddressSet.of(board.memory());
    AddressSet carved = AddressSet.of(board.carveOuts());
    for (Smmu smmu : board.smmus()) {
      assertEquals(Optional.empty(), memory.overlapping(smmu.registers()));
    }
    for (AddressRange registers : board.registers()) {
      assertEquals(Optional.empty(), memory.overlapping(registers));
    }
    assertTrue(carved.overlapping(board.smmus().get(1).registers()).isPresent());
    assertTrue(carved.overlapping(range(0xa800_0000L, 0x77f_0000)).isPresent(), "a PCI window");
    assertEquals(64L << 30, board.memoryBytes() + bytes(board.carveOuts()));
    assertEquals(0x408_d211_0000L, board.topAddress());
    assertEquals(1, board.overrides().size());
  }

  private static long bytes(List<AddressRange> ranges) {
    return ranges.stream().mapToLong(AddressRange::size).sum();
  }

  @Test
  void fvp() throws BoardException {
    Board board = read("fvp-base-revc.dtb", BoardOptions.DEFAULTS);
    assertEquals(
        List.of(range(0x8000_0000L, 0x8000_0000L), range(0x8_8000_0000L, 0x8000_0000L)),
        board.memory());
    assertEquals(
        List.of(
            new ReservedMemory(
                "/reserved-memory/vram@18000000",
                List.of(range(0x1800_0000, 0x80_0000)),
                0,
                true,
                List.of())),
        board.reserved());
    assertEquals(List.of(range(0x8000_0000L, 0x1_0000)), board.firmwareReserved());
    Smmu smmu = board.smmus().getFirst();
    assertEquals(range(0x2b40_0000, 0x10_0000), smmu.registers());
    assertTrue(smmu.enabled() && smmu.coherent());
    assertEquals(
        List.of("eventq", "gerror", "priq", "cmdq-sync"),
        smmu.interrupts().stream().map(Interrupt::name).toList());
    Master pci =
        board.masters().stream()
            .filter(m -> m.attachment() == Attachment.SMMU)
            .findFirst()
            .orElseThrow();
    assertEquals("pci@40000000", pci.name());
    assertTrue(pci.pci() && pci.coherent());
    assertEquals(List.of(new StreamRange(0, 0, 0x1_0000, 0)), pci.streams());
    assertEquals(
        List.of(
            "ethernet@202000000",
            "mmc@50000",
            "virtio@130000",
            "clcd@1f0000",
            "virtio@140000",
            "virtio@150000"),
        names(board, Attachment.NONE));
    Master mmc =
        board.masters().stream()
            .filter(m -> m.name().equals("mmc@50000"))
            .findFirst()
            .orElseThrow();
    assertEquals(List.of(range(0x1c05_0000, 0x1000)), mmc.registers(), "through three buses");
  }

  @Test
  void k3() throws BoardException {
    Board board = read("k3-j721e-evm.dtb", BoardOptions.DEFAULTS);
    assertEquals(1, board.smmus().size());
    Smmu smmu = board.smmus().getFirst();
    assertEquals(range(0x3660_0000, 0x10_0000), smmu.registers());
    assertTrue(smmu.enabled());
    assertFalse(smmu.coherent());
    assertEquals(Optional.of("/bus@100000/bus@30000000"), smmu.coherentBus());
    assertEquals(List.of(), names(board, Attachment.SMMU));
    assertEquals(board.masters().size(), names(board, Attachment.NONE).size());
    assertTrue(names(board, Attachment.NONE).contains("pcie@2900000"));
    assertEquals(20, board.reserved().size());
    assertTrue(board.reserved().stream().allMatch(region -> region.ranges().size() == 1));
  }

  @Test
  void rk3588() throws BoardException {
    Board board = read("rk3588-rock-5b.dtb", BoardOptions.DEFAULTS);
    assertEquals(List.of(), board.memory());
    assertEquals(
        List.of("iommu@fc900000", "iommu@fcb00000"),
        board.smmus().stream().map(Smmu::name).toList());
    assertTrue(board.smmus().stream().noneMatch(smmu -> smmu.enabled() || smmu.coherent()));
    assertEquals(
        List.of(
            "video-codec@fdb50000",
            "video-codec@fdba0000",
            "video-codec@fdba4000",
            "video-codec@fdba8000",
            "video-codec@fdbac000",
            "vop@fdd90000"),
        names(board, Attachment.OTHER_IOMMU));
    assertEquals(
        "behind iommu@fdb50800 (rockchip,rk3588-iommu), which is no SMMUv3",
        board.masters().stream()
            .filter(m -> m.name().equals("video-codec@fdb50000"))
            .findFirst()
            .orElseThrow()
            .reason());
    assertTrue(
        names(board, Attachment.NONE)
            .containsAll(List.of("gpu@fb000000", "pcie@fe150000", "dma-controller@fea10000")));
    Board whatIf =
        read(
            "rk3588-rock-5b.dtb",
            BoardOptions.DEFAULTS
                .withMemory(MemoryArgument.parse("8G"))
                .withAssumeCoherent()
                .withAssumeEnabled());
    assertEquals(5, whatIf.overrides().size());
    assertEquals(0x8000_0000L, whatIf.memory().getFirst().base());
    assertTrue(whatIf.smmus().stream().allMatch(smmu -> smmu.enabled() && smmu.coherent()));
  }
}
