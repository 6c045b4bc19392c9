package portcullis.machine;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import portcullis.board.Master;
import portcullis.board.StreamRange;
import portcullis.machine.smmuv3.AccessType;
import portcullis.machine.smmuv3.AtsAccess;
import portcullis.machine.smmuv3.AtsCompletion;
import portcullis.machine.smmuv3.Outcome;
import portcullis.machine.smmuv3.PageResponse;
import portcullis.machine.smmuv3.Resumption;
import portcullis.machine.smmuv3.SmmuV3;
import portcullis.machine.smmuv3.Translation;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * A device that reads and writes memory by DMA: through the SMMU in front of it if it has one, else
 * straight onto the bus.
 *
 * <p>A transfer that the SMMU stalls waits in a channel of the device. A PCI master can have ATS
 * on: then its transfers go by translations that it asks for and caches, and with PRI it asks for
 * pages that it may not reach.
 */
public final class DmaMaster {
  /** Accesses are cut at 4 KiB, the smallest granule, so that each has one translation. */
  private static final int CHUNK = 4096;

  /** How often a page is asked for before the device gives up. */
  private static final int MAX_TRIES = 4;

  /** Page request group indexes (IHI 0070 8). */
  private static final int GROUPS = 512;

  private final Master description;
  private final List<Optional<SmmuV3>> smmus;
  private final Bus bus;
  private final HeldTransfers held;
  private final TranslationCache cache;
  private final Flag ats;
  private final Flag pri;
  private final Flag deaf;
  private final Flag running;
  private final Cell lastHeld;
  private final Cell nextGroup;
  private final Cell lastResponse;

  private final Translation translation = new Translation();
  private final AtsCompletion completion = new AtsCompletion();
  private final byte[] chunkBytes = new byte[CHUNK];

  DmaMaster(Store store, Master description, List<Optional<SmmuV3>> smmus, Bus bus) {
    this.description = description;
    this.smmus = smmus;
    this.bus = bus;
    String name = "dma." + description.name();
    held = new HeldTransfers(store, name);
    cache = new TranslationCache(store, name + ".atc");
    ats = store.flag(name + ".ats");
    pri = store.flag(name + ".pri");
    deaf = store.flag(name + ".deaf");
    running = store.flag(name + ".running");
    lastHeld = store.cell(name + ".last_held");
    nextGroup = store.cell(name + ".next_group");
    lastResponse = store.cell(name + ".last_response");
  }

  /** What the board says of it. */
  public Master description() {
    return description;
  }

  /** How one DMA ended. */
  public enum Result {
    /** All of it reached memory or a device. */
    OK,
    /** The SMMU stopped it; {@link DmaMaster#translation} tells where and why. */
    STOPPED,
    /** Nothing answers at the address that it was led to. */
    BUS_ERROR,
    /** It waits, in channel {@link DmaMaster#lastHeld}: see {@link DmaMaster#take}. */
    HELD,
    /** It has not begun: as many transfers wait as can. */
    BUSY
  }

  /** What one access of a transfer came to. */
  private enum Step {
    PASSED,
    /** It completes, but a read gets zeros and a write is lost (CD.A is 0). */
    IGNORED,
    STOPPED,
    BUS_ERROR,
    STALLED,
    BLOCKED,
    /** The device needs a page that it has to ask for. */
    PAGE_NEEDED
  }

  /** What the SMMU made of the last access; scratch, overwritten by the next. */
  public Translation translation() {
    return translation;
  }

  /**
   * Turns ATS on or off in the device, as its configuration space does; off forgets nothing that is
   * cached.
   *
   * @throws IllegalStateException if it is no PCI master
   */
  public void enableAts(boolean on) {
    requirePci();
    ats.set(on);
  }

  /**
   * Turns PRI on or off in the device; it has an effect with ATS only.
   *
   * @throws IllegalStateException if it is no PCI master
   */
  public void enablePri(boolean on) {
    requirePci();
    pri.set(on);
  }

  private void requirePci() {
    if (!description.pci()) {
      throw new IllegalStateException(description.name() + " is no PCI master");
    }
  }

  /** Makes the device answer no ATS invalidation from now on, or answer again. */
  public void ignoreInvalidations(boolean on) {
    deaf.set(on);
  }

  /**
   * Reads by DMA. A stream through an SMMU that is disabled reaches memory untranslated.
   *
   * @param stream one that the master's bus lets it use
   * @param address any; {@code into.length} bytes from it
   * @param into receives what was read before a failure, too
   */
  public Result read(Stream stream, long address, byte[] into) {
    return transfer(stream, address, into, AccessType.READ);
  }

