package portcullis.platform;

/**
 * A CPU as the host's kernel uses it at EL1, with its stage-1 off or identity: every address is an
 * IPA, and passes through the stage-2 that EL2 put under the host.
 */
public interface HostCpu {

  /** Ordinary memory through this CPU. Throws {@link HostAbort} where EL2 refuses. */
  PhysicalMemory memory();

  /**
   * Loads from a device register.
   *
   * @param ipa naturally aligned
   * @param bytes 1, 2, 4 or 8
   * @return the value, zero-extended
   * @throws HostAbort if EL2 or the bus refuses
   */
  long load(long ipa, int bytes);

  /**
   * Stores to a device register.
   *
   * @throws HostAbort if EL2 or the bus refuses
   */
  void store(long ipa, int bytes, long value);

  /**
   * Calls EL2 (HVC).
   *
   * @param function one of the hypervisor's function numbers, in x0
   * @param arguments at most six, in x1 and up
   * @return x0 on return: 0 or a value, or a negative error
   */
  long hypercall(long function, long... arguments);

  /** Orders earlier accesses before later ones (DSB). */
  void barrier();

  /**
   * Writes back to the point of coherency what this CPU's caches hold of {@code [ipa, ipa+bytes)}.
   */
  void clean(long ipa, long bytes);

  /** As {@link #clean}, and the caches then hold nothing of it (DC CIVAC). */
  void cleanAndInvalidate(long ipa, long bytes);

  /**
   * The same memory past the CPUs' caches: through a mapping as Normal Non-cacheable, which kernels
   * make for what they share with a device that does not snoop. Nothing of it may be left in a
   * cache before. Throws {@link HostAbort} where EL2 refuses.
   */
  PhysicalMemory uncachedMemory();

  /** One step of a poll: lets devices run and time pass. */
  void pause();

  /** The host's own clock. */
  Clock clock();
}
