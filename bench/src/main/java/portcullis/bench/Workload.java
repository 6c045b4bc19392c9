package portcullis.bench;

import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.Platform;

/**
 * An SMMU with nested streams over 4 KiB pages, and the same 16 MiB of addresses mapped for all of
 * them: stage 1 has four levels, stage 2 three. All of it, tables too, is at fixed places, so that
 * it is the same bytes on whatever machine it is built.
 *
 * <p>The 16 MiB are of addresses only: they lead, over and over, to one {@linkplain #CHUNK chunk}
 * of memory, so that how near the data is to the processor differs as little as possible between
 * DMA over all of them and DMA over one chunk again and again.
 */
final class Workload {
  static final long RAM_BASE = 0x4000_0000L;
  static final long RAM_BYTES = 64L << 20;
  static final long SMMU_BASE = 0x0905_0000L;

  static final int PAGE = 4096;
  static final int PAGES = 4096;
  static final int BYTES = PAGES * PAGE;

  /** Pages of a DMA that fit a TLB of 256 entries, with what the tables need. */
  static final int CHUNK_PAGES = 128;

  static final int CHUNK = CHUNK_PAGES * PAGE;

  /** The VA of the first page, in a half that four levels cover. */
  static final long VA = 0x1234_0000_0000L;

  /** Where stage 1 leads to, and stage 2 takes to {@link #DATA}. */
  private static final long IPA = 0x30_0000_0000L;

  private static final long STREAM_TABLE = RAM_BASE;
  private static final long QUEUES = RAM_BASE + 0x40_0000;
  private static final long EVENTS = QUEUES + 0x1_0000;
  private static final long CONTEXT = QUEUES + 0x2_0000;
  private static final long TABLES = RAM_BASE + 0x50_0000;

  /** Physical address of the first page of data. */
  static final long DATA = RAM_BASE + 0x200_0000;

  private static final int STREAM_BITS = 16;
  private static final int QUEUE_BITS = 8;
  private static final int LAST_LEVEL = Granule.LAST_LEVEL;
  private static final int STAGE1_START = 0;
  private static final int STAGE2_START = 1;

  /** 48 bits of VA. */
  private static final int T0SZ = 16;

  /** 39 bits of IPA, whose root is one table. */
  private static final int S2T0SZ = 25;

  /** With a 4KB granule: level 1. */
  private static final int S2SL0 = 1;

  /** 44 bits, which QEMU has. */
  private static final int ADDRESS_SIZE = 4;

  private static final int SHCFG_INCOMING = 0b01;
  private static final int VMID = 1;
  private static final int ASID = 1;
  private static final long TABLE = 0b11;

  /** In MAIR: Normal, Write-Back. */
  private static final int WRITE_BACK = 0xff;

  private static final long STAGE1_LEAF =
      TABLE
          | Stage1Descriptor.AP.of(Stage1Descriptor.AP_RW)
          | Stage1Descriptor.SH.of(0b11)
          | Stage1Descriptor.AF.of(1)
          | Stage1Descriptor.NG.of(1);

  private static final long STAGE2_LEAF =
      TABLE
          | Stage2Descriptor.MEMATTR.of(0b1111)
          | Stage2Descriptor.S2AP.of(Stage2Descriptor.S2AP_RW)
          | Stage2Descriptor.SH.of(0b11)
          | Stage2Descriptor.AF.of(1);

  private final Platform platform;
  private final PhysicalMemory memory;
  private long nextTable = TABLES;
  private int produced;

  private Workload(Platform platform) {
    this.platform = platform;
    this.memory = platform.memory();
  }

  /** Builds everything and enables the SMMU; each of {@code streams} is nested. */
  static Workload build(Platform platform, int firstStream, int streams) {
    Workload workload = new Workload(platform);
    workload.tables(firstStream, streams);
    workload.enable();
    return workload;
  }

  private void tables(int firstStream, int streams) {
    long stage2 = table();
    long stage1 = table();
    for (int page = 0; page < PAGES; page++) {
      long offset = (long) page * PAGE;
      map(stage1, STAGE1_START, VA + offset, IPA + offset | STAGE1_LEAF);
      map(stage2, STAGE2_START, IPA + offset, DATA + offset % CHUNK | STAGE2_LEAF);
    }
    // The tables' own addresses are intermediate ones too: page by page, each on itself.
    long end = nextTable + (1L << 20);
    for (long page = QUEUES; page < end; page += PAGE) {
      map(stage2, STAGE2_START, page, page | STAGE2_LEAF);
    }
    context(stage1);
    for (int stream = firstStream; stream < firstStream + streams; stream++) {
      stream(STREAM_TABLE + (long) stream * Ste.BYTES, stage2);
    }
  }

  private long table() {
    long table = nextTable;
    nextTable += PAGE;
    return table;
  }

