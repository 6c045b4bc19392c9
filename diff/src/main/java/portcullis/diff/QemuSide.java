package portcullis.diff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.platform.trace.TraceSink;
import portcullis.qemu.Edu;
import portcullis.qemu.GuestRam;
import portcullis.qemu.IommuTestdev;
import portcullis.qemu.Qemu;
import portcullis.qemu.QemuMachine;
import portcullis.qemu.QtestBatch;
import portcullis.qemu.VirtMap;
import portcullis.store.Store;

/**
 * QEMU's side: runs a case as one batch of qtest commands, with the reset before it. Not for use by
 * several threads.
 */
final class QemuSide implements AutoCloseable {
  /** What {@link Device.Kind#EDU} writes. */
  private static final int EDU_PATTERN = 0x8765_4321;

  /** The most DMA reads of one case: each has a word in edu's buffer, after the pattern. */
  static final int MAX_READS = 512;

  private static final int EVENT_BYTES = 1 << 12;

  /** More than the tables of a case take, of either stage. */
  private static final int TABLE_BYTES = 8 << 20;

  private static final int RANGE_ALL = 31;
  private static final long GBPA_RESET = Gbpa.UPDATE.of(1) | Gbpa.SHCFG.of(1);

  /** Registers that both sides are compared by after a case; GERROR and GERRORN relatively. */
  static final List<Register> COMPARED =
      List.of(
          Register.CR0,
          Register.CR0ACK,
          Register.CR1,
          Register.CR2,
          Register.GBPA,
          Register.IRQ_CTRL,
          Register.IRQ_CTRLACK,
          Register.GERROR,
          Register.GERRORN,
          Register.STRTAB_BASE,
          Register.STRTAB_BASE_CFG,
          Register.CMDQ_BASE,
          Register.CMDQ_PROD,
          Register.CMDQ_CONS,
          Register.EVENTQ_BASE,
          Register.EVENTQ_PROD,
          Register.EVENTQ_CONS);

  private final QemuMachine machine;
  private final GuestRam ram;
  private final QtestBatch batch;
  private final byte[] data = new byte[Window.DATA_BYTES];
  private final byte[] found = new byte[Window.DATA_BYTES];
  private final long[] registers = new long[COMPARED.size()];
  private long errorsBefore;

  /** The last command of the reset before a case. */
  private int resetEnd;

  private long strayed;

  /** Where the answers of one step are in the batch; negative for none. */
  private static final class Answers {
    private int result = -1;
    private int read = -1;
    private int event = -1;
    private int readback = -1;
    private int cons;
    private int errors;
    private int prod;

    /** The last command of the step. */
    private int end;

    /** Where what was read is brought. */
    private long data;

    private final List<Integer> places = new ArrayList<>();
  }

  private QemuSide(QemuMachine machine) {
    this.machine = machine;
    ram = machine.ram();
    batch = machine.qtest().batch();
    for (int at = 0; at < data.length; at += Integer.BYTES) {
      int datum = Window.datum(Window.DATA + at);
      for (int i = 0; i < Integer.BYTES; i++) {
        data[at + i] = (byte) (datum >>> (i * Byte.SIZE));
      }
    }
    ram.write(Window.DATA, data);
    ram.write64(Window.RESET_QUEUE, Command.OPCODE.of(Opcode.CFGI_STE_RANGE.code()));
    ram.write64(Window.RESET_QUEUE + 8, Cfgi.RANGE.of(RANGE_ALL));
    ram.write64(Window.RESET_QUEUE + 16, Command.OPCODE.of(Opcode.TLBI_NSNH_ALL.code()));
    ram.write64(Window.RESET_QUEUE + 24, 0);
    ram.write32(Window.SCRATCH, EDU_PATTERN);
    machine.edus().forEach(edu -> edu.read(batch, Window.SCRATCH, 0, Integer.BYTES));
    batch.send();
    machine.watchSmmuLines();
  }

  /**
   * Starts QEMU.
   *
   * @throws portcullis.qemu.QemuException if that does not work
   */
  static QemuSide start(Qemu qemu) {
    QemuMachine machine =
        QemuMachine.start(qemu, Window.RAM_BYTES, Device.FUNCTIONS, new Store(), TraceSink.NONE);
    boolean complete = false;
    try {
      QemuSide side = new QemuSide(machine);
      complete = true;
      return side;
    } finally {
      if (!complete) {
        machine.close();
      }
    }
  }

