package portcullis.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import portcullis.board.fdt.FdtWriter;

/** Small device trees in files: a root of two address and two size cells, and what a test adds. */
final class TestTree {
  static final long MEMORY = 0x8000_0000L;
  static final long MEMORY_BYTES = 0x1000_0000L;
  static final int SMMU = 1;

  private TestTree() {}

  /** The blob of a tree with that model. */
  static byte[] blob(String model, Consumer<FdtWriter> body) {
    FdtWriter fdt =
        new FdtWriter()
            .begin("")
            .strings("model", model)
            .cells("#address-cells", 2)
            .cells("#size-cells", 2);
    body.accept(fdt);
    return fdt.end().blob();
  }

  /** Writes such a tree to {@code file} and answers its name. */
  static String write(Path file, Consumer<FdtWriter> body) throws IOException {
    return Files.write(file, blob("test board", body)).toString();
  }

  /** Memory, one SMMU and one master behind it: the least that can be protected. */
  static void sound(FdtWriter fdt) {
    memory(fdt, MEMORY, MEMORY_BYTES);
    smmu(fdt, 0x1000_0000, 0x2_0000);
    master(fdt, "iommus", SMMU, 0x20);
  }

  static void memory(FdtWriter fdt, long base, long size) {
    fdt.begin("memory@" + Long.toHexString(base))
        .strings("device_type", "memory")
        .numbers("reg", base, size)
        .end();
  }

  static void smmu(FdtWriter fdt, long base, long size) {
    fdt.begin("iommu@" + Long.toHexString(base))
        .strings("compatible", "arm,smmu-v3")
        .numbers("reg", base, size)
        .cells("#iommu-cells", 1)
        .cells("phandle", SMMU)
        .flag("dma-coherent")
        .end();
  }

  /** A PCI host bridge with that property. */
  static void master(FdtWriter fdt, String property, int... cells) {
    fdt.begin("pcie@30000000")
        .strings("compatible", "pci-host-ecam-generic")
        .strings("device_type", "pci")
        .cells("#address-cells", 3)
        .cells("#size-cells", 2)
        .numbers("reg", 0x3000_0000L, 0x10_0000L)
        .cells(property, cells)
        .end();
  }
}
