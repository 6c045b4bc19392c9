package portcullis.check.hostile;

/**
 * How often a campaign made EL2 apply a row of its tables.
 *
 * @param table {@code registers}, {@code strays}, {@code commands}, {@code ste}, {@code configs} or
 *     {@code pages}
 * @param row its name, with what of it was applied
 */
public record PolicyUse(String table, String row, long count) {}