  private void map(long root, int startLevel, long input, long leaf) {
    long table = root;
    for (int level = startLevel; ; level++) {
      long slot = table + (long) Granule.SIZE_4K.index(input, level) * Long.BYTES;
      if (level == LAST_LEVEL) {
        memory.write64(slot, leaf);
        return;
      }
      if (memory.read64(slot) == 0) {
        memory.write64(slot, table() | TABLE);
      }
      table = memory.read64(slot) & ~TABLE;
    }
  }

  private void context(long stage1) {
    long[] cd = new long[Cd.WORDS];
    cd[Cd.V.word()] |=
        Cd.V.of(1)
            | Cd.AA64.of(1)
            | Cd.A.of(1)
            | Cd.R.of(1)
            | Cd.ASID.of(ASID)
            | Cd.IPS.of(ADDRESS_SIZE)
            | Cd.EPD1.of(1)
            | Cd.T0SZ.of(T0SZ)
            | Cd.TG0.of(Granule.SIZE_4K.tgStage1());
    cd[Cd.TTB0.word()] |= stage1;
    cd[Cd.MAIR0.word()] |= Cd.MAIR0.of(WRITE_BACK);
    write(CONTEXT, cd);
  }

  private void stream(long address, long stage2) {
    long[] ste = new long[Ste.WORDS];
    ste[Ste.V.word()] |= Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_NESTED);
    ste[Ste.S1CONTEXTPTR.word()] |= CONTEXT;
    ste[Ste.SHCFG.word()] |= Ste.SHCFG.of(SHCFG_INCOMING);
    ste[Ste.S2VMID.word()] |=
        Ste.S2VMID.of(VMID)
            | Ste.S2T0SZ.of(S2T0SZ)
            | Ste.S2SL0.of(S2SL0)
            | Ste.S2TG.of(Granule.SIZE_4K.tgStage2())
            | Ste.S2PS.of(ADDRESS_SIZE)
            | Ste.S2AA64.of(1)
            | Ste.S2R.of(1);
    ste[Ste.S2TTB.word()] |= stage2;
    write(address, ste);
  }

  private void write(long address, long[] words) {
    for (int word = 0; word < words.length; word++) {
      memory.write64(address + (long) word * Long.BYTES, words[word]);
    }
  }

  private void enable() {
    set64(Register.STRTAB_BASE, STREAM_TABLE);
    set32(Register.STRTAB_BASE_CFG, StrtabBaseCfg.LOG2SIZE.of(STREAM_BITS));
    set64(Register.CMDQ_BASE, QUEUES | QueueBase.LOG2SIZE.of(QUEUE_BITS));
    set64(Register.EVENTQ_BASE, EVENTS | QueueBase.LOG2SIZE.of(QUEUE_BITS));
    translate(false);
    set32(Register.GBPA, Gbpa.UPDATE.of(1) | Gbpa.SHCFG.of(SHCFG_INCOMING));
    command(Opcode.CFGI_STE_RANGE, 0, 31);
    invalidateTranslations();
    translate(true);
  }

  /** Lets the SMMU translate, or pass every address on as it is. Caches stay as they are. */
  void translate(boolean enabled) {
    long cr0 = Cr0.CMDQEN.of(1) | Cr0.EVENTQEN.of(1) | Cr0.SMMUEN.of(enabled ? 1 : 0);
    set32(Register.CR0, cr0);
    check(get32(Register.CR0ACK) == cr0, "CR0ACK does not follow CR0");
  }

  /** Forgets every translation of the streams, by one command. */
  void invalidateTranslations() {
    command(Opcode.TLBI_S12_VMALL, Tlbi.VMID.of(VMID), 0);
  }

  /** The same command for a VMID that nothing has. */
  void invalidateNothing() {
    command(Opcode.TLBI_S12_VMALL, Tlbi.VMID.of(VMID + 1), 0);
  }

  /** Whether no event was recorded. */
  void checkNoEvent() {
    check(get32(Register.EVENTQ_PROD) == 0, "an event was recorded");
  }

  private void command(Opcode opcode, long word0, long word1) {
    long at = QUEUES + (long) (produced & (1 << QUEUE_BITS) - 1) * Command.BYTES;
    memory.write64(at, Command.OPCODE.of(opcode.code()) | word0);
    memory.write64(at + Long.BYTES, word1);
    produced = produced + 1 & (2 << QUEUE_BITS) - 1;
    platform.barrier();
    set32(Register.CMDQ_PROD, produced);
    check(get32(Register.CMDQ_CONS) == produced, "a command was not consumed");
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }

  private long get32(Register register) {
    return Integer.toUnsignedLong(platform.devices().read32(SMMU_BASE + register.offset()));
  }

  private void set32(Register register, long value) {
    platform.devices().write32(SMMU_BASE + register.offset(), (int) value);
  }

  private void set64(Register register, long value) {
    platform.devices().write64(SMMU_BASE + register.offset(), value);
  }
}
