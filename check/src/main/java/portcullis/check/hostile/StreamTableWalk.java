package portcullis.check.hostile;

import java.util.function.Function;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.platform.PhysicalMemory;

/** Judges every STE that hardware could read now: O(STEs of all arrays). */
final class StreamTableWalk {
  private final PhysicalMemory memory;
  private final SmmuOracle smmu;

  /** What is wrong with the stage-2 table that an STE names, or null. */
  private final Function<Stage2Reference, String> stage2;

  private long passing;

  /** The stream that is looked at. */
  private long stream;

  StreamTableWalk(
      PhysicalMemory memory, SmmuOracle smmu, Function<Stage2Reference, String> stage2) {
    this.memory = memory;
    this.smmu = smmu;
    this.stage2 = stage2;
  }

  /** The first thing that is wrong, or null. */
  String walk() {
    passing = -1;
    if (!smmu.enabled()) {
      return null;
    }
    int bits = smmu.streamBits();
    if (smmu.isLinear()) {
      return array(smmu.tableBase((long) Ste.BYTES << bits), 1L << bits, 0);
    }
    int split = smmu.splitBits();
    long count = 1L << Math.max(0, bits - split);
    long table = smmu.tableBase(count * StreamTableDescriptor.BYTES);
    String finding = smmu.firstLevelAt(table, count * StreamTableDescriptor.BYTES);
    for (long i = 0; i < count && finding == null; i++) {
      long descriptor = memory.read64(table + i * StreamTableDescriptor.BYTES);
      long entries = SmmuOracle.entries(descriptor);
      if (entries != 0) {
        finding = array(SmmuOracle.array(descriptor), entries, i << split);
      }
    }
    return finding;
  }

  private String array(long at, long entries, long firstStream) {
    String finding = smmu.arrayAt(at, entries * Ste.BYTES);
    for (long i = 0; i < entries && finding == null; i++) {
      stream = firstStream + i;
      finding = smmu.entry(at + i * Ste.BYTES, stream, this::passes);
    }
    return finding;
  }

  private String passes(Stage2Reference reference) {
    passing = stream;
    return stage2.apply(reference);
  }

  /** A stream whose STE lets something through, or -1: the highest. */
  long passing() {
    return passing;
  }
}
