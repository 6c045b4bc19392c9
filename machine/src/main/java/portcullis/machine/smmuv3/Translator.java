package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;

/**
 * The path of one transaction: global bypass, or STE, then CD, stage 1 and stage 2 as the STE says
 * (IHI 0070 3.3.3, 15). It records nothing.
 */
final class Translator {
  private static final int OVERRIDE_OFF = 0b10;
  private static final int OVERRIDE_ON = 0b11;
  private static final int SHCFG_INCOMING = 0b01;

  private final Profile profile;
  private final RegisterFile registers;
  private final StreamTable streams;
  private final ContextTable contexts;
  private final Stage1 stage1;
  private final Stage2 stage2;

  Translator(
      Profile profile,
      RegisterFile registers,
      StreamTable streams,
      ContextTable contexts,
      Stage1 stage1,
      Stage2 stage2) {
    this.profile = profile;
    this.registers = registers;
    this.streams = streams;
    this.contexts = contexts;
    this.stage1 = stage1;
    this.stage2 = stage2;
  }

  /** Translates {@code t}, begun; returns {@code t.ok()}. */
  boolean translate(Translation t) {
    if (!Cr0.SMMUEN.isSet(registers.get(Register.CR0ACK))) {
      return globalBypass(t);
    }
    if (!streams.find(t)) {
      return false;
    }
    int config = t.ste.get(Ste.CONFIG);
    if ((config & Ste.CONFIG_BIT_PASS) == 0) {
      return t.abort("STE.Config is abort");
    }
    overridePermissions(t);
    boolean nested = (config & Ste.CONFIG_BIT_S2) != 0;
    if ((config & Ste.CONFIG_BIT_S1) == 0) {
      return t.substreamId() == Translation.NO_SUBSTREAM
          ? withoutStage1(t, nested)
          : t.fault(EventType.C_BAD_SUBSTREAMID);
    }
    int context = contexts.select(t);
    return switch (context) {
      case ContextTable.FAULT -> false;
      case ContextTable.BYPASS -> withoutStage1(t, nested);
      default -> contexts.find(t, context) && stage1.translate(t, nested);
    };
  }

  /** CR0.SMMUEN is 0: GBPA decides (IHI 0070 6.3.14, 3.4). */
  private boolean globalBypass(Translation t) {
    long gbpa = registers.get(Register.GBPA);
    if (Gbpa.ABORT.isSet(gbpa)) {
      return t.abort("GBPA.ABORT");
    }
    if (t.iova() >>> profile.outputBits() != 0) {
      return t.abort("address beyond OAS");
    }
    return t.succeed(
        Path.BYPASS,
        t.iova(),
        incomingAttributes(
            Gbpa.MTCFG.isSet(gbpa), (int) Gbpa.MEMATTR.get(gbpa), (int) Gbpa.SHCFG.get(gbpa)));
  }

  /** Stage 1 passes the address on, unless it is larger than any IPA (IHI 0070 3.4). */
  private boolean withoutStage1(Translation t, boolean hasStage2) {
    if (t.iova() >>> profile.outputBits() != 0) {
      return t.stageFault(EventType.F_ADDR_SIZE, 1, FaultClass.IN, 0);
    }
    int incoming =
        incomingAttributes(t.ste.isSet(Ste.MTCFG), t.ste.get(Ste.MEMATTR), t.ste.get(Ste.SHCFG));
    if (!hasStage2) {
      return t.succeed(Path.BYPASS, t.iova(), incoming);
    }
    return stage2.translate(t, t.iova())
        && t.succeed(
            Path.STAGE_2,
            t.stage2.outputFor(t.iova()),
            MemoryAttributes.combine(incoming, t.stage2.attributes));
  }

  /** PRIVCFG and INSTCFG; a write stays data (IHI 0070 13.1.2). */
  private void overridePermissions(Translation t) {
    if (profile.feature1(Idr1.ATTR_PERMS_OVR)) {
      t.override(
          overridden(t.ste.get(Ste.PRIVCFG), t.privileged()),
          overridden(t.ste.get(Ste.INSTCFG), t.instruction()));
    }
  }

  private static boolean overridden(int config, boolean incoming) {
    return switch (config) {
      case OVERRIDE_OFF -> false;
      case OVERRIDE_ON -> true;
      default -> incoming;
    };
  }

  private int incomingAttributes(boolean overrideType, int memAttr, int shareability) {
    int incoming = MemoryAttributes.NORMAL_WRITE_BACK;
    if (!profile.feature1(Idr1.ATTR_TYPES_OVR)) {
      return incoming;
    }
    int effective =
        shareability == SHCFG_INCOMING ? MemoryAttributes.shareability(incoming) : shareability;
    return overrideType
        ? MemoryAttributes.ofStage2(memAttr, effective)
        : MemoryAttributes.of(MemoryAttributes.type(incoming), effective);
  }
}