  /** Writes by DMA; what came before a failure has been written. */
  public Result write(Stream stream, long address, byte[] from) {
    return transfer(stream, address, from, AccessType.WRITE);
  }

  /**
   * A transfer that says that its address is translated already, as a device can that does not keep
   * to ATS (IHI 0070 3.9.1.3).
   *
   * @param stream passes an SMMU
   * @param data is written from, or read into
   */
  public Result translated(Stream stream, long address, byte[] data, boolean write) {
    int done = 0;
    while (done < data.length) {
      long at = address + done;
      int chunk = chunk(at, data.length - done);
      if (!smmus
          .get(stream.smmu())
          .orElseThrow()
          .translatedTransaction(stream.streamId(), at, write, translation)) {
        return Result.STOPPED;
      }
      if (!bus.responds(translation.pa())) {
        return Result.BUS_ERROR;
      }
      BusTransfer.move(bus, translation.pa(), data, done, chunk, write);
      done += chunk;
    }
    return Result.OK;
  }

  /**
   * Sends a Translation Request, whatever the device has cached, and caches what it is granted (IHI
   * 0070 3.9.1.2).
   *
   * @param stream passes an SMMU
   * @param write whether writing is asked for beside reading
   * @return the answer; scratch, overwritten by the next request
   * @throws IllegalStateException if it is no PCI master
   */
  public AtsCompletion requestTranslation(Stream stream, long address, boolean write) {
    requirePci();
    smmus
        .get(stream.smmu())
        .orElseThrow()
        .atsRequest(
            stream.streamId(),
            stream.substreamId(),
            address,
            write ? AtsAccess.WRITE : 0,
            completion);
    if (completion.grants()) {
      cache.insert(stream, address, completion);
    }
    return completion;
  }

  /**
   * Sends a page request message, whether or not the device needs a page.
   *
   * @param access as {@link AtsAccess} has it
   * @param group 0 to 511
   */
  public void pageRequest(Stream stream, long address, int access, int group, boolean last) {
    smmus
        .get(stream.smmu())
        .orElseThrow()
        .pageRequest(stream.streamId(), stream.substreamId(), address, access, group, last);
  }

  /**
   * Makes a Far Atomic operation, which no interconnect here carries: it changes nothing.
   *
   * @return {@link Result#STOPPED} by an SMMU, or without one {@link Result#BUS_ERROR}
   */
  public Result farAtomic(Stream stream, long address) {
    if (stream.smmu() == Stream.NO_SMMU || smmus.get(stream.smmu()).isEmpty()) {
      return Result.BUS_ERROR;
    }
    smmus
        .get(stream.smmu())
        .get()
        .farAtomic(stream.streamId(), stream.substreamId(), address, false, translation);
    return Result.STOPPED;
  }

  /**
   * Hints that the device will access pages soon (IHI 0070 7.3.19).
   *
   * @param stream passes an SMMU
   * @param access as {@link AtsAccess} has it
   * @param pages of 4KB, 1 to 255
   */
  public void hint(Stream stream, long address, int access, int pages) {
    smmus
        .get(stream.smmu())
        .orElseThrow()
        .pageHint(stream.streamId(), stream.substreamId(), address, access, pages);
  }

  /** The last page response that came; empty if none did since {@link #forgetPageResponse}. */
  public Optional<PageResponse> lastPageResponse() {
    int ordinal = (int) lastResponse.get() - 1;
    return ordinal < 0 ? Optional.empty() : Optional.of(PageResponse.values()[ordinal]);
  }

  /** Forgets the last page response. */
  public void forgetPageResponse() {
    lastResponse.set(0);
  }

  /** The channel of the transfer that last gave {@link Result#HELD}. */
  public int lastHeld() {
    return (int) lastHeld.get();
  }

  /**
   * Takes the result of a transfer that was held, and frees its channel.
   *
   * @param into receives what a read got; its length is the transfer's
   * @return {@link Result#HELD} if it still waits, and then nothing changes
   * @throws IllegalArgumentException if no transfer is in the channel
   */
  public Result take(int channel, byte[] into) {
    if (held.state(channel) == HeldTransfers.State.FREE) {
      throw new IllegalArgumentException("nothing is held in channel " + channel);
    }
    if (held.state(channel) != HeldTransfers.State.OVER) {
      return Result.HELD;
    }
    if (!held.type(channel).write()) {
      held.load(channel, 0, into, Math.min(into.length, held.length(channel)));
    }
    Result result = held.result(channel);
    held.release(channel);
    return result;
  }

  /**
   * Resets the device: transfers that wait and what it has cached are forgotten, ATS and PRI are
   * off. An SMMU that stalls one of its transactions knows nothing of it.
   */
  public void reset() {
    for (int channel = 0; channel < HeldTransfers.CHANNELS; channel++) {
      held.release(channel);
    }
    cache.clear();
    ats.set(false);
    pri.set(false);
    deaf.set(false);
    lastResponse.set(0);
  }

