package portcullis.check.hostile;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import portcullis.board.Board;
import portcullis.check.run.Policies;
import portcullis.machine.smmuv3.Profile;

/**
 * A {@link HostileHost} against the real hypervisor on the model, watched by an {@link Oracle}. The
 * same arguments give the same report.
 *
 * <p>The oracle looks after every action that may have changed an owner or an enable, and after
 * each {@value #PERIOD}th. Where it finds something, the campaign is run again with a look after
 * each of the last actions, so that the first violation is named exactly.
 */
public final class HostileCampaign {
  /** How a finding begins that is an exception out of EL2. */
  static final String THROWN = "EL2 threw ";

  private static final int PERIOD = 64;
  private static final int TRAIL = 16;

  private final Board board;
  private final Profile profile;
  private final Policies policies;
  private final long seed;

  private HostileCampaign(Board board, Profile profile, Policies policies, long seed) {
    this.board = board;
    this.profile = profile;
    this.policies = policies;
    this.seed = seed;
  }

  /**
   * Runs until the first violation, or to the end. A look costs O(stream table + stage-2 tables): a
   * profile with few StreamID bits keeps it quick.
   *
   * @param actions how many, at least 0
   * @throws IllegalArgumentException if the board has no SMMU that EL2 protects
   */
  public static HostileReport run(
      Board board, Profile profile, Policies policies, long seed, int actions) {
    HostileCampaign campaign = new HostileCampaign(board, profile, policies, seed);
    HostileReport report = campaign.attempt(actions, Integer.MAX_VALUE);
    if (report.violation().isEmpty()) {
      return report;
    }
    long found = report.violation().get().action();
    return campaign.attempt((int) found, (int) Math.max(0, found - PERIOD));
  }

  /** One run, with a look after every action from number {@code closeFrom} on. */
  private HostileReport attempt(int actions, int closeFrom) {
    SmmuWatch watch = new SmmuWatch();
    Testbed testbed = Testbed.boot(board, profile, policies, watch);
    Tally<Reached> reached = new Tally<>(Reached.class);
    Tally<Action> performed = new Tally<>(Action.class);
    Oracle oracle = new Oracle(testbed, reached);
    watch.judgeBy(oracle);
    HostileHost host = new HostileHost(board, testbed, seed, oracle, reached);
    Deque<String> trail = new ArrayDeque<>();
    String finding = oracle.look();
    int done = 0;
    while (done < actions && finding == null) {
      done++;
      try {
        performed.count(host.act());
        finding = host.step().finding();
        if (finding == null) {
          finding = watch.finding();
        }
        if (finding == null
            && (host.step().hasChanged() || done % PERIOD == 0 || done >= closeFrom)) {
          finding = oracle.look();
        }
      } catch (RuntimeException | AssertionError e) {
        finding = THROWN + e + at(e);
      }
      if (trail.size() == TRAIL) {
        trail.removeFirst();
      }
      trail.add(done + " " + host.step().what());
    }
    if (finding == null) {
      finding = oracle.lookAtEveryPage();
    }
    return new HostileReport(
        seed,
        done,
        oracle.walks(),
        performed.read(),
        reached.read(),
        testbed.driver().counters().timeouts(),
        finding == null
            ? Optional.empty()
            : Optional.of(new Violation(done, host.step().what(), finding, List.copyOf(trail))));
  }

  private static String at(Throwable thrown) {
    StackTraceElement[] trace = thrown.getStackTrace();
    return trace.length == 0 ? "" : " at " + trace[0];
  }
}
