package portcullis.board.acpi;

/**
 * An ID mapping of an IORT node (DEN 0049E, ID mapping format): input IDs {@code [inputBase,
 * inputBase + count)} become IDs from {@code outputBase} on at another node.
 *
 * @param offset where it is in the table
 * @param inputBase the first input ID; means nothing in a {@code single} mapping
 * @param count how many IDs, at least 1: one more than the field says
 * @param outputBase the first output ID
 * @param target the offset of the node that the output IDs are for; a node begins there
 * @param single whether it is for every ID of its node, whatever it is
 */
public record IdMapping(
    int offset, long inputBase, long count, long outputBase, int target, boolean single) {

  /** One more than the largest ID. */
  static final long LIMIT = 1L << 32;

  /** The last input ID. */
  public long inputLast() {
    return inputBase + count - 1;
  }
}
