package portcullis.diff;

import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;

/**
 * A two-level Stream table as QEMU takes it: {@code L1STD.Span} counts twice as many STEs as it
 * should (IHI 0070 5.1).
 *
 * @param place of the stream in its second level; -1 if there is none
 */
record StreamTableView(long place) {

  /** The view of a DMA's stream, by the registers of {@code fresh}. */
  static StreamTableView of(FreshModel fresh, Step.Dma dma) {
    long config = fresh.register(Register.STRTAB_BASE_CFG);
    long split = StrtabBaseCfg.SPLIT.get(config);
    return new StreamTableView(
        StrtabBaseCfg.FMT.get(config) == 0 ? -1 : dma.device().streamId() & ((1L << split) - 1));
  }

  /** As {@code sees}, with a Span that reaches the stream where it is one of the second half. */
  FreshModel.Overlay doubled(FreshModel.Overlay sees) {
    return (address, now) -> {
      long word = sees.word(address, now);
      long span = StreamTableDescriptor.SPAN.get(word);
      boolean second = first(address) && span != 0 && place >>> (span - 1) == 1;
      return second ? StreamTableDescriptor.SPAN.with(word, span + 1) : word;
    };
  }

  /** Whether what was read tells that the STE is beyond both halves. */
  boolean beyond(Fetched read) {
    long span = read.count() == 1 ? StreamTableDescriptor.SPAN.get(read.value(0)) : 0;
    return span != 0 && first(read.address(0)) && place >>> span > 0;
  }

  private boolean first(long address) {
    return place >= 0 && address >= Window.STREAM_TABLE && address < Window.STREAM_TABLE_2;
  }
}
