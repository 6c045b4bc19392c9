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

  /** Something that the machine lacks what it takes for; otherwise it must be stopped. */
  void skipForbidden(String what, String why) {
    attempts.add(new Attempt(what, Outcome.SKIPPED, Outcome.REFUSED, why));
  }

  /** Something that the machine lacks what it takes for; otherwise it must work. */
  void skip(String what, String why) {
    attempts.add(new Attempt(what, Outcome.SKIPPED, Outcome.ALLOWED, why));
  }

  /** Something that must be stopped, and got through because of a known fault of hardware. */
  void deviated(String what, Deviation deviation) {
    attempts.add(new Attempt(what, Outcome.DEVIATED, Outcome.REFUSED, deviation.text()));
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
