package portcullis.bench;

/**
 * What {@code portcullis bench} asks for; the command has checked it.
 *
 * @param filter regular expression on the benchmarks' names
 * @param quick little time for each, for a first look
 * @param json one JSON object in place of the table
 * @param qemu compare with QEMU
 */
record Request(String filter, boolean quick, boolean json, boolean qemu) {

  /** The benchmarks of the SMMU model; the store's run by name. */
  private static final String SMMU = "(Translation|Streams|Dma|Comparison)Benchmark";

  static Request of(String[] arguments) {
    String filter = SMMU;
    boolean quick = false;
    boolean json = false;
    boolean qemu = true;
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--filter" -> {
          i++;
          filter = arguments[i];
        }
        case "--quick" -> quick = true;
        case "--json" -> json = true;
        case "--no-qemu" -> qemu = false;
        default -> throw new IllegalArgumentException(arguments[i]);
      }
    }
    return new Request(filter, quick, json, qemu);
  }
}
