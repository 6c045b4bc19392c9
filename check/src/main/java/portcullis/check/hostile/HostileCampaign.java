package portcullis.check.hostile;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import portcullis.board.Board;
import portcullis.check.run.Policies;
import portcullis.machine.smmuv3.profile.CacheSizes;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;

/**
 * A {@link HostileHost} against the real hypervisor on the model, watched by an {@link Oracle}. The
 * same arguments give the same report.
 *
 * <p>The oracle looks after every action. What SMMUs with architectural caches may still hold is
 * asked for after every action that may have changed an owner or an enable, and after each {@value
 * #PERIOD}th; where that finds something, the campaign is run again and asks after each of the last
 * actions, so that the first violation is named exactly.
 */
public final class HostileCampaign {
  /** How a finding begins that is an exception out of EL2. */
  static final String THROWN = "EL2 threw ";

  private static final int PERIOD = 64;

  /** How many actions the host takes between giving everything up and beginning anew. */
  private static final int LIFE = 20_000;

  private static final int TRAIL = 16;

  /** More than the host uses at a time, and quick to invalidate. */
  private static final int TLB_ENTRIES = 256;

  private static final int WALK_ENTRIES = 32;

  private final Board board;
  private final Profile profile;
  private final Policies policies;
  private final long seed;
  private final Oracle.Looks looks;
  private final boolean coverage;

  private HostileCampaign(
      Board board,
      Profile profile,
      Policies policies,
      long seed,
      Oracle.Looks looks,
      boolean coverage) {
    this.board = board;
    CacheSizes caches = profile.caches();
    this.profile =
        new Profile(
            profile.name(),
            profile.ids(),
            new CacheSizes(
                caches.kind(),
                Math.min(caches.tlb(), TLB_ENTRIES),
                Math.min(caches.walk(), WALK_ENTRIES),
                caches.ste(),
                caches.cd()));
    this.policies = policies;
    this.seed = seed;
    this.looks = looks;
    this.coverage = coverage;
  }

  /**
   * Runs until the first violation, or to the end.
   *
   * @param actions how many, at least 0
   * @throws IllegalArgumentException if the board has no SMMU that EL2 protects
   */
  public static HostileReport run(
      Board board, Profile profile, Policies policies, long seed, long actions) {
    return run(board, profile, policies, seed, actions, _ -> true);
  }

  /**
   * As the other, and can be stopped.
   *
   * @param goOn is told after each action how many are done; whether there shall be another
   */
  public static HostileReport run(
      Board board,
      Profile profile,
      Policies policies,
      long seed,
      long actions,
      LongPredicate goOn) {
    return new HostileCampaign(board, profile, policies, seed, Oracle.Looks.AT_CHANGES, false)
        .run(actions, goOn);
  }

  /** As the others, and tells which rows of EL2's tables were applied. */
  public static HostileReport runForCoverage(
      Board board,
      Profile profile,
      Policies policies,
      long seed,
      long actions,
      LongPredicate goOn) {
    return new HostileCampaign(board, profile, policies, seed, Oracle.Looks.AT_CHANGES, true)
        .run(actions, goOn);
  }

  /** As the others, with a say in how the oracle looks. */
  static HostileReport run(
      Board board,
      Profile profile,
      Policies policies,
      long seed,
      long actions,
      LongPredicate goOn,
      Oracle.Looks looks) {
    return new HostileCampaign(board, profile, policies, seed, looks, false).run(actions, goOn);
  }

  private HostileReport run(long actions, LongPredicate goOn) {
    HostileReport report = attempt(actions, Long.MAX_VALUE, goOn);
    if (report.violation().isEmpty() || !profile.architecturalCaches()) {
      return report;
    }
    long found = report.violation().get().action();
    return attempt(found, Math.max(0, found - PERIOD), _ -> true);
  }

  /** One run; SMMUs are asked after every action from number {@code closeFrom} on. */
  private HostileReport attempt(long actions, long closeFrom, LongPredicate goOn) {
    SmmuWatch watch = new SmmuWatch();
    PolicyCoverage rows = coverage ? new PolicyCoverage(policies) : null;
    Testbed testbed =
        Testbed.boot(board, profile, policies, watch, coverage ? rows : TraceSink.NONE);
    Tally<Reached> reached = new Tally<>(Reached.class);
    Tally<Action> performed = new Tally<>(Action.class);
    Oracle oracle = new Oracle(testbed, looks, reached);
    watch.judgeBy(oracle);
    Leftovers leftovers = new Leftovers(testbed, policies.smmu().stage2());
    HostileHost host = new HostileHost(board, testbed, seed, oracle, reached);
    if (coverage) {
      rows.follow(testbed.machine().platform().memory(), host.sitesByName(board));
    }
    Deque<Told> trail = new ArrayDeque<>();
    String finding = oracle.look();
    long done = 0;
    long lives = 0;
    boolean going = true;
    while (going && done < actions && finding == null) {
      done++;
      try {
        performed.count(host.act());
        finding = host.step().finding();
        if (finding == null) {
          finding = watch.finding();
        }
        boolean ends = done % LIFE == 0;
        boolean often = host.step().hasChanged() || done % PERIOD == 0 || ends || done >= closeFrom;
        // Where it has to look at everything, it does so less often.
        if (finding == null && (often || !testbed.machine().hasCaches())) {
          finding = oracle.look();
        }
        if (finding == null && often) {
          finding = oracle.lookAtGiven();
        }
        if (finding == null && ends) {
          host.giveUp();
          lives++;
          finding = oracle.look();
          if (finding == null) {
            finding = leftovers.find(oracle.busyPages());
          }
        }
      } catch (RuntimeException | AssertionError e) {
        finding = THROWN + e + at(e);
      }
      if (trail.size() == TRAIL) {
        trail.removeFirst();
      }
      trail.add(new Told(done, host.step().words()));
      going = goOn.test(done);
    }
    if (finding == null) {
      finding = oracle.lookAtEveryPage();
    }
    if (finding == null) {
      host.giveUp();
      finding = leftovers.find();
    }
    return new HostileReport(
        seed,
        done,
        oracle.walks(),
        lives,
        performed.read(),
        host.outcomes(),
        reached.read(),
        coverage ? rows.read() : List.of(),
        testbed.driver().counters().timeouts(),
        finding == null
            ? Optional.empty()
            : Optional.of(
                new Violation(
                    done,
                    host.step().words().toString(),
                    finding,
                    trail.stream().map(Told::toString).toList())));
  }

  /** An action as the trail has it. */
  private record Told(long action, Words words) {
    @Override
    public String toString() {
      return action + " " + words;
    }
  }

  private static String at(Throwable thrown) {
    StackTraceElement[] trace = thrown.getStackTrace();
    return trace.length == 0 ? "" : " at " + trace[0];
  }
}
