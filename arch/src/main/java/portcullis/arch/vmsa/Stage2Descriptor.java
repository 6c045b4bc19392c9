package portcullis.arch.vmsa;

import static portcullis.arch.Value.value;

import java.util.ArrayList;
import java.util.List;
import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * VMSAv8-64 stage 2 descriptors outside Realm state, Direct permissions (DDI 0487 D8.3.1, tables
 * D8-51 and D8-53).
 *
 * <p>The address depends on granule and level: see {@link AddressFormat}. A table descriptor has no
 * attributes.
 */
public final class Stage2Descriptor {
  /** {@link #S2AP}: no access. */
  public static final int S2AP_NONE = 0b00;

  /** {@link #S2AP}: read only. */
  public static final int S2AP_RO = 0b01;

  /** {@link #S2AP}: write only. */
  public static final int S2AP_WO = 0b10;

  /** {@link #S2AP}: read and write. */
  public static final int S2AP_RW = 0b11;

  /** {@link #XN}: execution allowed. */
  public static final int XN_NONE = 0b00;

  /** {@link #XN}: no execution at EL1 (FEAT_XNX). */
  public static final int XN_EL1 = 0b01;

  /** {@link #XN}: no execution. */
  public static final int XN_ALL = 0b10;

  /** {@link #XN}: no execution at EL0 (FEAT_XNX). */
  public static final int XN_EL0 = 0b11;

  private static final String SOURCE = "DDI 0487 D8.3.1.2";
  private static final Layout.Builder LEAF =
      new Layout.Builder("block or page", 64, SOURCE, Version.V8_0);

  /** Of every descriptor. */
  public static final Field VALID = CommonFields.VALID;

  /** Of every valid descriptor: 1 for a table or page, 0 for a block. */
  public static final Field TABLE = CommonFields.TABLE;

  /** Read as {@link Stage2MemAttr#values()}, or {@link Stage2MemAttr#forcedValues()} with FWB. */
  public static final Field MEMATTR =
      LEAF.choice("MemAttr", 0, 5, 2, "memory type", Stage2MemAttr.values());

  public static final Field S2AP =
      LEAF.choice(
          "S2AP",
          0,
          7,
          6,
          "data access permissions",
          value(S2AP_NONE, "none"),
          value(S2AP_RO, "RO"),
          value(S2AP_WO, "WO"),
          value(S2AP_RW, "RW"));

  public static final Field SH = CommonFields.SH;

  public static final Field AF = CommonFields.AF;

  public static final Field FNXS =
      LEAF.flag("FnXS", 0, 11, Version.V8_7, "XS attribute is 0 whatever stage 1 says");

  public static final Field NT = CommonFields.NT;

  public static final Field DBM = CommonFields.DBM;

  public static final Field CONT = CommonFields.CONT;

  /** XN[1:0]; without FEAT_XNX bit 53 is RES0. */
  public static final Field XN =
      LEAF.choice(
          "XN",
          0,
          54,
          53,
          "execute-never",
          value(XN_NONE, "executable"),
          value(XN_EL1, "not at EL1"),
          value(XN_ALL, "never"),
          value(XN_EL0, "not at EL0"));

  /** Bit 55 is NS in Realm state, elsewhere ignored; pKVM keeps page states in bits 56:55. */
  public static final Field SW = LEAF.field("SW", 0, 58, 55, "for software");

  /** Ignored unless VTCR_EL2.HWU (STE.S2HWU) gives its bits to hardware. */
  public static final Field PBHA =
      LEAF.field("PBHA", 0, 62, 59, Version.V8_2, "page-based hardware attributes");

  private static final Layout TABLE_FIELDS =
      new Layout.Builder("table", 64, SOURCE, Version.V8_0).build();

  private static final Layout LEAF_FIELDS = LEAF.build();

  private static final DescriptorLayouts LAYOUTS =
      new DescriptorLayouts(2, TABLE_FIELDS, LEAF_FIELDS);

  private static final DescriptorLayouts FWB_LAYOUTS =
      new DescriptorLayouts(2, TABLE_FIELDS, withForcedMemAttr());

  private Stage2Descriptor() {}

  /**
   * The fields of a descriptor of {@code kind} at {@code level}. For {@link
   * DescriptorKind#RESERVED}, as for {@link DescriptorKind#INVALID}, only bit 0 has a meaning.
   *
   * @param fwb whether HCR_EL2.FWB (STE.S2FWB) is 1, which changes how MemAttr reads
   */
  public static Layout layout(
      DescriptorKind kind, Granule granule, int level, AddressFormat format, boolean fwb) {
    return (fwb ? FWB_LAYOUTS : LAYOUTS).layout(kind, granule, level, format);
  }

  private static Layout withForcedMemAttr() {
    Field forced =
        new Field(
            MEMATTR.name(),
            MEMATTR.word(),
            MEMATTR.msb(),
            MEMATTR.lsb(),
            Version.V8_4,
            "memory type, forced by stage 2",
            MEMATTR.kind(),
            List.of(Stage2MemAttr.forcedValues()));
    List<Field> fields = new ArrayList<>(LEAF_FIELDS.fields());
    fields.replaceAll(field -> field.equals(MEMATTR) ? forced : field);
    return new Layout(LEAF_FIELDS.name(), LEAF_FIELDS.bits(), LEAF_FIELDS.source(), fields);
  }
}
