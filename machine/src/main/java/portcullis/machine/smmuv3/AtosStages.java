package portcullis.machine.smmuv3;

import portcullis.arch.smmu.AtosAddr;

/**
 * What an ATOS lookup goes through once it has its STE (IHI 0070 9.1.3).
 *
 * @param contexts finds its CD
 * @param stages translate
 */
record AtosStages(ContextTable contexts, TranslationStages stages) {

  /** Those of {@code unit}. */
  static AtosStages of(TranslationUnit unit) {
    return new AtosStages(unit.contexts(), unit.stages());
  }

  /**
   * Translates {@code t}, whose STE has the stages that are asked for; returns {@code t.ok()}.
   *
   * @param type ATOS_ADDR.TYPE, not 0
   */
  boolean translate(Translation t, int type) {
    return switch (type) {
      case AtosAddr.TYPE_STAGE_1 -> contexts.find(t) && stages.stage1Alone(t);
      case AtosAddr.TYPE_STAGE_2 -> stages.withoutStage1(t);
      default -> contexts.find(t) && stages.translate(t, StreamContext.space(t));
    };
  }
}
