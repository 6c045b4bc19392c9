package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;

/**
 * The path of one transaction: global bypass, or STE, then CD, stage 1 and stage 2 as the STE says
 * (IHI 0070 3.3.3, 15). It records nothing.
 */
final class Translator {
  private final Features features;
  private final RegisterFile registers;
  private final Configuration configuration;
  private final Stage1 stage1;
  private final Stage2 stage2;

  Translator(
      Features features,
      RegisterFile registers,
      Configuration configuration,
      Stage1 stage1,
      Stage2 stage2) {
    this.features = features;
    this.registers = registers;
    this.configuration = configuration;
    this.stage1 = stage1;
    this.stage2 = stage2;
  }

  /** Translates {@code t}, begun; returns {@code t.ok()}. */
  boolean translate(Translation t) {
    StreamContext context = configuration.recall(t);
    if (context == null) {
      if (!Cr0.SMMUEN.isSet(registers.get(Register.CR0ACK))) {
        return globalBypass(t);
      }
      context = configuration.find(t);
      if (context == null) {
        return false;
      }
    }
    return context.cd == null ? withoutStage1(t) : stage1.translate(t, context.space);
  }

  /** CR0.SMMUEN is 0: GBPA decides (IHI 0070 6.3.14, 3.4). */
  private boolean globalBypass(Translation t) {
    long gbpa = registers.get(Register.GBPA);
    if (Gbpa.ABORT.isSet(gbpa)) {
      return t.abort("GBPA.ABORT");
    }
    if (t.iova() >>> features.outputBits() != 0) {
      return t.abort("address beyond OAS");
    }
    return t.succeed(
        Path.BYPASS,
        t.iova(),
        MemoryAttributes.ofIncoming(
            features,
            Gbpa.MTCFG.isSet(gbpa),
            (int) Gbpa.MEMATTR.get(gbpa),
            (int) Gbpa.SHCFG.get(gbpa),
            (int) Gbpa.ALLOCCFG.get(gbpa)));
  }

  /** Stage 1 passes the address on, unless it is larger than any IPA (IHI 0070 3.4). */
  boolean withoutStage1(Translation t) {
    if (t.iova() >>> features.outputBits() != 0) {
      return t.stageFault(EventType.F_ADDR_SIZE, 1, FaultClass.IN, 0);
    }
    int incoming = t.ste.incomingAttributes;
    if (!t.ste.stage2) {
      return t.succeed(Path.BYPASS, t.iova(), incoming);
    }
    return stage2.translate(t, t.iova())
        && t.succeed(
            Path.STAGE_2,
            t.stage2.outputFor(t.iova()),
            MemoryAttributes.combine(incoming, t.stage2.attributes));
  }
}
