package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.Register;
import portcullis.hyp.smmuv3.RegisterPolicy.Outcome;
import portcullis.hyp.smmuv3.RegisterPolicy.Row;
import portcullis.hyp.smmuv3.RegisterPolicy.Stray;
import portcullis.hyp.smmuv3.RegisterPolicy.StrayRow;
import portcullis.hyp.smmuv3.RegisterPolicy.Write;
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
    if (smmu.isAskedOff()) {
      return policy.row(Stray.WITHOUT_POWER);
    } else if (offset % bytes != 0) {
      return policy.row(Stray.MISALIGNED);
    } else if (bytes < WORD) {
      return policy.row(Stray.NARROW);
    } else if (offset >= 2L * Page.BYTES && !smmu.controlPages().contains(offset)) {
      return policy.row(Stray.BEYOND_PAGE_1);
    }
    Register register = registerAt((int) offset);
    if (register == null) {
      return policy.row(Stray.NO_REGISTER);
    }
    return bytes > register.bytes() ? policy.row(Stray.WIDE) : null;
  }

  /** The register of the first two pages or of a control page that an offset is in, or null. */
  private Register registerAt(int offset) {
    return smmu.controlPages().contains(offset)
        ? smmu.controlPages().at(offset)
        : Register.at(offset);
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
    Row row = policy.row(registerAt(offset));
    long whole = readWhole(row, start(row.register(), offset)) & row.shown();
    long value =
        bytes == WORD ? (upper(row.register(), offset) ? whole >>> 32 : whole & LOW) : whole;
    trace(false, row.name(), value, row.readVerdict(), row.reason());
    return value;
  }

  /** The host writes; {@link #stray} has found nothing against it. */
  void write(int offset, int bytes, long value) {
    Statistics.increment(smmu.statistics().traps);
    Row row = policy.row(registerAt(offset));
    trace(true, row.name(), value, row.writeVerdict(), row.reason());
    long cr0 = host.get(Register.CR0) | host.get(Register.CR0ACK);
    if (row.guard().open(cr0)) {
      long whole = merge(row.register(), offset, bytes, value);
      writeWhole(
          row,
          start(row.register(), offset),
          row.write() == Write.FORWARD ? whole : whole & row.passed());
    }
  }

  /** Where the instance of a register begins that an offset is in: each is aligned to its size. */
  private static int start(Register register, int offset) {
    return offset & -register.bytes();
  }

  private long readWhole(Row row, int start) {
    Register register = row.register();
    return switch (row.read()) {
      case HARDWARE, MASKED -> smmu.hardware().read(register, start);
      case IDR0 -> smmu.offered(smmu.hardware().read(register));
      case IDR1 -> capSidSize(smmu.hardware().read(register));
      case SHADOW -> host.get(register);
      case CR0ACK -> {
        follow();
        yield host.get(register);
      }
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

  private void writeWhole(Row row, int start, long value) {
    Register register = row.register();
    switch (row.write()) {
      case IGNORE -> {}
      case SHADOW -> host.set(register, value);
      case FORWARD, REWRITE -> {
        host.set(register, value);
        smmu.hardware().write(register, start, value);
      }
      case CR0 -> {
        host.set(register, smmu.enables(value));
        follow();
      }
      case GBPA -> {
        if (Gbpa.UPDATE.isSet(value)) {
          host.set(register, Gbpa.UPDATE.with(value, 0));
        }
      }
      case GERRORN -> {
        smmu.errors().hostAcknowledges(value);
        smmu.hostCommands().process();
      }
      case CMDQ_PROD -> smmu.hostCommands().produce(value);
      case CMDQ_CONS -> smmu.hostCommands().setCons(value);
    }
  }

  /** Goes on with what the host has written to CR0, until all of it has taken effect. */
  private void follow() {
    long acknowledged = host.get(Register.CR0ACK);
    host.set(Register.CR0ACK, smmu.enable(acknowledged, host.get(Register.CR0), host));
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
