package portcullis.diff;

import java.util.List;

/**
 * One case: what memory holds at first, and what happens then. The SMMU is reset before it, with
 * empty caches and zeros everywhere but in the data region.
 *
 * @param name where it came from
 * @param twoLevel whether it uses a two-level Stream table: QEMU cannot go back from one
 * @param memory words that are not zero at first
 * @param steps what happens, in order
 */
record Case(String name, boolean twoLevel, List<Word> memory, List<Step> steps) {

  /** One 64-bit word of memory. */
  record Word(long address, long value) {}

  public Case {
    memory = List.copyOf(memory);
    steps = List.copyOf(steps);
  }

  /** This case with other contents. */
  Case with(List<Word> otherMemory, List<Step> otherSteps) {
    return new Case(name, twoLevel, otherMemory, otherSteps);
  }
}
