package portcullis.hyp.smmuv3;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import portcullis.arch.Field;
import portcullis.arch.smmu.Ste;

/**
 * What of a host's STE reaches the STE that hardware reads (series part 24): one row for each field
 * of IHI 0070 5.2, and one for each encoding of STE.Config.
 */
public final class StePolicy {

  /** Where a field's value comes from. */
  public enum Rule {
    /** STE.V and STE.Config follow the row of the host's Config. */
    CONFIG("by Config"),
    /** The host's. */
    COPY("copied"),
    /** The host's where stage 1 translates, else zero. */
    COPY_STAGE1("copied for stage 1"),
    /** Zero. */
    ZERO("zero"),
    /**
     * STE.EATS: split-stage ATS where the host asks for full ATS in front of its stage 1, which is
     * all the stages that it knows of; else no ATS.
     */
    SPLIT_ATS("full ATS becomes split-stage ATS, else zero"),
    /** The row's value. */
    FORCE("forced"),
    /** What the shadow stage-2 table and this SMMU need. */
    STAGE2("of the shadow stage-2");

    private final String words;

    Rule(String words) {
      this.words = words;
    }
  }

  /**
   * One field.
   *
   * @param value right-aligned, for {@link Rule#FORCE}; else 0
   */
  public record Row(Field field, Rule rule, long value, String reason) implements PolicyRow {
    @Override
    public String name() {
      return "STE." + field.name();
    }

    @Override
    public String verdict() {
      return rule == Rule.FORCE ? rule.words + " to 0x" + Long.toHexString(value) : rule.words;
    }
  }

  /** What becomes of an STE with some Config. */
  public enum Outcome {
    /** Stays abort: no traffic, no event. */
    ABORT("abort"),
    /** Stage 2 only. */
    STAGE2("stage 2"),
    /** Stage 1 of the host's, then stage 2. */
    NESTED("nested"),
    /** V is cleared: the device's access ends in C_BAD_STE. */
    REFUSE("refused, V=0"),
    /** All of it as the host wrote it: no isolation. */
    COPY("copied as it is");

    private final String words;

    Outcome(String words) {
      this.words = words;
    }
  }

  /** One encoding of STE.Config, 0 to 7. */
  public record ConfigRow(int config, Outcome outcome, String reason) implements PolicyRow {
    @Override
    public String name() {
      return "STE.Config=0b%3s".formatted(Integer.toBinaryString(config)).replace(' ', '0');
    }

    @Override
    public String verdict() {
      return outcome.words;
    }
  }

  private static final String SECURE = "for Secure or Realm streams, and this table is Non-secure";
  private static final String MPAM = "MPAM is hidden";
  private static final String WALKS = "EL2's table is Write-Back cacheable and Inner Shareable";
  private static final String IMPLEMENTATION = "IMPLEMENTATION DEFINED: nothing vouches for it";
  private static final String CD_FETCH = "attributes of fetches that stage 2 translates";
  private static final String STAGE1_OF_HOST = "stage 1 is the host's";
  private static final String ATTRIBUTES = "attributes, which give no access";
  private static final String NO_HARDWARE_USE = "no descriptor of EL2's uses the bit";

