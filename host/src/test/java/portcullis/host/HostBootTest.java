package portcullis.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.arch.vmsa.Granule;
import portcullis.board.AddressRange;
import portcullis.board.Board;
import portcullis.board.ReservedMemory;
import portcullis.board.Smmu;
import portcullis.platform.boot.BootParameters;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.boot.SmmuRegistration;

class HostBootTest {
  private static final long MIB = 1L << 20;
  private static final long RAM = 0x8000_0000L;

  /** With one SMMU and less than 512 MiB: EL2 takes 14 MiB and tables, the kernel 20 MiB. */
  private static final long LEAST = 14 * MIB + MIB + 20 * MIB;

  private static AddressRange range(long base, long size) {
    return new AddressRange(base, size);
  }

  private static Smmu smmu(int index, boolean enabled, boolean coherent) {
    return new Smmu(
        index,
        "/iommu@" + index,
        "iommu@" + index,
        range(0x1000_0000L + index * 0x10_0000L, 0x8_0000),
        enabled,
        coherent,
        Optional.empty(),
        OptionalInt.empty(),
        List.of(),
        List.of());
  }

  private static Board board(
      List<AddressRange> memory,
      List<AddressRange> reserved,
      List<AddressRange> firmware,
      List<Smmu> smmus) {
    return new Board(
        "test.dtb",
        "test",
        List.of(),
        memory,
        List.of(),
        reserved.stream()
            .map(r -> new ReservedMemory("/reserved-memory/r", List.of(r), 0, true, List.of()))
            .toList(),
        firmware,
        List.of(range(0x1000_0000L, 0x1000_0000L)),
        smmus,
        List.of(),
        List.of());
  }

  private static Optional<HostBoot> plan(Board board) {
    return HostBoot.plan(board, 48, Granule.SIZE_4K);
  }

  private static Board oneSmmu(List<AddressRange> memory, AddressRange... reserved) {
    return board(memory, List.of(reserved), List.of(), List.of(smmu(0, true, true)));
  }

  @Test
  void tellsEl2WhatTheTreeSays() {
    Board board =
        board(
            List.of(range(RAM, 1024 * MIB), range(0x8_8000_0000L, 1024 * MIB)),
            List.of(),
            List.of(),
            List.of(smmu(0, true, true), smmu(1, false, true), smmu(2, true, false)));
    HostBoot boot = plan(board).orElseThrow();
    assertEquals(
        List.of(new MemoryRange(RAM, 1024 * MIB), new MemoryRange(0x8_8000_0000L, 1024 * MIB)),
        boot.parameters().memory());
    assertEquals(
        List.of(
            new SmmuRegistration("iommu@0", new MemoryRange(0x1000_0000L, 0x8_0000), true),
            new SmmuRegistration("iommu@2", new MemoryRange(0x1020_0000L, 0x8_0000), false)),
        boot.parameters().smmus(),
        "the enabled ones, with all their pages");
    assertEquals(4096, boot.parameters().pageSize());
    assertEquals(48, boot.parameters().addressBits());
    assertEquals(board.topAddress(), boot.parameters().topAddress());
    // 8 MiB, 6 for each SMMU, and 1/256 of 2 GiB for tables.
    assertEquals(new MemoryRange(RAM, (8 + 2 * 6 + 8) * MIB), boot.parameters().hypervisorMemory());
    assertEquals(
        new MemoryRange(RAM + 28 * MIB, (1024 - 28) * MIB), boot.kernelMemory(), "the rest");
  }

  private static MemoryRange registers(long size, Granule granule, AddressRange... others) {
    Smmu smmu =
        new Smmu(
            0,
            "/iommu@0",
            "iommu@0",
            range(0x1000_0000L, size),
            true,
            true,
            Optional.empty(),
            OptionalInt.empty(),
            List.of(),
            List.of());
    Board all = oneSmmu(List.of(range(RAM, 256 * MIB)));
    List<AddressRange> registers = new ArrayList<>(List.of(smmu.registers()));
    registers.addAll(List.of(others));
    Board board =
        new Board(
            all.fileName(),
            all.model(),
            all.compatible(),
            all.memory(),
            all.carveOuts(),
            all.reserved(),
            all.firmwareReserved(),
            registers,
            List.of(smmu),
            all.masters(),
            all.overrides());
    HostBoot boot = HostBoot.plan(board, 48, granule).orElseThrow();
    return boot.parameters().smmus().getFirst().registers();
  }

  @Test
  void registersAreTakenInWholePages() {
    for (Granule granule : Granule.values()) {
      assertEquals(0x2_0000, registers(0x2_0000, granule).size());
      assertEquals(0x2_0000, registers(0x1_0000, granule).size(), "page 1 too");
    }
    assertEquals(0x2_1000, registers(0x2_1000, Granule.SIZE_4K).size());
    assertEquals(0x2_4000, registers(0x2_1000, Granule.SIZE_16K).size());
    assertEquals(0x3_0000, registers(0x2_1000, Granule.SIZE_64K).size());
  }

