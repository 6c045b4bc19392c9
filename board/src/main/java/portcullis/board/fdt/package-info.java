/**
 * The flattened device tree format (Devicetree Specification v0.4, chapter 5): reading a blob into
 * immutable nodes and properties, and writing one. Knows nothing of what nodes mean.
 */
package portcullis.board.fdt;
