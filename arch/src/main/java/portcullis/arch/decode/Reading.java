package portcullis.arch.decode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import portcullis.arch.Field;
import portcullis.arch.Layout;

/** One value being read by one layout: collects its fields, notes and findings. */
final class Reading {
  private final Layout layout;
  private final long[] words;
  private final List<String> notes = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();
  private Predicate<Field> ignored = field -> false;

  /** Reads as many words as {@code layout} has; those not given are zero. */
  Reading(Layout layout, long... given) {
    if (given.length == 0 || given.length > layout.words()) {
      throw new IllegalArgumentException(
          layout.name() + " has " + layout.words() + " words, not " + given.length);
    }
    this.layout = layout;
    this.words = Arrays.copyOf(given, layout.words());
    if (given.length < words.length) {
      note(missing(given.length, words.length - 1) + " not given, taken as zero");
    }
  }

  void note(String text) {
    notes.add(text);
  }

  /** Marks fields as ignored in this value: their encodings are then not judged. */
  void ignore(Predicate<Field> fields) {
    ignored = ignored.or(fields);
  }

  void find(Finding.Kind kind, String text) {
    findings.add(new Finding(kind, text));
  }

  Decoded decoded() {
    List<DecodedField> fields = new ArrayList<>();
    for (Field field : layout.fields()) {
      long value = field.get(words[field.word()]);
      DecodedField decoded = new DecodedField(field, value, ignored.test(field));
      fields.add(decoded);
      if (decoded.reserved() && !decoded.ignored()) {
        find(
            Finding.Kind.RESERVED_ENCODING,
            field.name() + " " + decoded.valueText() + " is a reserved encoding");
      }
    }
    for (int word = 0; word < words.length; word++) {
      long set = words[word] & layout.reservedMask(word);
      if (set != 0) {
        find(
            Finding.Kind.RESERVED_BITS,
            "reserved bits set: "
                + DecodedField.hex(set)
                + (words.length > 1 ? " in word " + word : ""));
      }
    }
    List<Long> read = Arrays.stream(words).boxed().toList();
    return new Decoded(layout.name(), layout.source(), read, fields, notes, findings);
  }

  private static String missing(int first, int last) {
    return first == last ? "word " + first : "words " + first + " to " + last;
  }
}
