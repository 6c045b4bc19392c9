package portcullis.arch.smmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Value;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.DataAbortIss;
import portcullis.arch.vmsa.DescriptorKind;
import portcullis.arch.vmsa.Esr;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.Vtcr;
import portcullis.arch.vmsa.Vttbr;

/** Every field of every register, structure, command, event record and descriptor. */
class FieldRoundTripTest {
  private static final int ROUNDS = 64;
  private static final long SEED = 0x70;

  static Stream<Layout> layouts() {
    List<Layout> layouts = new ArrayList<>();
    for (Register register : Register.values()) {
      layouts.add(register.layout());
    }
    for (Opcode opcode : Opcode.values()) {
      layouts.add(opcode.layout());
    }
    for (EventType type : EventType.values()) {
      layouts.add(type.layout());
    }
    layouts.add(AtosParFault.LAYOUT);
    layouts.add(Command.LAYOUT);
    layouts.add(Event.LAYOUT);
    layouts.add(PriEntry.LAYOUT);
    layouts.add(StreamTableDescriptor.LAYOUT);
    layouts.add(Ste.LAYOUT);
    layouts.add(ContextTableDescriptor.LAYOUT);
    layouts.add(Cd.LAYOUT);
    layouts.add(Vtcr.LAYOUT);
    layouts.add(Vttbr.LAYOUT);
    layouts.add(Esr.LAYOUT);
    layouts.add(DataAbortIss.LAYOUT);
    layouts.addAll(descriptors());
    return layouts.stream().distinct();
  }

  private static List<Layout> descriptors() {
    List<Layout> layouts = new ArrayList<>();
    for (Granule granule : Granule.values()) {
      for (boolean wide : new boolean[] {false, true}) {
        AddressFormat format = AddressFormat.of(granule, wide);
        for (int level = granule.firstLevel(); level <= Granule.LAST_LEVEL; level++) {
          for (long bits = 0; bits < 4; bits++) {
            DescriptorKind kind = DescriptorKind.of(bits, granule, level, format);
            layouts.add(Stage1Descriptor.layout(kind, granule, level, format));
            layouts.add(Stage2Descriptor.layout(kind, granule, level, format, false));
            layouts.add(Stage2Descriptor.layout(kind, granule, level, format, true));
          }
        }
      }
    }
    return layouts;
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void writingAFieldChangesItAndNothingElse(Layout layout) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    for (Field field : layout.fields()) {
      for (int round = 0; round < ROUNDS; round++) {
        long before = random.nextLong();
        long value = random.nextLong() & field.max();
        long after = field.with(before, value);
        assertEquals(value, field.get(after), field.name());
        assertEquals(value != 0, field.isSet(after), field.name());
        assertEquals(field.of(value), field.inPlace(after), field.name());
        assertEquals(before & ~field.mask(), after & ~field.mask(), field.name());
        for (Field neighbour : layout.fields()) {
          if (neighbour != field && neighbour.word() == field.word()) {
            assertEquals(
                neighbour.get(before), neighbour.get(after), field.name() + neighbour.name());
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void aFieldHoldsItsExtremes(Layout layout) {
    for (Field field : layout.fields()) {
      assertEquals(-1L >>> (63 - field.msb() + field.lsb()), field.max(), field.name());
      assertEquals(field.mask(), field.of(field.max()), field.name());
      assertEquals(field.max(), field.get(-1L), field.name());
      assertEquals(0, field.with(-1L, 0) & field.mask(), field.name());
      assertEquals(-1L, field.with(0, field.max()) | ~field.mask(), field.name());
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void fieldsAndReservedBitsFillTheLayoutWithoutOverlap(Layout layout) {
    for (int word = 0; word < layout.words(); word++) {
      long seen = layout.reservedMask(word);
      for (Field field : layout.fields()) {
        if (field.word() == word) {
          assertEquals(0, seen & field.mask(), field.name());
          seen |= field.mask();
        }
      }
      assertEquals(layout.bits() == 32 ? 0xffff_ffffL : -1L, seen, layout.name());
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void encodingsFitTheirFieldAndAreDistinct(Layout layout) {
    for (Field field : layout.fields()) {
      assertEquals(field.kind() == Field.Kind.ENUMERATION, !field.values().isEmpty(), field.name());
      assertEquals(
          field.values().size(), field.values().stream().map(Value::code).distinct().count());
      assertEquals(
          field.values().size(), field.values().stream().map(Value::name).distinct().count());
      for (Value value : field.values()) {
        assertTrue(value.code() >= 0 && value.code() <= field.max(), field.name());
        assertFalse(field.reserved(value.code()), field.name());
      }
      assertFalse(field.meaning().isBlank(), field.name());
    }
  }
}
