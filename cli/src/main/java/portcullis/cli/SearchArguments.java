package portcullis.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of a search at random: where it begins, and when it ends at the latest. */
final class SearchArguments {
  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = SeedConverter.class,
      description = "Where what is chosen at random comes from. Default: 1.")
  private long seed = 1;

  @Option(
      names = "--time",
      paramLabel = "T",
      converter = DurationConverter.class,
      description = "Stop after this long at the latest, such as 90s, 10m or 2h. Default: 24h.")
  private Duration time = Duration.ofHours(24);

  /** The seed. */
  long seed() {
    return seed;
  }

  /** The most time to take. */
  Duration time() {
    return time;
  }
}
