package portcullis.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import portcullis.arch.decode.DecodeArguments;
import portcullis.arch.decode.DecodeException;
import portcullis.arch.decode.Decoded;
import portcullis.arch.decode.DecodedText;

/** {@code portcullis decode}: a value told field by field. */
@Command(
    name = "decode",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    header = "Prints every field of a register, structure or record with its meaning.",
    description = {
      "",
      "Marks reserved bits that are set and encodings that are reserved. Numbers are hexadecimal,"
          + " with or without 0x."
    },
    footerHeading = "%nForms:%n",
    footer = {
      "  reg NAME|0xOFFSET HEX",
      "  ste HEX...      up to 8 64-bit words, lowest first; missing ones are zero",
      "  cd HEX...       up to 8 64-bit words",
      "  l1std HEX, l1cd HEX",
      "  vms HEX...      up to 8 64-bit words",
      "  cmd HEX [HEX]",
      "  event HEX...    up to 4 64-bit words",
      "  pri HEX [HEX]",
      "  pte HEX --stage 1|2 --granule 4k|16k|64k --level N [--52-bit] [--fwb]",
      "  esr HEX",
      "",
      "Examples:",
      "  portcullis decode reg IDR0 0x0d44101b",
      "  portcullis decode cmd 0x0000000800000003 0x1",
      "  portcullis decode pte 0x00000000807004ff --stage 2 --granule 4k --level 3",
      "",
      "Exit: 0, also where something reserved was found; 2 bad usage or input."
    })
final class DecodeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--stage", paramLabel = "1|2", description = "pte: stage of the table.")
  private String stage;

  @Option(names = "--granule", paramLabel = "4k|16k|64k", description = "pte: granule.")
  private String granule;

  @Option(names = "--level", paramLabel = "N", description = "pte: level of the table.")
  private String level;

  @Option(names = "--52-bit", description = "pte: descriptors hold 52-bit addresses.")
  private boolean wide;

  @Option(names = "--fwb", description = "pte: stage 2 with HCR_EL2.FWB or STE.S2FWB.")
  private boolean fwb;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Parameters(arity = "1..*", paramLabel = "KIND VALUE", description = "What, and its words.")
  private List<String> words;

  @Override
  public Integer call() throws InputException {
    try {
      Decoded decoded = DecodeArguments.decode(arguments());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        DecodedJson.write(decoded, out);
      } else {
        out.print(DecodedText.render(decoded));
      }
      return ExitCode.FINE;
    } catch (DecodeException e) {
      throw new InputException(e.getMessage());
    }
  }

  private List<String> arguments() throws InputException {
    List<String> arguments = new ArrayList<>(words);
    add(arguments, "--stage", stage);
    add(arguments, "--granule", granule);
    add(arguments, "--level", level);
    if (wide) {
      arguments.add("--52-bit");
    }
    if (fwb) {
      arguments.add("--fwb");
    }
    if (arguments.size() > words.size() && !words.getFirst().equals("pte")) {
      throw new InputException(
          "%s: expected no %s, which is for pte"
              .formatted(words.getFirst(), arguments.get(words.size())));
    }
    return arguments;
  }

  private static void add(List<String> arguments, String name, String value) {
    if (value != null) {
      arguments.add(name);
      arguments.add(value);
    }
  }
}
