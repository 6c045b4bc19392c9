package portcullis.pgtable;

import portcullis.arch.vmsa.Stage1Descriptor;

/**
 * Attributes of stage-1 blocks and pages, to be combined with {@code |} (DDI 0487 D8.3.1, D8.4.1).
 * Without any of them an entry is privileged, writable, executable, global, non-shareable, of
 * MAIR's first type, and faults on first use for want of the access flag.
 */
public final class Stage1Attributes {

  /** The access flag: set, as no software here handles its fault. */
  public static final long AF = Stage1Descriptor.AF.mask();

  /** AP[1]: unprivileged accesses too, which are what devices make. */
  public static final long UNPRIVILEGED = Stage1Descriptor.AP.of(Stage1Descriptor.AP_RW);

  /** AP[2]: no writes. */
  public static final long READ_ONLY = Stage1Descriptor.AP.of(Stage1Descriptor.AP_PRIV_RO);

  /** Instruction fetches at neither privilege level. */
  public static final long EXECUTE_NEVER =
      Stage1Descriptor.PXN.mask() | Stage1Descriptor.UXN.mask();

  /** Of this ASID only. */
  public static final long NON_GLOBAL = Stage1Descriptor.NG.mask();

  /** Outer Shareable. Not with 52-bit addresses of a 4KB or 16KB granule, which have no SH. */
  public static final long OUTER_SHAREABLE = Stage1Descriptor.SH.of(0b10);

  /** Inner Shareable. Not with 52-bit addresses of a 4KB or 16KB granule, which have no SH. */
  public static final long INNER_SHAREABLE = Stage1Descriptor.SH.of(0b11);

  private Stage1Attributes() {}

  /**
   * The memory type in byte {@code index} of MAIR.
   *
   * @param index 0 to 7
   */
  public static long memoryType(int index) {
    return Stage1Descriptor.ATTRINDX.of(index);
  }
}
