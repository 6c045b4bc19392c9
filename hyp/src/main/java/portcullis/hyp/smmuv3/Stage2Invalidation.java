package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.smmu.CommandSink;
import portcullis.smmu.Commands;
import portcullis.smmu.RangeInvalidation;

/**
 * Chooses how the SMMU forgets a range of IPAs (series part 4): by range commands, by block or
 * page, or, where that would be many commands, all of the VMID at once.
 */
final class Stage2Invalidation {
  /** The VMID of every stream: the host's. */
  static final int VMID = 0;

  /** The most commands that one request becomes; a longer one is CMD_TLBI_S12_VMALL. */
  static final int MAX_COMMANDS = 128;

  /** With more, SCALE, the trailing zeros of their number, might not fit its field. */
  private static final long MAX_GRANULES = 1L << Tlbi.SCALE.max();

  private Stage2Invalidation() {}

  /**
   * Emits the commands for one request.
   *
   * @param ipa a multiple of what a descriptor at {@code level} covers
   * @param bytes a multiple of the same, not 0
   * @param level of the descriptors that changed, 0 to 3
   * @param leaf whether only blocks or pages of that level changed
   * @param ranges IDR3.RIL
   * @return how many commands
   */
  static long emit(
      CommandSink sink,
      Granule granule,
      long ipa,
      long bytes,
      int level,
      boolean leaf,
      boolean ranges) {
    int stride = ranges || !leaf ? granule.shift() : granule.levelShift(level);
    long count = RangeInvalidation.count(ranges, bytes, stride);
    if (count > MAX_COMMANDS || bytes >>> granule.shift() > MAX_GRANULES) {
      Commands.tlbiS12VmAll(sink, VMID);
      return 1;
    }
    RangeInvalidation.emit(
        sink, ranges, Opcode.TLBI_S2_IPA, 0, ipa, bytes, granule.shift(), leaf ? level : 0, leaf);
    return count;
  }
}
