package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.smmu.Tlbi;
import portcullis.hyp.smmuv3.RegisterPolicy.Outcome;

/**
 * Whatever the host can write, each in every form: generated from the architecture's declarations,
 * so that none is left out. Each has the outcome of its row, and none makes EL2 throw.
 */
class EveryInputTest {
  private static final long[] VALUES = {0, -1, 0x5a5a_a5a5_0f0f_f0f0L, 1L << 63, 1};
  private static final int SID = 8;

  /** Unowned, unaligned, registers, EL2's, beyond memory and beyond any address, wrapping. */
  private static final List<Long> ADDRESSES =
      List.of(
          0L,
          Fixture.QUEUE,
          Fixture.QUEUE + 0x20,
          Fixture.RAM_END - 0x1000,
          Fixture.RAM_END,
          Fixture.CARVE_OUT - 0x1000,
          Fixture.CARVE_OUT,
          Fixture.SMMU0,
          1L << 40,
          (1L << 51) + 0x1000,
          0xf_ffff_ffff_ffe0L,
          -1L);

  private final Fixture f = new Fixture();

  private boolean access(boolean write, long offset, int bytes, long value) {
    f.cpu.registers[5] = value;
    assertTrue(
        f.driver.dabtHandler(
            f.cpu.stopAt(write, Fixture.SMMU0 + offset, bytes, 5), Fixture.SMMU0 + offset));
    assertNotEquals(f.cpu.skipped, f.cpu.aborted, "exactly one outcome");
    return f.cpu.skipped;
  }

  /** IHI 0070 6.2: each register, from each of its bytes, in each width, both ways. */
  @Test
  void everyRegisterInEveryWidthAlignedOrNot() {
    f.boot();
    for (Register register : Register.values()) {
      for (int at = 0; register.page().fixed() && at < 8; at++) {
        for (int bytes = 1; bytes <= 8; bytes *= 2) {
          for (long value : VALUES) {
            long offset = (long) register.offset() + at;
            boolean aligned = offset % bytes == 0 && bytes >= 4;
            boolean passed = access(true, offset, bytes, value);
            assertEquals(passed, access(false, offset, bytes, 0), register.name());
            RegisterPolicy.StrayRow stray = strayOf(offset, bytes);
            assertEquals(passed, stray == null || stray.outcome() == Outcome.RAZ_WI);
            assertTrue(aligned || (stray != null && f.cpu.registers[5] == 0), register.name());
          }
        }
      }
    }
    assertEquals(0, f.driver.counters(0).timeouts());
  }

  private static RegisterPolicy.StrayRow strayOf(long offset, int bytes) {
    RegisterPolicy policy = RegisterPolicy.DEFAULT;
    if (offset % bytes != 0) {
      return policy.row(RegisterPolicy.Stray.MISALIGNED);
    } else if (bytes < 4) {
      return policy.row(RegisterPolicy.Stray.NARROW);
    }
    Register register = Register.at((int) offset);
    if (register == null) {
      return policy.row(RegisterPolicy.Stray.NO_REGISTER);
    }
    return bytes > register.bytes() ? policy.row(RegisterPolicy.Stray.WIDE) : null;
  }

  private boolean stopped() {
    return Gerror.CMDQ_ERR.isSet(f.read(Register.GERROR) ^ f.read(Register.GERRORN));
  }

  /** Puts one command, and lets the queue go on if it stopped; whether it was refused. */
  private boolean refused(long word0, long word1) {
    int slot = f.prod;
    f.submit(word0, word1);
    boolean refused = stopped();
    if (refused) {
      long at = Fixture.QUEUE + (slot & ((1 << Fixture.QUEUE_LOG2) - 1)) * 16L;
      f.memory.write64(at, Opcode.SYNC.code());
      f.memory.write64(at + 8, 0);
      f.write(Register.GERRORN, f.read(Register.GERROR));
    }
    return refused;
  }

  /** Each opcode, and of each that passes each bit of both words. */
  @Test
  void everyCommandAndEveryBitOfIt() {
    f.boot().enableCommands().enableStreams();
    f.hardware.observer = (_, command) -> assertGiven(command);
    for (int code = 0; code <= 0xff; code++) {
      boolean refuses =
          switch (CommandPolicy.DEFAULT.rule(code).verdict()) {
            case REFUSE -> true;
            case FORWARD_IF_STALLS -> !f.driver.reports().getFirst().features().stalls();
            default -> false;
          };
      assertEquals(refuses, refused(code, 0), "opcode 0x" + Integer.toHexString(code));
      for (int bit = 8; !refuses && bit < 128; bit++) {
        refused(bit < 64 ? code | 1L << bit : code, bit < 64 ? 0 : 1L << (bit - 64));
      }
      refused(code | -1L << 8, -1);
    }
    assertEquals(0, f.driver.counters(0).timeouts());
  }

  /** What hardware gets is defined by the architecture, and has no VMID, MSI or SSec. */
  private static void assertGiven(FakeSmmu.Consumed command) {
    Opcode opcode = command.opcode();
    assertEquals(0, command.word0() & opcode.layout().reservedMask(0), opcode.name());
    assertEquals(0, command.word1() & opcode.layout().reservedMask(1), opcode.name());
    CommandPolicy.Rule rule = CommandPolicy.DEFAULT.rule(command.word0());
    assertTrue(!rule.secure(command.word0()), opcode.name());
    switch (rule.verdict()) {
      case REWRITE_VMID -> assertEquals(0, Tlbi.VMID.get(command.word0()), opcode.name());
      case REWRITE_SYNC -> assertEquals(0, command.word1());
      default -> {}
    }
  }

