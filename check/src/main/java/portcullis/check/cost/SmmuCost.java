package portcullis.check.cost;

import java.util.Map;
import portcullis.arch.smmu.Opcode;

/**
 * What one SMMU was asked for in an operation.
 *
 * @param name the board's name of it
 * @param commands how many of each that its hardware was given: those of EL2, and those of the host
 *     that EL2 passed on; in the order of opcodes, none with 0
 * @param waits how often EL2 waited for it to consume them
 */
public record SmmuCost(String name, Map<Opcode, Long> commands, long waits) {

  /** Commands of all kinds. */
  public long total() {
    return commands.values().stream().mapToLong(Long::longValue).sum();
  }
}
