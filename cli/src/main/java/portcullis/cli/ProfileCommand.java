package portcullis.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import portcullis.arch.Field;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.profile.CacheSizes;
import portcullis.machine.smmuv3.profile.IdRegisters;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.ProfileText;
import tools.jackson.core.JsonGenerator;

/** {@code portcullis profile}: what an SMMU can do. */
@Command(
    name = "profile",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    header = "Prints what an SMMU can do, as a file that --profile takes.",
    description = {
      "",
      "A profile is an SMMU's identification registers and the sizes of its caches. A file that"
          + " contradicts the architecture or itself is refused with the rule it breaks"
          + " (docs/profiles.md)."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis profile",
      "  portcullis profile mmu-600-r2",
      "  portcullis profile mmu-600-r2 --json",
      "",
      "Exit: 0; 2 bad usage or input."
    })
final class ProfileCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME|FILE",
      hideParamSyntax = true,
      description = "A built-in profile, or a file with one. Default: generic.")
  private String argument = Profile.GENERIC.name();

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws InputException {
    Profile profile = ProfileArgument.of(argument, "");
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      write(profile, out);
    } else {
      out.print(ProfileText.write(profile));
    }
    return ExitCode.FINE;
  }

  private static void write(Profile profile, PrintWriter out) {
    try (JsonGenerator json = Json.generator(out)) {
      json.writeStartObject();
      json.writeStringProperty("name", profile.name());
      json.writeObjectPropertyStart("registers");
      for (Register register : IdRegisters.ALL) {
        long value = Integer.toUnsignedLong(profile.ids().value(register));
        json.writeObjectPropertyStart(register.name());
        json.writeStringProperty("value", Json.hex(value));
        json.writeObjectPropertyStart("fields");
        for (Field field : register.layout().fields()) {
          json.writeNumberProperty(field.name(), field.get(value));
        }
        json.writeEndObject();
        json.writeEndObject();
      }
      json.writeEndObject();
      CacheSizes caches = profile.caches();
      json.writeObjectPropertyStart("caches");
      json.writeStringProperty("kind", caches.kind().word());
      json.writeNumberProperty("tlb", caches.tlb());
      json.writeNumberProperty("walk", caches.walk());
      json.writeNumberProperty("ste", caches.ste());
      json.writeNumberProperty("cd", caches.cd());
      json.writeEndObject();
      json.writeEndObject();
    }
    out.println();
  }
}
