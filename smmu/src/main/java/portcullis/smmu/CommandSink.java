package portcullis.smmu;

/** Takes commands one by one, in order: a queue, or a counter. */
@FunctionalInterface
public interface CommandSink {

  /** One command: its two 64-bit words (IHI 0070 4.1). */
  void command(long word0, long word1);
}
