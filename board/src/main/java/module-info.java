/**
 * A board as its flattened device tree describes it: memory, SMMUs, and the masters behind them.
 */
module portcullis.board {
  exports portcullis.board;
  exports portcullis.board.fdt;
}
