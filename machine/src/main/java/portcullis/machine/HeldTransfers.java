package portcullis.machine;

import portcullis.machine.smmuv3.AccessType;
import portcullis.store.PagedWords;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The DMA transfers of one master that wait for an SMMU, each in a channel: where they have come
 * to, what for they wait, and their data.
 */
final class HeldTransfers {
  /** Transfers that can wait at a time. */
  static final int CHANNELS = 4;

  /** No channel. */
  static final int NONE = -1;

  /** What a channel's transfer is about. */
  enum State {
    /** There is none. */
    FREE,
    /** It is stalled in the SMMU; its tag is the STAG. */
    STALLED,
    /** The SMMU did not accept it. */
    BLOCKED,
    /** It has sent a page request; its tag is the page request group index. */
    PAGING,
    /** It goes on as soon as it can. */
    READY,
    /** It is over, and its result has not been taken yet. */
    OVER
  }

  private static final State[] STATES = State.values();
  private static final AccessType[] TYPES = AccessType.values();
  private static final DmaMaster.Result[] RESULTS = DmaMaster.Result.values();

  private static final int WORDS = 7;

  /** State, access type, tag, tries and result of a channel, by bytes and shorts. */
  private static final int CONTROL = 0;

  private static final int STREAM = 1;
  private static final int SUBSTREAM = 2;
  private static final int SMMU = 3;
  private static final int ADDRESS = 4;
  private static final int LENGTH = 5;
  private static final int POSITION = 6;

  private static final int TYPE_SHIFT = 8;
  private static final int RESULT_SHIFT = 16;
  private static final int TRIES_SHIFT = 24;
  private static final int TAG_SHIFT = 32;
  private static final long BYTE = 0xff;
  private static final long TAG_MASK = 0xffff;

  /** A channel's data begins at a multiple of 2^31 bytes, the most that an array has. */
  private static final int DATA_SHIFT = 31 - 3;

  private final Words words;
  private final PagedWords data;

  HeldTransfers(Store store, String name) {
    words = store.words(name + ".channels", CHANNELS * WORDS);
    data = store.paged(name + ".data", (long) CHANNELS << DATA_SHIFT);
  }

  private long get(int channel, int word) {
    return words.get(channel * WORDS + word);
  }

  private void set(int channel, int word, long value) {
    words.set(channel * WORDS + word, value);
  }

  private long control(int channel, int shift, long mask) {
    return get(channel, CONTROL) >>> shift & mask;
  }

  private void control(int channel, int shift, long mask, long value) {
    set(channel, CONTROL, (get(channel, CONTROL) & ~(mask << shift)) | value << shift);
  }

  /** A free channel, or {@link #NONE}. */
  int free() {
    for (int channel = 0; channel < CHANNELS; channel++) {
      if (state(channel) == State.FREE) {
        return channel;
      }
    }
    return NONE;
  }

  /** Puts the rest of a transfer into a free channel. */
  void hold(int channel, Stream stream, long address, AccessType type, byte[] bytes, int done) {
    set(channel, CONTROL, (long) type.ordinal() << TYPE_SHIFT);
    state(channel, State.READY);
    set(channel, STREAM, Integer.toUnsignedLong(stream.streamId()));
    set(channel, SUBSTREAM, stream.substreamId());
    set(channel, SMMU, stream.smmu());
    set(channel, ADDRESS, address);
    set(channel, LENGTH, bytes.length);
    set(channel, POSITION, done);
    store(channel, 0, bytes, bytes.length);
  }

  /** Frees a channel. */
  void release(int channel) {
    for (int word = 0; word < WORDS; word++) {
      set(channel, word, 0);
    }
  }

  State state(int channel) {
    return STATES[(int) control(channel, 0, BYTE)];
  }

  void state(int channel, State state) {
    control(channel, 0, BYTE, state.ordinal());
  }

  /** Lets a transfer wait for what {@code tag} names. */
  void await(int channel, State state, int tag) {
    state(channel, state);
    control(channel, TAG_SHIFT, TAG_MASK, tag);
  }

  /** Whether this transfer waits so, for {@code tag} of a stream. */
  boolean awaits(int channel, State state, int smmu, int streamId, int tag) {
    return state(channel) == state
        && smmu(channel) == smmu
        && streamId(channel) == streamId
        && control(channel, TAG_SHIFT, TAG_MASK) == tag;
  }

  /** How often the transfer has asked for the page that it has come to. */
  int tries(int channel) {
    return (int) control(channel, TRIES_SHIFT, BYTE);
  }

  void tries(int channel, int count) {
    control(channel, TRIES_SHIFT, BYTE, count);
  }

  void finish(int channel, DmaMaster.Result result) {
    state(channel, State.OVER);
    control(channel, RESULT_SHIFT, BYTE, result.ordinal());
  }

  /** How a transfer that is over ended. */
  DmaMaster.Result result(int channel) {
    return RESULTS[(int) control(channel, RESULT_SHIFT, BYTE)];
  }

  AccessType type(int channel) {
    return TYPES[(int) control(channel, TYPE_SHIFT, BYTE)];
  }

  int smmu(int channel) {
    return (int) get(channel, SMMU);
  }

  int streamId(int channel) {
    return (int) get(channel, STREAM);
  }

  int substreamId(int channel) {
    return (int) get(channel, SUBSTREAM);
  }

  /** Where the whole transfer begins. */
  long address(int channel) {
    return get(channel, ADDRESS);
  }

  int length(int channel) {
    return (int) get(channel, LENGTH);
  }

  /** How many bytes are done. */
  int position(int channel) {
    return (int) get(channel, POSITION);
  }

  void position(int channel, int done) {
    set(channel, POSITION, done);
    tries(channel, 0);
  }

  /** Copies {@code count} bytes of the transfer's data from {@code position} on. */
  void load(int channel, int position, byte[] into, int count) {
    long base = (long) channel << DATA_SHIFT;
    for (int i = 0; i < count; i++) {
      int at = position + i;
      into[i] = (byte) (data.get(base + at / Long.BYTES) >>> (at % Long.BYTES * Byte.SIZE));
    }
  }

  /** Sets {@code count} bytes of the transfer's data from {@code position} on. */
  void store(int channel, int position, byte[] from, int count) {
    long base = (long) channel << DATA_SHIFT;
    for (int i = 0; i < count; i++) {
      int at = position + i;
      long word = base + at / Long.BYTES;
      int shift = at % Long.BYTES * Byte.SIZE;
      data.set(word, (data.get(word) & ~(BYTE << shift)) | (from[i] & BYTE) << shift);
    }
  }
}
