package portcullis.diff;

import java.util.ArrayList;
import java.util.List;
import portcullis.arch.smmu.Cd;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.StartLevel;

/** A stage 1 while a case is made: an ASID, a CD, tables for one or both halves. */
final class Stage1Space {
  private static final int MIN_TSZ = 16;
  private static final int MAX_TSZ = 39;
  private static final int OUTPUT_CODE = 4;

  /** An address that leads to data, and the leaf that it goes through. */
  record Target(long iova, Tables.Entry leaf) {}

  final int asid;
  final int vmid;

  /** What the tables lie behind; null for none. */
  final Stage2Space under;

  /** Physical address of the CD. */
  final long cd;

  /** Tables of TTB0 and TTB1; null for a half that is disabled. */
  final Tables lower;

  final Tables upper;
  final List<Target> targets = new ArrayList<>();
  private final Choice choice;

  /** Address spaces in which the same addresses may mean something else. */
  private final List<Stage1Space> others;

  private final boolean globals;
  private final Memory memory;

  Stage1Space(
      Memory memory,
      Arena arena,
      Choice choice,
      boolean globals,
      int asid,
      int vmid,
      Stage2Space under,
      long cd,
      List<Stage1Space> others) {
    this.memory = memory;
    this.choice = choice;
    this.globals = globals;
    this.asid = asid;
    this.vmid = vmid;
    this.under = under;
    this.cd = cd;
    this.others = others;
    int halves = choice.weighted(60, 15, 25);
    lower = halves == 1 ? null : tables(arena);
    upper = halves == 0 ? null : tables(arena);
    fillCd();
    for (int i = choice.between(2, 5); i > 0; i--) {
      addTarget();
    }
    if (under != null) {
      mapTables();
    }
  }

  /** Physical addresses as this stage's tables and CD are pointed to. */
  long offset() {
    return under == null ? 0 : under.offset;
  }

  private Tables tables(Arena arena) {
    Granule granule = choice.of(Stage2Space.GRANULES);
    int inputBits = Long.SIZE - choice.between(MIN_TSZ, MAX_TSZ);
    return new Tables(
        memory, arena, offset(), granule, inputBits, StartLevel.stage1(granule, inputBits));
  }

  private void fillCd() {
    memory.set(cd, Cd.V, choice.percent(99) ? 1 : 0);
    memory.set(cd, Cd.AA64, choice.percent(99) ? 1 : 0);
    memory.set(cd, Cd.A, choice.percent(99) ? 1 : 0);
    memory.set(cd, Cd.R, choice.percent(88) ? 1 : 0);
    memory.set(cd, Cd.S, choice.percent(99) ? 0 : 1);
    memory.set(cd, Cd.HA, choice.percent(99) ? 0 : 1);
    memory.set(cd, Cd.ASID, asid);
    memory.set(cd, Cd.ASET, choice.below(2));
    memory.set(cd, Cd.AFFD, choice.percent(15) ? 1 : 0);
    memory.set(cd, Cd.WXN, choice.percent(15) ? 1 : 0);
    memory.set(cd, Cd.PAN, choice.percent(15) ? 1 : 0);
    memory.set(cd, Cd.TBI0, choice.percent(8) ? 1 : 0);
    memory.set(cd, Cd.TBI1, choice.percent(8) ? 1 : 0);
    memory.set(cd, Cd.MAIR0, choice.bits());
    memory.set(cd, Cd.MAIR1, choice.bits());
    int needed =
        under == null ? OUTPUT_CODE : AddressSize.code(Math.max(32, under.tables.inputBits));
    memory.set(
        cd,
        Cd.IPS,
        choice.percent(95) ? choice.between(needed, Math.max(needed, 5)) : choice.below(6));
    memory.set(cd, Cd.EPD0, lower == null ? 1 : 0);
    memory.set(cd, Cd.EPD1, upper == null ? 1 : 0);
    if (lower != null) {
      memory.set(cd, Cd.T0SZ, Long.SIZE - lower.inputBits);
      memory.set(cd, Cd.TG0, lower.granule.tgStage1());
      memory.setAddress(cd, Cd.TTB0, lower.rootPointer());
      memory.set(cd, Cd.HAD0, choice.percent(10) ? 1 : 0);
    }
    if (upper != null) {
      memory.set(cd, Cd.T1SZ, Long.SIZE - upper.inputBits);
      memory.set(cd, Cd.TG1, upper.granule.tg1());
      memory.setAddress(cd, Cd.TTB1, upper.rootPointer());
      memory.set(cd, Cd.HAD1, choice.percent(10) ? 1 : 0);
    }
  }

