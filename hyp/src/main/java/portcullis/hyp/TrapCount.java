package portcullis.hyp;

/**
 * How often something trapped.
 *
 * @param kind what
 * @param count how often since boot
 */
public record TrapCount(TrapKind kind, long count) {}
