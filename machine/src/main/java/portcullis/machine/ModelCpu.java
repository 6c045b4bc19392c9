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
 * entered with the syndrome that hardware would give (DDI 0487 D24.2.46), and the instruction is
 * retried, skipped or aborted as EL2 decides.
 *
 * <p>The host's code loads into x0 and stores from x0, but a zero from XZR, as compilers do. Its
 * stage 1 is off, so all memory is Device and an unaligned access is its own Alignment fault.
 */
final class ModelCpu implements HostCpu {
  /** Time that a trap to EL2 and back takes, for the trace's stamps. */
  private static final long TRAP_NANOS = 100;

  /** An instruction that faults this often in a row without progress means that EL2 is wedged. */
  private static final int MAX_RETRIES = 4;

  private static final int REGISTERS = 31;

  /** The register that loads and stores transfer. */
  private static final int DATA_REGISTER = 0;

  private static final int ARGUMENTS = 6;

  /** Bytes in the smallest page: a translation is the same for all of it. */
  private static final long LEAST_PAGE = 4096;

  /** {@link #instruction} of the data register, by log2 of the access's bytes, and of XZR. */
  private static final long[] OF_DATA_REGISTER = syndromes(DATA_REGISTER);

  private static final long[] OF_XZR = syndromes(DataAbortIss.SRT_XZR);

  private enum Decision {
    RETRY,
    SKIP,
    ABORT
  }

  private static final Decision[] DECISIONS = Decision.values();

  private final int number;
  private final Bus bus;
  private final Bus uncached;
  private final CacheMaintenance caches;
  private final CpuStage2 stage2;
  private final CpuClock clock;
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

