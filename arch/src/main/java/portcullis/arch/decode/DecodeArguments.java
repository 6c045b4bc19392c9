package portcullis.arch.decode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;

/**
 * The words of {@code decode} on the command line: what kind of value, and the value.
 *
 * <p>Values are hexadecimal, with or without {@code 0x}; underscores may group digits. A
 * structure's words are 64 bits each, the lowest first.
 */
public final class DecodeArguments {
  /** The forms that {@link #decode} understands, one line each. */
  public static final List<String> USAGE =
      List.of(
          "reg NAME|0xOFFSET HEX",
          "ste HEX...      up to 8 64-bit words; missing ones are zero",
          "cd HEX...       up to 8 64-bit words; missing ones are zero",
          "l1std HEX",
          "l1cd HEX",
          "vms HEX...      up to 8 64-bit words; missing ones are zero",
          "cmd HEX [HEX]",
          "event HEX...    up to 4 64-bit words; missing ones are zero",
          "pri HEX [HEX]",
          "pte HEX --stage 1|2 --granule 4k|16k|64k --level N [--52-bit] [--fwb]",
          "esr HEX");

  private static final int STE_WORDS = 8;
  private static final int CD_WORDS = 8;
  private static final int VMS_WORDS = 8;
  private static final int COMMAND_WORDS = 2;
  private static final int EVENT_WORDS = 4;
  private static final int PRI_WORDS = 2;
  private static final int WORD_REGISTER_BYTES = 4;
  private static final String REGISTER_PREFIX = "SMMU_";

  private final String kind;
  private final List<String> rest;

  private DecodeArguments(List<String> arguments) {
    kind = arguments.getFirst();
    rest = arguments.subList(1, arguments.size());
  }

  /**
   * Decodes what {@code arguments} name.
   *
   * @param arguments one of {@link #USAGE}, split at spaces
   * @throws DecodeException if they are none of these; the message says what was expected
   */
  public static Decoded decode(List<String> arguments) throws DecodeException {
    if (arguments.isEmpty()) {
      throw new DecodeException("expected one of " + kinds());
    }
    return new DecodeArguments(arguments).decode();
  }

  private Decoded decode() throws DecodeException {
    return switch (kind) {
      case "reg" -> register();
      case "ste" -> Decoder.ste(words(STE_WORDS));
      case "cd" -> Decoder.cd(words(CD_WORDS));
      case "l1std" -> Decoder.streamTableDescriptor(words(1)[0]);
      case "l1cd" -> Decoder.contextTableDescriptor(words(1)[0]);
      case "vms" -> Decoder.vms(words(VMS_WORDS));
      case "cmd" -> Decoder.command(words(COMMAND_WORDS));
      case "event" -> Decoder.event(words(EVENT_WORDS));
      case "pri" -> Decoder.pri(words(PRI_WORDS));
      case "pte" -> descriptor();
      case "esr" -> Decoder.esr(words(1)[0]);
      default -> throw new DecodeException("expected one of " + kinds() + ", not '" + kind + "'");
    };
  }

  private Decoded register() throws DecodeException {
    if (rest.size() != 2) {
      throw new DecodeException("reg: expected NAME or 0xOFFSET, and one HEX value");
    }
    String which = rest.getFirst();
    boolean byOffset = which.startsWith("0x") || which.startsWith("0X");
    long offset = byOffset ? hex(which) : 0;
    Register register = byOffset ? atOffset(offset, which) : named(which);
    long value = hex(rest.getLast());
    boolean upperHalf = (offset & 0b100) != 0 && register.bytes() != WORD_REGISTER_BYTES;
    boolean narrow = upperHalf || register.bytes() == WORD_REGISTER_BYTES;
    if (narrow && value >>> Integer.SIZE != 0) {
      throw new DecodeException("reg: expected 32 bits for " + which + ", not " + rest.getLast());
    }
    return Decoder.register(register, upperHalf ? value << Integer.SIZE : value);
  }

  private static Register atOffset(long offset, String text) throws DecodeException {
    Register register = offset > Integer.MAX_VALUE || offset < 0 ? null : Register.at((int) offset);
    if (register == null) {
      throw new DecodeException("reg: expected a register's offset; there is none at " + text);
    }
    return register;
  }

