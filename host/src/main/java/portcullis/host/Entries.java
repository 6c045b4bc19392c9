package portcullis.host;

import java.util.Arrays;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Ste;

/**
 * The STEs and CDs that Linux's driver writes, and which of their bits it takes the SMMU to use.
 */
public final class Entries {
  private static final long STAGE_1_WORD_1 =
      Ste.S1DSS.mask()
          | Ste.S1CIR.mask()
          | Ste.S1COR.mask()
          | Ste.S1CSH.mask()
          | Ste.S1STALLD.mask()
          | Ste.STRW.mask()
          | Ste.EATS.mask();

  private static final long STAGE_2_WORD_2 =
      Ste.S2VMID.mask()
          | Ste.S2T0SZ.mask()
          | Ste.S2SL0.mask()
          | Ste.S2IR0.mask()
          | Ste.S2OR0.mask()
          | Ste.S2SH0.mask()
          | Ste.S2TG.mask()
          | Ste.S2PS.mask()
          | Ste.S2AA64.mask()
          | Ste.S2ENDI.mask()
          | Ste.S2PTW.mask()
          | Ste.S2S.mask()
          | Ste.S2R.mask();

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
   * An STE whose stream goes through stage 1, on an SMMU that does not stall.
   *
   * @param cdTable address of a linear table of one CD
   */
  public static long[] stage1(long cdTable) {
    return stage1(cdTable, false);
  }

  /**
   * An STE whose stream goes through stage 1.
   *
   * @param cdTable address of a linear table of one CD
   * @param noStall to be set where the SMMU lets software choose whether faults stall, and only
   *     there (IHI 0070 5.2, S1STALLD): the host does not handle stalled faults
   */
  static long[] stage1(long cdTable, boolean noStall) {
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
            | Ste.S1STALLD.of(noStall ? 1 : 0)
            | Ste.STRW.of(Ste.STRW_EL1);
    return ste;
  }

  /** Which bits of an STE Linux takes the SMMU to use, by its configuration. */
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
      used[1] |= STAGE_1_WORD_1;
      used[2] |= Ste.S2VMID.mask();
      if (Ste.S1DSS.get(ste[1]) == Ste.S1DSS_BYPASS) {
        used[1] |= Ste.SHCFG.mask();
      }
    }
    if ((config & Ste.CONFIG_BIT_S2) != 0) {
      used[1] |= Ste.S2FWB.mask() | Ste.EATS.mask() | Ste.SHCFG.mask();
      used[2] |= STAGE_2_WORD_2;
      used[3] |= Ste.S2TTB.mask();
    }
    if (config == Ste.CONFIG_BYPASS) {
      used[1] |= Ste.SHCFG.mask();
    }
  }

  /** Which bits of a CD Linux takes the SMMU to use. */
  static void cdUsed(long[] cd, long[] used) {
    used[0] = Cd.V.mask();
    if (!Cd.V.isSet(cd[0])) {
      return;
    }
    Arrays.fill(used, -1L);
    if (Cd.EPD0.isSet(cd[0])) {
      used[0] &= ~(Cd.T0SZ.mask() | Cd.TG0.mask() | Cd.IR0.mask() | Cd.OR0.mask() | Cd.SH0.mask());
      used[1] &= ~Cd.TTB0.mask();
    }
  }
}
