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
    return register.bytes() == 8
        ? devices.read64(base + register.offset())
        : devices.read32(base + register.offset()) & 0xffff_ffffL;
  }

  /** Writes the whole register. */
  void write(Register register, long value) {
    if (register.bytes() == 8) {
      devices.write64(base + register.offset(), value);
    } else {
      devices.write32(base + register.offset(), (int) value);
    }
  }
}
