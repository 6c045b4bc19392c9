package portcullis.machine.smmuv3.profile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import portcullis.arch.Field;
import portcullis.arch.smmu.Register;

/** Reads a profile from text: one {@code key = value} a line (docs/profiles.md). */
public final class ProfileParser {
  private static final Pattern LINE = Pattern.compile("\\s*([^=#]*?)\\s*=\\s*([^#]*?)\\s*(#.*)?");
  private static final Pattern BLANK = Pattern.compile("\\s*(#.*)?");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,39}");
  private static final String NAME_IN_WORDS =
      "1 to 40 letters, digits, '.', '_' or '-', a letter or digit first";

  private final String fileName;

  /** The line on which each key was given. */
  private final Map<String, Integer> given = new HashMap<>();

  private int line;
  private String name = "";
  private IdRegisters ids = IdRegisters.NONE;
  private CacheKind kind = Profile.GENERIC.caches().kind();
  private final Map<String, Integer> sizes = new HashMap<>();

  private ProfileParser(String fileName) {
    this.fileName = fileName;
    takeSizes(Profile.GENERIC.caches());
  }

  /**
   * Reads a profile.
   *
   * @param fileName what messages call it
   * @throws ProfileFormatException if a line is not understood
   * @throws ProfileException if the profile breaks a rule
   */
  public static Profile parse(String text, String fileName) throws ProfileFormatException {
    return new ProfileParser(fileName).parse(text);
  }

  private Profile parse(String text) throws ProfileFormatException {
    for (String each : text.lines().toList()) {
      line++;
      if (BLANK.matcher(each).matches()) {
        continue;
      }
      Matcher matcher = LINE.matcher(each);
      if (!matcher.matches()) {
        throw complaint("expected 'key = value' or '# comment', not '" + each.strip() + "'");
      }
      assign(matcher.group(1), matcher.group(2));
    }
    if (name.isEmpty()) {
      throw complaint("name: expected 'name = ...' in this file, found none");
    }
    CacheSizes caches =
        new CacheSizes(
            kind, sizes.get("tlb"), sizes.get("walk"), sizes.get("ste"), sizes.get("cd"));
    List<ProfileRule> broken = ProfileRules.broken(ids, caches);
    if (!broken.isEmpty()) {
      throw new ProfileException(fileName, broken);
    }
    return new Profile(name, ids, caches);
  }

  private void assign(String key, String value) throws ProfileFormatException {
    String canonical = key.toLowerCase(Locale.ROOT);
    Integer before = given.put(canonical, line);
    if (before != null) {
      throw complaint("%s: expected once, and line %d has it already".formatted(key, before));
    }
    switch (canonical) {
      case "name" -> name(value);
      case "base" -> base(value);
      case "caches" -> caches(value);
      case "tlb", "walk", "ste", "cd" ->
          sizes.put(canonical, (int) number(key, value, CacheSizes.MAX));
      default -> register(key, value);
    }
  }

  private void name(String value) throws ProfileFormatException {
    if (!NAME.matcher(value).matches()) {
      throw complaint("name: expected %s, not '%s'".formatted(NAME_IN_WORDS, value));
    }
    name = value;
  }

  private void base(String value) throws ProfileFormatException {
    boolean first =
        given.keySet().stream().allMatch(key -> key.equals("base") || key.equals("name"));
    if (!first) {
      throw complaint("base: expected before everything but the name");
    }
    Profile base =
        Profile.named(value)
            .orElseThrow(
                () ->
                    complaint(
                        "base: expected one of %s, not '%s'".formatted(Profile.names(), value)));
    ids = base.ids();
    kind = base.caches().kind();
    takeSizes(base.caches());
  }

  private void takeSizes(CacheSizes caches) {
    sizes.put("tlb", caches.tlb());
    sizes.put("walk", caches.walk());
    sizes.put("ste", caches.ste());
    sizes.put("cd", caches.cd());
  }

  private void caches(String value) throws ProfileFormatException {
    List<String> words = new ArrayList<>();
    for (CacheKind each : CacheKind.values()) {
      if (each.word().equals(value)) {
        kind = each;
        return;
      }
      words.add(each.word());
    }
    throw complaint("caches: expected %s, not '%s'".formatted(String.join(" or ", words), value));
  }

  /** A whole register, or one field of it. */
  private void register(String key, String value) throws ProfileFormatException {
    int dot = key.indexOf('.');
    String registerName = dot < 0 ? key : key.substring(0, dot);
    Register register =
        IdRegisters.ALL.stream()
            .filter(each -> each.name().equalsIgnoreCase(registerName))
            .findFirst()
            .orElseThrow(() -> complaint(unknown(key)));
    if (dot < 0) {
      wholeRegister(register, value);
      return;
    }
    Field field =
        register.layout().fields().stream()
            .filter(each -> each.name().equalsIgnoreCase(key.substring(dot + 1)))
            .findFirst()
            .orElseThrow(() -> complaint(unknownField(key, register)));
    OptionalLong code = ProfileText.code(field, number(key, value, 0xffff_ffffL));
    ids =
        ids.with(
            register,
            field,
            code.orElseThrow(
                () ->
                    complaint("%s: expected %s, not '%s'".formatted(key, expected(field), value))));
  }

  private void wholeRegister(Register register, String value) throws ProfileFormatException {
    String prefix = register.name().toLowerCase(Locale.ROOT) + ".";
    for (Map.Entry<String, Integer> each : given.entrySet()) {
      if (each.getKey().startsWith(prefix)) {
        throw complaint(
            "%s: expected before its field of line %d".formatted(register, each.getValue()));
      }
    }
    ids = ids.with(register, (int) number(register.name(), value, 0xffff_ffffL));
  }

  private static String unknown(String key) {
    String registers =
        IdRegisters.ALL.stream().map(Register::name).collect(Collectors.joining(", "));
    return ("%s: expected name, base, caches, tlb, walk, ste, cd, or one of %s and its field,"
            + " not '%s'")
        .formatted(key, registers, key);
  }

  private static String unknownField(String key, Register register) {
    return "%s: expected a field of %s: %s"
        .formatted(
            key,
            register,
            register.layout().fields().stream().map(Field::name).collect(Collectors.joining(", ")));
  }

  private static String expected(Field field) {
    if (field.values().isEmpty()) {
      return field.width() == 1 ? "0 or 1" : "0 to " + field.max();
    }
    return field.values().stream()
        .map(value -> "%s (%s)".formatted(ProfileText.shown(field, value.code()), value.name()))
        .collect(Collectors.joining(", "));
  }

  /** A decimal, {@code 0x} hexadecimal or {@code 0b} binary number of 0 to {@code most}. */
  private long number(String key, String text, long most) throws ProfileFormatException {
    String digits = text.toLowerCase(Locale.ROOT);
    int radix = digits.startsWith("0x") ? 16 : digits.startsWith("0b") ? 2 : 10;
    try {
      long number = Long.parseUnsignedLong(radix == 10 ? digits : digits.substring(2), radix);
      if (number >= 0 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw complaint(
        "%s: expected a number of 0 to 0x%x (decimal, 0x or 0b), not '%s'"
            .formatted(key, most, text));
  }

  private ProfileFormatException complaint(String what) {
    return new ProfileFormatException(fileName, Math.max(1, line), what);
  }
}
