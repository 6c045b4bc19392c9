package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Register;
import portcullis.platform.DeviceRegisters;

/** One SMMU's hardware registers, by their architected names. */
final class SmmuRegisters {
  private final DeviceRegisters devices;
  private final long base;

  SmmuRegisters(DeviceRegisters devices, long base) {
    this.devices = devices;
    this.base = base;
  }

  /** Physical address of the first. */
  long base() {
    return base;
  }

  /** The register's value, zero-extended. */
  long read(Register register) {
    return read(register, register.offset());
  }

  /**
   * The value of one instance of a register, zero-extended.
   *
   * @param offset where that is, from {@link #base}
   */
  long read(Register register, int offset) {
    return register.bytes() == 8
        ? devices.read64(base + offset)
        : devices.read32(base + offset) & 0xffff_ffffL;
  }

  /** Writes the whole register. */
  void write(Register register, long value) {
    write(register, register.offset(), value);
  }

  /**
   * Writes all of one instance of a register.
   *
   * @param offset where that is, from {@link #base}
   */
  void write(Register register, int offset, long value) {
    if (register.bytes() == 8) {
      devices.write64(base + offset, value);
    } else {
      devices.write32(base + offset, (int) value);
    }
  }
}
