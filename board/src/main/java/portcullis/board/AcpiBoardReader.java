package portcullis.board;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import portcullis.board.acpi.AcpiTable;
import portcullis.board.acpi.AcpiTables;
import portcullis.board.acpi.Iort;
import portcullis.board.acpi.IortNode;
import portcullis.board.acpi.Mcfg;
import portcullis.board.acpi.Srat;
import portcullis.board.fdt.BoardException;

/**
 * Makes a {@link Board} of ACPI tables, or says in one line what is wrong with them.
 *
 * <p>An IORT names SMMUs and masters but neither memory nor the masters' registers: memory is the
 * SRAT's, unless {@link BoardOptions#memory} says it; configuration space is the MCFG's.
 *
 * <p>Time and memory are O(n log n) in the tables' bytes.
 */
public final class AcpiBoardReader {
  private final AcpiTables tables;
  private final AcpiTable table;
  private final Iort iort;
  private final BoardOptions options;
  private final List<String> overrides = new ArrayList<>();
  private final List<AddressRange> registers = new ArrayList<>();
  private final List<Smmu> smmus = new ArrayList<>();
  private final Map<Integer, Smmu> smmuAt = new HashMap<>();

  private AcpiBoardReader(AcpiTables tables, BoardOptions options) {
    this.tables = tables;
    this.options = options;
    table = tables.iortTable();
    iort = tables.iort();
  }

  /**
   * Reads the board.
   *
   * @throws BoardException if the tables contradict themselves or each other, or there is no SMMUv3
   *     where {@code options} do not allow that; the message is one line {@code file: offset:
   *     field: what is wrong: expected ...}
   */
  public static Board read(AcpiTables tables, BoardOptions options) throws BoardException {
    return new AcpiBoardReader(tables, options).read();
  }

  private Board read() throws BoardException {
    List<AddressRange> said = memory();
    Optional<MemoryArgument> argument = options.memory();
    List<AddressRange> claimed = argument.isPresent() ? argument.get().over(said) : said;
    if (argument.isPresent()) {
      overrides.add(MemoryMap.override(said, "ACPI tables", claimed));
    }
    readSmmus(AddressSet.of(argument.isPresent() ? List.of() : said));
    AcpiMasters masters = new AcpiMasters(table, iort, smmuAt, overrides);
    readConfigurationSpace(masters);
    MemoryMap map = MemoryMap.of(claimed, registers);
    return new Board(
        table.fileName(),
        table.oem(),
        List.of(),
        map.memory(),
        map.carveOuts(),
        reserved(),
        List.of(),
        map.registers(),
        smmus,
        masters.read(),
        overrides);
  }

  private List<AddressRange> memory() throws BoardException {
    List<AddressRange> memory = new ArrayList<>();
    if (tables.sratTable().isPresent()) {
      AcpiTable srat = tables.sratTable().get();
      for (Srat.Range range : Srat.parse(srat).memory()) {
        memory.add(
            AcpiSmmu.range(srat, range.offset(), "memory affinity", range.base(), range.length()));
      }
    }
    return memory;
  }

  private void readSmmus(AddressSet memory) throws BoardException {
    List<IortNode.SmmuV3> nodes = new ArrayList<>();
    for (IortNode node : iort.nodes()) {
      if (node instanceof IortNode.SmmuV3 smmu) {
        Smmu read = AcpiSmmu.read(table, smmu, smmus.size(), options, overrides);
        Optional<AddressRange> shared = memory.overlapping(read.registers());
        if (shared.isPresent()) {
          throw AcpiSmmu.fault(
              table,
              smmu,
              read.registers() + " overlaps memory at " + shared.get(),
              "registers outside of memory");
        }
        smmus.add(read);
        nodes.add(smmu);
        smmuAt.put(smmu.offset(), read);
        registers.add(read.registers());
        AcpiSmmu.vatos(table, smmu).ifPresent(registers::add);
      }
    }
    if (smmus.isEmpty() && !options.smmuOptional()) {
      throw table.fault("no node is an SMMUv3", "a node of type 4");
    }
    refuseOverlaps(nodes);
  }

  private void refuseOverlaps(List<IortNode.SmmuV3> nodes) throws BoardException {
    List<Smmu> sorted = smmus.stream().sorted(Comparator.comparing(Smmu::registers)).toList();
    for (int i = 1; i < sorted.size(); i++) {
      Smmu below = sorted.get(i - 1);
      Smmu smmu = sorted.get(i);
      if (below.registers().overlaps(smmu.registers())) {
        throw AcpiSmmu.fault(
            table,
            nodes.get(smmu.index()),
            smmu.registers() + " overlaps the SMMUv3 at " + below.path(),
            "registers of its own");
      }
    }
  }

  private void readConfigurationSpace(AcpiMasters masters) throws BoardException {
    if (tables.mcfgTable().isEmpty()) {
      return;
    }
    AddressSet smmuPages = AddressSet.of(smmus.stream().map(Smmu::registers).toList());
    AcpiTable mcfg = tables.mcfgTable().get();
    for (Mcfg.Allocation allocation : Mcfg.parse(mcfg).allocations()) {
      long first = (long) allocation.firstBus() << PciIds.ECAM_BUS_SHIFT;
      long bytes =
          (long) (allocation.lastBus() - allocation.firstBus() + 1) << PciIds.ECAM_BUS_SHIFT;
      AddressRange range =
          AcpiSmmu.range(
              mcfg, allocation.offset(), "base address", allocation.base() + first, bytes);
      Optional<AddressRange> shared = smmuPages.overlapping(range);
      if (shared.isPresent()) {
        throw mcfg.fault(
            allocation.offset(),
            "base address",
            range + " overlaps an SMMU's registers at " + shared.get(),
            "addresses of its own");
      }
      registers.add(range);
      masters.addBuses(allocation, range);
    }
  }

  private List<ReservedMemory> reserved() throws BoardException {
    List<ReservedMemory> reserved = new ArrayList<>();
    for (IortNode node : iort.nodes()) {
      if (node instanceof IortNode.ReservedRanges rmr) {
        List<AddressRange> ranges = new ArrayList<>();
        for (IortNode.ReservedRanges.Range range : rmr.ranges()) {
          ranges.add(
              AcpiSmmu.range(table, range.offset(), "memory range", range.base(), range.length()));
        }
        List<StreamRange> streams =
            rmr.mappings().stream()
                .filter(mapping -> smmuAt.containsKey(mapping.target()))
                .map(
                    mapping ->
                        new StreamRange(
                            smmuAt.get(mapping.target()).index(),
                            mapping.outputBase(),
                            mapping.count(),
                            0))
                .toList();
        reserved.add(new ReservedMemory(rmr.place(), ranges, 0, false, streams));
      }
    }
    return reserved;
  }
}
