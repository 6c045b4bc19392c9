package portcullis.check.hostile;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;
import portcullis.machine.smmuv3.Path;

/** What devices do for the hostile host, each access judged by where it ended. */
final class DeviceActions {
  private static final int MAX_RECENT = 24;
  private static final int MAX_TRANSLATED = 6;

  /** A DMA address that once worked. */
  private record Used(Site site, Site.Source source, long address) {}

  /** A stream that was given an STE which lets something through. */
  private record Translated(Site site, Site.Source source, boolean nested) {}

  private final Step step;
  private final SplittableRandom random;
  private final Addresses addresses;
  private final Oracle oracle;
  private final List<Used> recent = new ArrayList<>();
  private final Deque<Translated> translated = new ArrayDeque<>();
  private final byte[] word = new byte[Long.BYTES];

  DeviceActions(Step step, SplittableRandom random, Addresses addresses, Oracle oracle) {
    this.step = step;
    this.random = random;
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
      address = AddressSpace.WINDOW + random.nextLong(AddressSpace.WINDOW_PAGES) * Addresses.PAGE;
    } else {
      address = addresses.ramPage();
    }
    Used use = new Used(by.site(), by.source(), address);
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
          "%s%s of 0x%x by stream 0x%x: %s"
              .formatted(
                  lies ? "translated " : "",
                  write ? "write" : "read",
                  use.address(),
                  use.source().streamId(),
                  result));
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
      recent.add(use);
    }
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
        : recent.get(random.nextInt(recent.size())).address() & -Addresses.PAGE;
  }
}
