package portcullis.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.platform.Platform;

/**
 * The least driver of QEMU's SMMU that shows DMA behind a stage 2: a linear stream table, both
 * queues, and a three-level stage-2 table for IPAs below 2 MiB, all at fixed places in RAM.
 */
final class TestSmmu {
  private static final long STREAM_TABLE = VirtMap.RAM_BASE;
  private static final long COMMAND_QUEUE = VirtMap.RAM_BASE + 0x1_0000;
  private static final long EVENT_QUEUE = VirtMap.RAM_BASE + 0x2_0000;
  private static final long LEVEL1 = VirtMap.RAM_BASE + 0x3_0000;
  private static final long LEVEL2 = VirtMap.RAM_BASE + 0x3_1000;
  private static final long LEVEL3 = VirtMap.RAM_BASE + 0x3_2000;
  private static final int STREAM_BITS = 5;
  private static final int QUEUE_BITS = 7;

  /** 64 - 39: a walk of three levels whose root is one table. */
  private static final int S2T0SZ = 25;

  /** With a 4KB granule: level 1. */
  private static final int S2SL0 = 1;

  /** 44 bits, QEMU's IDR5.OAS. */
  private static final int S2PS = 4;

  private static final long TABLE = 0b11;
  private static final long NORMAL_WRITE_BACK = 0b1111;

  private final Platform platform;
  private int commands;

  TestSmmu(Platform platform) {
    this.platform = platform;
    platform.memory().write64(LEVEL1, LEVEL2 | TABLE);
    platform.memory().write64(LEVEL2, LEVEL3 | TABLE);
    write64(Register.STRTAB_BASE, STREAM_TABLE);
    write32(
        Register.STRTAB_BASE_CFG, StrtabBaseCfg.FMT.of(0) | StrtabBaseCfg.LOG2SIZE.of(STREAM_BITS));
    write64(Register.CMDQ_BASE, COMMAND_QUEUE | QueueBase.LOG2SIZE.of(QUEUE_BITS));
    write64(Register.EVENTQ_BASE, EVENT_QUEUE | QueueBase.LOG2SIZE.of(QUEUE_BITS));
    long queues = Cr0.CMDQEN.of(1) | Cr0.EVENTQEN.of(1);
    write32(Register.CR0, queues);
    command(Opcode.CFGI_STE_RANGE, 31);
    write32(Register.CR0, queues | Cr0.SMMUEN.of(1));
    assertEquals(queues | Cr0.SMMUEN.of(1), read32(Register.CR0ACK));
  }

  /** Gives a stream this stage 2, and no stage 1. */
  void attach(int streamId, int s2aa64) {
    long ste = STREAM_TABLE + (long) streamId * Ste.BYTES;
    platform.memory().write64(ste + 24, LEVEL1);
    platform
        .memory()
        .write64(
            ste + 16,
            Ste.S2VMID.of(1)
                | Ste.S2T0SZ.of(S2T0SZ)
                | Ste.S2SL0.of(S2SL0)
                | Ste.S2TG.of(Granule.SIZE_4K.tgStage2())
                | Ste.S2PS.of(S2PS)
                | Ste.S2AA64.of(s2aa64)
                | Ste.S2R.of(1));
    platform.memory().write64(ste, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2));
    command(Opcode.CFGI_STE_RANGE, 31);
  }

  /** Maps a page, of an IPA below 2 MiB. */
  void map(long ipa, long pa, int s2ap) {
    long leaf =
        pa
            | TABLE
            | Stage2Descriptor.MEMATTR.of(NORMAL_WRITE_BACK)
            | Stage2Descriptor.S2AP.of(s2ap)
            | Stage2Descriptor.AF.of(1);
    platform.memory().write64(LEVEL3 + (ipa >>> 12) * Long.BYTES, leaf);
  }

  /** Removes a page, and all that the SMMU may hold of it. */
  void unmap(long ipa) {
    platform.memory().write64(LEVEL3 + (ipa >>> 12) * Long.BYTES, 0);
    command(Opcode.TLBI_NSNH_ALL, 0);
  }

  /** How many events there are. */
  int events() {
    return (int) read32(Register.EVENTQ_PROD);
  }

  /** A word of the event at an index. */
  long event(int index, int word) {
    return platform.memory().read64(EVENT_QUEUE + (long) index * Event.BYTES + word * 8L);
  }

  private void command(Opcode opcode, long word1) {
    long at = COMMAND_QUEUE + (long) commands * 16;
    platform.memory().write64(at, Command.OPCODE.of(opcode.code()));
    platform.memory().write64(at + 8, word1);
    commands++;
    platform.barrier();
    write32(Register.CMDQ_PROD, commands);
    assertEquals(commands, read32(Register.CMDQ_CONS), opcode.name());
  }

  private long read32(Register register) {
    long pa = VirtMap.SMMU.base() + register.offset();
    return Integer.toUnsignedLong(platform.devices().read32(pa));
  }

  private void write32(Register register, long value) {
    platform.devices().write32(VirtMap.SMMU.base() + register.offset(), (int) value);
  }

  private void write64(Register register, long value) {
    platform.devices().write64(VirtMap.SMMU.base() + register.offset(), value);
  }
}
