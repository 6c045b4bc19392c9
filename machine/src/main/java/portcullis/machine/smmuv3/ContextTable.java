package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.ContextTableDescriptor;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Ste;
import portcullis.machine.Bus;
import portcullis.machine.smmuv3.caches.ConfigurationCache;
import portcullis.machine.smmuv3.caches.ConfigurationEntry;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.structures.CdValidity;
import portcullis.machine.smmuv3.structures.DecodedCd;
import portcullis.machine.smmuv3.structures.DecodedSte;
import portcullis.machine.vmsa.TableWalker;

/** Finds the CD of a transaction: which one, and where it is (IHI 0070 3.3.2, 5.2, 5.3). */
final class ContextTable {

  /** No CD: stage 1 is bypassed (S1DSS). */
  static final int BYPASS = -1;

  /** No CD: the transaction faulted. */
  static final int FAULT = -2;

  private static final int DSS_BYPASS = 0b01;
  private static final int DSS_SUBSTREAM_0 = 0b10;
  private static final int FORMAT_4K = 0b01;
  private static final int FORMAT_64K = 0b10;
  private static final int LINEAR = 0;
  private static final int SPLIT_4K = 6;
  private static final int SPLIT_64K = 10;
  private static final int CD_SHIFT = 6;
  private static final int DESCRIPTOR_SHIFT = 3;
  private static final int MIN_ALIGNMENT_SHIFT = 6;

  private final Features features;
  private final Bus descriptors;
  private final Bus entries;
  private final ConfigurationCache<DecodedCd> cache;
  private final PartIdMaps maps;
  private final Stage2 stage2;
  private final CdValidity validity;

  /**
   * CD tables.
   *
   * @param descriptors reads L1CDs
   * @param entries reads CDs
   */
  ContextTable(
      Features features,
      Bus descriptors,
      Bus entries,
      ConfigurationCache<DecodedCd> cache,
      PartIdMaps maps,
      Stage2 stage2) {
    this.features = features;
    this.descriptors = descriptors;
    this.entries = entries;
    this.cache = cache;
    this.maps = maps;
    this.stage2 = stage2;
    this.validity = new CdValidity(features);
  }

  /**
   * The index of the CD for {@code t}, whose STE enables stage 1; or {@link #BYPASS}, {@link
   * #FAULT}.
   */
  int select(Translation t) {
    boolean hasSubstream = t.substreamId() != Translation.NO_SUBSTREAM;
    int log2Cds = t.ste.log2Contexts;
    int defaultSubstream = t.ste.defaultSubstream;
    if (hasSubstream) {
      if (log2Cds == 0 || t.substreamId() >>> log2Cds != 0) {
        return fault(t, EventType.C_BAD_SUBSTREAMID);
      }
      return t.substreamId() == 0 && defaultSubstream == DSS_SUBSTREAM_0
          ? fault(t, EventType.F_STREAM_DISABLED)
          : t.substreamId();
    }
    if (log2Cds == 0) {
      return 0;
    }
    return switch (defaultSubstream) {
      case DSS_BYPASS -> BYPASS;
      case DSS_SUBSTREAM_0 -> 0;
      default -> fault(t, EventType.F_STREAM_DISABLED);
    };
  }

  private static int fault(Translation t, EventType type) {
    t.fault(type);
    return FAULT;
  }

  /**
   * Puts the CD for {@code t}, whose STE enables stage 1, into {@code t.cd}, which stays null where
   * stage 1 is bypassed; false if {@code t} faulted.
   */
  boolean find(Translation t) {
    int index = select(t);
    return switch (index) {
      case FAULT -> false;
      case BYPASS -> true;
      default -> find(t, index);
    };
  }

  private boolean find(Translation t, int index) {
    DecodedCd cd = cache.lookup(t.streamId(), index);
    if (cd == null) {
      if (!fetch(t, index)) {
        return false;
      }
      boolean legal = validity.legal(t.ste, cache.fetched());
      if (legal && t.ste.mapsPartIds && !mapPartId(t)) {
        return false;
      }
      cd = cache.insert(t.streamId(), index, legal);
    }
    if (!cd.legal()) {
      return t.fault(EventType.C_BAD_CD);
    }
    cd.serve(t.ste);
    t.use(t.ste, cd);
    return true;
  }

  /** Gives the CD that was fetched the physical PARTID; it is kept so. */
  private boolean mapPartId(Translation t) {
    DecodedCd cd = cache.fetched();
    int partId = maps.physical(t, cd.get(Cd.PARTID));
    if (partId == PartIdMaps.FAULT) {
      return false;
    }
    int word = Cd.PARTID.word();
    cd.word(word, Cd.PARTID.with(cd.word(word), partId));
    return true;
  }

  private boolean fetch(Translation t, int index) {
    int log2Cds = t.ste.log2Contexts;
    long table = t.ste.address(Ste.S1CONTEXTPTR);
    int split = split(t.ste);
    if (log2Cds == 0 || split == LINEAR) {
      return fetchCd(t, align(table, log2Cds + CD_SHIFT) + ((long) index << CD_SHIFT));
    }
    int level1Shift = Math.max(0, log2Cds - split) + DESCRIPTOR_SHIFT;
    long base = align(table, Math.max(MIN_ALIGNMENT_SHIFT, level1Shift));
    long address = physical(t, base + ((long) (index >>> split) << DESCRIPTOR_SHIFT));
    if (address == TableWalker.Reach.NONE) {
      return false;
    }
    if (!descriptors.responds(address)) {
      return t.fetchFault(EventType.F_CD_FETCH, address);
    }
    long descriptor = descriptors.read(address, Long.BYTES);
    long level2 = align(ContextTableDescriptor.L2PTR.inPlace(descriptor), split + CD_SHIFT);
    int bits = t.ste.stage2 ? features.intermediateBits() : features.outputBits();
    if (!ContextTableDescriptor.V.isSet(descriptor)
        || ContextTableDescriptor.L2PTR.inPlace(descriptor) >>> bits != 0) {
      return t.fault(EventType.C_BAD_SUBSTREAMID);
    }
    return fetchCd(t, level2 + ((long) (index & ((1 << split) - 1)) << CD_SHIFT));
  }

  /** Bits of SubstreamID that the second level of S1Fmt resolves; {@link #LINEAR} without one. */
  static int split(DecodedSte ste) {
    return switch (ste.get(Ste.S1FMT)) {
      case FORMAT_4K -> SPLIT_4K;
      case FORMAT_64K -> SPLIT_64K;
      default -> LINEAR;
    };
  }

  private boolean fetchCd(Translation t, long location) {
    long address = physical(t, location);
    if (address == TableWalker.Reach.NONE) {
      return false;
    }
    if (!entries.responds(address)) {
      return t.fetchFault(EventType.F_CD_FETCH, address);
    }
    for (int word = 0; word < ConfigurationEntry.WORDS; word++) {
      cache.fetched().word(word, entries.read(address + (long) word * Long.BYTES, Long.BYTES));
    }
    return true;
  }

  /** Through stage 2 if the stream has one. */
  private long physical(Translation t, long address) {
    return t.ste.stage2 ? stage2.fetch(t, address, FaultClass.CD) : address;
  }

  private static long align(long address, int shift) {
    return address & -(1L << shift);
  }
}
