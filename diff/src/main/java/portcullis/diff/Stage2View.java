package portcullis.diff;

import java.util.function.LongUnaryOperator;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.StartLevel;

/** Stage 2 by an STE and memory, with none of the model's code. */
final class Stage2View {
  /** OAS of QEMU's SMMU, in bits. */
  private static final int OUTPUT_BITS = 44;

  /**
   * What an IPA is translated by.
   *
   * @param place where the descriptor lies
   * @param output what the IPA becomes
   * @param bytes that the descriptor maps
   */
  record Leaf(long place, long descriptor, long output, long bytes) {}

  private final Fetched fetched;
  private final LongUnaryOperator word;

  /**
   * A view.
   *
   * @param fetched has the STE
   * @param word the 64-bit word of memory at an address, 0 where there is none
   */
  Stage2View(Fetched fetched, LongUnaryOperator word) {
    this.fetched = fetched;
    this.word = word;
  }

  /** The leaf of an IPA; null if there is none. */
  Leaf leaf(long ipa) {
    Granule granule = Granule.ofTgStage2(fetched.ste(Ste.S2TG));
    if (granule == null) {
      return null;
    }
    int bits = Long.SIZE - (int) fetched.ste(Ste.S2T0SZ);
    int first = StartLevel.stage2(granule, fetched.ste(Ste.S2SL0));
    if (first == StartLevel.NONE || ipa >>> bits != 0) {
      return null;
    }
    long table = fetched.ste(Ste.S2TTB) << Ste.S2TTB.lsb();
    for (int level = first; level <= Granule.LAST_LEVEL; level++) {
      int top = level == first ? bits : granule.levelShift(level) + granule.bitsPerLevel();
      long place = table + ((ipa & ((1L << top) - 1)) >>> granule.levelShift(level)) * Long.BYTES;
      long descriptor = word.applyAsLong(place);
      boolean table0 = (descriptor & 0b10) != 0;
      if ((descriptor & 1) == 0 || (level == Granule.LAST_LEVEL && !table0)) {
        return null;
      }
      if (level == Granule.LAST_LEVEL || !table0) {
        long bytes = granule.levelBytes(level);
        long output = AddressFormat.BITS_48.address(descriptor, granule.levelShift(level));
        return new Leaf(place, descriptor, output | (ipa & (bytes - 1)), bytes);
      }
      table = AddressFormat.BITS_48.address(descriptor, granule.shift());
    }
    return null;
  }

  /** Whether the fetch of a table at {@code ipa} is let through. */
  boolean fetchable(long ipa) {
    return fetchable(ipa, false);
  }

  /**
   * As {@link #fetchable(long)}; {@code writeOnlyToo}: also from a page that can only be written.
   */
  boolean fetchable(long ipa, boolean writeOnlyToo) {
    Leaf leaf = leaf(ipa);
    int bits = Math.min(OUTPUT_BITS, AddressSize.bits(fetched.ste(Ste.S2PS)));
    return leaf != null
        && (Stage2Descriptor.S2AP.get(leaf.descriptor) & (writeOnlyToo ? 0b11 : 0b01)) != 0
        && (Stage2Descriptor.AF.isSet(leaf.descriptor) || fetched.ste(Ste.S2AFFD) != 0)
        && leaf.output >>> bits == 0;
  }
}
