package portcullis.check.run;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import portcullis.check.run.Attempt.Outcome;

/** Collects attempts in the order in which they are made. */
final class Journal {
  private final List<Attempt> attempts = new ArrayList<>();

  /** Something that must work. */
  void mustWork(String what, boolean worked, Supplier<String> why) {
    add(what, worked, Outcome.ALLOWED, why);
  }

  /** Something that must be stopped. */
  void mustFail(String what, boolean worked, Supplier<String> why) {
    add(what, worked, Outcome.REFUSED, why);
  }

  private void add(String what, boolean worked, Outcome expected, Supplier<String> why) {
    Outcome outcome = worked ? Outcome.ALLOWED : Outcome.REFUSED;
    attempts.add(new Attempt(what, outcome, expected, worked ? "" : why.get()));
  }

  /** All of them. */
  List<Attempt> attempts() {
    return List.copyOf(attempts);
  }
}
