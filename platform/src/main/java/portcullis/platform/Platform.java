package portcullis.platform;

import portcullis.platform.trace.TraceSink;

/**
 * Everything that the hypervisor can touch. The hypervisor is straight-line code between calls of
 * these: whoever attacks it may act at any one of them, and nowhere else.
 */
public interface Platform {

  /** Physical memory. */
  PhysicalMemory memory();

  /** Device registers. */
  DeviceRegisters devices();

  /** EL2's clock. */
  Clock clock();

  /** The host's stage-2 on the CPUs. */
  CpuMmu cpuMmu();

  /** Where events go that a person or a tool may want to read. */
  TraceSink trace();

  /** Orders every earlier memory access before every later access to memory or device (DSB SY). */
  void barrier();

  /**
   * Writes back to the point of coherency what the CPU's caches hold of {@code [pa, pa+bytes)} (DC
   * CVAC).
   */
  void clean(long pa, long bytes);

  /**
   * As {@link #clean}, and the caches then hold nothing of it (DC CIVAC): the next read finds what
   * others have written past the caches.
   */
  void cleanAndInvalidate(long pa, long bytes);

  /**
   * Interrupts the host as a device would by its own wire: one edge. On hardware, a write to
   * GICD_ISPENDR of the interrupt that the device tree names.
   *
   * @param registers physical address of the device's registers
   */
  void interruptHost(long registers, WiredInterrupt wire);

  /**
   * Takes a device's power or gives it back, through the power controller or firmware, which only
   * EL2 reaches. Done when this returns. A device that gets power is in its reset state; one that
   * has none must not be accessed.
   *
   * @param registers physical address of the device's registers
   * @throws UnsupportedOperationException if there is no such switch
   */
  default void power(long registers, boolean on) {
    throw new UnsupportedOperationException("no power switch for 0x" + Long.toHexString(registers));
  }

  /**
   * One step of a bounded wait: gives devices a chance to run and lets the clock advance. On
   * hardware WFE, which an SMMU's event ends where it sends one, and the timer's event stream where
   * not.
   */
  void pause();
}
