package portcullis.machine.smmuv3.registers;

import portcullis.arch.smmu.Cidr;
import portcullis.arch.smmu.Cidr1;
import portcullis.arch.smmu.Iidr;
import portcullis.arch.smmu.Pidr0;
import portcullis.arch.smmu.Pidr1;
import portcullis.arch.smmu.Pidr2;
import portcullis.arch.smmu.Pidr3;
import portcullis.arch.smmu.Pidr4;
import portcullis.arch.smmu.Register;

/**
 * The CoreSight identification of an Arm product, from its IIDR; other implementers need not have
 * it, and here have none (IHI 0070 6.3.170).
 */
final class ComponentId {
  private static final int DESIGNER = Iidr.IMPLEMENTER_ARM & 0x7f;
  private static final int CONTINUATION = Iidr.IMPLEMENTER_ARM >>> 8;
  private static final int CORELINK_CLASS = 0xf;

  private ComponentId() {}

  /** What a register of the space reads as. */
  static long value(Register register, int iidr) {
    if (Iidr.IMPLEMENTER.get(iidr) != Iidr.IMPLEMENTER_ARM) {
      return 0;
    }
    long part = Iidr.PRODUCT_ID.get(iidr);
    return switch (register) {
      case CIDR0 -> Cidr.PREAMBLE.of(0x0d);
      case CIDR1 -> Cidr1.CLASS.of(CORELINK_CLASS);
      case CIDR2 -> Cidr.PREAMBLE.of(0x05);
      case CIDR3 -> Cidr.PREAMBLE.of(0xb1);
      case PIDR0 -> Pidr0.PART_0.of(part & Pidr0.PART_0.max());
      case PIDR1 ->
          Pidr1.PART_1.of(part >>> Pidr0.PART_0.width())
              | Pidr1.DES_0.of(DESIGNER & Pidr1.DES_0.max());
      case PIDR2 ->
          Pidr2.DES_1.of(DESIGNER >>> Pidr1.DES_0.width())
              | Pidr2.JEDEC.of(1)
              | Pidr2.REVISION.of(Iidr.VARIANT.get(iidr));
      case PIDR3 -> Pidr3.REVAND.of(Iidr.REVISION.get(iidr));
      case PIDR4 -> Pidr4.DES_2.of(CONTINUATION);
      default -> 0;
    };
  }
}
