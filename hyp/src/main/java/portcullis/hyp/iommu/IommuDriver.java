package portcullis.hyp.iommu;

import portcullis.hyp.Status;
import portcullis.platform.CpuContext;

/**
 * What the hypervisor asks of a driver for one kind of IOMMU (series part 7). Drivers register
 * before the host is deprivileged; several can be present at once. No method throws for anything
 * the host or a device does.
 */
public interface IommuDriver {

  /** For reports, such as {@code smmuv3}. */
  String name();

  /**
   * Takes over the hardware, before deprivilege. Devices that cannot be protected are refused one
   * by one and reported by the driver; a status other than OK refuses them all.
   */
  Status init();

  /**
   * Before pages change hands: makes sure that {@link #hostStage2Idmap} for the same arguments
   * cannot fail for lack of memory.
   *
   * @return OK; NO_MEMORY; TIMEOUT if access is to be removed and a device is known not to answer
   */
  Status reserve(long start, long end, int prot);

  /**
   * The host's access to {@code [start, end)} changed (series part 8), under the host stage-2's
   * lock. When it returns OK for a removal, no device behind this driver can reach the range any
   * more: tables changed, caches invalidated, and the invalidation complete. The caller passes the
   * pages on only after that.
   *
   * @param prot {@link #NONE} to remove, else {@link #READ}, {@link #WRITE} and, for what is not
   *     RAM, {@link #DEVICE}
   * @return OK; TIMEOUT if a device did not answer (the pages then must not change hands)
   */
  Status hostStage2Idmap(long start, long end, int prot);

  /**
   * A host data abort that no memory explains (series part 10).
   *
   * @param ipa the faulting address
   * @return whether this driver handled it; it has then also moved the host's PC, or injected an
   *     abort
   */
  boolean dabtHandler(CpuContext context, long ipa);

  /**
   * Takes the power of one of its devices, or gives it back, at the host's wish.
   *
   * @param device the address of its registers
   * @return NOT_FOUND if it is none of this driver's
   */
  default Status power(long device, boolean on) {
    return Status.NOT_FOUND;
  }

  /** No access. */
  int NONE = 0;

  /** Reads allowed. */
  int READ = 1;

  /** Writes allowed. */
  int WRITE = 2;

  /** Not RAM: map with a device memory type. */
  int DEVICE = 4;
}
