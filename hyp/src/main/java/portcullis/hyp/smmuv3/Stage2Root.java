package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.StartLevel;
import portcullis.pgtable.TableFormat;
import portcullis.store.Cell;
import portcullis.store.Store;

/** Format and place of the one stage-2 table behind every stream, as an STE describes them. */
final class Stage2Root {
  private final Granule granule;
  private final Cell inputBits;
  private final Cell outputBits;
  private final Cell root;

  Stage2Root(Store store, Granule granule) {
    this.granule = granule;
    inputBits = store.cell("hyp.smmu.stage2.input_bits");
    outputBits = store.cell("hyp.smmu.stage2.output_bits");
    root = store.cell("hyp.smmu.stage2.root");
  }

  /** Settles the sizes, before anything else. */
  void size(int inputs, int outputs) {
    inputBits.set(inputs);
    outputBits.set(outputs);
  }

  /**
   * The table's shape. It starts at a level that can have the largest blocks, if the board has room
   * for one: a root of up to 16 concatenated tables of the next level would spare a step of some
   * walks, but take these pages and only have smaller blocks.
   */
  TableFormat format() {
    int inputs = (int) inputBits.get();
    int outputs = (int) outputBits.get();
    TableFormat deepest = TableFormat.stage2(granule, inputs, outputs);
    AddressFormat addresses = deepest.addressFormat();
    int blocks = granule.firstBlockLevel(addresses);
    return deepest.startLevel() > blocks && StartLevel.allowed(granule, blocks, inputs, addresses)
        ? TableFormat.stage2(granule, inputs, outputs, blocks)
        : deepest;
  }

  /** The root's physical address; 0 before there is one. */
  long address() {
    return root.get();
  }

  /** Settles the place. */
  void set(long address) {
    root.set(address);
  }

  /**
   * The STE fields that {@link StePolicy.Rule#STAGE2} and {@link StePolicy.Rule#SPLIT_ATS} name.
   *
   * @param ste eight words, whose second and third this replaces
   * @param stallForced IDR0.STALL_MODEL 0b10: S2S must be 1
   */
  void fillSte(long[] ste, boolean stallForced) {
    TableFormat format = format();
    ste[Ste.S2T0SZ.word()] =
        Ste.S2T0SZ.of(format.tsz())
            | Ste.S2SL0.of(format.sl() & Ste.S2SL0.max())
            | Ste.S2TG.of(format.tg())
            | Ste.S2PS.of(format.ps())
            | Ste.S2S.of(stallForced ? 1 : 0);
    ste[Ste.S2TTB.word()] = Ste.S2TTB.inPlace(root.get());
  }
}
