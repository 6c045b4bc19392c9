package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cd;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;

/**
 * What both stages allow at a page, packed in ten bits so that a TLB entry holds it: six for stage
 * 1 (privileged and unprivileged read, write, execute), four for stage 2 (read, write, privileged
 * and unprivileged execute). DDI 0487 D8.4, for the EL1&0 regime.
 */
final class Permissions {
  private static final int READ = 1;
  private static final int WRITE = 1 << 1;
  private static final int EXECUTE = 1 << 2;
  private static final int UNPRIVILEGED = 3;
  private static final int STAGE2_READ = 1 << 6;
  private static final int STAGE2_WRITE = 1 << 7;
  private static final int STAGE2_PRIVILEGED_EXECUTE = 1 << 8;
  private static final int STAGE2_UNPRIVILEGED_EXECUTE = 1 << 9;

  /** Everything, at stage 1: what a bypassed stage 1 gives. */
  static final int STAGE1_ALL = 0x3f;

  /** Everything, at stage 2: what a bypassed stage 2 gives. */
  static final int STAGE2_ALL = 0x3c0;

  private Permissions() {}

  /**
   * Stage 1's part, with the hierarchical attributes of the tables passed, CD.WXN and CD.PAN.
   *
   * @param tables the table descriptors passed, ORed; 0 where CD.HADx disables them
   */
  static int stage1(long leaf, long tables, ConfigurationEntry cd) {
    int ap = (int) Stage1Descriptor.AP.get(leaf);
    int apTable = (int) Stage1Descriptor.APTABLE.get(tables);
    boolean unprivileged = (ap & 0b01) != 0 && (apTable & 0b01) == 0;
    boolean writable = (ap & 0b10) == 0 && (apTable & 0b10) == 0;
    boolean wxn = cd.isSet(Cd.WXN);

    boolean privilegedExecute =
        !Stage1Descriptor.PXN.isSet(leaf)
            && !Stage1Descriptor.PXNTABLE.isSet(tables)
            && !(unprivileged && writable)
            && !(wxn && writable);
    boolean unprivilegedExecute =
        !Stage1Descriptor.UXN.isSet(leaf)
            && !Stage1Descriptor.XNTABLE.isSet(tables)
            && !(wxn && unprivileged && writable);
    boolean privilegedData = !(cd.isSet(Cd.PAN) && unprivileged);

    return bits(privilegedData, privilegedData && writable, privilegedExecute)
        | bits(unprivileged, unprivileged && writable, unprivilegedExecute) << UNPRIVILEGED;
  }

  /**
   * Stage 2's part.
   *
   * @param xnx whether XN[0] refines XN[1] by privilege (IDR3.XNX)
   */
  static int stage2(long leaf, boolean xnx) {
    int s2ap = (int) Stage2Descriptor.S2AP.get(leaf);
    int xn = (int) Stage2Descriptor.XN.get(leaf) & (xnx ? 0b11 : 0b10);
    boolean privilegedExecute = xn == 0b00 || xn == 0b11;
    boolean unprivilegedExecute = xn == 0b00 || xn == 0b01;
    return ((s2ap & 0b01) != 0 ? STAGE2_READ : 0)
        | ((s2ap & 0b10) != 0 ? STAGE2_WRITE : 0)
        | (privilegedExecute ? STAGE2_PRIVILEGED_EXECUTE : 0)
        | (unprivilegedExecute ? STAGE2_UNPRIVILEGED_EXECUTE : 0);
  }

  private static int bits(boolean read, boolean write, boolean execute) {
    return (read ? READ : 0) | (write ? WRITE : 0) | (execute ? EXECUTE : 0);
  }

  /** What both stages must allow for an access, as this class packs permissions. */
  static int needed(boolean write, boolean instruction, boolean privileged) {
    int stage1 = write ? WRITE : instruction ? EXECUTE : READ;
    int execute = privileged ? STAGE2_PRIVILEGED_EXECUTE : STAGE2_UNPRIVILEGED_EXECUTE;
    int stage2 = write ? STAGE2_WRITE : instruction ? execute : STAGE2_READ;
    return (privileged ? stage1 : stage1 << UNPRIVILEGED) | stage2;
  }

  /** Whether both stages let {@code t}'s access through. */
  static boolean allow(int permissions, Translation t) {
    return (t.needed() & ~permissions) == 0;
  }

  /** Whether stage 1 lets {@code t}'s access through. */
  static boolean stage1Allows(int permissions, Translation t) {
    return (t.needed() & STAGE1_ALL & ~permissions) == 0;
  }

  /** Whether stage 2 lets {@code t}'s access through. */
  static boolean stage2Allows(int permissions, Translation t) {
    return (t.needed() & STAGE2_ALL & ~permissions) == 0;
  }

  /** Whether stage 2 lets a data read through, as the fetch of a CD or a descriptor is. */
  static boolean stage2AllowsRead(int permissions) {
    return (permissions & STAGE2_READ) != 0;
  }
}
