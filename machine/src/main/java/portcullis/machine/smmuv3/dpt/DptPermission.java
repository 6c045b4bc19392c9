package portcullis.machine.smmuv3.dpt;

import portcullis.arch.Field;
import portcullis.arch.smmu.DptBlock;
import portcullis.arch.smmu.DptEntry;
import portcullis.arch.smmu.Ste;

/**
 * What the table says of a region that is not inaccessible: whose accesses are permitted, and
 * whether writes are (IHI 0070 3.24.1). Packed as the fields of a level 0 Block entry.
 */
final class DptPermission {
  private DptPermission() {}

  static long of(long accessControl, boolean writable, long vmid) {
    return DptBlock.AC.of(accessControl) | DptBlock.W.of(writable ? 1 : 0) | DptBlock.VMID.of(vmid);
  }

  /** That of an entry that has these fields for it. */
  static long of(long entry, Field accessControl, Field writable, Field vmid) {
    return of(accessControl.get(entry), writable.isSet(entry), vmid.get(entry));
  }

  /**
   * Whether it is one that an entry may have: AC is no reserved encoding, and the VMID is zero
   * where there is none, and has no more bits than VMIDs have (3.24.3.1.2).
   */
  static boolean legal(long permission, boolean wideVmids) {
    long accessControl = DptBlock.AC.get(permission);
    long vmid = DptBlock.VMID.get(permission);
    return accessControl <= DptEntry.AC_ANY
        && (accessControl != DptEntry.AC_ANY || vmid == 0)
        && (wideVmids || vmid <= 0xff);
  }

  /**
   * Whether it permits an access.
   *
   * @param vmid the stream's S2VMID
   * @param match the stream's DPT_VMATCH
   */
  static boolean permits(long permission, boolean write, int vmid, int match) {
    return (DptBlock.W.isSet(permission) || !write)
        && (DptBlock.VMID.get(permission) == vmid
            || !comparesVmids(match, (int) DptBlock.AC.get(permission)));
  }

  /** The table of 3.24.1; a reserved DPT_VMATCH behaves as 0b00 (5.2). */
  private static boolean comparesVmids(int match, int accessControl) {
    return switch (match) {
      case Ste.DPT_VMATCH_ANY -> false;
      case Ste.DPT_VMATCH_SHARED -> accessControl == DptEntry.AC_VMID;
      default -> accessControl != DptEntry.AC_ANY;
    };
  }
}
