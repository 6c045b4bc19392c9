package portcullis.diff;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import portcullis.arch.Field;

/** Memory while a case is made: words that are not zero. */
final class Memory {
  private final Map<Long, Long> words = new LinkedHashMap<>();

  long get(long address) {
    return words.getOrDefault(address, 0L);
  }

  void set(long address, long value) {
    words.put(address, value);
  }

  /** A field of the structure at {@code base}. */
  long get(long base, Field field) {
    return field.get(get(base + field.word() * 8L));
  }

  void set(long base, Field field, long value) {
    long address = base + field.word() * 8L;
    set(address, field.with(get(address), value & field.max()));
  }

  /** Sets an address field: the bits below it are dropped. */
  void setAddress(long base, Field field, long value) {
    set(base, field, value >>> field.lsb());
  }

  List<Case.Word> words() {
    List<Case.Word> all = new ArrayList<>(words.size());
    words.forEach(
        (address, value) -> {
          if (value != 0) {
            all.add(new Case.Word(address, value));
          }
        });
    return all;
  }
}