  private static int chunk(long at, int left) {
    return (int) Math.min(left, CHUNK - (at & (CHUNK - 1)));
  }

  private Result transfer(Stream stream, long address, byte[] data, AccessType type) {
    if (held.free() == HeldTransfers.NONE) {
      return Result.BUSY;
    }
    int done = 0;
    while (done < data.length) {
      long at = address + done;
      int chunk = chunk(at, data.length - done);
      Step step = step(stream, at, type, data, done, chunk);
      switch (step) {
        case PASSED, IGNORED -> done += chunk;
        case STOPPED -> {
          return Result.STOPPED;
        }
        case BUS_ERROR -> {
          return Result.BUS_ERROR;
        }
        case STALLED, BLOCKED, PAGE_NEEDED -> {
          return hold(stream, address, data, type, done, step);
        }
      }
    }
    return Result.OK;
  }

  /** Lets the rest of a transfer wait, unless what it waits for comes at once. */
  private Result hold(
      Stream stream, long address, byte[] data, AccessType type, int done, Step step) {
    int channel = held.free();
    int tag = translation.stag();
    held.hold(channel, stream, address, type, data, done);
    waits(channel, step, tag);
    goOn();
    if (held.state(channel) == HeldTransfers.State.OVER) {
      return take(channel, data);
    }
    lastHeld.set(channel);
    return Result.HELD;
  }

  private void waits(int channel, Step step, int stag) {
    switch (step) {
      case STALLED -> held.await(channel, HeldTransfers.State.STALLED, stag);
      case BLOCKED -> held.await(channel, HeldTransfers.State.BLOCKED, 0);
      default -> askForPage(channel);
    }
  }

  /** One access of at most {@link #CHUNK} bytes, all in one page. */
  private Step step(Stream stream, long at, AccessType type, byte[] data, int from, int count) {
    long pa = at;
    if (stream.smmu() != Stream.NO_SMMU && smmus.get(stream.smmu()).isPresent()) {
      SmmuV3 smmu = smmus.get(stream.smmu()).get();
      Step step =
          ats.get() ? byOwnTranslation(smmu, stream, at, type) : bySmmu(smmu, stream, at, type);
      if (step == Step.IGNORED && !type.write()) {
        Arrays.fill(data, from, from + count, (byte) 0);
      }
      if (step != Step.PASSED) {
        return step;
      }
      pa = translation.pa();
    }
    if (!bus.responds(pa)) {
      return Step.BUS_ERROR;
    }
    BusTransfer.move(bus, pa, data, from, count, type.write());
    return Step.PASSED;
  }

  private Step bySmmu(SmmuV3 smmu, Stream stream, long at, AccessType type) {
    if (smmu.transaction(stream.streamId(), stream.substreamId(), at, type, translation)) {
      return Step.PASSED;
    }
    if (translation.outcome() == Outcome.STALLED) {
      return Step.STALLED;
    }
    if (translation.outcome() == Outcome.BLOCKED) {
      return Step.BLOCKED;
    }
    return translation.razWi() ? Step.IGNORED : Step.STOPPED;
  }

  /** Uses what the device has cached, or what it is granted on request. */
  private Step byOwnTranslation(SmmuV3 smmu, Stream stream, long at, AccessType type) {
    int needed = type.write() ? AtsAccess.WRITE : AtsAccess.READ;
    long translated = cache.lookup(stream, at, needed);
    if (translated == TranslationCache.MISS) {
      smmu.atsRequest(
          stream.streamId(), stream.substreamId(), at, needed & AtsAccess.WRITE, completion);
      if (completion.status() != AtsCompletion.Status.SUCCESS) {
        return Step.STOPPED;
      }
      if ((completion.access() & needed) == 0) {
        return pri.get() ? Step.PAGE_NEEDED : Step.STOPPED;
      }
      cache.insert(stream, at, completion);
      translated = cache.lookup(stream, at, needed);
    }
    return smmu.translatedTransaction(stream.streamId(), translated, type.write(), translation)
        ? Step.PASSED
        : Step.STOPPED;
  }

  /** Lets every transfer go on that can, until none can; not while that is being done already. */
  private void goOn() {
    if (running.get()) {
      return;
    }
    running.set(true);
    for (int channel = ready(); channel != HeldTransfers.NONE; channel = ready()) {
      run(channel);
    }
    running.set(false);
  }

  private int ready() {
    for (int channel = 0; channel < HeldTransfers.CHANNELS; channel++) {
      if (held.state(channel) == HeldTransfers.State.READY) {
        return channel;
      }
    }
    return HeldTransfers.NONE;
  }

