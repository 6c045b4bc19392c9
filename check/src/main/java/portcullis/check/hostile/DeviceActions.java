package portcullis.check.hostile;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import portcullis.machine.DmaMaster;
import portcullis.machine.Machine;
import portcullis.machine.Stream;
import portcullis.machine.smmuv3.AtsCompletion;
import portcullis.machine.smmuv3.Path;
import portcullis.machine.smmuv3.SmmuV3;
import portcullis.machine.smmuv3.Translation;

/** What devices do for the hostile host, each access judged by where it ended. */
final class DeviceActions {
  private static final int MAX_RECENT = 24;
  private static final int MAX_TRANSLATED = 6;

  /**
   * A DMA address that once worked.
   *
   * @param pa where it led to
   */
  private record Used(Site site, Site.Source source, long address, long pa) {}

  /** A stream that was given an STE which lets something through. */
  private record Translated(Site site, Site.Source source, boolean nested) {}

  private final Step step;
  private final SplittableRandom random;
  private final Addresses addresses;
  private final Oracle oracle;
  private final List<Used> recent = new ArrayList<>();
  private final Deque<Translated> translated = new ArrayDeque<>();
  private final byte[] word = new byte[Long.BYTES];
  private final Machine machine;
  private final AtsCompletion answer = new AtsCompletion();
  private final Translation translation = new Translation();

  DeviceActions(
      Step step, SplittableRandom random, Machine machine, Addresses addresses, Oracle oracle) {
    this.step = step;
    this.random = random;
    this.machine = machine;
    this.addresses = addresses;
    this.oracle = oracle;
  }

  void dma(Site site) {
    Translated by = new Translated(site, site.anySource(random), step.oneIn(2));
    if (!translated.isEmpty() && !step.oneIn(8)) {
      by = translated.removeFirst();
      translated.addLast(by);
    }
    long address;
    if (step.oneIn(8)) {
      address = addresses.any() & -Long.BYTES;
    } else if (by.nested()) {
      address = AddressSpace.anyOfWindow(random);
    } else {
      address = addresses.ramPage();
    }
    Used use = new Used(by.site(), by.source(), address, 0);
    access(use, step.oneIn(3), true, step.oneIn(16));
  }

  /** A stream was given an STE that lets something through. */
  void translates(Site site, Site.Source source, boolean nested) {
    if (translated.size() == MAX_TRANSLATED) {
      translated.removeFirst();
    }
    translated.addLast(new Translated(site, source, nested));
  }

  /** One access by DMA, which must end at memory of the host's if it ends anywhere. */
  private void access(Used use, boolean write, boolean remember) {
    access(use, write, remember, false);
  }

  /** As the other; a device that lies says that its address is translated already (ATS). */
  private void access(Used use, boolean write, boolean remember, boolean lies) {
    Stream stream = Stream.of(use.site().smmu().index(), use.source().streamId());
    DmaMaster master = use.source().master();
    if (write) {
      for (int i = 0; i < word.length; i++) {
        word[i] = (byte) random.nextInt();
      }
    }
    DmaMaster.Result result =
        lies
            ? master.translated(stream, use.address(), word, write)
            : write
                ? master.write(stream, use.address(), word)
                : master.read(stream, use.address(), word);
    if (remember) {
      step.say(
          "%s%s of 0x%x by stream 0x%x: %s",
          lies ? "translated " : "",
          write ? "write" : "read",
          use.address(),
          use.source().streamId(),
          result);
    }
    if (result == DmaMaster.Result.STOPPED) {
      step.reached(lies ? Reached.DMA_LIE_STOPPED : Reached.DMA_STOPPED);
      return;
    }
    if (result == DmaMaster.Result.HELD) {
      step.reached(Reached.DMA_STALLED);
      return;
    }
    if (result == DmaMaster.Result.BUSY) {
      master.reset();
      return;
    }
    if (result == DmaMaster.Result.OK && !master.translation().ok()) {
      // Terminated as if all was well: it read zeros, or wrote nothing (CD.A is 0).
      step.reached(Reached.DMA_STOPPED);
      return;
    }
    if (!oracle.hostOwns(master.translation().pa())) {
      step.found(
          "stream 0x%x of %s reached 0x%x, which is not the host's, by 0x%x through %s"
              .formatted(
                  use.source().streamId(),
                  use.site().smmu().name(),
                  master.translation().pa(),
                  use.address(),
                  master.translation().path().label()));
    }
    if (result == DmaMaster.Result.OK && remember && !lies) {
      boolean nested = master.translation().path() == Path.NESTED;
      step.reached(nested ? Reached.DMA_NESTED : Reached.DMA_STAGE2);
      if (recent.size() == MAX_RECENT) {
        recent.removeFirst();
      }
      recent.add(new Used(use.site(), use.source(), use.address(), master.translation().pa()));
    }
  }

  /** A device asks where an address is, and then uses the answer, or any address, as translated. */
  void ats(Site site) {
    SmmuV3 smmu = smmu(site);
    int streamId = site.anySource(random).streamId();
    long iova = AddressSpace.anyOfWindow(random);
    smmu.atsRequest(
        streamId,
        step.oneIn(4) ? random.nextInt(4) : Translation.NO_SUBSTREAM,
        step.oneIn(2) ? iova : addresses.ramPage(),
        random.nextInt(16),
        answer);
    long address = answer.grants() ? answer.address() : addresses.any();
    boolean write = step.oneIn(2);
    step.say("stream 0x%x, %s of 0x%x", streamId, write ? "write" : "read", address);
    if (!smmu.translatedTransaction(streamId, address, write, translation)) {
      step.reached(Reached.DMA_LIE_STOPPED);
    } else if (!oracle.hostOwns(translation.pa())) {
      step.found(
          "stream 0x%x of %s reached 0x%x, which is not the host's, as translated already"
              .formatted(streamId, site.smmu().name(), translation.pa()));
    }
  }

  /** Where it is queued, and whether it may be, is for {@link SmmuWatch} to see. */
  void pageRequest(Site site) {
    int streamId = site.anySource(random).streamId();
    step.say("stream 0x%x", streamId);
    smmu(site)
        .pageRequest(
            streamId,
            step.oneIn(2) ? random.nextInt(4) : Translation.NO_SUBSTREAM,
            addresses.any(),
            random.nextInt(16),
            random.nextInt(512),
            step.oneIn(2));
  }

  private SmmuV3 smmu(Site site) {
    return machine.smmu(site.smmu().index()).orElseThrow();
  }

  /** After pages may have changed hands: what worked lately, from caches if they still know it. */
  void probe() {
    for (int i = 0; i < recent.size() && step.finding() == null; i++) {
      step.reached(Reached.DMA_PROBED);
      access(recent.get(i), false, false);
    }
  }

  /** A page that DMA reached lately, if there is one. */
  long recentPage() {
    return recent.isEmpty()
        ? addresses.dataPage()
        : recent.get(random.nextInt(recent.size())).pa() & -addresses.page();
  }
}