    private El2Vectors vectors() {
      if (vectors == null) {
        throw new IllegalStateException("an exception to EL2 before there is an EL2");
      }
      return vectors;
    }
  }

  /**
   * A CPU without EL2.
   *
   * @param uncached the bus past the CPUs' caches
   */
  ModelCpu(
      Store store,
      int number,
      Bus bus,
      Bus uncached,
      CacheMaintenance caches,
      CpuStage2 stage2,
      CpuClock clock,
      El2Entry el2) {
    this.number = number;
    this.bus = bus;
    this.uncached = uncached;
    this.caches = caches;
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
    return load(bus, ipa, bytes);
  }

  private long load(Bus by, long ipa, int bytes) {
    check(ipa, bytes, false);
    long pa = reach(ipa, false, instruction(bytes, DATA_REGISTER));
    if (pa == CpuStage2.FAULT) {
      return x.get(DATA_REGISTER);
    }
    long value = by.read(pa, bytes);
    x.set(DATA_REGISTER, value);
    return value;
  }

  @Override
  public void store(long ipa, int bytes, long value) {
    store(bus, ipa, bytes, value);
  }

  private void store(Bus by, long ipa, int bytes, long value) {
    check(ipa, bytes, true);
    int source = value == 0 ? DataAbortIss.SRT_XZR : DATA_REGISTER;
    context.setRegister(source, value);
    long pa = reach(ipa, true, instruction(bytes, source));
    if (pa != CpuStage2.FAULT) {
      by.write(pa, bytes, value);
    }
  }

  private static void check(long ipa, int bytes, boolean write) {
    if (Integer.bitCount(bytes) != 1 || bytes > Long.BYTES) {
      throw new IllegalArgumentException("no access of " + bytes + " bytes");
    }
    if ((ipa & (bytes - 1)) != 0) {
      throw new HostAbort(ipa, write);
    }
  }

  /**
   * The physical address that an access by a register reaches, or {@link CpuStage2#FAULT} if EL2
   * did the access in its place.
   *
   * @param syndrome what the ISS says of the instruction
   */
  private long reach(long ipa, boolean write, long syndrome) {
    for (int attempt = 0; attempt < MAX_RETRIES; attempt++) {
      long pa = stage2.translate(ipa, write);
      if (pa != CpuStage2.FAULT) {
        if (!bus.responds(pa)) {
          throw new HostAbort(ipa, write);
        }
        return pa;
      }
      switch (trap(ipa, write, syndrome)) {
        case SKIP -> {
          return CpuStage2.FAULT;
        }
        case ABORT -> throw new HostAbort(ipa, write);
        case RETRY -> {}
      }
    }
    throw new HostAbort(ipa, write);
  }

  private Decision trap(long ipa, boolean write, long syndrome) {
    int status = stage2.faultStatus();
    esr.set(
        Esr.EC.of(Esr.EC_DABT_LOW)
            | Esr.IL.of(1)
            | (FaultStatus.isExternalAbort(status) ? 0 : syndrome)
            | DataAbortIss.WNR.of(write ? 1 : 0)
            | DataAbortIss.DFSC.of(status));
    faultIpa.set(ipa);
    decision.set(Decision.RETRY.ordinal());
    clock.advance(TRAP_NANOS);
    el2.vectors().dataAbort(context);
    return DECISIONS[(int) decision.get()];
  }

  private static long[] syndromes(int transferred) {
    long[] syndromes = new long[Integer.numberOfTrailingZeros(Long.BYTES) + 1];
    for (int log2 = 0; log2 < syndromes.length; log2++) {
      syndromes[log2] =
          DataAbortIss.ISV.of(1)
              | DataAbortIss.SAS.of(log2)
              | DataAbortIss.SF.of(1 << log2 == Long.BYTES ? 1 : 0)
              | DataAbortIss.SRT.of(transferred);
    }
    return syndromes;
  }

  /** ISS[24:14] of a load or store; an External abort has none of it. */
  private static long instruction(int bytes, int transferred) {
    long[] syndromes = transferred == DATA_REGISTER ? OF_DATA_REGISTER : OF_XZR;
    return syndromes[Integer.numberOfTrailingZeros(bytes)];
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
    el2.vectors().hypercall(context);
    return x.get(0);
  }

  @Override
  public void barrier() {}

  @Override
  public void clean(long ipa, long bytes) {
    maintain(ipa, bytes, false);
  }

  @Override
  public void cleanAndInvalidate(long ipa, long bytes) {
    maintain(ipa, bytes, true);
  }

  @Override
  public PhysicalMemory uncachedMemory() {
    return uncachedMemory;
  }

  /** Line by line: each needs no more than to be readable, but faults as a write does. */
  private void maintain(long ipa, long bytes, boolean invalidate) {
    if (!caches.matters()) {
      return;
    }
    long end = ipa + bytes;
    for (long at = ipa & -CpuCaches.LINE_BYTES; at < end; at += CpuCaches.LINE_BYTES) {
      long pa = reach(at, false, DataAbortIss.CM.of(1) | DataAbortIss.WNR.of(1));
      if (pa == CpuStage2.FAULT) {
        continue;
      }
      if (invalidate) {
        caches.cleanAndInvalidate(pa, 1);
      } else {
        caches.clean(pa, 1);
      }
    }
  }

  @Override
  public void pause() {
    clock.idle(BusPlatform.PAUSE_NANOS);
  }

  @Override
  public Clock clock() {
    return clock;
  }

  private final PhysicalMemory memory = new MemoryView(false);

  private final PhysicalMemory uncachedMemory = new MemoryView(true);

  /** Ordinary memory, through a cacheable mapping or one that is not. */
  private final class MemoryView implements PhysicalMemory {
    private final boolean pastCaches;

    MemoryView(boolean pastCaches) {
      this.pastCaches = pastCaches;
    }

    private Bus by() {
      return pastCaches ? uncached : bus;
    }

    @Override
    public long read64(long ipa) {
      return load(by(), ipa, Long.BYTES);
    }

    @Override
    public void write64(long ipa, long value) {
      store(by(), ipa, Long.BYTES, value);
    }

    @Override
    public int read32(long ipa) {
      return (int) load(by(), ipa, Integer.BYTES);
    }

    @Override
    public void write32(long ipa, int value) {
      store(by(), ipa, Integer.BYTES, Integer.toUnsignedLong(value));
    }

    /** As by stores of XZR; what one of them has reached, the others in its page do too. */
    @Override
    public void zero(long ipa, long bytes) {
      check(ipa, Long.BYTES, true);
      long syndrome = instruction(Long.BYTES, DataAbortIss.SRT_XZR);
      long end = ipa + bytes;
      long at = ipa;
      while (at < end) {
        long rest = Math.min(end, (at & -LEAST_PAGE) + LEAST_PAGE) - at;
        long pa = reach(at, true, syndrome);
        if (pa != CpuStage2.FAULT && by().zeroAtOnce(pa, rest)) {
          at += rest;
          continue;
        }
        if (pa != CpuStage2.FAULT) {
          by().write(pa, Long.BYTES, 0);
        }
        at += Long.BYTES;
      }
    }
  }

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
