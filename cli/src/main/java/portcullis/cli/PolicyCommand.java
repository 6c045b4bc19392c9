package portcullis.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import portcullis.check.policy.PolicyPages;
import portcullis.check.policy.PolicyTable;
import portcullis.check.run.Policies;
import tools.jackson.core.JsonGenerator;

/** {@code portcullis policy}: what the hypervisor decides, and why. */
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    header = "Prints the decision tables that the hypervisor interprets, with the reasons.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis policy",
      "  portcullis policy registers",
      "  portcullis policy ste --json",
      "",
      "Exit: 0; 2 bad usage."
    })
final class PolicyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "TABLE",
      description = "registers, commands, ste, protections, stage2 or pages. Default: all.")
  private String name;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws InputException {
    List<PolicyTable> all = PolicyTable.of(Policies.DEFAULT);
    List<PolicyTable> tables =
        name == null ? all : all.stream().filter(table -> table.name().equals(name)).toList();
    if (tables.isEmpty()) {
      List<String> names = all.stream().map(PolicyTable::name).toList();
      throw new InputException(
          "expected one of %s, not '%s'".formatted(String.join(", ", names), name));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      write(tables, out);
    } else {
      out.print(String.join("\n", tables.stream().map(PolicyPages::text).toList()));
    }
    return ExitCode.FINE;
  }

  private static void write(List<PolicyTable> tables, PrintWriter out) {
    try (JsonGenerator json = Json.generator(out)) {
      json.writeStartObject();
      for (PolicyTable table : tables) {
        json.writeArrayPropertyStart(table.name());
        for (PolicyTable.Row row : table.rows()) {
          json.writeStartObject();
          json.writeStringProperty("what", row.what());
          json.writeStringProperty("verdict", row.verdict());
          json.writeStringProperty("reason", row.reason());
          json.writeEndObject();
        }
        json.writeEndArray();
      }
      json.writeEndObject();
    }
    out.println();
  }
}
