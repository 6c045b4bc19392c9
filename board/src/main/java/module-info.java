/**
 * A board as its flattened device tree or its ACPI tables describe it: memory, SMMUs, and the
 * masters behind them.
 */
module portcullis.board {
  exports portcullis.board;
  exports portcullis.board.acpi;
  exports portcullis.board.fdt;
}
