package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.PriEntry;
import portcullis.arch.smmu.PriqCons;
import portcullis.arch.smmu.PriqIrqCfg2;
import portcullis.arch.smmu.PriqProd;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.QueueIndex;
import portcullis.machine.smmuv3.registers.QueueShape;
import portcullis.machine.smmuv3.registers.RegisterFile;

/** Writes the page requests of devices to memory, or answers them itself (IHI 0070 8). */
final class PageRequestQueue {
  private static final QueueShape SHAPE = QueueShape.PRI;

  /** What {@link #receive} made of a request. */
  enum Verdict {
    /** In the queue, or dropped without an answer. */
    SILENT,
    /** Lost to an overflow, and answered so that the device tries again (8.1). */
    OVERFLOWED,
    /** Refused: no queue, or none that can be written (8.2). */
    REFUSED
  }

  private final RegisterFile registers;
  private final Bus bus;
  private final Interrupts interrupts;
  private final long physical;

  PageRequestQueue(RegisterFile registers, Bus bus, Interrupts interrupts, Features features) {
    this.registers = registers;
    this.bus = bus;
    this.interrupts = interrupts;
    this.physical = (1L << features.outputBits()) - 1;
  }

  /**
   * Takes a message in.
   *
   * @param word0 and {@code word1}: the entry that it makes (IHI 0070 8)
   */
  Verdict receive(long word0, long word1) {
    boolean answerable = !stopMarker(word0);
    if (!enabled() || interrupts.active(Gerror.PRIQ_ABT_ERR)) {
      return answerable ? Verdict.REFUSED : Verdict.SILENT;
    }
    int log2Size = SHAPE.log2Size(registers);
    long prod = registers.get(Register.PRIQ_PROD);
    long cons = registers.get(Register.PRIQ_CONS);
    long write = QueueIndex.of(PriqProd.WR.get(prod), log2Size);
    long read = QueueIndex.of(PriqCons.RD.get(cons), log2Size);
    boolean overflow = PriqProd.OVFLG.get(prod) != PriqCons.OVACKFLG.get(cons);
    boolean last = PriEntry.LAST.isSet(word0);
    if (!overflow && QueueIndex.full(write, read, log2Size)) {
      registers.set(Register.PRIQ_PROD, prod ^ PriqProd.OVFLG.mask());
      overflow = true;
    }
    if (overflow) {
      if (last && onlyLast()) {
        interrupts.priQueue();
      }
      return last && answerable ? Verdict.OVERFLOWED : Verdict.SILENT;
    }
    long entry = SHAPE.entry(registers, write, log2Size, physical);
    if (!bus.responds(entry)) {
      interrupts.globalError(Gerror.PRIQ_ABT_ERR);
      return answerable ? Verdict.REFUSED : Verdict.SILENT;
    }
    bus.write(entry, Long.BYTES, word0);
    bus.write(entry + Long.BYTES, Long.BYTES, word1);
    registers.set(Register.PRIQ_PROD, PriqProd.WR.with(prod, QueueIndex.next(write, log2Size)));
    if (onlyLast() ? last : write == read) {
      interrupts.priQueue();
    }
    return Verdict.SILENT;
  }

  /** PRIQEN counts for nothing while translation is off (IHI 0070 6.3.9.5). */
  private boolean enabled() {
    long enables = registers.get(Register.CR0ACK);
    return Cr0.PRIQEN.isSet(enables) && Cr0.SMMUEN.isSet(enables);
  }

  private boolean onlyLast() {
    return PriqIrqCfg2.LO.isSet(registers.get(Register.PRIQ_IRQ_CFG2));
  }

  /** Last alone, with a PASID: it stops the PASID's requests and wants no answer. */
  static boolean stopMarker(long word0) {
    long asked = PriEntry.LAST.mask() | PriEntry.W.mask() | PriEntry.R.mask();
    return PriEntry.SSV.isSet(word0) && (word0 & asked) == PriEntry.LAST.mask();
  }
}
