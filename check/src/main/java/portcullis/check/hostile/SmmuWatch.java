package portcullis.check.hostile;

import portcullis.machine.AccessWatch;

/**
 * Judges what the SMMUs access for themselves, once an oracle is there to ask: the walks of their
 * tables, the updates of descriptors, the records in their queues.
 */
final class SmmuWatch implements AccessWatch {
  private Oracle oracle;
  private String finding;

  /** From now on {@code judge} says which memory an SMMU may access. */
  void judgeBy(Oracle judge) {
    oracle = judge;
  }

  /** The first access that should not have been; null if there was none. */
  String finding() {
    return finding;
  }

  @Override
  public void accessed(String initiator, long pa, boolean write) {
    if (oracle != null && finding == null && !oracle.smmuMayAccess(pa)) {
      finding =
          "%s itself %s 0x%x, which is neither the host's nor EL2's"
              .formatted(initiator, write ? "writes" : "reads", pa);
    }
  }
}
