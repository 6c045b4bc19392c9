package portcullis.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.board.fdt.BoardException;

class BuiltInBoardTest {
  @Test
  void isAWholeBoard() throws BoardException {
    Board board = BoardReader.read(BuiltInBoard.tree(), BoardOptions.DEFAULTS);

    assertEquals("Portcullis built-in board", board.model());
    assertEquals(List.of(new AddressRange(0x8000_0000L, 0x8000_0000L)), board.memory());
    assertEquals(List.of(), board.carveOuts());
    assertTrue(board.reserved().getFirst().noMap());
    assertEquals(
        List.of("iommu@2b400000", "iommu@2b500000"),
        board.smmus().stream().map(Smmu::name).toList());
    assertTrue(board.smmus().stream().allMatch(smmu -> smmu.enabled() && smmu.coherent()));
    assertEquals(
        new Interrupt("cmdq-sync", List.of(0, 87, 1)), board.smmus().get(1).interrupts().get(3));
    assertEquals(
        List.of(
            List.of(new StreamRange(0, 0, 0x1_0000, 0)),
            List.of(new StreamRange(1, 0x10, 1, 0)),
            List.of(new StreamRange(1, 0x20, 1, 0)),
            List.of(new StreamRange(1, 0x30, 1, 0)),
            List.of()),
        board.masters().stream().map(Master::streams).toList());
    assertEquals(
        List.of(
            Attachment.SMMU, Attachment.SMMU, Attachment.SMMU, Attachment.SMMU, Attachment.NONE),
        board.masters().stream().map(Master::attachment).toList());
    assertTrue(board.masters().stream().allMatch(Master::coherent));
    assertTrue(board.masters().getFirst().pci());
    assertEquals(0x1_0000_0000L, board.topAddress());
  }
}
