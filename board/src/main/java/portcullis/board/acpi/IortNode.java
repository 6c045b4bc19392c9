package portcullis.board.acpi;

import java.util.List;

/** A node of an IORT, as far as it says what DMA goes through (DEN 0049E, node formats). */
public sealed interface IortNode {

  /** Where it begins in the table, in bytes. */
  int offset();

  /** Its ID mappings, in the table's order. */
  List<IdMapping> mappings();

  /** What messages call it, such as {@code SMMUv3 at IORT+0x48}. */
  default String text() {
    return kind() + " at " + place();
  }

  /** Where it is, such as {@code IORT+0x48}. */
  default String place() {
    return "IORT+0x" + Integer.toHexString(offset());
  }

  /** What kind of node it is. */
  String kind();

  /**
   * An SMMUv3. Its register pages 0 and 1 are at {@code base}.
   *
   * @param coherent the COHACC override flag: whether its own accesses are coherent, whatever
   *     SMMU_IDR0.COHACC says
   * @param vatosBase the VATOS register page; 0 for none
   * @param model which errata it has; 0 for none
   * @param eventGsiv the interrupt of its event queue; 0 for none, or an MSI. So are the next three
   */
  record SmmuV3(
      int offset,
      long base,
      boolean coherent,
      long vatosBase,
      long model,
      int eventGsiv,
      int priGsiv,
      int gerrorGsiv,
      int syncGsiv,
      List<IdMapping> mappings)
      implements IortNode {
    /** HiSilicon Hi161x. */
    public static final long MODEL_HI161X = 1;

    /** Cavium CN99xx. */
    public static final long MODEL_CN99XX = 2;

    /** Copies the list. */
    public SmmuV3 {
      mappings = List.copyOf(mappings);
    }

    /** Where its base address is in the table. */
    public int baseOffset() {
      return offset + IortFormat.SMMU_BASE;
    }

    /** Where its VATOS address is in the table. */
    public int vatosOffset() {
      return offset + IortFormat.SMMU_VATOS;
    }

    @Override
    public String kind() {
      return "SMMUv3";
    }
  }

  /** An SMMUv1 or SMMUv2. */
  record SmmuV2(int offset, List<IdMapping> mappings) implements IortNode {
    /** Copies the list. */
    public SmmuV2 {
      mappings = List.copyOf(mappings);
    }

    @Override
    public String kind() {
      return "SMMUv1 or SMMUv2";
    }
  }

  /**
   * A PCI root complex, or a part of one; its input IDs are requester IDs.
   *
   * @param coherent the CCA memory access property: whether its DMA sees the CPUs' caches
   * @param segment the PCI segment group
   */
  record RootComplex(int offset, boolean coherent, long segment, List<IdMapping> mappings)
      implements IortNode {
    /** Copies the list. */
    public RootComplex {
      mappings = List.copyOf(mappings);
    }

    @Override
    public String kind() {
      return "root complex";
    }
  }

  /**
   * A device outside of PCI.
   *
   * @param coherent the CCA memory access property: whether its DMA sees the CPUs' caches
   * @param name its path in the ACPI namespace, such as {@code \_SB.ETH0}
   */
  record NamedComponent(int offset, boolean coherent, String name, List<IdMapping> mappings)
      implements IortNode {
    /** Copies the list. */
    public NamedComponent {
      mappings = List.copyOf(mappings);
    }

    @Override
    public String kind() {
      return "named component";
    }
  }

  /**
   * Reserved memory ranges (RMR): memory that devices go on to access as firmware had them do. The
   * mappings' output IDs are the StreamIDs of these devices.
   */
  record ReservedRanges(int offset, List<Range> ranges, List<IdMapping> mappings)
      implements IortNode {
    /** Copies the lists. */
    public ReservedRanges {
      ranges = List.copyOf(ranges);
      mappings = List.copyOf(mappings);
    }

    /**
     * One range.
     *
     * @param offset where its descriptor is in the table
     * @param base as in the descriptor: unsigned, and not yet judged
     * @param length in bytes, the same
     */
    public record Range(int offset, long base, long length) {}

    @Override
    public String kind() {
      return "RMR";
    }
  }

  /** A group of interrupt translation services: the end of a path, after any SMMU. */
  record ItsGroup(int offset, List<IdMapping> mappings) implements IortNode {
    /** Copies the list. */
    public ItsGroup {
      mappings = List.copyOf(mappings);
    }

    @Override
    public String kind() {
      return "ITS group";
    }
  }

  /** A node that no DMA goes through, such as a PMCG, or of a type that a later issue defines. */
  record Other(int offset, int type, List<IdMapping> mappings) implements IortNode {
    /** Copies the list. */
    public Other {
      mappings = List.copyOf(mappings);
    }

    @Override
    public String kind() {
      return "node of type " + type;
    }
  }
}
