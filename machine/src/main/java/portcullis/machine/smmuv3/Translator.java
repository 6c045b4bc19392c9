package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.smmuv3.attributes.MpamIds;
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
  private final TranslationStages stages;
  private final MpamIds mpamIds;

  Translator(
      Features features,
      RegisterFile registers,
      Configuration configuration,
      TranslationStages stages) {
    this.features = features;
    this.registers = registers;
    this.configuration = configuration;
    this.stages = stages;
    this.mpamIds = MpamIds.of(features);
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
    return stages.translate(t, context.space);
  }

  /** CR0.SMMUEN is 0: GBPA decides (IHI 0070 6.3.14, 3.4), and GBPMPAM (17.2). */
  private boolean globalBypass(Translation t) {
    long gbpa = registers.get(Register.GBPA);
    if (Gbpa.ABORT.isSet(gbpa)) {
      return t.abort("GBPA.ABORT");
    }
    if (t.iova() >>> features.outputBits() != 0) {
      return t.abort("address beyond OAS");
    }
    t.label(mpamIds.ids(registers.get(Register.GBPMPAM)));
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
}
