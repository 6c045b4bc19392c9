package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBase;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.machine.Bus;
import portcullis.machine.smmuv3.caches.ConfigurationCache;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;
import portcullis.machine.smmuv3.structures.DecodedSte;
import portcullis.machine.smmuv3.structures.SteValidity;

/**
 * Finds a stream's STE: in the cache, else in the linear or two-level Stream table (IHI 0070
 * 3.3.1).
 */
final class StreamTable {
  private static final int TWO_LEVEL = 0b01;
  private static final int DEFAULT_SPLIT = 6;
  private static final int STE_SHIFT = 6;
  private static final int DESCRIPTOR_SHIFT = 3;
  private static final int NO_SUBSTREAM_KEY = 0;

  private final Features features;
  private final RegisterFile registers;
  private final Bus descriptors;
  private final Bus entries;
  private final ConfigurationCache<DecodedSte> cache;
  private final SteValidity validity;

  /**
   * A Stream table.
   *
   * @param descriptors reads L1STDs
   * @param entries reads STEs
   */
  StreamTable(
      Features features,
      RegisterFile registers,
      Bus descriptors,
      Bus entries,
      ConfigurationCache<DecodedSte> cache) {
    this.features = features;
    this.registers = registers;
    this.descriptors = descriptors;
    this.entries = entries;
    this.cache = cache;
    this.validity = new SteValidity(features);
  }

  /** Puts the STE of {@code t}'s stream into {@code t.ste}; false if {@code t} faulted. */
  boolean find(Translation t) {
    int streamId = t.streamId();
    long config = registers.get(Register.STRTAB_BASE_CFG);
    int bits = (int) Math.min(StrtabBaseCfg.LOG2SIZE.get(config), features.streamIdBits());
    if (Integer.toUnsignedLong(streamId) >>> bits != 0) {
      return badStreamId(t);
    }
    DecodedSte ste = cache.lookup(streamId, NO_SUBSTREAM_KEY);
    if (ste == null) {
      boolean twoLevel =
          StrtabBaseCfg.FMT.get(config) == TWO_LEVEL
              && Idr0.ST_LEVEL.isSet(features.profile().idr0());
      if (!(twoLevel ? fetchTwoLevel(t, config, bits) : fetchLinear(t, bits))) {
        return false;
      }
      ste = cache.insert(streamId, NO_SUBSTREAM_KEY, validity.legal(cache.fetched()));
    }
    if (!ste.legal()) {
      return t.fault(EventType.C_BAD_STE);
    }
    ste.settle(Cr2.E2H.isSet(registers.get(Register.CR2)));
    t.use(ste, null);
    return true;
  }

  private boolean fetchLinear(Translation t, int bits) {
    return fetch(t, base(bits + STE_SHIFT) + (Integer.toUnsignedLong(t.streamId()) << STE_SHIFT));
  }

  private boolean fetchTwoLevel(Translation t, long config, int bits) {
    int split = split(config);
    int level1Bits = Math.max(0, bits - split);
    int index1 = t.streamId() >>> split;
    long address = base(level1Bits + DESCRIPTOR_SHIFT) + ((long) index1 << DESCRIPTOR_SHIFT);
    if (!descriptors.responds(address)) {
      return t.fetchFault(EventType.F_STE_FETCH, address);
    }
    long descriptor = descriptors.read(address, Long.BYTES);
    int span = (int) StreamTableDescriptor.SPAN.get(descriptor);
    int index2 = t.streamId() & ((1 << split) - 1);
    if (span == 0
        || span > StreamTableDescriptor.SPAN_MAX
        || span > split + 1
        || index2 >>> (span - 1) != 0) {
      return badStreamId(t);
    }
    long table = StreamTableDescriptor.L2PTR.inPlace(descriptor) & -(1L << (span - 1 + STE_SHIFT));
    return fetch(t, table + ((long) index2 << STE_SHIFT));
  }

  /** STRTAB_BASE_CFG.SPLIT: bits of StreamID that the second level resolves. */
  static int split(long config) {
    int split = (int) StrtabBaseCfg.SPLIT.get(config);
    return split == 8 || split == 10 ? split : DEFAULT_SPLIT;
  }

  /** STRTAB_BASE, aligned to the table's size (IHI 0070 6.3.24). */
  private long base(int log2Bytes) {
    return StrtabBase.ADDR.inPlace(registers.get(Register.STRTAB_BASE)) & -(1L << log2Bytes);
  }

  private boolean fetch(Translation t, long address) {
    if (!entries.responds(address)) {
      return t.fetchFault(EventType.F_STE_FETCH, address);
    }
    for (int word = 0; word < Ste.WORDS; word++) {
      cache.fetched().word(word, entries.read(address + (long) word * Long.BYTES, Long.BYTES));
    }
    return true;
  }

  /** Recorded only if CR2.RECINVSID asks for it (IHI 0070 7.3.3). */
  private boolean badStreamId(Translation t) {
    t.fault(EventType.C_BAD_STREAMID);
    if (!Cr2.RECINVSID.isSet(registers.get(Register.CR2))) {
      t.suppress("CR2.RECINVSID is 0");
    }
    return false;
  }
}
