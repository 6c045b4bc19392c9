package portcullis.host;

import portcullis.arch.smmu.Register;
import portcullis.platform.HostCpu;

/**
 * The host's window onto one SMMU's registers: every access is a load or store that EL2 may trap.
 */
public final class SmmuRegisters {
  /** How long the host waits for an acknowledgement or for a queue to move, as Linux does. */
  static final long TIMEOUT_NANOS = 1_000_000_000L;

  private final HostCpu cpu;
  private final long base;

  SmmuRegisters(HostCpu cpu, long base) {
    this.cpu = cpu;
    this.base = base;
  }

  /** Reads a register. */
  public long read(Register register) {
    return cpu.load(base + register.offset(), register.bytes());
  }

  /** Writes a register. */
  public void write(Register register, long value) {
    cpu.store(base + register.offset(), register.bytes(), value);
  }

  /**
   * Writes a control register and waits until its acknowledgement shows the same value.
   *
   * @return whether it did within a second
   */
  public boolean writeAcknowledged(Register control, Register acknowledgement, long value) {
    write(control, value);
    return await(acknowledgement, -1L, value);
  }

  /** Waits, at most a second, until {@code register & mask == value}. */
  public boolean await(Register register, long mask, long value) {
    return (poll(register, mask, value) & mask) == value;
  }

  /**
   * Reads a register until {@code register & mask == value}, for at most a second.
   *
   * @return what it read last
   */
  long poll(Register register, long mask, long value) {
    long deadline = cpu.clock().nanos() + TIMEOUT_NANOS;
    long read = read(register);
    while ((read & mask) != value && cpu.clock().nanos() < deadline) {
      cpu.pause();
      read = read(register);
    }
    return read;
  }
}
