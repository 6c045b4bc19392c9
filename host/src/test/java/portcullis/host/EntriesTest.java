package portcullis.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Ste;

/** The bits that Linux 6.12 takes the SMMU to use, word by word. */
class EntriesTest {
  private static final long SHCFG = 0x3000_0000_0000L;

  private static void steUses(long[] ste, long... words) {
    long[] used = new long[Ste.WORDS];
    Entries.steUsed(ste, used);
    assertArrayEquals(Arrays.copyOf(words, Ste.WORDS), used);
  }

  private static void cdUses(long word0, long... words) {
    long[] cd = new long[Cd.WORDS];
    cd[0] = word0;
    long[] used = new long[Cd.WORDS];
    Entries.cdUsed(cd, used);
    assertArrayEquals(words, used);
  }

  private static long[] ste(int config, int s1dss) {
    long[] ste = new long[Ste.WORDS];
    ste[0] = Ste.V.of(1) | Ste.CONFIG.of(config);
    ste[1] = Ste.S1DSS.of(s1dss);
    return ste;
  }

  @Test
  void usedBitsOfStes() {
    long stage1 = 0xf80f_ffff_ffff_ffffL;
    long stage1Word1 = 0xf800_00ffL;
    long stage2Word1 = 0x3200_0000L | SHCFG;
    long stage2Word2 = 0x065f_ffff_0000_ffffL;
    long stage2Word3 = 0x000f_ffff_ffff_fff0L;
    steUses(new long[Ste.WORDS], 1);
    steUses(ste(Ste.CONFIG_ABORT, 1), 0xf);
    steUses(ste(0b011, 1), 0xf);
    steUses(ste(Ste.CONFIG_BYPASS, 0), 0xf, SHCFG);
    steUses(ste(Ste.CONFIG_S1, Ste.S1DSS_SSID0), stage1, stage1Word1, 0xffff);
    steUses(ste(Ste.CONFIG_S1, Ste.S1DSS_BYPASS), stage1, stage1Word1 | SHCFG, 0xffff);
    steUses(ste(Ste.CONFIG_S2, 0), 0xf, stage2Word1, stage2Word2, stage2Word3);
    steUses(ste(Ste.CONFIG_NESTED, 0), stage1, stage1Word1 | stage2Word1, stage2Word2, stage2Word3);
  }

  @Test
  void usedBitsOfCds() {
    cdUses(0, 0x8000_0000L, 0, 0, 0, 0, 0, 0, 0);
    cdUses(Cd.V.of(1), -1, -1, -1, -1, -1, -1, -1, -1);
    cdUses(
        Cd.V.of(1) | Cd.EPD0.of(1),
        0xffff_ffff_ffff_c000L,
        0xfff0_0000_0000_000fL,
        -1,
        -1,
        -1,
        -1,
        -1,
        -1);
  }
}