  /** Each bit of an STE, by itself and missing, in front of both kinds of traffic. */
  @Test
  void everyBitOfAnSte() {
    f.boot().enableCommands().enableStreams();
    long[] hosts = new long[Ste.WORDS];
    for (StePolicy.Row row : StePolicy.DEFAULT.rows()) {
      switch (row.rule()) {
        case COPY, COPY_STAGE1, SPLIT_ATS -> hosts[row.field().word()] |= row.field().mask();
        default -> {}
      }
    }
    for (int config : new int[] {Ste.CONFIG_BYPASS, Ste.CONFIG_S1}) {
      long[] plain = entry(config, -1, false);
      for (int bit = 0; bit < 64 * Ste.WORDS; bit++) {
        for (boolean inverted : new boolean[] {false, true}) {
          long[] ste = entry(config, bit, inverted);
          boolean passes = Ste.V.isSet(ste[0]) && (Ste.CONFIG.get(ste[0]) & 0b100) != 0;
          for (int word = 0; word < Ste.WORDS && passes && bit > 3; word++) {
            assertEquals(plain[word] & ~hosts[word], ste[word] & ~hosts[word], "bit " + bit);
          }
        }
      }
    }
  }

  private long[] entry(int config, int bit, boolean inverted) {
    long[] ste = new long[Ste.WORDS];
    for (int word = 0; word < Ste.WORDS; word++) {
      ste[word] = inverted ? -1 : 0;
    }
    ste[0] = Ste.V.with(Ste.CONFIG.with(ste[0], config), 1);
    if (bit >= 0) {
      ste[bit >>> 6] ^= 1L << (bit & 63);
    }
    f.hostSte(SID, ste);
    f.submit(Fixture.cfgiSte(SID));
    return f.hardwareSte(SID);
  }

  /** Each bit of a first-level descriptor: the stream has the STE that it leads to, or none. */
  @Test
  void everyBitOfAFirstLevelDescriptor() {
    f.boot().enableCommands().enableStreams();
    long good = Fixture.LEAVES | StreamTableDescriptor.SPAN.of(9);
    for (int bit = 0; bit < 64; bit++) {
      f.hostSte(SID, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_BYPASS));
      f.memory.write64(Fixture.TABLE, good ^ 1L << bit);
      f.submit(Fixture.cfgiSte(SID));
      boolean ignored =
          ((StreamTableDescriptor.L2PTR.mask() | StreamTableDescriptor.SPAN.mask()) & 1L << bit)
              == 0;
      boolean within = bit < 14 && bit > 5; // below the alignment of 256 STEs
      boolean smaller = bit == 0; // a span of 2^7 STEs holds it too
      assertEquals(ignored || within || smaller, Ste.V.isSet(f.hardwareSte(SID)[0]), "bit " + bit);
    }
  }

  /** Each queue and table at each address, in each size: enabled in vain or not, and given back. */
  @Test
  void everyBaseAtEveryAddressInEverySize() {
    f.boot();
    long free = f.pages.pool().available();
    for (long address : ADDRESSES) {
      for (int log2 = 0; log2 < 32; log2++) {
        long base = QueueBase.ADDR.inPlace(address) | QueueBase.LOG2SIZE.of(log2);
        f.write(Register.CMDQ_BASE, base);
        f.write(Register.CMDQ_CONS, address);
        f.write(Register.EVENTQ_BASE, base);
        f.write(Register.PRIQ_BASE, base);
        f.write(Register.STRTAB_BASE, address);
        f.write(
            Register.STRTAB_BASE_CFG,
            StrtabBaseCfg.LOG2SIZE.of(log2) | StrtabBaseCfg.FMT.of(log2 & 3));
        f.write(Register.CR0, -1);
        f.write(Register.CMDQ_PROD, address >>> 12);
        f.read(Register.CMDQ_CONS);
        assertOnlyTheHosts(Register.EVENTQ_BASE, Cr0.EVENTQEN.mask(), 32);
        assertOnlyTheHosts(Register.PRIQ_BASE, Cr0.PRIQEN.mask(), 16);
        f.write(Register.CR0, 0);
        assertEquals(0, f.read(Register.CR0ACK));
        f.write(Register.GERRORN, f.read(Register.GERROR));
      }
    }
    assertEquals(free, f.pages.pool().available());
    for (long pa = Fixture.RAM; pa < Fixture.RAM_END; pa += 0x1000) {
      assertEquals(0, f.pages.pins(pa));
    }
  }

  private void assertOnlyTheHosts(Register base, long enable, int entryBytes) {
    long queue = f.hardware.get(base);
    if ((f.hardware.get(Register.CR0) & enable) != 0) {
      assertTrue(
          f.pages.hostOwns(
              QueueBase.ADDR.inPlace(queue), (long) entryBytes << QueueBase.LOG2SIZE.get(queue)),
          base.name());
    }
  }

  /**
   * Each pair of indices of a small queue, and some beyond it: bounded work, and the same queue.
   */
  @Test
  void everyPairOfIndices() {
    f.boot().enableCommands();
    for (int cons = 0; cons < 4 << Fixture.QUEUE_LOG2; cons++) {
      for (int prod = 0; prod < 4 << Fixture.QUEUE_LOG2; prod++) {
        f.write(Register.CR0, 0);
        f.write(Register.GERRORN, f.read(Register.GERROR));
        f.write(Register.CMDQ_CONS, cons);
        f.write(Register.CR0, Cr0.CMDQEN.mask());
        int before = f.hardware.consumed.size();
        f.write(Register.CMDQ_PROD, prod);
        assertTrue(f.hardware.consumed.size() - before <= 1 << Fixture.QUEUE_LOG2);
      }
      f.hardware.consumed.clear();
    }
  }
}
