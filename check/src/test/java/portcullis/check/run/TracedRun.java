package portcullis.check.run;

import java.io.StringWriter;
import java.util.List;
import portcullis.check.trace.TraceWriter;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * A run of the built-in board and the trace that it wrote.
 *
 * @param lines of the trace, without their ends
 */
record TracedRun(RunReport report, List<String> lines) {

  static TracedRun of(Policies policies, long seed) {
    StringWriter text = new StringWriter();
    RunReport report =
        new Run(Boards.builtIn(), Profile.GENERIC, policies, seed, new TraceWriter(text)).report();
    return new TracedRun(report, List.of(text.toString().split("\n", -1)));
  }
}
