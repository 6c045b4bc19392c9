package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Prefetch;
import portcullis.machine.smmuv3.registers.Features;

/**
 * CMD_PREFETCH_CONFIG and CMD_PREFETCH_ADDR (IHI 0070 4.2): caches fill as for a transaction that
 * reads, and what goes wrong is nobody's business.
 */
final class Prefetcher {
  private static final int PAGE_SHIFT = 12;

  private final Configuration configuration;
  private final Translator translator;
  private final boolean substreams;
  private final boolean strides;

  /** More translations than the TLB holds would push out what the same command brought. */
  private final long most;

  /** Scratch. */
  private final Translation prefetched = new Translation();

  Prefetcher(Features features, TranslationUnit unit) {
    this.configuration = unit.configuration();
    this.translator = unit.translator();
    this.substreams = features.substreamIdBits() != 0;
    this.strides = features.minorRevision() > 0;
    this.most = features.profile().tlbEntries();
  }

  /** CMD_PREFETCH_CONFIG, while translation is enabled. */
  void configuration(long word0) {
    begin(word0, 0);
    configuration.find(prefetched);
  }

  /** CMD_PREFETCH_ADDR, while translation is enabled. */
  void addresses(long word0, long word1) {
    int shift = PAGE_SHIFT + (strides ? (int) Prefetch.STRIDE.get(word1) : 0);
    long count = Math.min(most, 1L << Prefetch.SIZE.get(word1));
    long address = Prefetch.ADDRESS.inPlace(word1);
    for (long i = 0; i < count; i++) {
      begin(word0, address + (i << shift));
      translator.translate(prefetched);
    }
  }

  private void begin(long word0, long address) {
    boolean tagged = substreams && Prefetch.SSV.isSet(word0);
    prefetched.begin(
        (int) Prefetch.STREAMID.get(word0),
        tagged ? (int) Prefetch.SUBSTREAMID.get(word0) : Translation.NO_SUBSTREAM,
        address,
        AccessType.READ);
  }
}