  /** Carries a held transfer on, until it is over or waits again. */
  private void run(int channel) {
    Stream stream =
        new Stream(held.smmu(channel), held.streamId(channel), held.substreamId(channel));
    AccessType type = held.type(channel);
    int length = held.length(channel);
    while (held.position(channel) < length) {
      int position = held.position(channel);
      long at = held.address(channel) + position;
      int chunk = chunk(at, length - position);
      held.load(channel, position, chunkBytes, chunk);
      Step step = step(stream, at, type, chunkBytes, 0, chunk);
      switch (step) {
        case PASSED, IGNORED -> {
          held.store(channel, position, chunkBytes, chunk);
          held.position(channel, position + chunk);
        }
        case STOPPED -> {
          held.finish(channel, Result.STOPPED);
          return;
        }
        case BUS_ERROR -> {
          held.finish(channel, Result.BUS_ERROR);
          return;
        }
        case STALLED, BLOCKED, PAGE_NEEDED -> {
          waits(channel, step, translation.stag());
          return;
        }
      }
    }
    held.finish(channel, Result.OK);
  }

  /** Sends a request for the page that a transfer has come to; the answer may come at once. */
  private void askForPage(int channel) {
    if (held.tries(channel) == MAX_TRIES) {
      held.finish(channel, Result.STOPPED);
      return;
    }
    held.tries(channel, held.tries(channel) + 1);
    int group = (int) nextGroup.get();
    nextGroup.set((group + 1) % GROUPS);
    held.await(channel, HeldTransfers.State.PAGING, group);
    smmus
        .get(held.smmu(channel))
        .orElseThrow()
        .pageRequest(
            held.streamId(channel),
            held.substreamId(channel),
            held.address(channel) + held.position(channel),
            held.type(channel).write() ? AtsAccess.READ | AtsAccess.WRITE : AtsAccess.READ,
            group,
            true);
  }

  /** Whether a StreamID of an SMMU is one of this master's. */
  boolean sends(int smmu, int streamId) {
    long id = Integer.toUnsignedLong(streamId);
    List<StreamRange> ranges = description.streams();
    for (int i = 0; i < ranges.size(); i++) {
      StreamRange range = ranges.get(i);
      if (range.smmu() == smmu && id >= range.first() && id - range.first() < range.count()) {
        return true;
      }
    }
    return false;
  }

  /** A stall of one of its transfers, if it is one, is over. */
  void resume(int smmu, int streamId, int stag, Resumption how) {
    for (int channel = 0; channel < HeldTransfers.CHANNELS; channel++) {
      if (held.awaits(channel, HeldTransfers.State.STALLED, smmu, streamId, stag)) {
        switch (how) {
          case RETRY -> held.state(channel, HeldTransfers.State.READY);
          case ABORT -> held.finish(channel, Result.STOPPED);
          case RAZ_WI -> ignore(channel);
        }
        goOn();
        return;
      }
    }
  }

  /** The access that a transfer has come to reads zeros, or writes nothing. */
  private void ignore(int channel) {
    int position = held.position(channel);
    int chunk = chunk(held.address(channel) + position, held.length(channel) - position);
    if (!held.type(channel).write()) {
      held.store(channel, position, new byte[chunk], chunk);
    }
    held.position(channel, position + chunk);
    held.state(channel, HeldTransfers.State.READY);
  }

  /** An SMMU accepts transactions again that it had not accepted. */
  void unblock(int smmu) {
    for (int channel = 0; channel < HeldTransfers.CHANNELS; channel++) {
      if (held.state(channel) == HeldTransfers.State.BLOCKED && held.smmu(channel) == smmu) {
        held.state(channel, HeldTransfers.State.READY);
      }
    }
    goOn();
  }

  /** An ATS invalidation request; false if there will be no answer to it. */
  boolean invalidate(
      int smmu, int streamId, int substreamId, boolean global, long address, int log2Pages) {
    if (deaf.get()) {
      return false;
    }
    cache.invalidate(smmu, streamId, substreamId, global, address, log2Pages);
    return true;
  }

  /** A page response: success lets the transfer that asked try again. */
  void respond(int smmu, int streamId, int group, PageResponse response) {
    lastResponse.set(response.ordinal() + 1L);
    for (int channel = 0; channel < HeldTransfers.CHANNELS; channel++) {
      if (held.awaits(channel, HeldTransfers.State.PAGING, smmu, streamId, group)) {
        if (response == PageResponse.SUCCESS) {
          held.state(channel, HeldTransfers.State.READY);
        } else {
          held.finish(channel, Result.STOPPED);
        }
      }
    }
    goOn();
  }
}
