package portcullis.arch.vmsa;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * VMSAv8-64 stage 1 descriptors of a regime with two privilege levels, Direct permissions (DDI 0487
 * D8.3.1, tables D8-50 and D8-52).
 *
 * <p>The address depends on granule and level: see {@link AddressFormat}.
 */
public final class Stage1Descriptor {
  /** {@link #AP}: privileged read and write, no unprivileged access. */
  public static final int AP_PRIV_RW = 0b00;

  /** {@link #AP}: read and write at both levels. */
  public static final int AP_RW = 0b01;

  /** {@link #AP}: privileged read only, no unprivileged access. */
  public static final int AP_PRIV_RO = 0b10;

  /** {@link #AP}: read only at both levels. */
  public static final int AP_RO = 0b11;

  private static final Layout.Builder TABLE_FIELDS =
      new Layout.Builder("table", 64, "DDI 0487 D8.3.1.1", Version.V8_0);
  private static final Layout.Builder LEAF =
      new Layout.Builder("block or page", 64, "DDI 0487 D8.3.1.2", Version.V8_0);

  /** Of every descriptor. */
  public static final Field VALID = CommonFields.VALID;

  /** Of every valid descriptor: 1 for a table or page, 0 for a block. */
  public static final Field TABLE = CommonFields.TABLE;

  /** Which byte of MAIR (CD.MAIR0, MAIR1) gives the memory type. */
  public static final Field ATTRINDX = LEAF.field("AttrIndx", 0, 4, 2, "index into MAIR");

  public static final Field NS = LEAF.flag("NS", 0, 5, "output is Non-secure, Secure walks only");

  /** AP[2:1]; there is no AP[0]. */
  public static final Field AP =
      LEAF.choice(
          "AP",
          0,
          7,
          6,
          "data access permissions AP[2:1]",
          value(AP_PRIV_RW, "privileged RW"),
          value(AP_RW, "RW"),
          value(AP_PRIV_RO, "privileged RO"),
          value(AP_RO, "RO"));

  public static final Field SH = CommonFields.SH;

  public static final Field AF = CommonFields.AF;

  public static final Field NG =
      LEAF.choice("nG", 0, 11, 11, "not global", value(0, "global"), value(1, "of the ASID"));

  public static final Field NT = CommonFields.NT;

  public static final Field GP =
      LEAF.flag("GP", 0, 50, Version.V8_5, "guarded page: branch targets are checked");

  public static final Field DBM = CommonFields.DBM;

  public static final Field CONT = CommonFields.CONT;

  public static final Field PXN = LEAF.flag("PXN", 0, 53, "privileged execute-never");

  /** In VMSAv8-32 tables it is XN: for both privilege levels (DDI 0487 G5.6.3). */
  public static final Field UXN = LEAF.flag("UXN", 0, 54, "unprivileged execute-never");

  public static final Field SW = LEAF.field("SW", 0, 58, 55, "for software");

  /** IGNORED unless TCR_ELx.HWU (CD.HWU) gives its bits to hardware. */
  public static final Field PBHA =
      LEAF.field("PBHA", 0, 62, 59, Version.V8_2, "page-based hardware attributes");

  public static final Field SW_63 = LEAF.flag("SW_63", 0, 63, "for software");

  /** Of a table: execute-never at the privileged level, for all that it maps. */
  public static final Field PXNTABLE =
      TABLE_FIELDS.flag("PXNTable", 0, 59, "privileged execute-never below");

  /** Of a table: execute-never at the unprivileged level, for all that it maps. */
  public static final Field XNTABLE =
      TABLE_FIELDS.flag("UXNTable", 0, 60, "unprivileged execute-never below");

  /** Of a table: limits the permissions of all that it maps. */
  public static final Field APTABLE =
      TABLE_FIELDS.choice(
          "APTable",
          0,
          62,
          61,
          "limit on access permissions below",
          value(0b00, "none"),
          value(0b01, "no unprivileged access"),
          value(0b10, "no writes"),
          value(0b11, "no writes, no unprivileged access"));

  public static final Field NSTABLE =
      TABLE_FIELDS.flag("NSTable", 0, 63, "next table is Non-secure, Secure walks only");

  private static final DescriptorLayouts LAYOUTS =
      new DescriptorLayouts(1, TABLE_FIELDS.build(), LEAF.build());

  private Stage1Descriptor() {}

  /**
   * The fields of a descriptor of {@code kind} at {@code level}. For {@link
   * DescriptorKind#RESERVED}, as for {@link DescriptorKind#INVALID}, only bit 0 has a meaning.
   */
  public static Layout layout(
      DescriptorKind kind, Granule granule, int level, AddressFormat format) {
    return LAYOUTS.layout(kind, granule, level, format);
  }
}
