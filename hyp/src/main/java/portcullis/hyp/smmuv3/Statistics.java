package portcullis.hyp.smmuv3;

import portcullis.store.Cell;
import portcullis.store.Store;

/** The running counts behind {@link Counters}, of one SMMU. */
final class Statistics {
  final Cell traps;
  final Cell commandsForwarded;
  final Cell commandsRewritten;
  final Cell commandsRefused;
  final Cell commandsIssued;
  final Cell invalidations;
  final Cell syncs;
  final Cell shadowStes;
  final Cell tablePages;
  final Cell errors;
  final Cell timeouts;

  Statistics(Store store, String name) {
    traps = store.cell(name + ".count.traps");
    commandsForwarded = store.cell(name + ".count.commands_forwarded");
    commandsRewritten = store.cell(name + ".count.commands_rewritten");
    commandsRefused = store.cell(name + ".count.commands_refused");
    commandsIssued = store.cell(name + ".count.commands_issued");
    invalidations = store.cell(name + ".count.invalidations");
    syncs = store.cell(name + ".count.syncs");
    shadowStes = store.cell(name + ".count.shadow_stes");
    tablePages = store.cell(name + ".count.table_pages");
    errors = store.cell(name + ".count.errors");
    timeouts = store.cell(name + ".count.timeouts");
  }

  static void add(Cell count, long more) {
    count.set(count.get() + more);
  }

  static void increment(Cell count) {
    add(count, 1);
  }

  Counters read() {
    return new Counters(
        traps.get(),
        commandsForwarded.get(),
        commandsRewritten.get(),
        commandsRefused.get(),
        commandsIssued.get(),
        invalidations.get(),
        syncs.get(),
        shadowStes.get(),
        tablePages.get(),
        errors.get(),
        timeouts.get());
  }
}