  private void addTarget() {
    Tables tables = lower == null || (upper != null && choice.percent(50)) ? upper : lower;
    Granule granule = tables.granule;
    long data = Window.DATA + (choice.below(Window.DATA_BYTES) & -Integer.BYTES);
    long output = under == null ? data : under.mapData(data);
    int first = tables.firstLeafLevel();
    int level = choice.percent(70) ? Granule.LAST_LEVEL : choice.between(first, Granule.LAST_LEVEL);
    long va = address(tables);
    Tables.Entry leaf = tables.map(va, level, output, attributes(), tableAttributes());
    if (leaf == null) {
      leaf = tables.map(va, Granule.LAST_LEVEL, output, attributes(), 0);
    }
    long mask = granule.levelBytes(leaf.level()) - 1;
    long base =
        AddressFormat.BITS_48.address(memory.get(leaf.address()), granule.levelShift(leaf.level()));
    boolean there = base == (output & ~mask);
    long inside = there ? output : va;
    targets.add(new Target(leaf.input() | (inside & mask), leaf));
  }

  /** A new address, one near another, or one of another address space. */
  private long address(Tables tables) {
    boolean top = tables == upper;
    long mask = (1L << tables.inputBits) - 1;
    long va = choice.bits() & mask;
    if (!others.isEmpty() && choice.percent(40)) {
      va = choice.of(choice.of(others).targets).iova() & mask;
    } else if (!targets.isEmpty() && choice.percent(60)) {
      va = targets.get(choice.below(targets.size())).iova() ^ 1L << choice.between(12, 32);
      va &= mask;
    }
    return (top ? va | ~mask : va) & -Integer.BYTES;
  }

  /** Lets stage 2 lead to the CD and to each descriptor in use. */
  private void mapTables() {
    map(cd);
    for (Tables tables : both()) {
      map(tables.root);
      for (Tables.Entry entry : tables.entries()) {
        map(entry.address());
        map(entry.address() & -tables.granule.bytes());
      }
    }
  }

  private void map(long pa) {
    under.map(pa + under.offset, pa);
  }

  /** The halves in use. */
  List<Tables> both() {
    return lower == null ? List.of(upper) : upper == null ? List.of(lower) : List.of(lower, upper);
  }

  long attributes() {
    return Stage1Descriptor.ATTRINDX.of(choice.below(8))
        | Stage1Descriptor.AP.of(
            switch (choice.weighted(80, 16, 2, 2)) {
              case 0 -> 0b01;
              case 1 -> 0b11;
              case 2 -> 0b00;
              default -> 0b10;
            })
        | Stage1Descriptor.SH.of(choice.of(0, 2, 3))
        | Stage1Descriptor.AF.of(choice.percent(97) ? 1 : 0)
        | Stage1Descriptor.NG.of(choice.percent(92) || !globals ? 1 : 0)
        | Stage1Descriptor.PXN.of(choice.below(2))
        | Stage1Descriptor.UXN.of(choice.below(2));
  }

  private long tableAttributes() {
    return choice.percent(4) ? Stage1Descriptor.APTABLE.of(choice.below(4)) : 0;
  }
}
