package portcullis.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import portcullis.board.fdt.BoardException;

class ScaledBoardTest {
  private static final long TIB = 1L << 40;

  private static Board read(ScaledBoard board) throws BoardException {
    return BoardReader.read(board.tree(), BoardOptions.DEFAULTS);
  }

  @Test
  void theLargestIsAWholeBoard() throws BoardException {
    Board board =
        read(
            ScaledBoard.of(
                ScaledBoard.MAX_SMMUS, ScaledBoard.MAX_STREAMS, MemoryArgument.parse("16T")));

    assertEquals(List.of(new AddressRange(TIB, 16 * TIB)), board.memory());
    assertEquals(List.of(), board.carveOuts());
    assertEquals(64, board.smmus().size());
    assertEquals(64, board.masters().size());
    Set<Integer> interrupts = new HashSet<>();
    for (Smmu smmu : board.smmus()) {
      assertTrue(smmu.enabled() && smmu.coherent(), smmu.name());
      smmu.interrupts().forEach(interrupt -> interrupts.add(interrupt.specifier().get(1)));
      Master master = board.masters().get(smmu.index());
      assertEquals(List.of(new StreamRange(smmu.index(), 0, 1 << 16, 0)), master.streams());
      assertTrue(master.pci());
    }
    assertEquals(64 * 4, interrupts.size(), "each has interrupts of its own");
  }

  @Test
  void registersBeginWhereTheyShall() throws BoardException {
    long base = 1L << 51;
    Board board =
        read(ScaledBoard.of(2, 1, MemoryArgument.parse("0x80000000+1G")).withRegisters(base));

    for (Smmu smmu : board.smmus()) {
      assertTrue(smmu.registers().base() >= base, smmu.name());
    }
    for (Master master : board.masters()) {
      assertTrue(master.registers().getFirst().base() >= base, master.name());
    }
    assertTrue(board.topAddress() <= base + ScaledBoard.REGISTER_SPAN);
  }

  @Test
  void otherSizesAreRefused() {
    List<AddressRange> memory = List.of(new AddressRange(TIB, TIB));
    assertThrows(IllegalArgumentException.class, () -> new ScaledBoard(0, 1, memory, 0));
    assertThrows(IllegalArgumentException.class, () -> new ScaledBoard(65, 1, memory, 0));
    assertThrows(IllegalArgumentException.class, () -> new ScaledBoard(1, 0, memory, 0));
    assertThrows(IllegalArgumentException.class, () -> new ScaledBoard(1, 65537, memory, 0));
    assertThrows(IllegalArgumentException.class, () -> new ScaledBoard(1, 1, List.of(), 0));
    assertThrows(IllegalArgumentException.class, () -> new ScaledBoard(1, 1, memory, 0x8000));
    assertThrows(IllegalArgumentException.class, () -> new ScaledBoard(1, 1, memory, 1L << 52));
  }
}
