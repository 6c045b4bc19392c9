package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Opcode;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * What an SMMU has done since reset; part of its state, for reports and tests. Translations count
 * nowhere: one that the TLB answers changes no state.
 */
public final class Counters {
  private static final int OPCODES = 256;

  private final Cell faults;
  private final Words commands;

  Counters(Store store, String name) {
    faults = store.cell(name + ".faults");
    commands = store.words(name + ".commands", OPCODES);
  }

  /** Transactions that were terminated, with an event or without. */
  public long faults() {
    return faults.get();
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

  void fault() {
    faults.set(faults.get() + 1);
  }

  void command(int code) {
    commands.set(code, commands.get(code) + 1);
  }
}
