package portcullis.check.cost;

/**
 * What an operation did to one stage-2 table.
 *
 * @param descriptors stored in it by the operation; a new table is all of its descriptors
 * @param pages that the table has afterwards; without the root, if that is not from EL2's pool
 */
public record TableCost(long descriptors, long pages) {}
