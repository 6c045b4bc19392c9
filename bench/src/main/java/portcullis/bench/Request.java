package portcullis.bench;

import portcullis.machine.smmuv3.profile.Profile;

/**
 * What {@code portcullis bench} asks for; the command has checked it.
 *
 * @param filter regular expression on the benchmarks' names
 * @param profile what the model's SMMUs can do: a built-in profile or a file
 * @param quick little time for each, for a first look
 * @param json one JSON object in place of the table
 * @param qemu compare with QEMU
 */
record Request(String filter, String profile, boolean quick, boolean json, boolean qemu) {

  /** The benchmarks of the SMMU model; the store's run by name. */
  private static final String SMMU = "(Translation|Streams|Dma|Comparison)Benchmark";

  static Request of(String[] arguments) {
    String filter = SMMU;
    String profile = Profile.GENERIC.name();
    boolean quick = false;
    boolean json = false;
    boolean qemu = true;
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--filter" -> {
          i++;
          filter = arguments[i];
        }
        case "--profile" -> {
          i++;
          profile = arguments[i];
        }
        case "--quick" -> quick = true;
        case "--json" -> json = true;
        case "--no-qemu" -> qemu = false;
        default -> throw new IllegalArgumentException(arguments[i]);
      }
    }
    return new Request(filter, profile, quick, json, qemu);
  }
}
