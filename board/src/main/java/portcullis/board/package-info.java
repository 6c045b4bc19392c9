/**
 * A board as its device tree describes it: where memory is, which SMMUv3s there are, and which DMA
 * masters sit behind them, behind something else, or behind nothing.
 *
 * <p>{@link portcullis.board.BoardReader} turns a {@link portcullis.board.fdt.DeviceTree} into a
 * {@link portcullis.board.Board}, which is plain immutable data.
 */
package portcullis.board;
