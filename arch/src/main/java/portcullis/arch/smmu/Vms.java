package portcullis.arch.smmu;

import java.util.List;
import java.util.stream.IntStream;
import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * Virtual Machine Structure (VMS), which STEs of one S2VMID share: {@value #BYTES} bytes, of which
 * all beyond {@link #WORDS} words is reserved (IHI 0070 5.6).
 */
public final class Vms {
  /** Size in bytes, and what its address is a multiple of. */
  public static final int BYTES = 4096;

  /** 64-bit words that are not reserved. */
  public static final int WORDS = 8;

  /** Entries of PARTID_MAP. */
  public static final int PARTIDS = 32;

  /** Bits of an entry of PARTID_MAP. */
  private static final int PARTID_BITS = 16;

  private static final int PARTIDS_A_WORD = Long.SIZE / PARTID_BITS;

  private static final Layout.Builder VMS =
      new Layout.Builder("VMS", WORDS * Long.SIZE, "IHI 0070 5.6", Version.SMMU_3_2);

  /** PARTID_MAP: the physical PARTID, by the virtual one in CD.PARTID. */
  private static final List<Field> PARTID_MAP =
      IntStream.range(0, PARTIDS).mapToObj(Vms::entry).toList();

  /** All fields. */
  public static final Layout LAYOUT = VMS.build();

  private Vms() {}

  private static Field entry(int virtual) {
    int lsb = virtual % PARTIDS_A_WORD * PARTID_BITS;
    return VMS.field(
        "PARTID_MAP[" + virtual + "]",
        virtual / PARTIDS_A_WORD,
        lsb + PARTID_BITS - 1,
        lsb,
        "physical PARTID of virtual PARTID " + virtual);
  }

  /**
   * The entry of PARTID_MAP for a virtual PARTID.
   *
   * @param virtual CD.PARTID, of which bits above the low five are reserved
   */
  public static Field partId(int virtual) {
    return PARTID_MAP.get(virtual & (PARTIDS - 1));
  }
}
