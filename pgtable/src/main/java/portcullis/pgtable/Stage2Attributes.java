package portcullis.pgtable;

import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.Stage2MemAttr;

/**
 * Attributes of stage-2 blocks and pages where stage 2 does not force the memory type (FWB 0), to
 * be combined with {@code |} (DDI 0487 D8.3.1, D8.6.5): one of {@link #NORMAL} and {@link
 * #DEVICE_NGNRE}, and any of the others.
 */
public final class Stage2Attributes {

  /** Normal memory, Write-Back at both levels: as cacheable as stage 1 says. With access flag. */
  public static final long NORMAL =
      Stage2Descriptor.MEMATTR.of(Stage2MemAttr.NORMAL_WB) | Stage2Descriptor.AF.mask();

  /** Device-nGnRE whatever stage 1 says. With access flag. */
  public static final long DEVICE_NGNRE =
      Stage2Descriptor.MEMATTR.of(Stage2MemAttr.DEVICE_NGNRE) | Stage2Descriptor.AF.mask();

  /** S2AP[0]: reads allowed. */
  public static final long READ = Stage2Descriptor.S2AP.of(0b01);

  /** S2AP[1]: writes allowed. */
  public static final long WRITE = Stage2Descriptor.S2AP.of(0b10);

  /** XN[1:0] = 0b10: no instruction fetches. */
  public static final long EXECUTE_NEVER = Stage2Descriptor.XN.of(0b10);

  /**
   * Inner Shareable; without effect on Device memory. Not with 52-bit addresses of a 4KB or 16KB
   * granule, which have no SH.
   */
  public static final long INNER_SHAREABLE = Stage2Descriptor.SH.of(0b11);

  private Stage2Attributes() {}
}
