package portcullis.machine.smmuv3;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import portcullis.machine.Bus;
import portcullis.machine.MemoryHistory;
import portcullis.machine.smmuv3.caches.InvalidationLog;
import portcullis.machine.smmuv3.caches.TlbTag;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.registers.ChangeCount;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;
import portcullis.store.Store;

/**
 * All that an SMMU whose caches are {@linkplain CacheKind#ARCHITECTURAL architectural} may hold,
 * and so all that may become of an access: an SMMU may cache any configuration and any walk that it
 * could have made, also ahead of time, and keep it until an invalidation that reaches it is
 * complete; or drop it at once (IHI 0070 3.17, 3.21, 4.3, 4.4, 16.2).
 *
 * <p>The entry that translates an access may have been made for an earlier configuration of its
 * stream, with another CD or STE, as long as the tags are the present ones: so a change of TTB
 * without CMD_TLBI_* shows. The same goes for the tables that a walk resumes at. What other streams
 * with the same tags may have left is not looked at, nor which PARTIDs an access may have. The
 * Device Permission Table is {@code dpt}'s, which keeps what was read of it by address alone.
 *
 * <p>An access is translated again and again over {@link PastReads} until every choice has been
 * made. Each run is undone in the store, so that asking changes nothing.
 */
final class HeldTranslations {
  /** The most runs for one question. */
  static final int MAX_RUNS = 1 << 14;

  private record Candidate(PossibleOutcome outcome, long key) {}

  private final Store store;
  private final Choices choices = new Choices();
  private final PastReads past;
  private final TranslationUnit unit;
  private final Translation t = new Translation();

  HeldTranslations(
      Store store,
      String name,
      Features features,
      RegisterFile registers,
      Bus memory,
      MemoryHistory history,
      InvalidationLog invalidations) {
    this.store = store;
    past = new PastReads(memory, history, invalidations, choices, registers);
    unit =
        TranslationUnit.of(
            store,
            features,
            registers,
            new ChangeCount(),
            Caches.none(store, name, features),
            past.fetches(),
            true);
  }

  /**
   * Everything that may become of an access, each once, what the present memory says first.
   *
   * @throws IllegalStateException if there are more than {@value #MAX_RUNS} ways to it
   */
  void outcomes(
      int streamId,
      int substreamId,
      long iova,
      AccessType type,
      Consumer<PossibleOutcome> visitor) {
    Set<PossibleOutcome> certain = new LinkedHashSet<>();
    List<Candidate> candidates = new ArrayList<>();
    Set<Long> keys = new HashSet<>();
    past.askAll();
    forEachRun(
        () -> {
          t.begin(streamId, substreamId, iova, type);
          past.begin(t);
          unit.translator().translate(t);
          judge(certain, candidates, keys);
        });
    for (Candidate candidate : candidates) {
      if (keys.contains(candidate.key())) {
        certain.add(candidate.outcome());
      }
    }
    certain.forEach(visitor);
  }

  private void judge(Set<PossibleOutcome> certain, List<Candidate> candidates, Set<Long> keys) {
    boolean configured = past.configurationHeld();
    boolean byTag = t.ok() ? t.path() != Path.BYPASS : t.event() != null && t.stage() != 0;
    if (configured && byTag) {
      addKeys(keys);
    }
    if (!t.ok()) {
      if (configured && (!byTag || past.faultHeld())) {
        certain.add(PossibleOutcome.of(t));
      } else if (byTag && past.faultsBelowRoot() && past.faultHeld()) {
        candidates.add(new Candidate(PossibleOutcome.of(t), past.key()));
      }
    } else if (past.translationHeld()) {
      if (configured) {
        certain.add(PossibleOutcome.of(t));
      } else if (byTag) {
        candidates.add(new Candidate(PossibleOutcome.of(t), past.key()));
      }
    }
  }

  /** What lookups with the configuration of this run ask for. */
  private void addKeys(Set<Long> keys) {
    if (past.contextRead()) {
      long space = t.ste.stage1Space | t.cd.space;
      keys.add(TlbTag.key(space));
      keys.add(TlbTag.globalKey(space));
    } else {
      keys.add(TlbTag.key(t.ste.stage2Space));
    }
  }

  /**
   * Every physical address that an intermediate one may still lead to for a stream, by an entry of
   * stage 2 or by one that combines it with any stage 1 that the stream may have had.
   *
   * @throws IllegalStateException as for {@link #outcomes}
   */
  void stage2Outcomes(int streamId, long ipa, AccessType type, LongConsumer visitor) {
    Set<Long> found = new LinkedHashSet<>();
    past.askStage2();
    forEachRun(
        () -> {
          t.begin(streamId, Translation.NO_SUBSTREAM, ipa, type);
          past.begin(t);
          if (unit.streams().find(t)
              && t.ste.stage2
              && unit.stage2().translate(t, ipa)
              && past.configurationHeld()
              && past.stage2HeldSomehow()) {
            found.add(t.stage2.outputFor(ipa));
          }
        });
    found.forEach(visitor::accept);
  }

  /**
   * Everything that may become of a Translated transaction, each once; nothing for a stream whose
   * ATS is split-stage.
   *
   * @throws IllegalStateException as for {@link #outcomes}
   */
  void translatedOutcomes(
      int streamId,
      long address,
      boolean write,
      AtsInterface ats,
      Consumer<PossibleOutcome> visitor) {
    Set<PossibleOutcome> found = new LinkedHashSet<>();
    AccessType type = write ? AccessType.WRITE : AccessType.READ;
    past.askStage2();
    forEachRun(
        () -> {
          t.begin(streamId, Translation.NO_SUBSTREAM, address, type);
          past.begin(t);
          if (!ats.checks(t)) {
            found.add(PossibleOutcome.of(t));
            return;
          }
          boolean configured = unit.streams().find(t);
          if (!past.configurationHeld()) {
            return;
          }
          if (configured) {
            ats.possibilities(t, found::add);
          } else {
            found.add(PossibleOutcome.of(t));
          }
        });
    found.forEach(visitor);
  }

  private void forEachRun(Runnable run) {
    int runs = 0;
    choices.start();
    do {
      if (++runs > MAX_RUNS) {
        throw new IllegalStateException(
            "the SMMU may hold this access's translation in more than " + MAX_RUNS + " ways");
      }
      long mark = store.mark();
      try {
        run.run();
      } finally {
        store.undo(mark);
      }
    } while (choices.again());
  }
}
