package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Idr1;

/**
 * Memory type and shareability of an access, packed in an int: bits 7:0 as one MAIR attribute byte,
 * bits 9:8 as a descriptor's SH (DDI 0487 D8.6, IHI 0070 13.1).
 */
public final class MemoryAttributes {

  /** Normal, inner and outer Write-Back, Inner Shareable: what a client device presents here. */
  public static final int NORMAL_WRITE_BACK = 0x3ff;

  /** Device-nGnRnE, Outer Shareable. */
  public static final int DEVICE_NGNRNE = 0x200;

  private static final int SHCFG_INCOMING = 0b01;
  private static final int NON_CACHEABLE = 0x44;
  private static final int OUTER_SHAREABLE = 0b10;
  private static final int INNER_SHAREABLE = 0b11;

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
    return (attributes & 0xf0) == 0;
  }

  /** Packs; Device and Normal Non-cacheable are always Outer Shareable. */
  static int of(int type, int shareability) {
    boolean fixed = device(type) || type == NON_CACHEABLE;
    int effective = fixed ? OUTER_SHAREABLE : shareability == 0b01 ? 0 : shareability;
    return type | (effective << 8);
  }

  /**
   * What a client's access has before any stage gives it attributes: those of STE or GBPA where
   * these override (IHI 0070 13.1.3, IDR1.ATTR_TYPES_OVR).
   */
  static int ofIncoming(Profile profile, boolean overridesType, int memAttr, int shareability) {
    if (!profile.feature1(Idr1.ATTR_TYPES_OVR)) {
      return NORMAL_WRITE_BACK;
    }
    int effective = shareability == SHCFG_INCOMING ? shareability(NORMAL_WRITE_BACK) : shareability;
    return overridesType ? ofStage2(memAttr, effective) : of(type(NORMAL_WRITE_BACK), effective);
  }

  /** From stage 2 MemAttr[3:0] (DDI 0487 D8.6.5, without FWB); reserved encodings are Device. */
  static int ofStage2(int memAttr, int shareability) {
    int outer = memAttr >>> 2;
    int inner = memAttr & 0b11;
    if (outer == 0) {
      return of(inner << 2, shareability);
    }
    return inner == 0
        ? DEVICE_NGNRNE
        : of((cacheability(outer) << 4) | cacheability(inner), shareability);
  }

  private static int cacheability(int stage2Code) {
    return switch (stage2Code) {
      case 0b01 -> 0x4;
      case 0b10 -> 0xb;
      default -> 0xf;
    };
  }

  /** The weaker of two stages' attributes (DDI 0487 D8.6.6): Device wins, then less cacheable. */
  static int combine(int first, int second) {
    if (device(first) || device(second)) {
      int type =
          device(first) && device(second)
              ? Math.min(type(first), type(second))
              : type(device(first) ? first : second);
      return of(type, OUTER_SHAREABLE);
    }
    int outer = weaker(type(first) >>> 4, type(second) >>> 4);
    int inner = weaker(type(first) & 0xf, type(second) & 0xf);
    return of((outer << 4) | inner, strongest(shareability(first), shareability(second)));
  }

  private static int weaker(int first, int second) {
    return rank(first) <= rank(second) ? first : second;
  }

  /** 0 Non-cacheable, 1 Write-Through, 2 Write-Back, of one nibble of a MAIR byte. */
  private static int rank(int nibble) {
    if (nibble == 0x4) {
      return 0;
    }
    return (nibble & 0x4) == 0 ? 1 : 2;
  }

  private static int strongest(int first, int second) {
    if (first == OUTER_SHAREABLE || second == OUTER_SHAREABLE) {
      return OUTER_SHAREABLE;
    }
    return first == INNER_SHAREABLE || second == INNER_SHAREABLE ? INNER_SHAREABLE : 0;
  }
}
