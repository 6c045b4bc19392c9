package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Opcode;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/** What an SMMU has done since reset; part of its state, for reports and tests. */
public final class Counters {
  private static final int OPCODES = 256;

  private final Cell translations;
  private final Cell faults;
  private final Cell tlbHits;
  private final Words commands;

  Counters(Store store, String name) {
    translations = store.cell(name + ".translations");
    faults = store.cell(name + ".faults");
    tlbHits = store.cell(name + ".tlb_hits");
    commands = store.words(name + ".commands", OPCODES);
  }

  /** Transactions that were let through. */
  public long translations() {
    return translations.get();
  }

  /** Transactions that were terminated, with an event or without. */
  public long faults() {
    return faults.get();
  }

  /** TLB lookups that hit; a nested translation can make several. */
  public long tlbHits() {
    return tlbHits.get();
  }

  /** Commands consumed with this opcode. */
  public long commands(Opcode opcode) {
    return commands.get(opcode.code());
  }

  /** All commands consumed. */
  public long commands() {
    long all = 0;
    for (int code = 0; code < OPCODES; code++) {
      all += commands.get(code);
    }
    return all;
  }

  void transaction(boolean passed) {
    Cell cell = passed ? translations : faults;
    cell.set(cell.get() + 1);
  }

  void tlbHit() {
    tlbHits.set(tlbHits.get() + 1);
  }

  void command(int code) {
    commands.set(code, commands.get(code) + 1);
  }
}
