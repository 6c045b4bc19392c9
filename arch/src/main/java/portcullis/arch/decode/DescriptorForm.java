package portcullis.arch.decode;

import portcullis.arch.Layout;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.DescriptorKind;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;

/**
 * What one must know beside a VMSAv8-64 descriptor's 64 bits to read it.
 *
 * @param stage 1 or 2
 * @param granule the table's granule
 * @param level the table's level, {@link Granule#firstLevel()} to 3
 * @param format where the address bits stand
 * @param fwb for stage 2, whether HCR_EL2.FWB (STE.S2FWB) is 1
 */
public record DescriptorForm(
    int stage, Granule granule, int level, AddressFormat format, boolean fwb) {

  /** Fails if there is no such stage or level. */
  public DescriptorForm {
    if (stage != 1 && stage != 2) {
      throw new IllegalArgumentException("no stage " + stage);
    }
    if (level < granule.firstLevel() || level > Granule.LAST_LEVEL) {
      throw new IllegalArgumentException("no level " + level + " with " + granule.label());
    }
  }

  /** What {@code descriptor} is at this level. */
  public DescriptorKind kind(long descriptor) {
    return DescriptorKind.of(descriptor, granule, level, format);
  }

  /** The fields of a descriptor of {@code kind} in this form. */
  public Layout layout(DescriptorKind kind) {
    return stage == 1
        ? Stage1Descriptor.layout(kind, granule, level, format)
        : Stage2Descriptor.layout(kind, granule, level, format, fwb);
  }
}
