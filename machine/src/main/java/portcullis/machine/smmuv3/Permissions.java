package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cd;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.machine.smmuv3.structures.DecodedCd;
import portcullis.machine.smmuv3.structures.DecodedSte;

/**
 * What both stages allow at a page, packed in twelve bits so that a TLB entry holds it: six for
 * stage 1 (privileged and unprivileged read, write, execute), four for stage 2 (read, write,
 * privileged and unprivileged execute), and for each stage whether its descriptor is as a write
 * leaves it (DDI 0487 D8.4, D8.5.2; with VMSAv8-32 tables G5.6).
 *
 * <p>A writable-clean page allows writes, but a write must mark its descriptor first.
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

  /** Stage 1's descriptor needs no mark of a write. */
  static final int STAGE1_MARKED = 1 << 10;

  /** Stage 2's descriptor needs no mark of a write. */
  static final int STAGE2_MARKED = 1 << 11;

  /** What a read of a CD or of a stage-1 descriptor needs of stage 2. */
  static final int STAGE2_TO_READ = STAGE2_READ;

  /** What an update of a stage-1 descriptor needs of stage 2. */
  static final int STAGE2_TO_UPDATE = STAGE2_READ | STAGE2_WRITE | STAGE2_MARKED;

  private Permissions() {}

  /**
   * Stage 1's part, with the hierarchical attributes of the tables passed, CD.WXN, CD.UWXN and
   * CD.PAN. At EL2 there is one privilege level: AP[1], PXN, UWXN and PAN do not matter (IHI 0070
   * 13.4.1).
   *
   * <p>With VMSAv8-32 tables UXN is XN, for both levels; execution needs read access; and pages
   * that the unprivileged level may write are PXN only if UWXN says so (DDI 0487 G5.6.3).
   *
   * @param tables the table descriptors passed, ORed; 0 where CD.HADx disables them
   */
  static int stage1(long leaf, long tables, DecodedCd cd) {
    int ap = (int) Stage1Descriptor.AP.get(leaf);
    int apTable = (int) Stage1Descriptor.APTABLE.get(tables);
    boolean clean = cd.isClean(leaf);
    boolean writable = ((ap & 0b10) == 0 || clean) && (apTable & 0b10) == 0;
    boolean wxn = cd.isSet(Cd.WXN);
    int marked = clean ? 0 : STAGE1_MARKED;
    if (!cd.twoPrivileges) {
      return marked | onePrivilege(leaf, tables, writable, wxn);
    }

    boolean unprivileged = (ap & 0b01) != 0 && (apTable & 0b01) == 0;
    boolean userWritable = unprivileged && writable;
    boolean uxn = Stage1Descriptor.UXN.isSet(leaf) || Stage1Descriptor.XNTABLE.isSet(tables);
    boolean forcedPxn = cd.lpae ? uxn || (userWritable && cd.isSet(Cd.UWXN)) : userWritable;
    boolean privilegedExecute =
        !Stage1Descriptor.PXN.isSet(leaf)
            && !Stage1Descriptor.PXNTABLE.isSet(tables)
            && !forcedPxn
            && !(wxn && writable);
    boolean unprivilegedExecute = !uxn && !(wxn && userWritable) && (unprivileged || !cd.lpae);
    boolean privilegedData = !(cd.isSet(Cd.PAN) && unprivileged);

    return marked
        | bits(privilegedData, privilegedData && writable, privilegedExecute)
        | bits(unprivileged, userWritable, unprivilegedExecute) << UNPRIVILEGED;
  }

  private static int onePrivilege(long leaf, long tables, boolean writable, boolean wxn) {
    boolean execute =
        !Stage1Descriptor.UXN.isSet(leaf)
            && !Stage1Descriptor.XNTABLE.isSet(tables)
            && !(wxn && writable);
    int every = bits(true, writable, execute);
    return every | every << UNPRIVILEGED;
  }

  /**
   * Stage 2's part, and all of stage 1's. With VMSAv8-32 tables execution needs read access (DDI
   * 0487 table G5-10).
   *
   * @param xnx whether XN[0] refines XN[1] by privilege (IDR3.XNX)
   */
  static int stage2(long leaf, DecodedSte ste, boolean xnx) {
    boolean clean = ste.isClean(leaf);
    int s2ap = (int) Stage2Descriptor.S2AP.get(leaf);
    boolean readable = (s2ap & 0b01) != 0;
    int xn = (int) Stage2Descriptor.XN.get(leaf) & (xnx ? 0b11 : 0b10);
    boolean mayExecute = readable || !ste.lpae;
    boolean privilegedExecute = mayExecute && (xn == 0b00 || xn == 0b11);
    boolean unprivilegedExecute = mayExecute && (xn == 0b00 || xn == 0b01);
    return STAGE1_ALL
        | STAGE1_MARKED
        | (clean ? 0 : STAGE2_MARKED)
        | (readable ? STAGE2_READ : 0)
        | (clean || (s2ap & 0b10) != 0 ? STAGE2_WRITE : 0)
        | (privilegedExecute ? STAGE2_PRIVILEGED_EXECUTE : 0)
        | (unprivilegedExecute ? STAGE2_UNPRIVILEGED_EXECUTE : 0);
  }

  /** Of an entry of both stages: stage 1's part of one, stage 2's of the other. */
  static int combined(int first, int second) {
    int ofStage1 = STAGE1_ALL | STAGE1_MARKED;
    return (first & ofStage1) | (second & ~ofStage1);
  }

  /** {@code permissions} of a stage 1 whose output no stage 2 translates. */
  static int stage1Alone(int permissions) {
    return permissions | STAGE2_ALL | STAGE2_MARKED;
  }

  private static int bits(boolean read, boolean write, boolean execute) {
    return (read ? READ : 0) | (write ? WRITE : 0) | (execute ? EXECUTE : 0);
  }

  /** What both stages must allow for an access, as this class packs permissions. */
  static int needed(boolean write, boolean instruction, boolean privileged) {
    int stage1 = write ? WRITE : instruction ? EXECUTE : READ;
    int execute = privileged ? STAGE2_PRIVILEGED_EXECUTE : STAGE2_UNPRIVILEGED_EXECUTE;
    int stage2 = write ? STAGE2_WRITE : instruction ? execute : STAGE2_READ;
    int marked = write ? STAGE1_MARKED | STAGE2_MARKED : 0;
    return (privileged ? stage1 : stage1 << UNPRIVILEGED) | stage2 | marked;
  }

  /** Whether both stages let {@code t}'s access through, with no descriptor left to mark. */
  static boolean allow(int permissions, Translation t) {
    return (t.needed() & ~permissions) == 0;
  }

  /** Whether stage 1 lets {@code t}'s access through. */
  static boolean stage1Allows(int permissions, Translation t) {
    return (t.needed() & STAGE1_ALL & ~permissions) == 0;
  }

  /**
   * Whether stage 2 lets an access through.
   *
   * @param needed as {@link #needed} packs it
   */
  static boolean stage2Allows(int permissions, int needed) {
    return (needed & STAGE2_ALL & ~permissions) == 0;
  }

  /** Whether stage 2 lets an access through, with no descriptor of its own left to mark. */
  static boolean stage2Done(int permissions, int needed) {
    return (needed & (STAGE2_ALL | STAGE2_MARKED) & ~permissions) == 0;
  }

  /** Whether an access with these needs at stage 2 is a write, which marks descriptors. */
  static boolean writes(int needed) {
    return (needed & STAGE2_MARKED) != 0;
  }
}
