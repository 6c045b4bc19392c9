package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.hyp.Status;
import portcullis.hyp.iommu.IommuCore;
import portcullis.hyp.mem.HostPages;
import portcullis.hyp.mem.PagePolicy;
import portcullis.platform.boot.BootParameters;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.boot.SmmuRegistration;
import portcullis.store.Store;

/**
 * A board of two SMMUs, the first with two Command queue control pages of four queues each, and 64
 * MiB, of which EL2 has 16; the driver; and the host's hands.
 */
final class Fixture {
  static final long RAM = 0x4000_0000L;
  static final long RAM_END = RAM + (64L << 20);
  static final long CARVE_OUT = RAM + (48L << 20);
  static final long SMMU0 = 0x2b40_0000L;
  static final long SMMU1 = 0x2b60_0000L;
  static final long QUEUE = RAM + 0x10_0000;
  static final long EVENTS = RAM + 0x20_0000;
  static final long TABLE = RAM + 0x30_0000;
  static final long LEAVES = RAM + 0x40_0000;
  static final int QUEUE_LOG2 = 4;

  /** Where the first SMMU's control pages are: not right behind page 1. */
  static final long CONTROL = 0x3_0000;

  final Store store = new Store();
  final FakeMemory memory = new FakeMemory(RAM, RAM_END);
  final FakePlatform platform = new FakePlatform(memory);
  final FakeSmmu hardware = new FakeSmmu(SMMU0, memory);
  final FakeSmmu second = new FakeSmmu(SMMU1, memory);
  final FakeCpu cpu = new FakeCpu();
  SmmuPolicy policy = SmmuPolicy.DEFAULT;
  boolean coherent = true;
  MemoryRange registers = new MemoryRange(SMMU0, 0x5_0000);
  boolean abortsWithoutPower = true;
  long poolBytes = RAM_END - CARVE_OUT;
  HostPages pages;
  IommuCore core;
  SmmuV3Driver driver;
  int prod;

  Fixture() {
    hardware.enhance(CONTROL, 1, 2);
    platform.smmus.add(hardware);
    platform.smmus.add(second);
  }

  BootParameters parameters() {
    return new BootParameters(
        List.of(new MemoryRange(RAM, RAM_END - RAM)),
        new MemoryRange(CARVE_OUT, poolBytes),
        List.of(
            new SmmuRegistration("smmu@0", registers, coherent, abortsWithoutPower),
            new SmmuRegistration("smmu@1", new MemoryRange(SMMU1, 0x2_0000), true)),
        12,
        40,
        RAM_END);
  }

  /** Boots and deprivileges. */
  Fixture boot() {
    core = new IommuCore(store);
    pages = new HostPages(store, platform, parameters(), PagePolicy.DEFAULT, core);
    driver = new SmmuV3Driver(store, platform, pages, parameters(), policy);
    core.register(driver);
    pages.boot();
    core.init();
    pages.deprivilege();
    return this;
  }

  long read(long offset, int bytes) {
    assertTrue(driver.dabtHandler(cpu.stopAt(false, SMMU0 + offset, bytes, 3), SMMU0 + offset));
    assertTrue(cpu.skipped && !cpu.aborted);
    return cpu.registers[3];
  }

  long read(Register register) {
    return read(offset(register), register.bytes());
  }

  /** The first instance of a register. */
  static long offset(Register register) {
    return register.offset() + (register.page() == Page.CMDQ_CONTROL ? CONTROL : 0);
  }

  void write(long offset, int bytes, long value) {
    cpu.registers[4] = value;
    assertTrue(driver.dabtHandler(cpu.stopAt(true, SMMU0 + offset, bytes, 4), SMMU0 + offset));
    assertTrue(cpu.skipped && !cpu.aborted);
  }

  void write(Register register, long value) {
    write(offset(register), register.bytes(), value);
  }

  /** The host enables its command queue, 16 commands, empty. */
  Fixture enableCommands() {
    write(Register.CMDQ_BASE, QUEUE | QueueBase.LOG2SIZE.of(QUEUE_LOG2));
    write(Register.CMDQ_PROD, 0);
    write(Register.CMDQ_CONS, 0);
    write(Register.CR0, read(Register.CR0) | Cr0.CMDQEN.mask());
    assertEquals(Cr0.CMDQEN.mask(), read(Register.CR0ACK) & Cr0.CMDQEN.mask());
    return this;
  }

  /** The host enables a two-level stream table, split 8. */
  Fixture enableStreams() {
    write(Register.STRTAB_BASE, TABLE);
    write(
        Register.STRTAB_BASE_CFG,
        StrtabBaseCfg.FMT.of(1) | StrtabBaseCfg.SPLIT.of(8) | StrtabBaseCfg.LOG2SIZE.of(16));
    write(Register.CR0, read(Register.CR0) | Cr0.SMMUEN.mask());
    assertEquals(Cr0.SMMUEN.mask(), read(Register.CR0ACK) & Cr0.SMMUEN.mask());
    return this;
  }

  /** Writes commands into the host's queue, moves PROD, and gives what hardware consumed of it. */
  List<FakeSmmu.Consumed> submit(long... words) {
    int before = hardware.consumed.size();
    for (int i = 0; i < words.length; i += 2) {
      long at = QUEUE + (prod & ((1 << QUEUE_LOG2) - 1)) * 16L;
      memory.write64(at, words[i]);
      memory.write64(at + 8, words[i + 1]);
      prod = (prod + 1) & ((2 << QUEUE_LOG2) - 1);
    }
    write(Register.CMDQ_PROD, prod);
    return new ArrayList<>(hardware.consumed.subList(before, hardware.consumed.size()));
  }

  /** The host writes an STE into its two-level table. */
  void hostSte(int sid, long... words) {
    long leaf = LEAVES + (sid >>> 8) * 0x4000L;
    memory.write64(TABLE + (sid >>> 8) * 8L, leaf | StreamTableDescriptor.SPAN.of(9));
    for (int word = 0; word < Ste.WORDS; word++) {
      memory.write64(leaf + (sid & 0xff) * 64L + word * 8L, word < words.length ? words[word] : 0);
    }
  }

  /** The address of the STE that hardware finds; -1 if there is none. */
  long hardwareSteAddress(int sid) {
    long base = hardware.get(Register.STRTAB_BASE) & 0xf_ffff_ffff_ffc0L;
    long cfg = hardware.get(Register.STRTAB_BASE_CFG);
    if (StrtabBaseCfg.FMT.get(cfg) == 0) {
      return base + sid * 64L;
    }
    long descriptor = memory.read64(base + (sid >>> 8) * 8L);
    return StreamTableDescriptor.SPAN.get(descriptor) == 0
        ? -1
        : StreamTableDescriptor.L2PTR.inPlace(descriptor) + (sid & 0xff) * 64L;
  }

  /** The STE that hardware finds. */
  long[] hardwareSte(int sid) {
    long at = hardwareSteAddress(sid);
    long[] ste = new long[Ste.WORDS];
    for (int word = 0; at != -1 && word < Ste.WORDS; word++) {
      ste[word] = memory.read64(at + 8L * word);
    }
    return ste;
  }

  /** CMD_CFGI_STE. */
  static long[] cfgiSte(long sid) {
    return new long[] {command(Opcode.CFGI_STE) | sid << 32, 1};
  }

  static long command(Opcode opcode) {
    return opcode.code();
  }

  /** Donates a page to a new guest. */
  Status donate(long pa) {
    return pages.donate(pages.createGuest(), pa >>> 12, 1);
  }
}
