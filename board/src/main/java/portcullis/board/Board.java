package portcullis.board;

import java.util.List;

/**
 * A board. Plain data: all lists are immutable.
 *
 * @param fileName the file that the device tree or the IORT came from
 * @param model the root's {@code model}, or its first {@code compatible}, or the file's name; for
 *     ACPI the IORT's OEM ID and OEM table ID
 * @param compatible the root's {@code compatible} strings; none for ACPI
 * @param memory RAM: disjoint ranges of whole 64 KiB pages, ascending, none of them with a page in
 *     {@link #registers}; empty where the tree leaves it to the boot loader to say
 * @param carveOuts pages that the tree or an override calls RAM but that hold registers or I/O
 *     windows, and so are not in {@link #memory}; disjoint, ascending
 * @param reserved the children of {@code /reserved-memory}, or the IORT's RMR nodes
 * @param firmwareReserved the memory reservation block's entries ({@code /memreserve/})
 * @param registers all device registers and PCI windows, of disabled devices too; disjoint,
 *     ascending
 * @param smmus every SMMUv3 node, in the order of the tree or table, enabled or not
 * @param masters every DMA master, in that order; see {@link MasterRule}
 * @param overrides what was assumed against what the files say, by the {@link BoardOptions} or
 *     because the firmware errs in a known way; one line each
 */
public record Board(
    String fileName,
    String model,
    List<String> compatible,
    List<AddressRange> memory,
    List<AddressRange> carveOuts,
    List<ReservedMemory> reserved,
    List<AddressRange> firmwareReserved,
    List<AddressRange> registers,
    List<Smmu> smmus,
    List<Master> masters,
    List<String> overrides) {

  /**
   * What RAM and carve-outs are multiples of, in bytes: the largest granule (DDI 0487 D8.1), so
   * that a page of any granule is either RAM or not.
   */
  public static final long PAGE_BYTES = 0x1_0000;

  /** Copies the lists. */
  public Board {
    compatible = List.copyOf(compatible);
    memory = List.copyOf(memory);
    carveOuts = List.copyOf(carveOuts);
    reserved = List.copyOf(reserved);
    firmwareReserved = List.copyOf(firmwareReserved);
    registers = List.copyOf(registers);
    smmus = List.copyOf(smmus);
    masters = List.copyOf(masters);
    overrides = List.copyOf(overrides);
  }

  /** One more than the highest address of memory or of a register; at most 2<sup>52</sup>. */
  public long topAddress() {
    long memoryEnd = memory.isEmpty() ? 0 : memory.getLast().end();
    long registersEnd = registers.isEmpty() ? 0 : registers.getLast().end();
    return Math.max(memoryEnd, registersEnd);
  }

  /** How much RAM there is, in bytes. */
  public long memoryBytes() {
    return memory.stream().mapToLong(AddressRange::size).sum();
  }
}
