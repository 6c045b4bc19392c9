package portcullis.machine.smmuv3;

import portcullis.arch.Field;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.DptBlock;
import portcullis.arch.smmu.DptEntry;
import portcullis.arch.smmu.DptGranules;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/**
 * An SMMU with a Device Permission Table in memory, which covers 36 bits by 1GB each, in 4KB
 * granules, and a nested stream of VMID {@value #VMID} that it is for.
 */
final class DptRig {
  static final int SID = 5;
  static final int VMID = 3;
  static final long LEVEL_0 = 0x40_0000;
  static final long LEVEL_1 = 0x60_0000;

  /** DPTPS of 36 bits, DPTGS of 4KB, L0DPTSZ of 1GB. */
  static final long SHAPE = 0b001;

  /** An address that the level 1 table is for, of a lower granule. */
  static final long PA = 0x4000_8000L;

  static final long ENABLES =
      Cr0.SMMUEN.of(1) | Cr0.EVENTQEN.of(1) | Cr0.CMDQEN.of(1) | Cr0.ATSCHK.of(1);

  final Rig rig;
  final Tables s1;
  final Tables s2;

  DptRig() {
    this(profile());
  }

  DptRig(Profile profile) {
    rig = new Rig(profile).start(4);
    s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);
    s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    rig.stage1Stream(SID, 1, s1);
    rig.stage2(SID, VMID, s2);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_S2);
    rig.poke(Rig.ste(SID), Ste.EATS, Ste.EATS_FULL_DPT);
    rig.set(Register.DPT_BASE, LEVEL_0);
    rig.set(Register.DPT_BASE_CFG, SHAPE);
    walks(true);
    level0(PA, table(LEVEL_1));
  }

  static Profile profile() {
    return Profiles.ats().with(Register.IDR3, Idr3.DPT, 1);
  }

  void walks(boolean on) {
    rig.set(Register.CR0, ENABLES | Cr0.DPT_WALK_EN.of(on ? 1 : 0));
  }

  /** Gives DPT_BASE_CFG another value, with walks off meanwhile; what is cached stays. */
  void shape(long value) {
    walks(false);
    rig.set(Register.DPT_BASE_CFG, value);
    walks(true);
  }

  void set(Field field, long value) {
    rig.poke(Rig.ste(SID), field, value);
    rig.command(Opcode.CFGI_STE, (long) SID << 32, 1);
  }

  static long table(long address) {
    return address | DptEntry.TABLE;
  }

  static long block(int accessControl, int writable, int vmid) {
    return DptBlock.VMID.of(vmid)
        | DptBlock.W.of(writable)
        | DptBlock.AC.of(accessControl)
        | DptEntry.BLOCK;
  }

  static long lower(int accessControl, int writable, int vmid) {
    return DptGranules.VMID0.of(vmid)
        | DptGranules.W0.of(writable)
        | DptGranules.AC0.of(accessControl)
        | 0b01;
  }

  static long upper(int accessControl, int writable, int vmid) {
    return DptGranules.VMID1.of(vmid)
        | DptGranules.W1.of(writable)
        | DptGranules.AC1.of(accessControl)
        | 0b10;
  }

  static long contiguous(int contig, int accessControl, int writable, int vmid) {
    return lower(accessControl, writable, vmid) | DptGranules.CONTIG.of(contig) | 0b11;
  }

  void level0(long pa, long entry) {
    rig.write(LEVEL_0 + (pa >>> 30) * 8, 8, entry);
  }

  /** The level 1 entry of two granules of 4KB. */
  void level1(long pa, long entry) {
    rig.write(LEVEL_1 + (pa & 0x3fff_ffffL) / 0x2000 * 8, 8, entry);
  }

  boolean reads(long pa) {
    return rig.smmu.translatedTransaction(SID, pa, false, rig.out);
  }

  boolean writes(long pa) {
    return rig.smmu.translatedTransaction(SID, pa, true, rig.out);
  }

  void invalidateAll() {
    rig.command(Opcode.DPTI_ALL, 0, 0);
  }

  long far() {
    return rig.get(Register.DPT_CFG_FAR);
  }

  boolean errorActive() {
    return ((rig.get(Register.GERROR) ^ rig.get(Register.GERRORN)) >>> 10 & 1) != 0;
  }
}
