package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Command;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

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
  final Cell waits;
  final Cell tablePages;
  final Cell errors;
  final Cell timeouts;

  /** Commands given to hardware, by opcode. */
  final Words commands;

  Statistics(Store store, String name) {
    traps = store.cell(name + ".count.traps");
    commandsForwarded = store.cell(name + ".count.commands_forwarded");
    commandsRewritten = store.cell(name + ".count.commands_rewritten");
    commandsRefused = store.cell(name + ".count.commands_refused");
    commandsIssued = store.cell(name + ".count.commands_issued");
    invalidations = store.cell(name + ".count.invalidations");
    syncs = store.cell(name + ".count.syncs");
    shadowStes = store.cell(name + ".count.shadow_stes");
    waits = store.cell(name + ".count.waits");
    tablePages = store.cell(name + ".count.table_pages");
    errors = store.cell(name + ".count.errors");
    timeouts = store.cell(name + ".count.timeouts");
    commands = store.words(name + ".count.commands", (int) Command.OPCODE.max() + 1);
  }

  static void add(Cell count, long more) {
    count.set(count.get() + more);
  }

  static void increment(Cell count) {
    add(count, 1);
  }

  /** Hardware is given a command. */
  void command(long word0) {
    int opcode = (int) Command.OPCODE.get(word0);
    commands.set(opcode, commands.get(opcode) + 1);
  }

  /**
   * All of them.
   *
   * @param linesCleaned what a {@link CacheCleaner} has counted
   */
  Counters read(long linesCleaned) {
    return new Counters(
        traps.get(),
        commandsForwarded.get(),
        commandsRewritten.get(),
        commandsRefused.get(),
        commandsIssued.get(),
        invalidations.get(),
        syncs.get(),
        shadowStes.get(),
        waits.get(),
        0,
        tablePages.get(),
        errors.get(),
        timeouts.get(),
        linesCleaned);
  }
}
