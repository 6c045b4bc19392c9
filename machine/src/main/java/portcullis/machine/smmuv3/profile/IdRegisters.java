package portcullis.machine.smmuv3.profile;

import java.util.List;
import portcullis.arch.Field;
import portcullis.arch.smmu.Register;

/**
 * The values of an SMMU's identification registers (IHI 0070 6.3.1 to 6.3.8, 6.3.41, 6.3.45).
 *
 * @param idr0 features
 * @param idr1 sizes of StreamIDs, SubstreamIDs and queues
 * @param idr2 where the VATOS page is
 * @param idr3 later features
 * @param idr4 IMPLEMENTATION DEFINED
 * @param idr5 address sizes, granules, stalls
 * @param idr6 Enhanced Command queues
 * @param iidr implementer, product, revision
 * @param aidr architecture revision
 * @param mpamidr largest MPAM identifiers
 */
public record IdRegisters(
    int idr0,
    int idr1,
    int idr2,
    int idr3,
    int idr4,
    int idr5,
    int idr6,
    int iidr,
    int aidr,
    int mpamidr) {

  /** All zero. */
  static final IdRegisters NONE = new IdRegisters(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** The registers that a profile gives, in the order of its text. */
  public static final List<Register> ALL =
      List.of(
          Register.IDR0,
          Register.IDR1,
          Register.IDR2,
          Register.IDR3,
          Register.IDR4,
          Register.IDR5,
          Register.IDR6,
          Register.IIDR,
          Register.AIDR,
          Register.MPAMIDR);

  /**
   * The value of {@code register}.
   *
   * @throws IllegalArgumentException if it is none of {@link #ALL}
   */
  public int value(Register register) {
    return switch (register) {
      case IDR0 -> idr0;
      case IDR1 -> idr1;
      case IDR2 -> idr2;
      case IDR3 -> idr3;
      case IDR4 -> idr4;
      case IDR5 -> idr5;
      case IDR6 -> idr6;
      case IIDR -> iidr;
      case AIDR -> aidr;
      case MPAMIDR -> mpamidr;
      default -> throw new IllegalArgumentException(register + " identifies nothing");
    };
  }

  /** These values but for {@code register}. */
  public IdRegisters with(Register register, int value) {
    return new IdRegisters(
        register == Register.IDR0 ? value : idr0,
        register == Register.IDR1 ? value : idr1,
        register == Register.IDR2 ? value : idr2,
        register == Register.IDR3 ? value : idr3,
        register == Register.IDR4 ? value : idr4,
        register == Register.IDR5 ? value : idr5,
        register == Register.IDR6 ? value : idr6,
        register == Register.IIDR ? value : iidr,
        register == Register.AIDR ? value : aidr,
        register == Register.MPAMIDR ? value : mpamidr);
  }

  /** These values but for {@code field} of {@code register}, which takes {@code value}. */
  public IdRegisters with(Register register, Field field, long value) {
    return with(register, (int) field.with(Integer.toUnsignedLong(value(register)), value));
  }

  /** The value of {@code field} of {@code register}, right-aligned. */
  long get(Register register, Field field) {
    return field.get(Integer.toUnsignedLong(value(register)));
  }

  /** Whether any bit of {@code field} of {@code register} is set. */
  boolean isSet(Register register, Field field) {
    return get(register, field) != 0;
  }
}
