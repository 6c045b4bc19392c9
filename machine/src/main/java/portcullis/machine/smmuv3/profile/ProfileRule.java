package portcullis.machine.smmuv3.profile;

import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * Something that every profile keeps.
 *
 * @param name short, and the same for ever
 * @param text what holds
 * @param source where it is written: document and section, or {@code this model}
 * @param kept tells a profile that keeps it
 */
public record ProfileRule(
    String name, String text, String source, BiPredicate<IdRegisters, CacheSizes> kept) {

  /** A rule about the registers alone. */
  static ProfileRule of(String name, String text, String section, Predicate<IdRegisters> kept) {
    return new ProfileRule(name, text, "IHI 0070 " + section, (ids, _) -> kept.test(ids));
  }

  @Override
  public String toString() {
    return "%s: %s (%s)".formatted(name, text, source);
  }
}
