package portcullis.arch.vmsa;

import static portcullis.arch.Value.value;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Value;
import portcullis.arch.Version;

/**
 * ESR_EL2.ISS of a data abort (DDI 0487 D24.2.46). The fields stand at their place in ESR_EL2, so
 * that {@code ISV.get(esr)} reads a whole syndrome.
 */
public final class DataAbortIss {
  /** {@link #SAS}: log2 of the access size in bytes. */
  public static final int SAS_BYTE = 0b00;

  public static final int SAS_HALFWORD = 0b01;
  public static final int SAS_WORD = 0b10;
  public static final int SAS_DOUBLEWORD = 0b11;

  /** {@link #SRT}: the zero register; loads are discarded, stores write zero. */
  public static final int SRT_XZR = 31;

  /** {@link #DFSC} without its level, bits 1:0: address size fault, levels 0 to 3. */
  public static final int DFSC_ADDRESS_SIZE = 0x00;

  /** {@link #DFSC} without its level: translation fault, levels 0 to 3. */
  public static final int DFSC_TRANSLATION = 0x04;

  /** {@link #DFSC} without its level: access flag fault, levels 0 to 3. */
  public static final int DFSC_ACCESS_FLAG = 0x08;

  /** {@link #DFSC} without its level: permission fault, levels 0 to 3. */
  public static final int DFSC_PERMISSION = 0x0c;

  /** {@link #DFSC}: synchronous External abort, not on a table walk. */
  public static final int DFSC_EXTERNAL = 0x10;

  /** {@link #DFSC}: synchronous External abort on a table walk, level -1. */
  public static final int DFSC_EXTERNAL_ON_WALK_MINUS_1 = 0x13;

  /** {@link #DFSC} without its level: synchronous External abort on a table walk, levels 0 to 3. */
  public static final int DFSC_EXTERNAL_ON_WALK = 0x14;

  /** {@link #DFSC}: alignment fault. */
  public static final int DFSC_ALIGNMENT = 0x21;

  /** {@link #DFSC}: address size fault, level -1. */
  public static final int DFSC_ADDRESS_SIZE_MINUS_1 = 0x29;

  /** {@link #DFSC}: translation fault, level -1. */
  public static final int DFSC_TRANSLATION_MINUS_1 = 0x2b;

  /** {@link #DFSC}: TLB conflict abort. */
  public static final int DFSC_TLB_CONFLICT = 0x30;

  /** {@link #DFSC} bits that give the level of the faults that have one of 0 to 3. */
  public static final int DFSC_LEVEL_MASK = 0b11;

  private static final Layout.Builder ISS =
      new Layout.Builder("ESR_EL2 data abort", 64, "DDI 0487 D24.2.46", Version.V8_0);

  public static final Field DFSC = ISS.choice("DFSC", 0, 5, 0, "data fault status", faultStatus());

  public static final Field WNR =
      ISS.choice("WnR", 0, 6, 6, "direction", value(0, "read"), value(1, "write"));

  public static final Field S1PTW =
      ISS.flag("S1PTW", 0, 7, "stage 2 fault on a stage 1 table walk");

  public static final Field CM = ISS.flag("CM", 0, 8, "cache maintenance or address translation");

  public static final Field EA =
      ISS.flag("EA", 0, 9, "type of External abort, IMPLEMENTATION DEFINED");

  public static final Field FNV =
      ISS.choice("FnV", 0, 10, 10, "FAR not valid", value(0, "FAR valid"), value(1, "FAR unknown"));

  /** Synchronous error type of an External abort, or the LD64B or ST64B kind of an MMU fault. */
  public static final Field SET =
      ISS.field("SET", 0, 12, 11, Version.V8_2, "synchronous error type (LST with FEAT_LS64)");

  public static final Field VNCR = ISS.flag("VNCR", 0, 13, Version.V8_4, "access through VNCR_EL2");

  public static final Field AR = ISS.flag("AR", 0, 14, "acquire or release semantics, if ISV");

