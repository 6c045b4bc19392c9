package portcullis.hyp.smmuv3;

import java.util.Arrays;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBase;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.platform.PhysicalMemory;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * The host's stream table, as the host described it when it set CR0.SMMUEN: linear or two-level
 * (IHI 0070 3.3.1). Its first level is pinned meanwhile; whatever that points to is checked at each
 * read. Every word is read once.
 */
final class HostStreamTable {
  /** No such STE. */
  static final long NONE = -1;

  /** The SPLITs that are not reserved; a reserved one behaves as the first. */
  private static final int SPLIT_MIN = 6;

  private static final int SPLIT_MAX = 10;

  private final PhysicalMemory memory;
  private final PageServices pages;
  private final CacheCleaner cleaner;
  private final PinnedRange pinned;
  private final Cell base;
  private final Cell log2Size;
  private final Cell split;
  private final Cell open;

  HostStreamTable(
      Store store,
      String name,
      PhysicalMemory memory,
      PageServices pages,
      CacheCleaner cleaner,
      SmmuPolicy policy) {
    this.memory = memory;
    this.cleaner = cleaner;
    this.pages = pages;
    pinned =
        new PinnedRange(
            store,
            name + ".host.strtab",
            pages,
            policy.protections().takes(Measure.PIN_STREAM_TABLE));
    base = store.cell(name + ".host.strtab.base");
    log2Size = store.cell(name + ".host.strtab.log2size");
    split = store.cell(name + ".host.strtab.split");
    open = store.cell(name + ".host.strtab.open");
  }

  /**
   * Takes the table that the registers describe into use.
   *
   * @param strtabBase STRTAB_BASE
   * @param cfg STRTAB_BASE_CFG
   * @param sidBits bits of StreamID that hardware has: LOG2SIZE above it behaves as it
   * @param twoLevelOffered whether FMT may say two-level
   * @return OK; INVALID if FMT is reserved; DENIED if the first level is not the host's. All
   *     streams then have no STE.
   */
  Status open(long strtabBase, long cfg, int sidBits, boolean twoLevelOffered) {
    int bits = (int) Math.min(StrtabBaseCfg.LOG2SIZE.get(cfg), sidBits);
    long fmt = StrtabBaseCfg.FMT.get(cfg);
    if (fmt > 1 || (fmt == 1 && !twoLevelOffered)) {
      return Status.INVALID;
    }
    int splitBits = fmt == 1 ? splitOf(cfg) : 0;
    long bytes =
        fmt == 1
            ? (long) StreamTableDescriptor.BYTES << Math.max(0, bits - splitBits)
            : (long) Ste.BYTES << bits;
    long address = StrtabBase.ADDR.inPlace(strtabBase) & -Math.max(bytes, Ste.BYTES);
    Status status = pinned.hold(address, bytes);
    if (status.ok()) {
      base.set(address);
      log2Size.set(bits);
      split.set(splitBits);
      open.set(1);
    }
    return status;
  }

  /** Gives the table up. */
  void close() {
    pinned.release();
    open.set(0);
  }

  /** Whether a table is in use. */
  boolean isOpen() {
    return open.get() != 0;
  }

  /** How many StreamIDs the table covers. */
  long streams() {
    return isOpen() ? 1L << log2Size.get() : 0;
  }

  /** log2 of the StreamIDs that are good for one {@link #array}. */
  int arrayBits() {
    return isOpen() && split.get() != 0 ? (int) split.get() : SPLIT_MAX;
  }

  /**
   * What the table says about the array of STEs that holds {@code sid}: read once, then good for
   * every StreamID of the array.
   *
   * @return a first-level descriptor; for a linear table a word without meaning; {@link #NONE} if
   *     there is no STE
   */
  long array(long sid) {
    if (sid >= streams()) {
      return NONE;
    }
    if (split.get() == 0) {
      return 0;
    }
    long at = base.get() + (sid >>> split.get()) * StreamTableDescriptor.BYTES;
    if (!pages.hostOwns(at, StreamTableDescriptor.BYTES)) {
      return NONE;
    }
    cleaner.refresh(at, StreamTableDescriptor.BYTES);
    long descriptor = memory.read64(at);
    long span = StreamTableDescriptor.SPAN.get(descriptor);
    return span == 0 || span > split.get() + 1 ? NONE : descriptor;
  }

  /**
   * Where the STEs of an array end.
   *
   * @param sid one of its StreamIDs
   * @param array what {@link #array} gave for it
   * @return the first StreamID behind them; 0 if there are none
   */
  long arrayEnd(long sid, long array) {
    if (array == NONE) {
      return 0;
    }
    return split.get() == 0 ? streams() : Math.min(streams(), descriptorStart(sid) + stes(array));
  }

  /** The first StreamID of those that share a first-level descriptor with {@code sid}. */
  long descriptorStart(long sid) {
    return sid < streams() ? sid & (-1L << split.get()) : sid;
  }

  /** The first StreamID behind those that share a first-level descriptor with {@code sid}. */
  long descriptorEnd(long sid) {
    return sid < streams() ? descriptorStart(sid) + (1L << split.get()) : sid + 1;
  }

  /**
   * Copies the STE of {@code sid}, word by word; of an invalid one the first word only, as the
   * others say nothing.
   *
   * @param array what {@link #array} gave for it
   * @param ste takes the eight words; zero (invalid) if there is no STE
   */
  void copy(long sid, long array, long[] ste) {
    Arrays.fill(ste, 0);
    long at = addressOf(sid, array);
    if (at == NONE || !pages.hostOwns(at, Ste.BYTES)) {
      return;
    }
    cleaner.refresh(at, Ste.BYTES);
    ste[0] = memory.read64(at);
    if (Ste.V.isSet(ste[0])) {
      for (int word = 1; word < Ste.WORDS; word++) {
        ste[word] = memory.read64(at + 8L * word);
      }
    }
  }

  private long addressOf(long sid, long array) {
    if (array == NONE || sid >= streams()) {
      return NONE;
    }
    if (split.get() == 0) {
      return base.get() + sid * Ste.BYTES;
    }
    long stes = stes(array);
    long index = sid & ((1L << split.get()) - 1);
    long address = StreamTableDescriptor.L2PTR.inPlace(array) & -(stes * Ste.BYTES);
    return index < stes ? address + index * Ste.BYTES : NONE;
  }

  private static long stes(long descriptor) {
    return 1L << (StreamTableDescriptor.SPAN.get(descriptor) - 1);
  }

  private static int splitOf(long cfg) {
    int split = (int) StrtabBaseCfg.SPLIT.get(cfg);
    return split == 8 || split == SPLIT_MAX ? split : SPLIT_MIN;
  }
}