  /** EL2 then refuses them, as they are not whole pages. */
  @Test
  void pagesWithAnotherDevicesRegistersAreNotTaken() {
    AddressRange other = range(0x1002_8000L, 0x100);
    assertEquals(0x2_1000, registers(0x2_1000, Granule.SIZE_4K, other).size());
    assertEquals(0x2_4000, registers(0x2_1000, Granule.SIZE_16K, other).size());
    assertEquals(0x2_1000, registers(0x2_1000, Granule.SIZE_64K, other).size());
    AddressRange next = range(0x1003_0000L, 0x100);
    assertEquals(0x3_0000, registers(0x2_1000, Granule.SIZE_64K, next).size());
    assertEquals(0x1_0000, registers(0x1_0000, Granule.SIZE_4K, range(0x1001_f000L, 4)).size());
  }

  @Test
  void tablesTakeADescriptorForEachPageTwice() {
    Board board = oneSmmu(List.of(range(RAM, 4096 * MIB)));
    long others = (8 + 6) * MIB;
    for (Granule granule : Granule.values()) {
      long tables = 2 * 8 * (4096 * MIB / granule.bytes());
      BootParameters parameters = HostBoot.plan(board, 48, granule).orElseThrow().parameters();
      assertEquals(others + tables, parameters.hypervisorMemory().size());
      assertEquals(granule.bytes(), parameters.pageSize());
    }
  }

  @Test
  void needsAsMuchMemoryAsItSays() {
    assertTrue(plan(oneSmmu(List.of(range(RAM, LEAST)))).isPresent());
    assertFalse(plan(oneSmmu(List.of(range(RAM, LEAST - 0x1_0000)))).isPresent());
    assertFalse(
        plan(oneSmmu(List.of(range(RAM + 0x1_0000, LEAST)))).isPresent(),
        "aligned to 1 MiB it is too small");
  }

  @Test
  void aBoardWithoutMemoryHasNoPlan() {
    assertFalse(plan(oneSmmu(List.of())).isPresent());
  }

  @Test
  void aBoardWithoutSmmusStillBoots() {
    Board board = board(List.of(range(RAM, 64 * MIB)), List.of(), List.of(), List.of());
    assertEquals(List.of(), plan(board).orElseThrow().parameters().smmus());
  }

  @Test
  void tablesDoNotGrowWithoutEnd() {
    Board board = oneSmmu(List.of(range(0, 1L << 42)));
    assertEquals(
        (14 + 512) * MIB, plan(board).orElseThrow().parameters().hypervisorMemory().size());
  }

  @Test
  void goesRoundReservedMemory() {
    Board board =
        board(
            List.of(range(RAM, 256 * MIB)),
            List.of(range(RAM + 20 * MIB, 10 * MIB), range(RAM + 80 * MIB, MIB)),
            List.of(range(RAM, 0x1001)),
            List.of(smmu(0, true, true)));
    HostBoot boot = plan(board).orElseThrow();
    assertEquals(RAM + 30 * MIB, boot.parameters().hypervisorMemory().base());
    assertEquals(RAM + 80 * MIB, boot.kernelMemory().end());
  }

  @Test
  void takesALaterRangeWhereTheFirstIsTooSmall() {
    Board board = oneSmmu(List.of(range(RAM, 16 * MIB), range(0x8_8000_0000L, 256 * MIB)));
    assertEquals(0x8_8000_0000L, plan(board).orElseThrow().parameters().hypervisorMemory().base());
  }

  @Test
  void allReservedIsNone() {
    AddressRange ram = range(RAM, 256 * MIB);
    assertFalse(plan(oneSmmu(List.of(ram), ram)).isPresent());
    assertFalse(
        plan(oneSmmu(List.of(ram), range(0, 1L << 40))).isPresent(),
        "reserved beyond RAM on both sides");
  }

  /** Whatever is reserved, in whatever order and overlap: nobody gets a byte of it. */
  @Test
  void neverTouchesWhatIsReserved() {
    Random random = new Random(7);
    int planned = 0;
    for (int round = 0; round < 2000; round++) {
      List<AddressRange> memory = new ArrayList<>();
      long at = RAM;
      for (int i = 0; i <= random.nextInt(3); i++) {
        long size = (1 + random.nextInt(4096)) * 0x1_0000L;
        memory.add(range(at, size));
        at += size + random.nextInt(100) * 0x1_0000L;
      }
      List<AddressRange> holes = new ArrayList<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        holes.add(range(RAM + random.nextLong(at - RAM), random.nextLong(32 * MIB)));
      }
      int half = holes.size() / 2;
      Board board =
          board(
              memory,
              holes.subList(0, half),
              holes.subList(half, holes.size()),
              List.of(smmu(0, true, true)));
      Optional<HostBoot> boot = plan(board);
      if (boot.isEmpty()) {
        continue;
      }
      planned++;
      MemoryRange el2 = boot.get().parameters().hypervisorMemory();
      MemoryRange kernel = boot.get().kernelMemory();
      assertFalse(el2.overlaps(kernel));
      for (MemoryRange part : List.of(el2, kernel)) {
        assertEquals(0, (part.base() | part.size()) % 4096);
        assertTrue(memory.stream().anyMatch(r -> r.base() <= part.base() && part.end() <= r.end()));
        for (AddressRange hole : holes) {
          assertTrue(
              hole.size() == 0 || part.end() <= hole.base() || hole.end() <= part.base(),
              () -> part + " lies in " + hole);
        }
      }
    }
    assertTrue(planned > 500, "only " + planned + " boards were large enough");
  }
}
