package portcullis.hyp.smmuv3;

/**
 * What the driver has done, for one SMMU or for all.
 *
 * @param traps register accesses of the host emulated
 * @param commandsForwarded commands of the host's given to hardware as they came
 * @param commandsRewritten commands of the host's changed first, or carried out on EL2's own tables
 * @param commandsRefused commands of the host's answered with an error
 * @param commandsIssued commands of EL2's own
 * @param invalidations TLB invalidation commands of EL2's own
 * @param syncs CMD_SYNCs of EL2's own
 * @param shadowStes STEs written to shadow stream tables
 * @param waits how often EL2 waited for an SMMU to consume its command queue
 * @param stage2Descriptors descriptors stored in the shadow stage-2
 * @param tablePages pages now in use for the shadow stage-2 and for second-level stream tables
 * @param errors errors that hardware reported for EL2's command queue
 * @param timeouts waits for hardware that ended without an answer
 * @param linesCleaned cache lines of 64 bytes cleaned, or cleaned and invalidated, for hardware
 *     that does not snoop
 */
public record Counters(
    long traps,
    long commandsForwarded,
    long commandsRewritten,
    long commandsRefused,
    long commandsIssued,
    long invalidations,
    long syncs,
    long shadowStes,
    long waits,
    long stage2Descriptors,
    long tablePages,
    long errors,
    long timeouts,
    long linesCleaned) {

  /** Nothing done yet. */
  public static final Counters ZERO = new Counters(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** The sum of both. */
  public Counters plus(Counters other) {
    return new Counters(
        traps + other.traps,
        commandsForwarded + other.commandsForwarded,
        commandsRewritten + other.commandsRewritten,
        commandsRefused + other.commandsRefused,
        commandsIssued + other.commandsIssued,
        invalidations + other.invalidations,
        syncs + other.syncs,
        shadowStes + other.shadowStes,
        waits + other.waits,
        stage2Descriptors + other.stage2Descriptors,
        tablePages + other.tablePages,
        errors + other.errors,
        timeouts + other.timeouts,
        linesCleaned + other.linesCleaned);
  }
}