  public static final Field SF =
      ISS.choice("SF", 0, 15, 15, "register width, if ISV", value(0, "32-bit"), value(1, "64-bit"));

  /** 31 is the zero register ({@link #SRT_XZR}). */
  public static final Field SRT = ISS.field("SRT", 0, 20, 16, "register transferred, if ISV");

  public static final Field SSE = ISS.flag("SSE", 0, 21, "loads are sign-extended, if ISV");

  public static final Field SAS =
      ISS.choice(
          "SAS",
          0,
          23,
          22,
          "access size, if ISV",
          value(SAS_BYTE, "byte"),
          value(SAS_HALFWORD, "halfword"),
          value(SAS_WORD, "word"),
          value(SAS_DOUBLEWORD, "doubleword"));

  public static final Field ISV =
      ISS.choice(
          "ISV",
          0,
          24,
          24,
          "instruction syndrome valid",
          value(0, "bits 23:14 are zero"),
          value(1, "bits 23:14 hold the access"));

  /** The bits that mean something with {@link #ISV} only, and are RES0 without. */
  public static final long INSTRUCTION_SYNDROME =
      SAS.mask() | SSE.mask() | SRT.mask() | SF.mask() | AR.mask();

  /** All fields of ESR_EL2, the ISS in its parts. */
  public static final Layout LAYOUT = withClass(ISS.build());

  private DataAbortIss() {}

  private static Layout withClass(Layout iss) {
    List<Field> fields = new ArrayList<>(iss.fields());
    fields.addAll(List.of(Esr.IL, Esr.EC, Esr.ISS2));
    fields.sort(Comparator.comparingInt(Field::lsb));
    return new Layout(iss.name(), iss.bits(), iss.source(), fields);
  }

  private static Value[] faultStatus() {
    List<Value> values = new ArrayList<>();
    addLevels(values, DFSC_ADDRESS_SIZE, "address size fault");
    addLevels(values, DFSC_TRANSLATION, "translation fault");
    addLevels(values, DFSC_ACCESS_FLAG, "access flag fault");
    addLevels(values, DFSC_PERMISSION, "permission fault");
    values.add(value(DFSC_EXTERNAL, "External abort"));
    values.add(value(0x11, "tag check fault"));
    values.add(value(0x12, "External abort on walk, level -2"));
    values.add(value(DFSC_EXTERNAL_ON_WALK_MINUS_1, "External abort on walk, level -1"));
    addLevels(values, DFSC_EXTERNAL_ON_WALK, "External abort on walk");
    values.add(value(0x18, "parity or ECC error"));
    values.add(value(0x1b, "parity or ECC error on walk, level -1"));
    addLevels(values, 0x1c, "parity or ECC error on walk");
    values.add(value(DFSC_ALIGNMENT, "alignment fault"));
    values.add(value(0x22, "granule protection fault on walk, level -2"));
    values.add(value(0x23, "granule protection fault on walk, level -1"));
    addLevels(values, 0x24, "granule protection fault on walk");
    values.add(value(0x28, "granule protection fault"));
    values.add(value(DFSC_ADDRESS_SIZE_MINUS_1, "address size fault, level -1"));
    values.add(value(0x2a, "translation fault, level -2"));
    values.add(value(DFSC_TRANSLATION_MINUS_1, "translation fault, level -1"));
    values.add(value(0x2c, "address size fault, level -2"));
    values.add(value(DFSC_TLB_CONFLICT, "TLB conflict abort"));
    values.add(value(0x31, "unsupported atomic hardware update"));
    values.add(value(0x34, "IMPLEMENTATION DEFINED, lockdown"));
    values.add(value(0x35, "IMPLEMENTATION DEFINED, unsupported exclusive or atomic"));
    return values.toArray(Value[]::new);
  }

  private static void addLevels(List<Value> values, int first, String fault) {
    for (int level = 0; level <= 3; level++) {
      values.add(value(first + level, fault + ", level " + level));
    }
  }
}
