package portcullis.machine.smmuv3.attributes;

import portcullis.arch.smmu.Idr1;
import portcullis.arch.vmsa.Stage2MemAttr;
import portcullis.machine.smmuv3.registers.Features;

/**
 * Memory type, allocation hints and shareability of an access, packed in an int: bits 7:0 as one
 * MAIR attribute byte, bits 9:8 as a descriptor's SH (DDI 0487 D8.6, IHI 0070 13.1).
 *
 * <p>Bit 10 marks what a stage 2 with S2FWB gives: then bits 2:0 are its MemAttr, whose meaning
 * depends on what stage 1 gives.
 */
public final class MemoryAttributes {

  /** Normal, inner and outer Write-Back, Inner Shareable: what a client device presents here. */
  public static final int NORMAL_WRITE_BACK = 0x3ff;

  /** Device-nGnRnE, Outer Shareable. */
  public static final int DEVICE_NGNRNE = 0x200;

  private static final int SHCFG_INCOMING = 0b01;
  private static final int ALLOCATION_OVERRIDE = 0b1000;
  private static final int ALLOCATION_TRANSIENT = 0b001;
  private static final int OUTER_SHAREABLE = 0b10;
  private static final int INNER_SHAREABLE = 0b11;

  private static final int FORCED = 1 << 10;
  private static final int FORCED_MASK = 0b111;
  private static final int NOT_DEVICE = 0b100;

  /** The Device type of a MAIR byte, in bits 3:2. */
  private static final int DEVICE_MASK = 0xc;

  // Inner or outer cacheability, as a nibble of a MAIR byte for Normal memory.
  private static final int NON_CACHEABLE = 0b0100;
  private static final int NOT_TRANSIENT = 0b1000;
  private static final int WRITE_BACK = 0b0100;
  private static final int ALLOCATES = 0b0011;
  private static final int BOTH_NON_CACHEABLE = (NON_CACHEABLE << 4) | NON_CACHEABLE;
  private static final int BOTH_WRITE_BACK = 0xff;

  private MemoryAttributes() {}

  /** The MAIR attribute byte. */
  public static int type(int attributes) {
    return attributes & 0xff;
  }

  /** 0b00 Non-shareable, 0b10 Outer Shareable, 0b11 Inner Shareable. */
  public static int shareability(int attributes) {
    return (attributes >>> 8) & 0b11;
  }

  /** Whether the type is any Device type. */
  public static boolean device(int attributes) {
    return (attributes & FORCED) != 0 ? (attributes & NOT_DEVICE) == 0 : (attributes & 0xf0) == 0;
  }

  /** Packs; Device and Normal Non-cacheable are always Outer Shareable (IHI 0070 13.1.7). */
  static int of(int type, int shareability) {
    boolean fixed = device(type) || type == BOTH_NON_CACHEABLE;
    int effective = fixed ? OUTER_SHAREABLE : shareability == 0b01 ? 0 : shareability;
    return type | (effective << 8);
  }

  /**
   * What a client's access has before any stage gives it attributes: those of STE or GBPA where
   * these override (IHI 0070 13.1.3, 13.1.4, IDR1.ATTR_TYPES_OVR).
   *
   * @param memAttr replaces the type if {@code overridesType}
   * @param shareability as SHCFG
   * @param allocation as ALLOCCFG
   */
  public static int ofIncoming(
      Features features, boolean overridesType, int memAttr, int shareability, int allocation) {
    if (!features.feature1(Idr1.ATTR_TYPES_OVR)) {
      return NORMAL_WRITE_BACK;
    }
    int effective = shareability == SHCFG_INCOMING ? shareability(NORMAL_WRITE_BACK) : shareability;
    int attributes =
        overridesType ? ofStage2(memAttr, effective) : of(type(NORMAL_WRITE_BACK), effective);
    if (device(attributes) || (allocation & ALLOCATION_OVERRIDE) == 0) {
      return attributes;
    }
    int allocates = (allocation >>> 1) & ALLOCATES;
    boolean lasting = (allocation & ALLOCATION_TRANSIENT) == 0;
    int outer = hinted(outer(attributes), allocates, lasting);
    return of((outer << 4) | hinted(inner(attributes), allocates, lasting), effective);
  }

  /**
   * From a MAIR attribute byte. Reserved encodings are what the SMMU makes of them: the Device type
   * that bits 3:2 say, or inner Write-Through Transient (IHI 0070 5.4, MAIR).
   */
  public static int ofStage1(int attribute, int shareability) {
    if (device(attribute)) {
      return of(attribute & DEVICE_MASK, shareability);
    }
    return of((attribute & 0xf) == 0 ? attribute | ALLOCATES : attribute, shareability);
  }

  /** From stage 2 MemAttr[3:0] (DDI 0487 D8.6.5, without FWB); reserved encodings are Device. */
  public static int ofStage2(int memAttr, int shareability) {
    int outer = memAttr >>> 2;
    int inner = memAttr & 0b11;
    if (outer == 0) {
      return of(inner << 2, shareability);
    }
    return inner == 0
        ? DEVICE_NGNRNE
        : of((cacheability(outer) << 4) | cacheability(inner), shareability);
  }

