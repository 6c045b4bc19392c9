package portcullis.arch.decode;

import java.util.List;

/**
 * A value told field by field.
 *
 * @param name the register, structure, command, event or descriptor that it was read as
 * @param source where the architecture defines it
 * @param words the value, 64-bit words, the lowest first
 * @param fields every field, in order of bits
 * @param notes what the reader must know to trust the fields, such as words that were not given
 * @param findings what the architecture does not define
 */
public record Decoded(
    String name,
    String source,
    List<Long> words,
    List<DecodedField> fields,
    List<String> notes,
    List<Finding> findings) {

  public Decoded {
    words = List.copyOf(words);
    fields = List.copyOf(fields);
    notes = List.copyOf(notes);
    findings = List.copyOf(findings);
  }
}
