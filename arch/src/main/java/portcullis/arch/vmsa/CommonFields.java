package portcullis.arch.vmsa;

import static portcullis.arch.Value.value;

import java.util.List;
import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** Descriptor fields that stage 1 and stage 2 have alike (DDI 0487 D8.3.1). */
final class CommonFields {
  private static final Layout.Builder COMMON =
      new Layout.Builder("descriptor", 64, "DDI 0487 D8.3.1", Version.V8_0);

  static final Field VALID =
      COMMON.choice(
          "Valid", 0, 0, 0, "valid", value(0, "no, the rest is ignored"), value(1, "yes"));

  static final Field TABLE =
      COMMON.choice(
          "Table", 0, 1, 1, "type", value(0, "block"), value(1, "table, or page at level 3"));

  static final Field SH =
      COMMON.choice("SH", 0, 9, 8, "Shareability", WalkEncodings.shareability());

  static final Field AF =
      COMMON.choice(
          "AF", 0, 10, 10, "access flag", value(0, "access faults"), value(1, "accessed"));

  static final Field NT =
      COMMON.flag("nT", 0, 16, Version.V8_4, "block is not to be cached in a TLB while it changes");

  static final Field DBM =
      COMMON.flag("DBM", 0, 51, Version.V8_1, "dirty bit modifier: hardware may allow writes");

  static final Field CONT =
      COMMON.flag("Contiguous", 0, 52, "one of an aligned run of entries that map alike");

  private CommonFields() {}

  /** The fields that every block and page has, beside those of its stage. */
  static List<Field> leaf() {
    return List.of(VALID, TABLE, SH, AF, NT, DBM, CONT);
  }
}
