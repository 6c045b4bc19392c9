package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Statusr;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.profile.Profile;

/** STATUSR.DORMANT: nothing is cached (IHI 0070 6.3.13). */
class DormancyTest {
  private static final int STREAM = 1;
  private static final long VA = 0x1234_5000L;
  private static final long PAGE = 0x500_0000L;
  private static final long AWAKE = 0;
  private static final long DORMANT = Statusr.DORMANT.mask();

  private static Rig rig(Profile profile) {
    Rig rig = new Rig(profile).start(4);
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(VA, PAGE, 3, Tables.STAGE1_LEAF);
    rig.stage1Stream(STREAM, 1, tables);
    return rig;
  }

  private static void forgetConfiguration(Rig rig) {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
  }

  @Test
  void whatIsCachedKeepsItAwake() {
    Rig rig = rig(Profile.GENERIC);
    assertEquals(DORMANT, rig.get(Register.STATUSR));
    assertTrue(rig.reads(STREAM, VA));
    assertEquals(AWAKE, rig.get(Register.STATUSR));
    forgetConfiguration(rig);
    assertEquals(AWAKE, rig.get(Register.STATUSR), "translations are left");
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    assertEquals(DORMANT, rig.get(Register.STATUSR));
    rig.command(Opcode.PREFETCH_CONFIG, (long) STREAM << 32, 0);
    assertEquals(AWAKE, rig.get(Register.STATUSR), "a configuration is there");
    forgetConfiguration(rig);
    assertEquals(DORMANT, rig.get(Register.STATUSR));
  }

  @Test
  void itFollowsAnUndo() {
    Rig rig = rig(Profile.GENERIC);
    long mark = rig.store.mark();
    assertTrue(rig.reads(STREAM, VA));
    assertEquals(AWAKE, rig.get(Register.STATUSR));
    rig.store.undo(mark);
    assertEquals(DORMANT, rig.get(Register.STATUSR));
  }

  @Test
  void withoutTheHintOrWhereAnythingMayBeHeldNothingIsSaid() {
    Profile generic = Profile.GENERIC;
    Profile silent = generic.withIdr0(generic.idr0() & ~(int) Idr0.DORMHINT.mask());
    assertEquals(AWAKE, rig(silent).get(Register.STATUSR));
    assertEquals(AWAKE, rig(generic.withCaches(CacheKind.ARCHITECTURAL)).get(Register.STATUSR));
  }
}
