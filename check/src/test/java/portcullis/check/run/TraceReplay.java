package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.StrtabBase;
import portcullis.platform.Clock;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;

/**
 * A CPU whose host is held to a recorded trace: each register access must be the recording's next
 * one, goes to EL2's emulation with the recorded value, and must be answered as the hardware of the
 * recording answered, but for a table of fields. Only addresses are the host's own. The commands
 * between two doorbells are compared with those that the host has put into its queue.
 */
final class TraceReplay implements HostCpu {
  private static final Pattern ACCESS =
      Pattern.compile("smmuv3_(read|write)_mmio addr: 0x(\\w+) val:0x(\\w+) size: 0x(\\w)\\(0\\)");
  private static final Pattern COMMAND = Pattern.compile("smmuv3_cmdq_opcode <--- SMMU_CMD_(\\w+)");
  private static final int COMMAND_BYTES = 16;

  private final HostCpu cpu;
  private final long base;
  private final List<String> trace;
  private final List<HiddenField> hidden;
  private int line;
  private int accesses;
  private int commands;
  private long queue;
  private int queueBits;
  private int published;

  /**
   * A replay that begins with the first line.
   *
   * @param base where the host has the SMMU's registers
   * @param hidden what the emulation hides of registers that the trace reads
   */
  TraceReplay(HostCpu cpu, long base, List<String> trace, List<HiddenField> hidden) {
    this.cpu = cpu;
    this.base = base;
    this.trace = trace;
    this.hidden = hidden;
  }

  /** How many register accesses were replayed. */
  int accesses() {
    return accesses;
  }

  /** How many commands were compared. */
  int commands() {
    return commands;
  }

  /** The lines that were not reached, without the recording's translations. */
  List<String> rest() {
    return trace.subList(line, trace.size()).stream()
        .filter(text -> ACCESS.matcher(text).matches() || COMMAND.matcher(text).matches())
        .toList();
  }

  /** The next access of the recording, and the commands that QEMU tells of before it. */
  private Matcher next(List<String> opcodes) {
    while (line < trace.size()) {
      String text = trace.get(line++);
      Matcher command = COMMAND.matcher(text);
      Matcher access = ACCESS.matcher(text);
      if (command.matches()) {
        opcodes.add(command.group(1));
      } else if (access.matches()) {
        accesses++;
        return access;
      }
    }
    throw new AssertionError("the host goes on after the recording's end");
  }

  private long replay(String kind, long ipa, int bytes, long value) {
    List<String> opcodes = new ArrayList<>();
    Matcher access = next(opcodes);
    String where = "line " + line + ": " + access.group();
    int offset = page1(Integer.parseInt(access.group(2), 16));
    assertEquals(access.group(1), kind, where);
    assertEquals(offset, ipa - base, where);
    assertEquals(Integer.parseInt(access.group(4), 16), bytes, where);
    Register register = Register.at(offset);
    long recorded = Long.parseUnsignedLong(access.group(3), 16);
    if (kind.equals("read")) {
      assertEquals(List.of(), opcodes, where);
      long answer = cpu.load(ipa, bytes);
      assertEquals(
          Long.toHexString(recorded & ~hiddenOf(register)), Long.toHexString(answer), where);
      return answer;
    }
    long address = address(register);
    assertEquals(recorded & ~address, value & ~address, where);
    handOver(register, value, opcodes, where);
    cpu.store(ipa, bytes, (recorded & ~address) | (value & address));
    return value;
  }

  private void handOver(Register register, long value, List<String> opcodes, String where) {
    if (register == Register.CMDQ_BASE) {
      queue = value & QueueBase.ADDR.mask();
      queueBits = (int) QueueBase.LOG2SIZE.get(value);
    } else if (register == Register.CMDQ_PROD) {
      List<String> queued = new ArrayList<>();
      for (; published != value; published++) {
        long slot = queue + (long) (published & ((1 << queueBits) - 1)) * COMMAND_BYTES;
        queued.add(Opcode.of((int) (cpu.memory().read64(slot) & 0xff)).name());
      }
      commands += queued.size();
      assertEquals(opcodes, queued, where);
    } else {
      assertEquals(List.of(), opcodes, where);
    }
  }

  private long hiddenOf(Register register) {
    return hidden.stream()
        .filter(row -> row.register() == register)
        .mapToLong(row -> row.field().mask())
        .reduce(0, (a, b) -> a | b);
  }

  /** The bits of a register that hold an address: these differ between any two machines. */
  private static long address(Register register) {
    return switch (register) {
      case STRTAB_BASE -> StrtabBase.ADDR.mask();
      case CMDQ_BASE, EVENTQ_BASE -> QueueBase.ADDR.mask();
      default -> 0;
    };
  }

  /** QEMU shows EVENTQ_PROD and EVENTQ_CONS at their offset within their page. */
  private static int page1(int offset) {
    return offset == 0xa8 || offset == 0xac ? offset + 0x1_0000 : offset;
  }

  @Override
  public long load(long ipa, int bytes) {
    return replay("read", ipa, bytes, 0);
  }

  @Override
  public void store(long ipa, int bytes, long value) {
    replay("write", ipa, bytes, value);
  }

  @Override
  public PhysicalMemory memory() {
    return cpu.memory();
  }

  @Override
  public long hypercall(long function, long... arguments) {
    return cpu.hypercall(function, arguments);
  }

  @Override
  public void barrier() {
    cpu.barrier();
  }

  @Override
  public void clean(long ipa, long bytes) {
    cpu.clean(ipa, bytes);
  }

  @Override
  public void cleanAndInvalidate(long ipa, long bytes) {
    cpu.cleanAndInvalidate(ipa, bytes);
  }

  @Override
  public PhysicalMemory uncachedMemory() {
    return cpu.uncachedMemory();
  }

  @Override
  public void pause() {
    throw new AssertionError("the recording never polls twice");
  }

  @Override
  public Clock clock() {
    return cpu.clock();
  }
}
