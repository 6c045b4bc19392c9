package portcullis.board;

import java.util.function.Consumer;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.board.fdt.FdtWriter;

/** Small trees for tests: a root of two address and two size cells, and what a test adds to it. */
final class TestTree {
  static final int SMMU = 1;

  private TestTree() {}

  static DeviceTree of(Consumer<FdtWriter> body) throws BoardException {
    FdtWriter fdt = new FdtWriter().begin("").cells("#address-cells", 2).cells("#size-cells", 2);
    body.accept(fdt);
    return DeviceTree.parse(fdt.end().blob(), "t.dtb");
  }

  static Board read(Consumer<FdtWriter> body) throws BoardException {
    return BoardReader.read(of(body), BoardOptions.DEFAULTS);
  }

  /** Begins an enabled, coherent SMMU of two pages; the caller ends it. */
  static FdtWriter beginSmmu(FdtWriter fdt, String name, int phandle, long base) {
    return fdt.begin(name)
        .strings("compatible", "arm,smmu-v3")
        .numbers("reg", base, 0x2_0000)
        .cells("#iommu-cells", 1)
        .cells("phandle", phandle)
        .flag("dma-coherent");
  }

  /** An SMMU at 256 MiB with phandle {@link #SMMU}. */
  static void smmu(FdtWriter fdt) {
    beginSmmu(fdt, "iommu@10000000", SMMU, 0x1000_0000).end();
  }

  static void memory(FdtWriter fdt, long... reg) {
    fdt.begin("memory@" + Long.toHexString(reg[0]))
        .strings("device_type", "memory")
        .numbers("reg", reg)
        .end();
  }
}
