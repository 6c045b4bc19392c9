package portcullis.host;

import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Ste;

/**
 * The STEs and CDs that Linux's driver writes, and which of their bits it takes the SMMU to use.
 */
public final class Entries {
  private Entries() {}

  /** An STE whose stream aborts without an event. */
  public static long[] abort() {
    long[] ste = new long[Ste.WORDS];
    ste[0] = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_ABORT);
    return ste;
  }

  /** An STE whose stream bypasses translation (as far as the host can tell). */
  public static long[] bypass() {
    long[] ste = new long[Ste.WORDS];
    ste[0] = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_BYPASS);
    ste[1] = Ste.SHCFG.of(Ste.SHCFG_INCOMING);
    return ste;
  }

  /**
   * An STE whose stream goes through stage 1.
   *
   * @param cdTable address of a linear table of one CD
   */
  public static long[] stage1(long cdTable) {
    long[] ste = new long[Ste.WORDS];
    ste[0] =
        Ste.V.of(1)
            | Ste.CONFIG.of(Ste.CONFIG_S1)
            | Ste.S1FMT.of(Ste.S1FMT_LINEAR)
            | Ste.S1CONTEXTPTR.inPlace(cdTable);
    ste[1] =
        Ste.S1DSS.of(Ste.S1DSS_SSID0)
            | Ste.S1CIR.of(0b01)
            | Ste.S1COR.of(0b01)
            | Ste.S1CSH.of(0b11)
            | Ste.STRW.of(Ste.STRW_EL1);
    return ste;
  }

  /** Which bits of an STE count, by its configuration. */
  static void steUsed(long[] ste, long[] used) {
    used[0] = Ste.V.mask();
    if (!Ste.V.isSet(ste[0])) {
      return;
    }
    used[0] |= Ste.CONFIG.mask();
    int config = (int) Ste.CONFIG.get(ste[0]);
    if ((config & Ste.CONFIG_BIT_PASS) == 0) {
      return;
    }
    if ((config & Ste.CONFIG_BIT_S1) != 0) {
      used[0] |= Ste.S1FMT.mask() | Ste.S1CONTEXTPTR.mask() | Ste.S1CDMAX.mask();
      used[1] |=
          Ste.S1DSS.mask()
              | Ste.S1CIR.mask()
              | Ste.S1COR.mask()
              | Ste.S1CSH.mask()
              | Ste.S1STALLD.mask()
              | Ste.STRW.mask()
              | Ste.EATS.mask();
    } else {
      used[1] |= Ste.SHCFG.mask();
    }
  }

  /** Which bits of a CD count. */
  static void cdUsed(long[] cd, long[] used) {
    used[0] = Cd.V.mask();
    if (!Cd.V.isSet(cd[0])) {
      return;
    }
    java.util.Arrays.fill(used, -1L);
    if (Cd.EPD0.isSet(cd[0])) {
      used[0] &= ~(Cd.T0SZ.mask() | Cd.TG0.mask() | Cd.IR0.mask() | Cd.OR0.mask() | Cd.SH0.mask());
      used[1] &= ~Cd.TTB0.mask();
    }
  }
}
