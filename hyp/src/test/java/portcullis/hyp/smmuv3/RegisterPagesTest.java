package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.boot.SmmuRegistration;

class RegisterPagesTest {
  private static SmmuRegistration at(long base, long bytes) {
    return new SmmuRegistration("smmu", new MemoryRange(base, bytes), true);
  }

  @Test
  void findsEachFromItsFirstToItsLastByte() {
    List<SmmuRegistration> smmus =
        List.of(at(0x50_0000, 0x2_0000), at(0x10_0000, 0x4_0000), at(0x14_0000, 0x2_0000));
    RegisterPages pages = new RegisterPages(smmus);

    for (int i = 0; i < smmus.size(); i++) {
      MemoryRange registers = smmus.get(i).registers();
      assertEquals(i, pages.find(registers.base()));
      assertEquals(i, pages.find(registers.end() - 1));
    }
    for (long address : new long[] {0, 0xf_ffff, 0x16_0000, 0x4f_ffff, 0x52_0000, 1L << 51}) {
      assertEquals(RegisterPages.NONE, pages.find(address));
    }
    assertEquals(RegisterPages.NONE, new RegisterPages(List.of()).find(0));
  }
}