  /**
   * Runs the steps that the model did.
   *
   * @throws portcullis.qemu.QemuDiedException if QEMU ends; this is of no use then
   */
  List<QemuStep> run(Case of, List<ModelStep> steps) {
    for (Case.Word word : of.memory()) {
      ram.write64(word.address(), word.value());
    }
    reset();
    resetEnd = read(Register.CR0);
    List<Answers> answers = new ArrayList<>();
    int[] reads = new int[Device.FUNCTIONS];
    for (ModelStep step : steps) {
      Answers answer = new Answers();
      for (ModelStep.Write write : step.writes()) {
        add(write);
      }
      if (step.step() instanceof Step.RegisterWrite write) {
        answer.readback = batch.read(VirtMap.SMMU.base() + write.offset(), write.bytes());
      }
      if (step.step() instanceof Step.Dma dma) {
        if (!dma.write()) {
          answer.read = ++reads[dma.device().function()];
        }
        add(dma, step, answer);
      }
      answer.cons = read(Register.CMDQ_CONS);
      answer.errors = read(Register.GERROR);
      answer.prod = read(Register.EVENTQ_PROD);
      answer.end = answer.prod;
      answers.add(answer);
    }
    int first = -1;
    for (Register register : COMPARED) {
      int index = read(register);
      first = first < 0 ? index : first;
    }
    write(Register.CR0, 0);
    write(Register.GBPA, GBPA_RESET);
    for (int function = 0; function < Device.FUNCTIONS; function++) {
      if (reads[function] > 0) {
        int bytes = (reads[function] + 1) * Integer.BYTES;
        machine.edus().get(function).write(batch, buffer(function), 0, bytes);
      }
    }
    batch.send();
    List<QemuStep> done = read(steps, answers);
    for (int i = 0; i < registers.length; i++) {
      long value = batch.value(first + i);
      registers[i] = relative(COMPARED.get(i)) ? value ^ errorsBefore : value;
    }
    errorsBefore = batch.value(first + COMPARED.indexOf(Register.GERROR));
    clean(of, steps, done);
    return done;
  }

  private static boolean relative(Register register) {
    return register == Register.GERROR || register == Register.GERRORN;
  }

  /** A register of {@link #COMPARED} after the last case. */
  long register(Register register) {
    return registers[COMPARED.indexOf(register)];
  }

  /** Where in the data region the last case left something else than it found; 0 if nowhere. */
  long strayed() {
    return strayed;
  }

  /** Wipes what a DMA of a case may have left at {@code address}, where no data is. */
  void wipe(long address) {
    if (!Window.data(address)) {
      ram.write32(address & -Integer.BYTES, 0);
    }
  }

  /** Puts the SMMU into the state after reset, with nothing cached and no error. */
  private void reset() {
    write(Register.GERRORN, errorsBefore);
    write(Register.CR0, 0);
    write(Register.CMDQ_BASE, Window.RESET_QUEUE | QueueBase.LOG2SIZE.of(1));
    write(Register.CMDQ_PROD, 0);
    write(Register.CMDQ_CONS, 0);
    write(Register.CR0, Cr0.CMDQEN.of(1));
    write(Register.CMDQ_PROD, 2);
    write(Register.CR0, 0);
    write(Register.CMDQ_PROD, 0);
    write(Register.CMDQ_CONS, 0);
    write(Register.CMDQ_BASE, 0);
    write(Register.EVENTQ_BASE, 0);
    write(Register.EVENTQ_PROD, 0);
    write(Register.EVENTQ_CONS, 0);
    write(Register.IRQ_CTRL, 0);
    write(Register.CR1, 0);
    write(Register.CR2, 0);
    write(Register.STRTAB_BASE, 0);
    write(Register.STRTAB_BASE_CFG, 0);
    write(Register.GBPA, GBPA_RESET);
  }

  private void write(Register register, long value) {
    batch.write(VirtMap.SMMU.base() + register.offset(), register.bytes(), value);
  }

  private int read(Register register) {
    return batch.read(VirtMap.SMMU.base() + register.offset(), register.bytes());
  }

  private void add(ModelStep.Write write) {
    if (!write.register()) {
      batch.write(write.address(), write.bytes(), write.value());
      return;
    }
    boolean acknowledges = write.address() == Register.GERRORN.offset();
    batch.write(
        VirtMap.SMMU.base() + write.address(),
        write.bytes(),
        acknowledges ? write.value() ^ errorsBefore : write.value());
  }

  private void add(Step.Dma dma, ModelStep step, Answers answer) {
    int function = dma.device().function();
    if (!dma.write()) {
      int offset = answer.read * Integer.BYTES;
      answer.data = buffer(function) + offset;
      machine.edus().get(function).read(batch, dma.iova(), offset, Integer.BYTES);
    } else if (dma.device().kind() == Device.Kind.EDU) {
      machine.edus().get(function).write(batch, dma.iova(), 0, Integer.BYTES);
    } else {
      long place = step.places().isEmpty() ? Window.SCRATCH : step.places().getFirst().address();
      answer.result =
          machine.iommuTestdevs().get(function).write(batch, dma.iova(), place, Integer.BYTES);
    }
    if (dma.write()) {
      for (ModelStep.Place place : step.places()) {
        answer.places.add(batch.readl(place.address()));
        batch.writel(place.address(), place.before());
      }
    }
    if (step.eventShortLived() || step.allowed().stream().anyMatch(Outcome::recorded)) {
      answer.event = batch.readq(step.eventAddress());
      for (int word = 1; word < Event.WORDS; word++) {
        batch.readq(step.eventAddress() + word * 8L);
      }
    }
  }

