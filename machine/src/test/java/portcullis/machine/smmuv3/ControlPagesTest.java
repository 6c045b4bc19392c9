package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr2;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** Where the Command queue control pages are, and what is in them (IHI 0070 6.1, 6.2.5). */
class ControlPagesTest {
  private static final long EN = 1L << 31;

  /** 6.3.49 to 6.3.51. */
  @ParameterizedTest
  @CsvSource({"0, 0", "0, 8", "1, 4", "3, 7", "8, 0", "8, 8"})
  void pagesAreDescribed(int log2Pages, int log2Queues) {
    EnhancedRig e = new EnhancedRig(EnhancedRig.profile(log2Pages, log2Queues));
    int pages = 1 << log2Pages;
    for (int page = 0; page < 256; page++) {
      int at = 0x4000 + 32 * page;
      // Contiguous and ascending; here they follow the VATOS page, the third.
      long address = 0x3_0000L + page * 0x1_0000L;
      assertEquals(page < pages ? address | 0b01 << 1 | 1 : 0, e.rig.smmu.read(at, 8));
      assertEquals(page < pages ? 1 : 0, e.rig.smmu.read(at + 8, 4), "CFG.EN is RES1");
      assertEquals(page < pages ? 1 : 0, e.rig.smmu.read(at + 12, 4), "STATUS.ENACK");
      e.rig.smmu.write(at + 8, 4, 0);
      e.rig.smmu.write(at, 8, -1);
      assertEquals(page < pages ? 1 : 0, e.rig.smmu.read(at + 8, 4), "RO");
    }
    assertEquals(0x3_0000 + pages * 0x1_0000, e.rig.smmu.registerBytes());
    int last = (pages << log2Queues) - 1;
    e.set(last, Register.ECMDQ_BASE, 0x20);
    assertEquals(0x20, e.get(last, Register.ECMDQ_BASE));
    assertEquals(last == 0 ? 0x20 : 0, e.get(0, Register.ECMDQ_BASE));
  }

  /** 6.2.5: evenly, 256 of them at 256 bytes; between them locations are RES0 (6.2). */
  @ParameterizedTest
  @CsvSource({"0", "4", "7", "8"})
  void queuesAreSpacedEvenly(int log2Queues) {
    EnhancedRig e = new EnhancedRig(EnhancedRig.profile(0, log2Queues));
    int stride = 0x1_0000 >> log2Queues;
    for (int offset = 0; offset < 0x1_0000; offset += 4) {
      e.rig.smmu.write(0x3_0000 + offset, 4, 1);
    }
    for (int offset = 0; offset < 0x1_0000; offset += 4) {
      boolean register = offset % stride < 16;
      assertEquals(register ? 1 : 0, e.rig.smmu.read(0x3_0000 + offset, 4), "at " + offset);
    }
  }

  /** 6.2: halves of a 64-bit register; neither narrow, unaligned nor across two registers. */
  @Test
  void accessSizes() {
    EnhancedRig e = new EnhancedRig();
    int base = e.at(2, Register.ECMDQ_BASE);
    e.rig.smmu.write(base, 4, 0x1234_5665);
    e.rig.smmu.write(base + 4, 4, 0x4000_0007);
    assertEquals(0x4000_0007_1234_5665L, e.get(2, Register.ECMDQ_BASE));
    assertEquals(0x1234_5665, e.rig.smmu.read(base, 4));
    assertEquals(0x4000_0007, e.rig.smmu.read(base + 4, 4));
    e.rig.smmu.write(base + 8, 8, -1);
    e.rig.smmu.write(base + 8, 2, -1);
    e.rig.smmu.write(base + 10, 4, -1);
    assertEquals(0, e.get(2, Register.ECMDQ_PROD));
    assertEquals(0, e.rig.smmu.read(base + 8, 8));
    for (int offset = 0; offset < 0x2_0000; offset++) {
      for (int bytes = 1; bytes <= 8; bytes *= 2) {
        e.rig.smmu.read(0x3_0000 + offset, bytes);
        e.rig.smmu.write(0x3_0000 + offset, bytes, 0x5a5a_5a5a_5a5a_5a5aL);
      }
    }
  }

  @Test
  void theyFollowTheVatosPageOrPage1() {
    Profile far = EnhancedRig.profile(0, 0).with(Register.IDR2, Idr2.BA_VATOS, 5);
    assertEquals(0x8_0000, new EnhancedRig(far).page(0));
    assertEquals(0x2_0000, new EnhancedRig(EnhancedRig.profile(0, 0).withoutVatos()).page(0));
  }

  /** 6.3.2, 6.3.45: without IDR1.ECMDQ all of it is RES0. */
  @Test
  void anSmmuWithoutThemHasNothingThere() {
    Rig rig = new Rig(Profiles.plain());
    assertEquals(0, Idr1.ECMDQ.get(rig.get(Register.IDR1)));
    assertEquals(0, rig.get(Register.IDR6));
    for (int offset = 0x4000; offset < 0x6000; offset += 4) {
      assertEquals(0, rig.smmu.read(offset, 4));
    }
    assertEquals(0x2_0000, rig.smmu.registerBytes());
    rig.set(Register.GERRORN, -1);
    assertEquals(0, rig.get(Register.GERRORN) & 1 << 9, "6.3.20: CMDQP_ERR is reserved");
  }

  @Test
  void oneQueueAPageOfManyPages() {
    EnhancedRig e = new EnhancedRig(EnhancedRig.profile(8, 0));
    for (int queue = 0; queue < 256; queue += 51) {
      e.start(queue);
      e.command(queue, 0x46, 0);
      assertEquals(1, e.consumed(queue));
    }
    assertEquals(EN | 1, e.get(255, Register.ECMDQ_CONS));
    assertTrue(e.enabled(0));
  }
}