  /** From stage 2 MemAttr[2:0] with S2FWB, for {@link #combine} alone (DDI 0487 D8.6.6). */
  public static int ofForcedStage2(int memAttr, int shareability) {
    int shared = of(BOTH_WRITE_BACK, shareability) & ~0xff;
    return FORCED | (memAttr & FORCED_MASK) | shared;
  }

  private static int cacheability(int stage2Code) {
    return switch (stage2Code) {
      case 0b01 -> NON_CACHEABLE;
      case 0b10 -> NOT_TRANSIENT | ALLOCATES;
      default -> NOT_TRANSIENT | WRITE_BACK | ALLOCATES;
    };
  }

  /**
   * The attributes of both stages: Device wins, then less cacheable (DDI 0487 D8.6.5.1, IHI 0070
   * 13.1.5); or as the second, a stage 2 with S2FWB, says.
   */
  public static int combine(int first, int second) {
    int shareability = strongest(shareability(first), shareability(second));
    if ((second & FORCED) != 0) {
      return force(first, second & FORCED_MASK, shareability);
    }
    if (device(first) || device(second)) {
      int type =
          device(first) && device(second)
              ? Math.min(type(first), type(second))
              : type(device(first) ? first : second);
      return of(type, OUTER_SHAREABLE);
    }
    int outer = weaker(outer(first), outer(second));
    return of((outer << 4) | weaker(inner(first), inner(second)), shareability);
  }

  /**
   * Those of a stage 2 that nothing is combined with: one with S2FWB is taken to follow a Normal
   * Write-Back stage 1.
   */
  public static int stage2Alone(int attributes) {
    return (attributes & FORCED) == 0
        ? attributes
        : force(NORMAL_WRITE_BACK, attributes & FORCED_MASK, shareability(attributes));
  }

  /** DDI 0487 table D8-101; the reserved encoding is as Non-cacheable. */
  private static int force(int first, int memAttr, int shareability) {
    if ((memAttr & NOT_DEVICE) == 0) {
      int type = memAttr << 2;
      return of(device(first) ? Math.min(type(first), type) : type, OUTER_SHAREABLE);
    }
    return switch (memAttr) {
      case Stage2MemAttr.FWB_AS_STAGE1 -> of(type(first), shareability);
      case Stage2MemAttr.FWB_NORMAL_WB ->
          device(first)
              ? of(BOTH_WRITE_BACK, shareability)
              : of((writeBack(outer(first)) << 4) | writeBack(inner(first)), shareability);
      default -> device(first) ? first : of(BOTH_NON_CACHEABLE, OUTER_SHAREABLE);
    };
  }

  /** Write-Back with the hints that the nibble has, if it has any. */
  private static int writeBack(int nibble) {
    return nibble == NON_CACHEABLE ? BOTH_WRITE_BACK & 0xf : nibble | WRITE_BACK;
  }

  /**
   * {@code attributes} of stage 1 with no allocation hint that the incoming ones lack, and
   * Transient where those are (IHI 0070 13.4.2).
   */
  public static int limitAllocation(int attributes, int incoming) {
    if (device(attributes) || device(incoming)) {
      return attributes;
    }
    int outer = limit(outer(attributes), outer(incoming));
    return of((outer << 4) | limit(inner(attributes), inner(incoming)), shareability(attributes));
  }

  /** Whether {@link #limitAllocation} by {@code incoming} may make a difference. */
  public static boolean limitsAllocation(int incoming) {
    return limitAllocation(NORMAL_WRITE_BACK, incoming) != NORMAL_WRITE_BACK;
  }

  private static int limit(int nibble, int incoming) {
    if (nibble == NON_CACHEABLE || incoming == NON_CACHEABLE) {
      return nibble;
    }
    return hinted(nibble, nibble & incoming & ALLOCATES, (nibble & incoming & NOT_TRANSIENT) != 0);
  }

  private static int outer(int attributes) {
    return (attributes >>> 4) & 0xf;
  }

  private static int inner(int attributes) {
    return attributes & 0xf;
  }

  /** The nibble with other hints; what never allocates is not transient (IHI 0070 13.1.7). */
  private static int hinted(int nibble, int allocates, boolean lasting) {
    if (nibble == NON_CACHEABLE) {
      return nibble;
    }
    boolean notTransient = lasting || allocates == 0;
    return (notTransient ? NOT_TRANSIENT : 0) | (nibble & WRITE_BACK) | allocates;
  }

  /** The less cacheable of two, with the hints of both: a stage 2 has none to give. */
  private static int weaker(int first, int second) {
    if (first == NON_CACHEABLE || second == NON_CACHEABLE) {
      return NON_CACHEABLE;
    }
    return limit(first & (second | ~WRITE_BACK), second);
  }

  private static int strongest(int first, int second) {
    if (first == OUTER_SHAREABLE || second == OUTER_SHAREABLE) {
      return OUTER_SHAREABLE;
    }
    return first == INNER_SHAREABLE || second == INNER_SHAREABLE ? INNER_SHAREABLE : 0;
  }
}