  private List<QemuStep> read(List<ModelStep> steps, List<Answers> answers) {
    List<QemuStep> done = new ArrayList<>();
    long prod = 0;
    int rise = 0;
    while (rise < batch.rises() && batch.riseDuring(rise) <= resetEnd) {
      rise++;
    }
    for (int i = 0; i < steps.size(); i++) {
      Answers answer = answers.get(i);
      Edges edges = new Edges();
      while (rise < batch.rises() && batch.riseDuring(rise) <= answer.end) {
        edges.rose(VirtMap.SMMU_LINES.get(batch.risen(rise)));
        rise++;
      }
      long after = batch.value(answer.prod);
      Outcome outcome =
          steps.get(i).step() instanceof Step.Dma dma
              ? outcome(dma, steps.get(i), answer, after != prod)
              : null;
      prod = after;
      done.add(
          new QemuStep(
              outcome,
              answer.read < 0 ? 0 : dataRead(answer),
              answer.readback < 0 ? 0 : readback(steps.get(i).step(), batch.value(answer.readback)),
              batch.value(answer.cons),
              batch.value(answer.errors) ^ errorsBefore,
              after,
              edges));
    }
    return done;
  }

  private long readback(Step step, long value) {
    boolean errors =
        step instanceof Step.RegisterWrite write && relative(Register.at(write.offset()));
    return errors ? value ^ errorsBefore : value;
  }

  private Outcome outcome(Step.Dma dma, ModelStep step, Answers answer, boolean recorded) {
    long pa = dma.write() ? written(dma, step, answer) : readFrom(step, answer, recorded);
    long[] event = new long[Event.WORDS];
    if (recorded && Window.ram(step.eventAddress())) {
      for (int word = 0; word < event.length; word++) {
        event[word] =
            answer.event < 0
                ? ram.read64(step.eventAddress() + word * 8L)
                : batch.value(answer.event + word);
      }
    }
    return new Outcome(pa != 0, pa, event[0], event[1], event[2], event[3]);
  }

  /** Where the pattern was found; 0 if the device says that it was stopped, or if nowhere. */
  private long written(Step.Dma dma, ModelStep step, Answers answer) {
    boolean edu = dma.device().kind() == Device.Kind.EDU;
    int pattern = edu ? EDU_PATTERN : IommuTestdev.PATTERN;
    for (int i = 0; i < answer.places.size(); i++) {
      if ((int) batch.value(answer.places.get(i)) == pattern) {
        return step.places().get(i).address();
      }
    }
    boolean stopped =
        edu || IommuTestdev.result(batch.value(answer.result)) == IommuTestdev.Result.STOPPED;
    return stopped ? 0 : Outcome.ELSEWHERE;
  }

  /** Where what an edu has read is brought to be looked at. */
  private static long buffer(int function) {
    return Window.SCRATCH + (long) function * Edu.MAX_BYTES;
  }

  private int dataRead(Answers answer) {
    return ram.read32(answer.data);
  }

  /**
   * Where the data that was read lies; 0 if it was stopped, for which QEMU gives zeros. Where zeros
   * lie, they tell that it was not stopped only if it must not be, or not without an event.
   */
  private long readFrom(ModelStep step, Answers answer, boolean recorded) {
    int value = dataRead(answer);
    boolean mayBeSilent = step.allowed().contains(Outcome.SILENT);
    for (ModelStep.Place place : step.places()) {
      boolean tells =
          value != 0 || (!recorded && (!mayBeSilent || step.allowsPlace(place.address())));
      if (place.before() == value && tells) {
        return place.address();
      }
    }
    return value == 0 ? 0 : Outcome.ELSEWHERE;
  }

  /** Makes memory what it was before the case. */
  private void clean(Case of, List<ModelStep> steps, List<QemuStep> done) {
    for (Case.Word word : of.memory()) {
      ram.write64(word.address(), 0);
    }
    for (ModelStep step : steps) {
      for (ModelStep.Write write : step.writes()) {
        if (!write.register()) {
          ram.write64(write.address(), 0);
        }
      }
    }
    ram.zero(Window.EVENTS, EVENT_BYTES);
    if (done.stream().anyMatch(QemuSide::mayHaveStrayed)) {
      ram.zero(Window.STREAM_TABLE, Window.STREAM_TABLE_END - Window.STREAM_TABLE);
      ram.zero(Window.CONTEXTS, Window.CONTEXTS_END - Window.CONTEXTS);
      ram.zero(Window.STAGE_1, TABLE_BYTES);
      ram.zero(Window.STAGE_2, TABLE_BYTES);
    }
    ram.read(Window.DATA, found);
    int different = Arrays.mismatch(found, data);
    strayed = different < 0 ? 0 : Window.DATA + (different & -Integer.BYTES);
    if (different >= 0) {
      ram.write(Window.DATA, data);
    }
  }

  /** Whether data may have gone where nobody looked. */
  private static boolean mayHaveStrayed(QemuStep step) {
    return step.outcome() != null && step.outcome().pa() == Outcome.ELSEWHERE;
  }

  @Override
  public void close() {
    machine.close();
  }
}
