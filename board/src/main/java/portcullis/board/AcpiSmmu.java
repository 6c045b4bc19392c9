package portcullis.board;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import portcullis.board.acpi.AcpiTable;
import portcullis.board.acpi.IortNode;
import portcullis.board.fdt.BoardException;

/** Makes an {@link Smmu} of an IORT's SMMUv3 node. */
final class AcpiSmmu {
  /** Register pages 0 and 1 (IHI 0070 6.1); an IORT gives no size. */
  private static final long BYTES = 0x2_0000;

  private static final long PAGE_BYTES = 0x1_0000;
  private static final String BASE = "base address";

  /** The errata that a model has, as the properties that a device tree has for them. */
  private static final Map<Long, String> QUIRKS =
      Map.of(
          IortNode.SmmuV3.MODEL_HI161X,
          "hisilicon,broken-prefetch-cmd",
          IortNode.SmmuV3.MODEL_CN99XX,
          "cavium,cn9900-broken-page1-regspace");

  private AcpiSmmu() {}

  static Smmu read(
      AcpiTable table,
      IortNode.SmmuV3 node,
      int index,
      BoardOptions options,
      List<String> overrides)
      throws BoardException {
    // The CN99xx has what other SMMUs have on page 1 on page 0, and no page 1.
    long bytes = node.model() == IortNode.SmmuV3.MODEL_CN99XX ? PAGE_BYTES : BYTES;
    if (node.base() % PAGE_BYTES != 0) {
      throw fault(
          table,
          node,
          "0x" + Long.toHexString(node.base()) + " is not aligned",
          "a multiple of 0x10000");
    }
    AddressRange registers = range(table, node.baseOffset(), BASE, node.base(), bytes);
    String name = "smmu@" + Long.toHexString(node.base());
    if (!node.coherent() && options.assumeCoherent()) {
      overrides.add(name + ": not coherent in the IORT, assumed coherent");
    }
    return new Smmu(
        index,
        node.place(),
        name,
        registers,
        true,
        node.coherent() || options.assumeCoherent(),
        Optional.empty(),
        OptionalInt.empty(),
        interrupts(node),
        Optional.ofNullable(QUIRKS.get(node.model())).stream().toList());
  }

  /** The page of VATOS registers, if there is one. */
  static Optional<AddressRange> vatos(AcpiTable table, IortNode.SmmuV3 node) throws BoardException {
    return node.vatosBase() == 0
        ? Optional.empty()
        : Optional.of(
            range(table, node.vatosOffset(), "VATOS address", node.vatosBase(), PAGE_BYTES));
  }

  private static List<Interrupt> interrupts(IortNode.SmmuV3 node) {
    List<Interrupt> interrupts = new ArrayList<>();
    interrupt("eventq", node.eventGsiv(), interrupts);
    interrupt("priq", node.priGsiv(), interrupts);
    interrupt("gerror", node.gerrorGsiv(), interrupts);
    interrupt("cmdq-sync", node.syncGsiv(), interrupts);
    return interrupts;
  }

  private static void interrupt(String name, int gsiv, List<Interrupt> interrupts) {
    if (gsiv != 0) {
      interrupts.add(new Interrupt(name, List.of(gsiv)));
    }
  }

  static BoardException fault(
      AcpiTable table, IortNode.SmmuV3 node, String problem, String expected) {
    return table.fault(node.baseOffset(), BASE, problem, expected);
  }

  /**
   * Addresses that a table gives.
   *
   * @param offset where it gives them
   * @throws BoardException if they do not end at or below 2<sup>52</sup>
   */
  static AddressRange range(AcpiTable table, int offset, String field, long base, long length)
      throws BoardException {
    if (!AddressRange.valid(base, length)) {
      throw table.fault(
          offset,
          field,
          AddressRange.text(base, length) + " is out of range",
          "an end at or below 2^52");
    }
    return new AddressRange(base, length);
  }
}
