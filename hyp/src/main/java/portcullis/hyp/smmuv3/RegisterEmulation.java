package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.Register;
import portcullis.hyp.smmuv3.RegisterPolicy.Outcome;
import portcullis.hyp.smmuv3.RegisterPolicy.Row;
import portcullis.hyp.smmuv3.RegisterPolicy.Stray;
import portcullis.hyp.smmuv3.RegisterPolicy.StrayRow;
import portcullis.platform.Platform;
import portcullis.platform.trace.TraceEvent;
import portcullis.store.Store;

/**
 * One SMMU's registers as the host sees them: interprets {@link RegisterPolicy} (series part 14). A
 * 64-bit register can be accessed whole or by halves.
 */
final class RegisterEmulation {
  private static final int WORD = 4;
  private static final long LOW = 0xffff_ffffL;

  private final RegisterPolicy policy;
  private final Smmu smmu;
  private final HostRegisters host;
  private final Platform platform;
  private final String device;

  RegisterEmulation(Store store, int index, RegisterPolicy policy, Smmu smmu, Platform platform) {
    this.policy = policy;
    this.smmu = smmu;
    this.platform = platform;
    device = "smmu" + index;
    host = new HostRegisters(store, "hyp." + device, policy);
  }

  /** What stands against an access as such; null if it meets a register. */
  StrayRow stray(long offset, int bytes) {
    if (offset % bytes != 0) {
      return policy.row(Stray.MISALIGNED);
    } else if (bytes < WORD) {
      return policy.row(Stray.NARROW);
    } else if (offset >= 2L * Page.BYTES) {
      return policy.row(Stray.BEYOND_PAGE_1);
    }
    Register register = Register.at((int) offset);
    if (register == null) {
      return policy.row(Stray.NO_REGISTER);
    }
    return bytes > register.bytes() ? policy.row(Stray.WIDE) : null;
  }

  /**
   * A stray access of the host.
   *
   * @return whether it reads as zero or is ignored; if not, it aborts
   */
  boolean strays(StrayRow row, boolean write, long offset, long value) {
    Statistics.increment(smmu.statistics().traps);
    trace(write, "0x" + Long.toHexString(offset), value, row.verdict(), row.reason());
    return row.outcome() == Outcome.RAZ_WI;
  }

  /** The host reads; {@link #stray} has found nothing against it. */
  long read(int offset, int bytes) {
    Statistics.increment(smmu.statistics().traps);
    Row row = policy.row(Register.at(offset));
    long whole = readWhole(row);
    long value =
        bytes == WORD ? (upper(row.register(), offset) ? whole >>> 32 : whole & LOW) : whole;
    trace(false, row.name(), value, row.readVerdict(), row.reason());
    return value;
  }

  /** The host writes; {@link #stray} has found nothing against it. */
  void write(int offset, int bytes, long value) {
    Statistics.increment(smmu.statistics().traps);
    Row row = policy.row(Register.at(offset));
    trace(true, row.name(), value, row.writeVerdict(), row.reason());
    long cr0 = host.get(Register.CR0) | host.get(Register.CR0ACK);
    if (row.guard().open(cr0)) {
      writeWhole(row, merge(row.register(), offset, bytes, value));
    }
  }

  private long readWhole(Row row) {
    Register register = row.register();
    return switch (row.read()) {
      case HARDWARE -> smmu.hardware().read(register);
      case MASKED -> smmu.hardware().read(register) & row.shown();
      case IDR1 -> capSidSize(smmu.hardware().read(register) & row.shown());
      case SHADOW -> host.get(register);
      case GBPA -> (host.get(register) & ~Gbpa.UPDATE.mask()) | Gbpa.ABORT.mask();
      case GERROR -> smmu.errors().hostGerror();
      case GERRORN -> smmu.errors().hostGerrorn();
      case CMDQ_PROD -> smmu.hostCommands().prod();
      case CMDQ_CONS -> {
        smmu.hostCommands().process();
        yield smmu.hostCommands().cons();
      }
      case ZERO -> 0;
    };
  }

  private void writeWhole(Row row, long value) {
    Register register = row.register();
    switch (row.write()) {
      case IGNORE -> {}
      case SHADOW -> host.set(register, value);
      case FORWARD -> {
        host.set(register, value);
        smmu.hardware().write(register, value);
      }
      case REWRITE -> {
        host.set(register, value & row.passed());
        smmu.hardware().write(register, value & row.passed());
      }
      case CR0 -> writeCr0(value & row.passed());
      case GBPA -> {
        if (Gbpa.UPDATE.isSet(value)) {
          host.set(register, value & row.passed());
        }
      }
      case GERRORN -> {
        smmu.errors().hostAcknowledges(value & row.passed());
        smmu.hostCommands().process();
      }
      case CMDQ_PROD -> smmu.hostCommands().produce(value & row.passed());
      case CMDQ_CONS -> smmu.hostCommands().setCons(value & row.passed());
    }
  }

  private void writeCr0(long requested) {
    host.set(Register.CR0, requested);
    long acknowledged = smmu.enable(host.get(Register.CR0ACK), requested, host);
    host.set(Register.CR0ACK, acknowledged);
  }

  private long capSidSize(long idr1) {
    return Idr1.SIDSIZE.with(idr1, ShadowStreamTable.coveredBits(smmu.features()));
  }

  private long merge(Register register, int offset, int bytes, long value) {
    if (bytes == register.bytes()) {
      return value;
    }
    long old = host.get(register);
    return upper(register, offset) ? (old & LOW) | (value << 32) : (old & ~LOW) | (value & LOW);
  }

  private static boolean upper(Register register, int offset) {
    return register.bytes() > WORD && (offset & WORD) != 0;
  }

  private void trace(boolean write, String register, long value, String verdict, String reason) {
    if (platform.trace().enabled()) {
      platform
          .trace()
          .accept(
              new TraceEvent.Trap(
                  platform.clock().nanos(), device, write, register, value, verdict, reason));
    }
  }
}
