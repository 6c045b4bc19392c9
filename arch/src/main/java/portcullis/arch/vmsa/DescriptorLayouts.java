package portcullis.arch.vmsa;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * Puts together a descriptor's attribute fields and its address fields, which depend on kind,
 * granule, level and format (DDI 0487 D8.3.1).
 */
final class DescriptorLayouts {
  private static final String SOURCE = "DDI 0487 D8.3.1";

  private final int stage;
  private final List<Field> tableFields;
  private final List<Field> leafFields;

  /**
   * The layouts of one stage.
   *
   * @param tableFields what its table descriptors have beside bits 1:0 and the address
   * @param leafFields what its blocks and pages have beside {@link CommonFields#leaf()}
   */
  DescriptorLayouts(int stage, Layout tableFields, Layout leafFields) {
    this.stage = stage;
    this.tableFields = tableFields.fields();
    this.leafFields = leafFields.fields();
  }

  Layout layout(DescriptorKind kind, Granule granule, int level, AddressFormat format) {
    List<Field> fields = new ArrayList<>();
    switch (kind) {
      case INVALID, RESERVED -> addInvalid(fields);
      case TABLE -> addTable(fields, granule, format);
      case BLOCK, PAGE -> addLeaf(fields, kind, granule.levelShift(level), format);
    }
    fields.sort(Comparator.comparingInt(Field::lsb));
    return new Layout(name(kind, granule, level), 64, SOURCE, fields);
  }

  private String name(DescriptorKind kind, Granule granule, int level) {
    return "stage "
        + stage
        + " level "
        + level
        + " "
        + kind.label()
        + " descriptor, "
        + granule.label()
        + " granule";
  }

  private static void addInvalid(List<Field> fields) {
    Layout.Builder rest = builder();
    rest.field("IGNORED", 0, 63, 1, "ignored, available to software");
    fields.add(CommonFields.VALID);
    fields.addAll(rest.build().fields());
  }

  private void addTable(List<Field> fields, Granule granule, AddressFormat format) {
    Layout.Builder rest = builder();
    addAddress(rest, "NLTA", "next-level table address", granule.shift(), format);
    rest.field("IGNORED_58_51", 0, 58, 51, "ignored");
    rest.field("IGNORED_11_10", 0, 11, 10, "ignored");
    if (format == AddressFormat.LPA2) {
      rest.field("IGNORED_7_2", 0, 7, 2, "ignored");
    } else {
      rest.field("IGNORED_9_2", 0, 9, 2, "ignored");
    }
    fields.add(CommonFields.VALID);
    fields.add(CommonFields.TABLE);
    fields.addAll(tableFields);
    fields.addAll(rest.build().fields());
  }

  private void addLeaf(
      List<Field> fields, DescriptorKind kind, int lowestBit, AddressFormat format) {
    Layout.Builder rest = builder();
    addAddress(rest, "OA", "output address", lowestBit, format);
    fields.addAll(CommonFields.leaf());
    if (format == AddressFormat.LPA2) {
      fields.remove(CommonFields.SH);
    }
    if (kind == DescriptorKind.PAGE) {
      fields.remove(CommonFields.NT);
    }
    fields.addAll(leafFields);
    fields.addAll(rest.build().fields());
  }

  private static void addAddress(
      Layout.Builder layout, String name, String meaning, int lowestBit, AddressFormat format) {
    switch (format) {
      case BITS_48 -> layout.address(name, 0, 47, lowestBit, meaning);
      case LPA -> {
        layout.address(name, 0, 47, lowestBit, meaning);
        layout.field(name + "_51_48", 0, 15, 12, Version.V8_2, meaning + " bits 51:48");
      }
      case LPA2 -> {
        layout.address(name, 0, 49, lowestBit, meaning);
        layout.field(name + "_51_50", 0, 9, 8, Version.V8_7, meaning + " bits 51:50");
      }
    }
  }

  private static Layout.Builder builder() {
    return new Layout.Builder("address", 64, SOURCE, Version.V8_0);
  }
}
