package portcullis.arch.decode;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.ContextTableDescriptor;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.PriEntry;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.Vms;
import portcullis.arch.vmsa.DataAbortIss;
import portcullis.arch.vmsa.DescriptorKind;
import portcullis.arch.vmsa.Esr;

/**
 * Reads values by their layouts, and says which reserved bits are set and which encodings are
 * reserved.
 *
 * <p>Structures take as many words as they have, the lowest first; missing ones count as zero and a
 * note says so. Giving more than that is a programming error.
 */
public final class Decoder {
  /** Ignored with CD.EPD0 (IHI 0070 5.4). */
  private static final Set<Field> TTB0_WALK =
      Set.of(Cd.T0SZ, Cd.TG0, Cd.IR0, Cd.OR0, Cd.SH0, Cd.TTB0);

  /** Ignored with CD.EPD1 (IHI 0070 5.4). */
  private static final Set<Field> TTB1_WALK =
      Set.of(Cd.T1SZ, Cd.TG1, Cd.IR1, Cd.OR1, Cd.SH1, Cd.TTB1);

  private Decoder() {}

  /**
   * A register.
   *
   * @param value its 32 or 64 bits
   */
  public static Decoded register(Register register, long value) {
    return new Reading(register.layout(value), value).decoded();
  }

  /** A Stream Table Entry of up to 8 words. */
  public static Decoded ste(long... words) {
    Reading reading = new Reading(Ste.LAYOUT, words);
    long config = Ste.CONFIG.get(words[0]);
    boolean passes = (config & Ste.CONFIG_BIT_PASS) != 0;
    if (!Ste.V.isSet(words[0])) {
      reading.ignore(field -> !field.equals(Ste.V));
    }
    if (!passes || (config & Ste.CONFIG_BIT_S1) == 0) {
      reading.ignore(field -> field.name().startsWith("S1"));
    }
    if (!passes || (config & Ste.CONFIG_BIT_S2) == 0) {
      reading.ignore(field -> field.name().startsWith("S2") && !field.equals(Ste.S2VMID));
    }
    return reading.decoded();
  }

  /** A Context Descriptor of up to 8 words. */
  public static Decoded cd(long... words) {
    Reading reading = new Reading(Cd.LAYOUT, words);
    if (!Cd.V.isSet(words[0])) {
      reading.ignore(field -> !field.equals(Cd.V));
    }
    if (Cd.EPD0.isSet(words[0])) {
      reading.ignore(TTB0_WALK::contains);
    }
    if (Cd.EPD1.isSet(words[0])) {
      reading.ignore(TTB1_WALK::contains);
    }
    return reading.decoded();
  }

  /** A Level 1 Stream Table Descriptor. */
  public static Decoded streamTableDescriptor(long word) {
    return new Reading(StreamTableDescriptor.LAYOUT, word).decoded();
  }

  /** A Level 1 Context Descriptor. */
  public static Decoded contextTableDescriptor(long word) {
    return new Reading(ContextTableDescriptor.LAYOUT, word).decoded();
  }

  /** The part of a Virtual Machine Structure that is not reserved, of up to 8 words. */
  public static Decoded vms(long... words) {
    return new Reading(Vms.LAYOUT, words).decoded();
  }

  /** A command of up to 2 words, by its opcode. */
  public static Decoded command(long... words) {
    int code = (int) Command.OPCODE.get(words[0]);
    Opcode opcode = Opcode.of(code);
    return opcode == null
        ? unknown("command", "IHI 0070 4.1", Command.OPCODE, "opcode", words)
        : new Reading(opcode.layout(), words).decoded();
  }

  /** An event record of up to 4 words, by its event number. */
  public static Decoded event(long... words) {
    int code = (int) Event.TYPE.get(words[0]);
    EventType type = EventType.of(code);
    return type == null
        ? unknown("event", "IHI 0070 7.3", Event.TYPE, "event number", words)
        : new Reading(type.layout(), words).decoded();
  }

  /** A PRI queue entry of up to 2 words. */
  public static Decoded pri(long... words) {
    return new Reading(PriEntry.LAYOUT, words).decoded();
  }

  /** A translation table descriptor. */
  public static Decoded descriptor(long word, DescriptorForm form) {
    DescriptorKind kind = form.kind(word);
    Reading reading = new Reading(form.layout(kind), word);
    if (kind == DescriptorKind.RESERVED) {
      reading.find(
          Finding.Kind.RESERVED_ENCODING,
          "bits 1:0 are 0b01, which no descriptor of level "
              + form.level()
              + " has: it is treated as invalid");
    }
    return reading.decoded();
  }

  /** ESR_EL2; the ISS of a data abort in its parts, any other in one piece. */
  public static Decoded esr(long value) {
    if (!Esr.isDataAbort(value)) {
      return new Reading(Esr.LAYOUT, value).decoded();
    }
    Reading reading = new Reading(DataAbortIss.LAYOUT, value);
    if (!DataAbortIss.ISV.isSet(value) && (value & DataAbortIss.INSTRUCTION_SYNDROME) != 0) {
      reading.find(
          Finding.Kind.RESERVED_BITS,
          "ISV is 0, yet bits 23:14 are "
              + DecodedField.hex(value & DataAbortIss.INSTRUCTION_SYNDROME));
    }
    return reading.decoded();
  }

  private static Decoded unknown(
      String name, String source, Field code, String what, long... words) {
    DecodedField only = new DecodedField(code, code.get(words[0]), false);
    Finding finding =
        new Finding(
            Finding.Kind.UNKNOWN_CODE,
            what + " " + DecodedField.hex(only.value()) + " is not architected");
    List<Long> given = Arrays.stream(words).boxed().toList();
    return new Decoded(name, source, given, List.of(only), List.of(), List.of(finding));
  }
}
