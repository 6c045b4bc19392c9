package portcullis.machine;

import portcullis.arch.vmsa.DataAbortIss;
import portcullis.arch.vmsa.Esr;
import portcullis.platform.Clock;
import portcullis.platform.CpuContext;
import portcullis.platform.El2Vectors;
import portcullis.platform.HostAbort;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * One CPU that runs the host: each load or store goes through stage 2; where that faults, EL2 is
 * entered with the syndrome that hardware would give (DDI 0487 D24.2.40), and the instruction is
 * retried, skipped or aborted as EL2 decides.
 */
final class ModelCpu implements HostCpu {
  /** Time that a trap to EL2 and back takes, for the trace's stamps. */
  private static final long TRAP_NANOS = 100;

  /** An instruction that faults this often in a row without progress means that EL2 is wedged. */
  private static final int MAX_RETRIES = 4;

  private static final int REGISTERS = 31;
  private static final int ARGUMENTS = 6;

  private enum Decision {
    RETRY,
    SKIP,
    ABORT
  }

  private final int number;
  private final Bus bus;
  private final CpuStage2 stage2;
  private final ModelClock clock;
  private final El2Entry el2;
  private final Words x;
  private final Cell esr;
  private final Cell faultIpa;
  private final Cell decision;

  /** Where exceptions go once the host is deprivileged. */
  static final class El2Entry {
    private El2Vectors vectors;

    void install(El2Vectors newVectors) {
      vectors = newVectors;
    }
  }

  ModelCpu(Store store, int number, Bus bus, CpuStage2 stage2, ModelClock clock, El2Entry el2) {
    this.number = number;
    this.bus = bus;
    this.stage2 = stage2;
    this.clock = clock;
    this.el2 = el2;
    String name = "cpu" + number;
    x = store.words(name + ".x", REGISTERS);
    esr = store.cell(name + ".esr");
    faultIpa = store.cell(name + ".fault_ipa");
    decision = store.cell(name + ".decision");
  }

  @Override
  public PhysicalMemory memory() {
    return memory;
  }

  @Override
  public long load(long ipa, int bytes) {
    long pa = reach(ipa, bytes, false);
    if (pa == CpuStage2.FAULT) {
      return x.get(0);
    }
    long value = bus.read(pa, bytes);
    x.set(0, value);
    return value;
  }

  @Override
  public void store(long ipa, int bytes, long value) {
    x.set(0, value);
    long pa = reach(ipa, bytes, true);
    if (pa != CpuStage2.FAULT) {
      bus.write(pa, bytes, value);
    }
  }

  /**
   * The physical address that an access by register x0 reaches, or {@link CpuStage2#FAULT} if EL2
   * did the access in its place.
   */
  private long reach(long ipa, int bytes, boolean write) {
    for (int attempt = 0; attempt < MAX_RETRIES; attempt++) {
      long pa = stage2.translate(ipa, write);
      if (pa != CpuStage2.FAULT) {
        if (!bus.responds(pa)) {
          throw new HostAbort(ipa, write);
        }
        return pa;
      }
      switch (trap(ipa, bytes, write)) {
        case SKIP -> {
          return CpuStage2.FAULT;
        }
        case ABORT -> throw new HostAbort(ipa, write);
        case RETRY -> {}
      }
    }
    throw new HostAbort(ipa, write);
  }

  private Decision trap(long ipa, int bytes, boolean write) {
    esr.set(
        Esr.EC.of(Esr.EC_DABT_LOW)
            | Esr.IL.of(1)
            | DataAbortIss.ISV.of(1)
            | DataAbortIss.SAS.of(Integer.numberOfTrailingZeros(bytes))
            | DataAbortIss.SF.of(bytes == Long.BYTES ? 1 : 0)
            | DataAbortIss.SRT.of(0)
            | DataAbortIss.WNR.of(write ? 1 : 0)
            | DataAbortIss.DFSC.of(stage2.faultStatus()));
    faultIpa.set(ipa);
    decision.set(Decision.RETRY.ordinal());
    clock.advance(TRAP_NANOS);
    el2.vectors.dataAbort(context);
    return Decision.values()[(int) decision.get()];
  }

  @Override
  public long hypercall(long function, long... arguments) {
    if (arguments.length > ARGUMENTS) {
      throw new IllegalArgumentException("at most 6 arguments, not " + arguments.length);
    }
    x.set(0, function);
    for (int i = 0; i < ARGUMENTS; i++) {
      x.set(i + 1, i < arguments.length ? arguments[i] : 0);
    }
    esr.set(Esr.EC.of(Esr.EC_HVC64) | Esr.IL.of(1));
    clock.advance(TRAP_NANOS);
    el2.vectors.hypercall(context);
    return x.get(0);
  }

  @Override
  public void barrier() {}

  @Override
  public void clean(long ipa, long bytes) {}

  @Override
  public void pause() {
    clock.advance(ModelPlatform.PAUSE_NANOS);
  }

  @Override
  public Clock clock() {
    return clock;
  }

  private final PhysicalMemory memory =
      new PhysicalMemory() {
        @Override
        public long read64(long ipa) {
          return load(ipa, Long.BYTES);
        }

        @Override
        public void write64(long ipa, long value) {
          store(ipa, Long.BYTES, value);
        }

        @Override
        public int read32(long ipa) {
          return (int) load(ipa, Integer.BYTES);
        }

        @Override
        public void write32(long ipa, int value) {
          store(ipa, Integer.BYTES, Integer.toUnsignedLong(value));
        }
      };

  private final CpuContext context =
      new CpuContext() {
        @Override
        public int cpu() {
          return number;
        }

        @Override
        public long register(int n) {
          return n < REGISTERS ? x.get(n) : 0;
        }

        @Override
        public void setRegister(int n, long value) {
          if (n < REGISTERS) {
            x.set(n, value);
          }
        }

        @Override
        public long esr() {
          return esr.get();
        }

        @Override
        public long faultIpa() {
          return faultIpa.get();
        }

        @Override
        public void skipInstruction() {
          decision.set(Decision.SKIP.ordinal());
        }

        @Override
        public void injectAbort() {
          decision.set(Decision.ABORT.ordinal());
        }
      };
}
