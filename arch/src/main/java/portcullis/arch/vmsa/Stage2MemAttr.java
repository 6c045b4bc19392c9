package portcullis.arch.vmsa;

import static portcullis.arch.Value.value;

import java.util.ArrayList;
import java.util.List;
import portcullis.arch.Value;

/**
 * Stage 2 MemAttr[3:0] (DDI 0487 D8.6.5): the memory type of a stage 2 mapping, where stage 2 does
 * not force the type (HCR_EL2.FWB or STE.S2FWB is 0), and where it does (is 1).
 */
public final class Stage2MemAttr {
  /** FWB 0: Device-nGnRnE. */
  public static final int DEVICE_NGNRNE = 0b0000;

  /** FWB 0: Device-nGnRE. */
  public static final int DEVICE_NGNRE = 0b0001;

  /** FWB 0: Device-nGRE. */
  public static final int DEVICE_NGRE = 0b0010;

  /** FWB 0: Device-GRE. */
  public static final int DEVICE_GRE = 0b0011;

  /** FWB 0: Normal, outer and inner Non-cacheable. */
  public static final int NORMAL_NC = 0b0101;

  /** FWB 0: Normal, outer and inner Write-Through. */
  public static final int NORMAL_WT = 0b1010;

  /** FWB 0: Normal, outer and inner Write-Back. */
  public static final int NORMAL_WB = 0b1111;

  /** FWB 1: Device-nGnRE. */
  public static final int FWB_DEVICE_NGNRE = 0b0001;

  /** FWB 1: Normal Non-cacheable. */
  public static final int FWB_NORMAL_NC = 0b0101;

  /** FWB 1: Normal Write-Back whatever stage 1 says. */
  public static final int FWB_NORMAL_WB = 0b0110;

  /** FWB 1: the type that stage 1 gives. */
  public static final int FWB_AS_STAGE1 = 0b0111;

  private static final String[] DEVICE = {
    "Device-nGnRnE", "Device-nGnRE", "Device-nGRE", "Device-GRE"
  };
  private static final String[] CACHEABILITY = {"reserved", "NC", "WT", "WB"};

  private Stage2MemAttr() {}

  /**
   * Whether stage 2 alone makes the mapping Device memory.
   *
   * @param memAttr MemAttr[3:0]
   * @param fwb whether HCR_EL2.FWB (STE.S2FWB) is 1
   */
  public static boolean isDevice(long memAttr, boolean fwb) {
    return fwb ? (memAttr & 0b100) == 0 : (memAttr & 0b1100) == 0;
  }

  /** The encodings with FWB 0; 0b0100, 0b1000 and 0b1100 are reserved. */
  public static Value[] values() {
    List<Value> values = new ArrayList<>();
    for (int code = 0; code < 16; code++) {
      int outer = code >> 2;
      int inner = code & 3;
      if (outer == 0) {
        values.add(value(code, DEVICE[inner]));
      } else if (inner != 0) {
        values.add(
            value(code, "Normal outer " + CACHEABILITY[outer] + " inner " + CACHEABILITY[inner]));
      }
    }
    return values.toArray(Value[]::new);
  }

  /** The encodings with FWB 1; 0b0100 and those with bit 3 set are reserved. */
  public static Value[] forcedValues() {
    return new Value[] {
      value(0, DEVICE[0]),
      value(FWB_DEVICE_NGNRE, DEVICE[1]),
      value(2, DEVICE[2]),
      value(3, DEVICE[3]),
      value(FWB_NORMAL_NC, "Normal Non-cacheable"),
      value(FWB_NORMAL_WB, "Normal Write-Back"),
      value(FWB_AS_STAGE1, "as stage 1")
    };
  }
}
