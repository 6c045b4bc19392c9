package portcullis.diff;

import java.util.Locale;
import portcullis.arch.Field;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.InterruptLine;

/**
 * One way in which QEMU did not do what the model did.
 *
 * @param what kind of observation differs
 * @param field of the event record, for {@link What#EVENT_FIELD}; else null
 * @param register for {@link What#REGISTER}; else null
 * @param line for {@link What#INTERRUPT}; else null
 */
record Difference(
    What what, Field field, Register register, InterruptLine line, long model, long qemu) {

  /** Kinds of observation. */
  enum What {
    /** Data moved on one side only: 1 where it did. */
    PASSED,
    /** Data moved, from or to different places. */
    PLACE,
    /** An event on the model only: its number. */
    EVENT_MISSING,
    /** An event on QEMU only: its number. */
    EVENT_ADDED,
    /** Different events. */
    EVENT_TYPE,
    /** The same event, with another value in a field. */
    EVENT_FIELD,
    /** The same event, with other bits that the model has 0: a word's. */
    EVENT_RESERVED,
    /** A register that was read. */
    REGISTER,
    /** An interrupt rose more or fewer times. */
    INTERRUPT,
    /** DMA changed memory that no outcome allows: the address. */
    MEMORY,
    /** The model itself used what it must not use any more. */
    STALE
  }

  static Difference of(What what, long model, long qemu) {
    return new Difference(what, null, null, null, model, qemu);
  }

  static Difference of(Register register, long model, long qemu) {
    return new Difference(What.REGISTER, null, register, null, model, qemu);
  }

  static Difference of(Field field, long model, long qemu) {
    return new Difference(What.EVENT_FIELD, field, null, null, model, qemu);
  }

  static Difference of(InterruptLine line, long model, long qemu) {
    return new Difference(What.INTERRUPT, null, null, line, model, qemu);
  }

  boolean is(Field eventField) {
    return eventField.equals(field);
  }

  boolean is(InterruptLine compared) {
    return line == compared;
  }

  boolean is(Register compared) {
    return register == compared;
  }

  /** Which observation differs, without values. */
  String name() {
    return field != null
        ? "event field " + field.name()
        : register != null
            ? register.name()
            : line != null ? "interrupt " + line.name() : what.name().toLowerCase(Locale.ROOT);
  }
}
