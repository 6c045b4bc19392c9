package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Register;
import portcullis.smmu.Features;
import portcullis.store.Cell;
import portcullis.store.Store;

/** One SMMU's identification registers, read once; zero before. */
final class Identification {
  private final SmmuRegisters hardware;
  private final Cell idr0;
  private final Cell idr1;
  private final Cell idr3;
  private final Cell idr5;
  private final Cell iidr;
  private final Cell aidr;

  Identification(Store store, String name, SmmuRegisters hardware) {
    this.hardware = hardware;
    idr0 = store.cell(name + ".idr0");
    idr1 = store.cell(name + ".idr1");
    idr3 = store.cell(name + ".idr3");
    idr5 = store.cell(name + ".idr5");
    iidr = store.cell(name + ".iidr");
    aidr = store.cell(name + ".aidr");
  }

  /** Reads them from hardware. */
  void read() {
    idr0.set(hardware.read(Register.IDR0));
    idr1.set(hardware.read(Register.IDR1));
    idr3.set(hardware.read(Register.IDR3));
    idr5.set(hardware.read(Register.IDR5));
    iidr.set(hardware.read(Register.IIDR));
    aidr.set(hardware.read(Register.AIDR));
  }

  /**
   * Whether the host may have ATS: only where Translated transactions can be held to stage 2 by
   * STE.EATS 0b10, which a stage 2 that must stall excludes (IHI 0070 5.2, EATS).
   */
  boolean offersAts() {
    return features().splitAts() && !features().stallForced();
  }

  /** Whether the host may have PRI, which is of no use without ATS. */
  boolean offersPri() {
    return offersAts() && features().pri();
  }

  /** What they say. */
  Features features() {
    return new Features(
        (int) idr0.get(),
        (int) idr1.get(),
        (int) idr3.get(),
        (int) idr5.get(),
        (int) iidr.get(),
        (int) aidr.get());
  }
}
