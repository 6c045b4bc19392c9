package portcullis.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Vttbr;
import portcullis.machine.DmaMaster.Result;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;
import portcullis.platform.trace.TraceSink;

/** EL2's stage-2 TLB maintenance reaches SMMUs that share its VMID, if they let it (3.17). */
class BroadcastTest {
  private static final int VMID = 7;
  private static final long IPA = 0x5000;
  private static final long OLD = 0xa000_0000L;
  private static final long NEW = 0xb000_0000L;

  /** Whether a device still reaches the old page after EL2 invalidated {@code bytes} from it. */
  private static boolean stale(Profile profile, boolean privateMaintenance, int vmid, long bytes) {
    BoardRig rig = new BoardRig(BoardRig.builtIn(), profile, TraceSink.NONE);
    rig.set(Register.CR2, Cr2.PTM.of(privateMaintenance ? 1 : 0));
    rig.enableSmmu();
    Stage2Tables cpu = new Stage2Tables(rig.memory, Stage2Shape.COMMON, rig::allocate);
    rig.machine.platform().cpuMmu().enableHostStage2(cpu.vttbr() | Vttbr.VMID.of(VMID), cpu.vtcr());
    Stage2Tables tables = rig.stage2(BoardRig.ETHERNET);
    rig.poke(BoardRig.ETHERNET, Ste.S2VMID, vmid);
    tables.map(IPA, OLD);
    DmaMaster master = rig.master("ethernet");
    assertEquals(Result.OK, master.read(BoardRig.ETHERNET, IPA, new byte[8]));
    long slot = tables.slot(IPA, 3);
    rig.memory.write64(slot, rig.memory.read64(slot) + (NEW - OLD));
    rig.machine.platform().cpuMmu().invalidateHostStage2(IPA, bytes);
    assertEquals(Result.OK, master.read(BoardRig.ETHERNET, IPA, new byte[8]));
    return master.translation().pa() == OLD;
  }

  @Test
  void invalidationOfTheHostsPagesReachesTheSmmu() {
    Profile btm = Profiles.plain().with(Register.IDR0, Idr0.BTM, 1);
    assertEquals(false, stale(btm, false, VMID, 0x1000));
    assertEquals(false, stale(btm, false, VMID, 1L << 30), "all of the VMID at once");
    assertEquals(true, stale(btm, true, VMID, 0x1000), "CR2.PTM");
    assertEquals(true, stale(btm, false, VMID + 1, 0x1000), "another VMID");
    assertEquals(true, stale(Profiles.plain(), false, VMID, 0x1000), "no BTM");
  }
}
