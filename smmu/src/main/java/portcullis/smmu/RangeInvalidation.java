package portcullis.smmu;

import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Tlbi;

/**
 * Turns (address, size, granule, leaf) into TLB invalidations (series part 4): range commands where
 * IDR3.RIL offers them (IHI 0070 4.4.1), else one command for each block or page.
 *
 * <p>A range command covers {@code (NUM + 1) * 2^SCALE} granules with NUM at most 31, so a range of
 * n granules takes at most one command for every 5 bits of n (and more above 2^36 granules).
 */
public final class RangeInvalidation {
  private static final int MAX_GRANULES = 32;
  private static final int MAX_SCALE = (int) Tlbi.SCALE.max();

  private RangeInvalidation() {}

  /**
   * How many commands {@link #emit} would send.
   *
   * @param bytes a multiple of {@code 2^shift}
   * @param shift log2 of the granule, or without range commands of the block or page
   */
  public static long count(boolean rangeCommands, long bytes, int shift) {
    long units = bytes >>> shift;
    if (!rangeCommands) {
      return units;
    }
    long commands = 0;
    while (units != 0) {
      int scale = scale(units);
      units -= chunk(units, scale);
      commands++;
    }
    return commands;
  }

  /**
   * Sends the commands.
   *
   * @param opcode TLBI_NH_VA, TLBI_NH_VAA, TLBI_S2_IPA, TLBI_EL2_VA or TLBI_EL2_VAA
   * @param tags VMID and ASID, in place in word 0
   * @param address multiple of {@code 2^granuleShift}
   * @param bytes a multiple of {@code 2^granuleShift}, above 0
   * @param granuleShift 12, 14 or 16
   * @param level of the leaf entries that changed, 1 to 3, or 0 if unknown or several
   * @param leaf whether only leaf entries changed, else table entries too
   */
  public static void emit(
      CommandSink sink,
      boolean rangeCommands,
      Opcode opcode,
      long tags,
      long address,
      long bytes,
      int granuleShift,
      int level,
      boolean leaf) {
    long word0 = Commands.opcode(opcode) | tags;
    long leafBit = Tlbi.LEAF.of(leaf ? 1 : 0);
    if (!rangeCommands) {
      int shift = level == 0 ? granuleShift : granuleShift + (3 - level) * (granuleShift - 3);
      for (long offset = 0; offset < bytes; offset += 1L << shift) {
        sink.command(word0, leafBit | Tlbi.ADDRESS.inPlace(address + offset));
      }
      return;
    }
    long hints = leafBit | Tlbi.TG.of((granuleShift - 10) / 2);
    long units = bytes >>> granuleShift;
    long at = address;
    while (units != 0) {
      int scale = scale(units);
      long chunk = chunk(units, scale);
      long num = (chunk >>> scale) - 1;
      // TTL 0 with NUM 0 and SCALE 0 is reserved (IHI 0070 4.4.1.1). At most the first command is
      // one
      // granule; any block in the range is larger, so a later command, with TTL 0, reaches it.
      int ttl = level == 0 && num == 0 && scale == 0 ? 3 : level;
      sink.command(
          word0 | Tlbi.NUM.of(num) | Tlbi.SCALE.of(scale),
          hints | Tlbi.TTL.of(ttl) | Tlbi.ADDRESS.inPlace(at));
      at += chunk << granuleShift;
      units -= chunk;
    }
  }

  /** The next command's SCALE: as large as alignment allows and the field holds. */
  private static int scale(long units) {
    return Math.min(Long.numberOfTrailingZeros(units), MAX_SCALE);
  }

  /** The next command's granules: 1 to 32 units of 2^scale. */
  private static long chunk(long units, int scale) {
    long multiple = (units >>> scale) & (MAX_GRANULES - 1);
    return (multiple == 0 ? MAX_GRANULES : multiple) << scale;
  }
}
