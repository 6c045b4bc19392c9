package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.profile.Profiles;

/** The registers of the Device Permission Table (IHI 0070 6.3.9, 6.3.46 to 6.3.48). */
class DptRegisterTest {
  private final DptRig dpt = new DptRig();

  /** 6.3.46, 6.3.47: read-only while walks are enabled. */
  @Test
  void baseAndShapeAreReadOnlyWhileWalksAreEnabled() {
    dpt.rig.set(Register.DPT_BASE, -1L);
    dpt.rig.set(Register.DPT_BASE_CFG, -1L);
    assertEquals(DptRig.LEVEL_0, dpt.rig.get(Register.DPT_BASE));
    assertEquals(DptRig.SHAPE, dpt.rig.get(Register.DPT_BASE_CFG));
    dpt.walks(false);
    dpt.rig.set(Register.DPT_BASE, -1L);
    dpt.rig.set(Register.DPT_BASE_CFG, -1L);
    assertEquals(1L << 62 | 0xffff_ffff_f000L, dpt.rig.get(Register.DPT_BASE), "OAS is 48 bits");
    assertEquals(0xf0_c007L, dpt.rig.get(Register.DPT_BASE_CFG));
  }

  /** 6.3.9, 6.3.10. */
  @Test
  void theEnableIsAcknowledged() {
    assertEquals(1, Cr0.DPT_WALK_EN.get(dpt.rig.get(Register.CR0ACK)));
    dpt.walks(false);
    assertEquals(0, Cr0.DPT_WALK_EN.get(dpt.rig.get(Register.CR0)));
    assertEquals(0, Cr0.DPT_WALK_EN.get(dpt.rig.get(Register.CR0ACK)));
  }

  /** 6.3.48: only a write that clears FAULT does anything, and clears all. */
  @Test
  void theFaultIsClearedAsAWhole() {
    dpt.walks(false);
    assertFalse(dpt.reads(DptRig.PA));
    long fault = DptRig.PA | 1;
    assertEquals(fault, dpt.far());
    dpt.rig.set(Register.DPT_CFG_FAR, -1L);
    assertEquals(fault, dpt.far());
    int offset = Register.DPT_CFG_FAR.offset();
    dpt.rig.smmu.write(offset + 4, 4, 0);
    assertEquals(fault, dpt.far(), "the other half has no FAULT");
    dpt.rig.smmu.write(offset, 4, 0xffff_fffeL);
    assertEquals(0, dpt.far());
    dpt.rig.set(Register.DPT_CFG_FAR, 1);
    assertEquals(0, dpt.far(), "writing 1 makes no fault");
    assertFalse(dpt.reads(DptRig.PA));
    dpt.rig.set(Register.DPT_CFG_FAR, ~1L);
    assertEquals(0, dpt.far());
  }

  /** Without IDR3.DPT all of it is RES0. */
  @Test
  void withoutDptThereAreNone() {
    DptRig without = new DptRig(Profiles.ats());
    assertEquals(0, without.rig.get(Register.DPT_BASE));
    assertEquals(0, without.rig.get(Register.DPT_BASE_CFG));
    assertEquals(0, Cr0.DPT_WALK_EN.get(without.rig.get(Register.CR0)));
    without.rig.set(Register.GERRORN, 1 << 10);
    assertEquals(0, without.rig.get(Register.GERRORN));
    dpt.rig.set(Register.GERRORN, 1 << 10);
    assertEquals(1 << 10, dpt.rig.get(Register.GERRORN));
  }

  /** 6.3: what resets to 0, and what to an UNKNOWN value. */
  @Test
  void resetEndsWalksAndFaults() {
    dpt.walks(false);
    assertFalse(dpt.reads(DptRig.PA));
    dpt.walks(true);
    dpt.rig.smmu.power(false);
    dpt.rig.smmu.power(true);
    assertEquals(0, dpt.far());
    assertEquals(0, dpt.rig.get(Register.CR0ACK));
    assertEquals(0xf0_c007L, dpt.rig.get(Register.DPT_BASE_CFG), "UNKNOWN: all ones here");
  }
}
