package portcullis.hyp.smmuv3;

import java.util.List;

/** Why an SMMU is not taken over (series part 13). */
enum Refusal {
  NONE(""),
  NOT_COHERENT_TREE(
      "its table walks are not coherent (its node does not say dma-coherent), which is refused by "
          + "--strict"),
  NOT_COHERENT("its table walks are not coherent (IDR0.COHACC is 0), which is refused by --strict"),
  NO_STAGE1("it has no stage 1 (IDR0.S1P is 0)"),
  NO_STAGE2("it has no stage 2 (IDR0.S2P is 0)"),
  NESTING_ERRATUM(
      "nested translation does not work on it (IIDR says MMU-600 before r2 or MMU-700 before "
          + "r1p1)"),
  PRESET(
      "its queues or tables lie at fixed or relative addresses (IDR1.QUEUES_PRESET, TABLES_PRESET "
          + "or REL)"),
  NO_AARCH64("it does not walk VMSAv8-64 tables (IDR0.TTF)"),
  BIG_ENDIAN("it walks big-endian tables only (IDR0.TTENDIAN)"),
  NO_GRANULE("it does not walk tables of the hypervisor's page size (IDR5.GRAN*)"),
  OUTPUT_SIZE("its output address size does not cover the board's addresses (IDR5.OAS)"),
  CONTROL_PAGES(
      "its Command queue control pages (CMDQ_CONTROL_PAGE_BASE) are not among its registers as the "
          + "board has them, one after the other, so that EL2 cannot guard them"),
  REGISTERS(
      "its registers are not two 64KB pages and whole pages of the hypervisor's, apart from memory "
          + "and from other devices' registers"),
  NO_MEMORY("the hypervisor's memory does not suffice for its queue and tables"),
  NO_ANSWER("it does not answer");

  private static final List<Refusal> BY_CODE = List.of(values());

  private final String reason;

  Refusal(String reason) {
    this.reason = reason;
  }

  /** As the store holds it; 0 for {@link #NONE}. */
  int code() {
    return BY_CODE.indexOf(this);
  }

  /** The refusal with that {@link #code}. */
  static Refusal of(long code) {
    return BY_CODE.get((int) code);
  }

  /** One line for a person. */
  String reason() {
    return reason;
  }
}
