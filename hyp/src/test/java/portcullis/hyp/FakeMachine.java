package portcullis.hyp;

import java.util.ArrayList;
import java.util.List;
import portcullis.platform.Clock;
import portcullis.platform.CpuContext;
import portcullis.platform.CpuMmu;
import portcullis.platform.DeviceRegisters;
import portcullis.platform.El2Vectors;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.Platform;
import portcullis.platform.WiredInterrupt;
import portcullis.platform.boot.BootParameters;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Cell;
import portcullis.store.PagedWords;
import portcullis.store.Store;

/**
 * A small machine below the hypervisor, for its tests: memory, and one host CPU whose TLB keeps
 * every page that it has reached until it is invalidated.
 */
public final class FakeMachine implements Platform, PhysicalMemory, CpuMmu {
  private static final int PHYSICAL_BITS = 48;
  private static final int MAX_RETRIES = 2;
  private static final long ESR_TRANSLATION_L3 = 0x24L << 26 | 1L << 25 | 0x07;

  /** What EL2 and drivers did, in order, as far as a test wants to know. */
  public final List<String> log = new ArrayList<>();

  /** Every event. */
  public final List<TraceEvent> events = new ArrayList<>();

  private final Store store;
  private final PagedWords ram;
  private final PagedWords tlb;
  private final Cell vttbr;
  private final Cell vtcr;
  private final Cell clock;
  private final int pageShift;

  /** A machine without content. */
  public FakeMachine(Store store, int pageShift) {
    this.store = store;
    this.pageShift = pageShift;
    this.ram = store.paged("ram", 1L << (PHYSICAL_BITS - 3));
    this.tlb = store.paged("cpu.tlb", 1L << (PHYSICAL_BITS - pageShift));
    this.vttbr = store.cell("cpu.vttbr");
    this.vtcr = store.cell("cpu.vtcr");
    this.clock = store.cell("clock");
  }

  /** A board with two banks of RAM, EL2's memory at the end of the first, registers between. */
  public static BootParameters board(int pageShift, long hypervisorPages) {
    long page = 1L << pageShift;
    MemoryRange low = new MemoryRange(0x4000_0000L, 0x4000_0000L);
    MemoryRange high = new MemoryRange(0x8_0000_0000L, 0x1000_0000L);
    long bytes = hypervisorPages * page;
    return new BootParameters(
        List.of(low, high),
        new MemoryRange(low.end() - bytes, bytes),
        List.of(),
        pageShift,
        40,
        high.end() + 16 * page);
  }

  Store store() {
    return store;
  }

  /** The host touches {@code ipa}. Whether the access went through. */
  public boolean touch(El2Vectors vectors, long ipa) {
    for (int i = 0; i < MAX_RETRIES; i++) {
      if (reachesWithoutTrap(ipa)) {
        tlb.set(ipa >>> pageShift, 1);
        return true;
      }
      Context context = abort(ipa, ESR_TRANSLATION_L3);
      vectors.dataAbort(context);
      if (context.aborted || context.skipped) {
        return context.skipped;
      }
    }
    throw new AssertionError("0x%x faults for ever".formatted(ipa));
  }

  /** Whether a CPU could reach {@code ipa} without another trap, through a TLB or the tables. */
  public boolean reachesWithoutTrap(long ipa) {
    return tlb.get(ipa >>> pageShift) != 0
        || SlowWalk.stage2(this, vttbr.get(), vtcr.get(), ipa) >= 0;
  }

  /** The descriptor's attributes and type that map {@code ipa}, or -1. */
  public long walk(long ipa) {
    return SlowWalk.stage2(this, vttbr.get(), vtcr.get(), ipa);
  }

  /** VTTBR_EL2, 0 as long as no stage 2 is under the host. */
  long stage2Root() {
    return vttbr.get();
  }

  /** An aborted access. */
  public Context abort(long ipa, long esr) {
    return new Context(ipa, esr, new long[31]);
  }

  /** A hypercall; its result. */
  public long call(El2Vectors vectors, long function, long... arguments) {
    long[] registers = new long[31];
    registers[0] = function;
    System.arraycopy(arguments, 0, registers, 1, arguments.length);
    vectors.hypercall(new Context(0, 0x16L << 26, registers));
    return registers[0];
  }

  @Override
  public PhysicalMemory memory() {
    return this;
  }

  @Override
  public DeviceRegisters devices() {
    throw new UnsupportedOperationException("no devices here");
  }

  @Override
  public Clock clock() {
    return clock::get;
  }

  @Override
  public CpuMmu cpuMmu() {
    return this;
  }

  @Override
  public TraceSink trace() {
    return new TraceSink() {
      @Override
      public boolean enabled() {
        return true;
      }

      @Override
      public void accept(TraceEvent event) {
        events.add(event);
      }
    };
  }

  @Override
  public void barrier() {}

  @Override
  public void clean(long pa, long bytes) {}

  @Override
  public void cleanAndInvalidate(long pa, long bytes) {}

  @Override
  public void interruptHost(long registers, WiredInterrupt wire) {}

  @Override
  public void pause() {
    clock.set(clock.get() + 1);
  }

  @Override
  public void enableHostStage2(long root, long control) {
    vttbr.set(root);
    vtcr.set(control);
  }

  @Override
  public void invalidateHostStage2(long ipa, long bytes) {
    log.add("tlbi 0x%x+0x%x".formatted(ipa, bytes));
    for (long page = ipa >>> pageShift; page < (ipa + bytes) >>> pageShift; page++) {
      tlb.set(page, 0);
    }
  }

  @Override
  public long read64(long address) {
    if ((address & 7) != 0) {
      throw new IllegalArgumentException("unaligned: 0x%x".formatted(address));
    }
    return ram.get(address >>> 3);
  }

  @Override
  public void write64(long address, long value) {
    if ((address & 7) != 0) {
      throw new IllegalArgumentException("unaligned: 0x%x".formatted(address));
    }
    ram.set(address >>> 3, value);
  }

  @Override
  public int read32(long address) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void write32(long address, int value) {
    throw new UnsupportedOperationException();
  }

  /** The host's CPU in a trap. */
  public static final class Context implements CpuContext {
    private final long ipa;
    private final long esr;
    private final long[] registers;
    public boolean aborted;
    public boolean skipped;

    Context(long ipa, long esr, long[] registers) {
      this.ipa = ipa;
      this.esr = esr;
      this.registers = registers;
    }

    @Override
    public int cpu() {
      return 0;
    }

    @Override
    public long register(int n) {
      return n == 31 ? 0 : registers[n];
    }

    @Override
    public void setRegister(int n, long value) {
      registers[n] = value;
    }

    @Override
    public long esr() {
      return esr;
    }

    @Override
    public long faultIpa() {
      return ipa;
    }

    @Override
    public void skipInstruction() {
      skipped = true;
    }

    @Override
    public void injectAbort() {
      aborted = true;
    }
  }
}