  /** What isolation needs. */
  public static final StePolicy DEFAULT =
      new StePolicy(
          List.of(
              row(Ste.V, Rule.CONFIG, "an STE that EL2 refuses or the host cleared is invalid"),
              row(Ste.CONFIG, Rule.CONFIG, "what passes, passes stage 2"),
              row(Ste.S1FMT, Rule.COPY_STAGE1, STAGE1_OF_HOST),
              row(
                  Ste.S1CONTEXTPTR,
                  Rule.COPY_STAGE1,
                  "an IPA under nesting: the fetch itself passes stage 2"),
              row(Ste.S1CDMAX, Rule.COPY_STAGE1, STAGE1_OF_HOST),
              row(Ste.S1DSS, Rule.COPY_STAGE1, "bypassing stage 1 still leaves stage 2"),
              row(Ste.S1CIR, Rule.COPY_STAGE1, CD_FETCH),
              row(Ste.S1COR, Rule.COPY_STAGE1, CD_FETCH),
              row(Ste.S1CSH, Rule.COPY_STAGE1, CD_FETCH),
              row(Ste.S2HWU59, Rule.ZERO, NO_HARDWARE_USE),
              row(Ste.S2HWU60, Rule.ZERO, NO_HARDWARE_USE),
              row(Ste.S2HWU61, Rule.ZERO, NO_HARDWARE_USE),
              row(Ste.S2HWU62, Rule.ZERO, NO_HARDWARE_USE),
              row(Ste.DRE, Rule.COPY, "destroys only what stage 2 lets the device write"),
              row(Ste.CONT, Rule.ZERO, "alike neighbours in the host's table need not be in EL2's"),
              row(Ste.DCP, Rule.COPY, "a hint, after translation"),
              row(Ste.PPAR, Rule.COPY, "how the SMMU answers the host's own devices"),
              row(Ste.MEV, Rule.COPY, "how events are merged in the host's own queue"),
              row(Ste.SW_RESERVED, Rule.ZERO, "ignored by hardware"),
              row(Ste.S2FWB, Rule.ZERO, "EL2's descriptors are written for FWB 0"),
              row(Ste.S1MPAM, Rule.ZERO, MPAM),
              row(Ste.S1STALLD, Rule.COPY_STAGE1, STAGE1_OF_HOST),
              row(
                  Ste.EATS,
                  Rule.SPLIT_ATS,
                  "full ATS lets translated requests bypass stage 2; split, they are IPAs that it"
                      + " translates"),
              row(Ste.STRW, Rule.FORCE, Ste.STRW_EL1, "the host is at EL1, HYP is hidden"),
              row(Ste.MEMATTR, Rule.COPY, ATTRIBUTES),
              row(Ste.MTCFG, Rule.COPY, ATTRIBUTES),
              row(Ste.ALLOCCFG, Rule.COPY, ATTRIBUTES),
              row(Ste.SHCFG, Rule.COPY, ATTRIBUTES),
              row(Ste.NSCFG, Rule.ZERO, SECURE),
              row(Ste.PRIVCFG, Rule.COPY, "stage 2 does not tell privileged from not"),
              row(Ste.INSTCFG, Rule.COPY, "stage 2 lets neither execute"),
              row(Ste.IMPL_DEF_1, Rule.ZERO, IMPLEMENTATION),
              row(Ste.S2VMID, Rule.FORCE, 0, "the host's VMID, which invalidation names"),
              row(Ste.IMPL_DEF_2, Rule.ZERO, IMPLEMENTATION),
              row(Ste.S2T0SZ, Rule.STAGE2, "size of EL2's table"),
              row(Ste.S2SL0, Rule.STAGE2, "start level of EL2's table"),
              row(Ste.S2IR0, Rule.FORCE, 0b01, WALKS),
              row(Ste.S2OR0, Rule.FORCE, 0b01, WALKS),
              row(Ste.S2SH0, Rule.FORCE, 0b11, WALKS),
              row(Ste.S2TG, Rule.STAGE2, "granule of EL2's table"),
              row(Ste.S2PS, Rule.STAGE2, "output size of EL2's table"),
              row(Ste.S2AA64, Rule.FORCE, 1, "EL2's table is VMSAv8-64"),
              row(Ste.S2ENDI, Rule.FORCE, 0, "EL2's table is little-endian"),
              row(Ste.S2AFFD, Rule.FORCE, 1, "EL2 keeps no access flags"),
              row(
                  Ste.S2PTW,
                  Rule.FORCE,
                  1,
                  "a table walk has no business in registers, where a read may act"),
              row(Ste.S2HD, Rule.ZERO, "EL2 tracks no dirty state"),
              row(Ste.S2HA, Rule.ZERO, "EL2 keeps no access flags"),
              row(Ste.S2S, Rule.STAGE2, "terminate: nobody resumes; stall only where forced to"),
              row(Ste.S2R, Rule.FORCE, 1, "the host sees what its device tried"),
              row(Ste.DPT_VMATCH, Rule.ZERO, "no Device Permission Table"),
              row(Ste.S2NSW, Rule.ZERO, SECURE),
              row(Ste.S2NSA, Rule.ZERO, SECURE),
              row(Ste.S2SL0_2, Rule.ZERO, "EL2's table has no level -1"),
              row(Ste.S2DS, Rule.ZERO, "EL2's table has no 52-bit format for this granule"),
              row(Ste.S2TTB, Rule.STAGE2, "EL2's table"),
              row(Ste.IMPL_DEF_4, Rule.ZERO, IMPLEMENTATION),
              row(Ste.PARTID, Rule.ZERO, MPAM),
              row(Ste.S_S2T0SZ, Rule.ZERO, SECURE),
              row(Ste.S_S2SL0, Rule.ZERO, SECURE),
              row(Ste.S_S2TG, Rule.ZERO, SECURE),
              row(Ste.MECID, Rule.ZERO, SECURE),
              row(Ste.PMG, Rule.ZERO, MPAM),
              row(Ste.MPAM_NS, Rule.ZERO, SECURE),
              row(Ste.VMSPTR, Rule.ZERO, "a physical address that no stage translates"),
              row(Ste.S2SW, Rule.ZERO, SECURE),
              row(Ste.S2SA, Rule.ZERO, SECURE),
              row(Ste.S_S2SL0_2, Rule.ZERO, SECURE),
              row(Ste.S_S2TTB, Rule.ZERO, SECURE)),
          List.of(
              new ConfigRow(0b000, Outcome.ABORT, "no traffic needs no stage"),
              new ConfigRow(0b001, Outcome.ABORT, "reserved, behaves as abort"),
              new ConfigRow(0b010, Outcome.ABORT, "reserved, behaves as abort"),
              new ConfigRow(0b011, Outcome.ABORT, "reserved, behaves as abort"),
              new ConfigRow(
                  Ste.CONFIG_BYPASS, Outcome.STAGE2, "identity, but only to what the host owns"),
              new ConfigRow(
                  Ste.CONFIG_S1, Outcome.NESTED, "the host's tables hold IPAs, not physical ones"),
              new ConfigRow(Ste.CONFIG_S2, Outcome.REFUSE, "stage 2 is EL2's, S2P is hidden"),
              new ConfigRow(Ste.CONFIG_NESTED, Outcome.REFUSE, "stage 2 is EL2's, S2P is hidden")));

