package portcullis.machine.smmuv3;

import portcullis.arch.Field;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;

/**
 * Passes on to software what devices say they will soon access (IHI 0070 7.3.19). Nobody answers,
 * and no configuration is looked at.
 */
final class PageHints {
  /** By privilege, the flag of each access of {@link AtsAccess}, in the order of its bits. */
  private static final Field[][] FLAGS = {
    {Event.PAGE_UR, Event.PAGE_UW, Event.PAGE_UX}, {Event.PAGE_PR, Event.PAGE_PW, Event.PAGE_PX}
  };

  private final RegisterFile registers;
  private final EventQueue events;
  private final boolean substreams;

  /** Scratch. */
  private final Translation hint = new Translation();

  PageHints(Features features, RegisterFile registers, EventQueue events) {
    this.registers = registers;
    this.events = events;
    this.substreams = features.substreamIdBits() != 0;
  }

  /**
   * Takes one hint; while translation is disabled there is nothing to hint at.
   *
   * @param access as {@link AtsAccess} has it
   * @param pages how many of 4KB, 1 to 255
   */
  void receive(int streamId, int substreamId, long address, int access, int pages) {
    if (!Cr0.SMMUEN.isSet(registers.get(Register.CR0ACK))) {
      return;
    }
    hint.begin(
        streamId, substreams ? substreamId : Translation.NO_SUBSTREAM, address, AccessType.READ);
    hint.ask(Event.PAGE_SPAN.of(pages) | flags(access));
    hint.fault(EventType.E_PAGE_REQUEST);
    events.record(hint);
  }

  private static long flags(int access) {
    Field[] flags = FLAGS[(access & AtsAccess.PRIVILEGED) != 0 ? 1 : 0];
    long set = 0;
    for (int bit = 0; bit < flags.length; bit++) {
      set |= flags[bit].of((access >>> bit) & 1);
    }
    return set;
  }
}
