package portcullis.diff;

import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Register;
import portcullis.diff.Difference.What;

/**
 * What QEMU 11 does differently from the architecture, each as narrowly as it can be told. A
 * difference that none of these explains is a mismatch.
 */
enum Deviation {
  IPA_LOW_BITS(
      "IHI 0070 7.3.12 to 7.3.16",
      Effect.GOES_ON,
      "a stage-2 fault's IPA is recorded with its low 12 bits") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.what() == What.EVENT_RESERVED
          && difference.model() == 3
          && difference.qemu() >>> 12 == 0
          && Event.S2.isSet(at.qemu().outcome().event1());
    }
  },
  RECINVSID_IGNORED(
      "IHI 0070 6.3.12, 7.3.3", Effect.ENDS, "C_BAD_STREAMID is recorded with CR2.RECINVSID 0") {
    @Override
    boolean explains(Difference difference, Situation at) {
      return difference.what() == What.EVENT_ADDED
          && difference.qemu() == EventType.C_BAD_STREAMID.code()
          && at.side().register(Register.CR2) == 0;
    }
  };

  /** What a deviation means for the rest of the case. */
  enum Effect {
    /** Both sides are in the same state after it. */
    GOES_ON,
    /** They may not be: the case is compared no further. */
    ENDS
  }

  private final String section;
  private final Effect effect;
  private final String text;

  Deviation(String section, Effect effect, String text) {
    this.section = section;
    this.effect = effect;
    this.text = text;
  }

  /** Whether this is why the two sides differ. */
  abstract boolean explains(Difference difference, Situation at);

  /** Where the architecture says otherwise. */
  String section() {
    return section;
  }

  Effect effect() {
    return effect;
  }

  /** What QEMU does. */
  String text() {
    return text;
  }
}
