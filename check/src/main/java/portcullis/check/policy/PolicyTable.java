package portcullis.check.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import portcullis.check.run.Policies;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.smmuv3.PolicyRow;

/**
 * One decision table.
 *
 * @param name as the command line spells it
 * @param title what it decides
 * @param rows in the table's order
 */
public record PolicyTable(String name, String title, List<Row> rows) {

  /**
   * One decision.
   *
   * @param what is decided about
   * @param verdict what is decided
   * @param reason why
   */
  public record Row(String what, String verdict, String reason) {}

  public PolicyTable {
    rows = List.copyOf(rows);
  }

  /** Every table of {@code policies}. */
  public static List<PolicyTable> of(Policies policies) {
    return List.of(
        new PolicyTable(
            "registers",
            "The host's accesses to SMMU registers",
            rows(policies.smmu().registers().rows(), policies.smmu().registers().strays())),
        new PolicyTable(
            "commands", "The host's commands", rows(policies.smmu().commands().rows(), List.of())),
        new PolicyTable(
            "ste",
            "The host's Stream Table Entries",
            rows(policies.smmu().stes().configs(), policies.smmu().stes().rows())),
        new PolicyTable(
            "protections",
            "What the SMMUv3 driver does besides",
            rows(policies.smmu().protections().rows(), List.of())),
        new PolicyTable(
            "stage2",
            "How the shadow stage-2 is kept",
            rows(policies.smmu().stage2().rows(), List.of())),
        new PolicyTable("pages", "Pages that change hands", pages(policies.pages())));
  }

  private static List<Row> rows(List<? extends PolicyRow> first, List<? extends PolicyRow> second) {
    List<Row> rows = new ArrayList<>();
    first.forEach(row -> rows.add(new Row(row.name(), row.verdict(), row.reason())));
    second.forEach(row -> rows.add(new Row(row.name(), row.verdict(), row.reason())));
    return rows;
  }

  private static List<Row> pages(PagePolicy policy) {
    List<Row> rows = new ArrayList<>();
    for (PagePolicy.Row row : policy.rows()) {
      rows.add(new Row(row.name(), lower(row.verdict()), row.reason()));
    }
    for (PagePolicy.Handover handover : policy.handovers()) {
      String verdict =
          "host access %s, IOMMUs told %s%s"
              .formatted(
                  lower(handover.access()),
                  lower(handover.iommus()),
                  handover.wipe() ? ", content erased" : "");
      rows.add(new Row(handover.transition().label() + " handover", verdict, handover.reason()));
    }
    return rows;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
