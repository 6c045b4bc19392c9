package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;

/** The seed and nothing else decides what a run does. */
class ReproducibleRunTest {

  @Test
  void theSameSeedGivesTheSameRun() {
    TracedRun first = TracedRun.of(Policies.DEFAULT, 42);
    TracedRun second = TracedRun.of(Policies.DEFAULT, 42);
    assertEquals(first.report(), second.report());
    assertEquals(first.lines(), second.lines());
  }

  @Test
  void anotherSeedGivesAnotherRun() {
    TracedRun first = TracedRun.of(Policies.DEFAULT, 42);
    TracedRun second = TracedRun.of(Policies.DEFAULT, 43);
    assertNotEquals(first.report().attempts(), second.report().attempts(), "other StreamIDs");
    assertNotEquals(first.lines(), second.lines());
  }

  @Test
  void tracingChangesNothing() {
    TracedRun traced = TracedRun.of(Policies.DEFAULT, 42);
    RunReport untraced =
        new Run(traced.report().board(), Profile.GENERIC, Policies.DEFAULT, 42, TraceSink.NONE)
            .report();
    assertEquals(traced.report(), untraced);
  }
}