  private final List<Row> rows;
  private final List<ConfigRow> configs;
  private final long[] copied = new long[Ste.WORDS];
  private final long[] copiedForStage1 = new long[Ste.WORDS];
  private final long[] stage2 = new long[Ste.WORDS];
  private final long[] forced = new long[Ste.WORDS];
  private final long[] byConfig = new long[Ste.WORDS];
  private final long[] splitAts = new long[Ste.WORDS];

  private StePolicy(List<Row> rows, List<ConfigRow> configs) {
    this.rows = List.copyOf(rows);
    this.configs = List.copyOf(configs);
    if (!this.rows.stream().map(Row::field).toList().containsAll(Ste.LAYOUT.fields())) {
      throw new IllegalArgumentException("every STE field needs a row");
    }
    for (Row row : rows) {
      int word = row.field().word();
      switch (row.rule()) {
        case COPY -> copied[word] |= row.field().mask();
        case COPY_STAGE1 -> copiedForStage1[word] |= row.field().mask();
        case STAGE2 -> stage2[word] |= row.field().mask();
        case FORCE -> forced[word] |= row.field().of(row.value());
        case CONFIG -> byConfig[word] |= row.field().mask();
        case SPLIT_ATS -> splitAts[word] |= row.field().mask();
        case ZERO -> {}
      }
    }
  }

  /** A copy with {@code changed} in place of the row for the same field. */
  public StePolicy with(Row changed) {
    List<Row> copy = new ArrayList<>(rows);
    copy.replaceAll(row -> row.field().equals(changed.field()) ? changed : row);
    return new StePolicy(copy, configs);
  }

  /** A copy with {@code changed} in place of the row for the same Config. */
  public StePolicy with(ConfigRow changed) {
    List<ConfigRow> copy = new ArrayList<>(configs);
    copy.set(changed.config(), changed);
    return new StePolicy(rows, copy);
  }

  /** The field rows, in the order of the STE. */
  public List<Row> rows() {
    return rows;
  }

  /** The rows of STE.Config, by encoding. */
  public List<ConfigRow> configs() {
    return configs;
  }

  /**
   * Makes the STE that hardware gets out of the host's.
   *
   * @param ste the host's eight words, already copied; replaced by the result
   * @param stage2Words the words that fields with {@link Rule#STAGE2} and {@link Rule#SPLIT_ATS}
   *     take
   * @return whether the host's STE was valid and is now refused
   */
  boolean complete(long[] ste, long[] stage2Words) {
    assert ste.length == Ste.WORDS && stage2Words.length == Ste.WORDS;
    boolean valid = Ste.V.isSet(ste[0]);
    Outcome outcome = configs.get((int) Ste.CONFIG.get(ste[0])).outcome();
    if (!valid || outcome == Outcome.REFUSE) {
      Arrays.fill(ste, 0);
      return valid;
    }
    switch (outcome) {
      case ABORT -> {
        Arrays.fill(ste, 0);
        ste[0] = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_ABORT);
      }
      case STAGE2 -> derive(ste, stage2Words, Ste.CONFIG_S2);
      case NESTED -> derive(ste, stage2Words, Ste.CONFIG_NESTED);
      case COPY, REFUSE -> {}
    }
    return false;
  }

  private void derive(long[] ste, long[] stage2Words, int config) {
    boolean stage1 = (config & Ste.CONFIG_BIT_S1) != 0;
    boolean split = stage1 && Ste.EATS.get(ste[Ste.EATS.word()]) == Ste.EATS_FULL;
    for (int word = 0; word < Ste.WORDS; word++) {
      long hosts = copied[word] | (stage1 ? copiedForStage1[word] : 0);
      long settled = stage2[word] | (split ? splitAts[word] : 0);
      ste[word] = (ste[word] & hosts) | (stage2Words[word] & settled) | forced[word];
    }
    ste[0] |= (Ste.V.of(1) | Ste.CONFIG.of(config)) & byConfig[0];
  }

  private static Row row(Field field, Rule rule, String reason) {
    return new Row(field, rule, 0, reason);
  }

  private static Row row(Field field, Rule rule, long value, String reason) {
    return new Row(field, rule, value, reason);
  }
}