  private static Register named(String text) throws DecodeException {
    String name = text.toUpperCase(Locale.ROOT);
    String bare =
        name.startsWith(REGISTER_PREFIX) ? name.substring(REGISTER_PREFIX.length()) : name;
    for (Register register : Register.values()) {
      if (register.name().equals(bare)) {
        return register;
      }
    }
    throw new DecodeException(
        "reg: expected a register such as IDR0 or STRTAB_BASE, or 0xOFFSET, not '" + text + "'");
  }

  private Decoded descriptor() throws DecodeException {
    Options options = new Options(rest);
    Granule granule = options.granule();
    boolean wide = options.has("--52-bit");
    DescriptorForm form =
        new DescriptorForm(
            options.number("--stage", 1, 2),
            granule,
            options.number("--level", granule.firstLevel(), Granule.LAST_LEVEL),
            AddressFormat.of(granule, wide),
            options.has("--fwb"));
    return Decoder.descriptor(hex(options.onlyValue()), form);
  }

  private long[] words(int most) throws DecodeException {
    if (rest.isEmpty() || rest.size() > most) {
      String count = most == 1 ? "one 64-bit HEX word" : "1 to " + most + " 64-bit HEX words";
      throw new DecodeException(kind + ": expected " + count + ", not " + rest.size());
    }
    long[] words = new long[rest.size()];
    for (int i = 0; i < words.length; i++) {
      words[i] = hex(rest.get(i));
    }
    return words;
  }

  private long hex(String text) throws DecodeException {
    String digits = text.startsWith("0x") || text.startsWith("0X") ? text.substring(2) : text;
    digits = digits.replace("_", "");
    if (!digits.matches("[0-9a-fA-F]+") || digits.replaceFirst("^0+", "").length() > 16) {
      throw new DecodeException(
          kind + ": expected a hexadecimal number of at most 64 bits, not '" + text + "'");
    }
    return Long.parseUnsignedLong(digits, 16);
  }

  private static String kinds() {
    List<String> kinds = USAGE.stream().map(line -> line.split(" ", 2)[0]).toList();
    return String.join(", ", kinds);
  }

  /** The options of {@code pte} and the value among them. */
  private static final class Options {
    private static final List<String> FLAGS = List.of("--52-bit", "--fwb");
    private static final List<String> SETTINGS = List.of("--stage", "--granule", "--level");

    private final List<String> values = new ArrayList<>();
    private final Map<String, String> options = new HashMap<>();

    Options(List<String> arguments) throws DecodeException {
      for (int i = 0; i < arguments.size(); i++) {
        String argument = arguments.get(i);
        if (!argument.startsWith("--")) {
          values.add(argument);
        } else if (FLAGS.contains(argument)) {
          options.put(argument, "");
        } else if (SETTINGS.contains(argument) && i + 1 < arguments.size()) {
          options.put(argument, arguments.get(++i));
        } else if (SETTINGS.contains(argument)) {
          throw new DecodeException("pte: expected a value after " + argument);
        } else {
          throw new DecodeException(
              "pte: expected --stage, --granule, --level, --52-bit or --fwb, not " + argument);
        }
      }
    }

    boolean has(String name) {
      return options.containsKey(name);
    }

    String onlyValue() throws DecodeException {
      if (values.size() != 1) {
        throw new DecodeException("pte: expected one HEX value, not " + values.size());
      }
      return values.getFirst();
    }

    Granule granule() throws DecodeException {
      String text = setting("--granule", "4k, 16k or 64k");
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "4k" -> Granule.SIZE_4K;
        case "16k" -> Granule.SIZE_16K;
        case "64k" -> Granule.SIZE_64K;
        default -> throw new DecodeException("pte: expected --granule 4k, 16k or 64k, not " + text);
      };
    }

    int number(String name, int least, int most) throws DecodeException {
      String range = least + " to " + most;
      String text = setting(name, range);
      if (text.matches("-?[0-9]")) {
        int number = Integer.parseInt(text);
        if (number >= least && number <= most) {
          return number;
        }
      }
      throw new DecodeException("pte: expected " + name + " " + range + ", not " + text);
    }

    private String setting(String name, String expected) throws DecodeException {
      String setting = options.get(name);
      if (setting == null) {
        throw new DecodeException("pte: expected " + name + " " + expected);
      }
      return setting;
    }
  }
}
