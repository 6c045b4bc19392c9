package portcullis.diff;

import portcullis.machine.Bus;

/** How the model is connected. A test that plants a fault overrides what its fault is about. */
class Wiring {
  /** The bus that the model sees for {@code memory}. */
  Bus bus(Bus memory) {
    return memory;
  }

  /** What the model gets when software writes {@code value} to the register at {@code offset}. */
  long registerWrite(int offset, long value) {
    return value;
  }
}
