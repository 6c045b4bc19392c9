package portcullis.diff;

import java.util.List;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.StartLevel;
import portcullis.qemu.VirtMap;

/** A stage 2 while a case is made: a VMID, the fields of an STE, tables. */
final class Stage2Space {
  private static final int OUTPUT_BITS = 44;

  /** Blocks of every granule but 4KB level 1 keep their place with any offset of this multiple. */
  private static final long OFFSET_UNIT = 1L << 30;

  private static final int MIN_INPUT_BITS = 27;

  /** Each as often as it stands here. */
  static final List<Granule> GRANULES =
      List.of(Granule.SIZE_4K, Granule.SIZE_4K, Granule.SIZE_16K, Granule.SIZE_64K);

  final int vmid;
  final Tables tables;
  final int ps;

  /** IPA less physical address, where a block maps it. */
  final long offset;

  private final Choice choice;

  Stage2Space(Memory memory, Arena arena, Choice choice, int vmid) {
    this.choice = choice;
    this.vmid = vmid;
    Granule granule = choice.of(GRANULES);
    boolean concatenated = choice.percent(2);
    int bits;
    int level;
    do {
      bits = choice.between(MIN_INPUT_BITS, OUTPUT_BITS);
      level = choice.between(0, 2 + (granule == Granule.SIZE_4K ? 0 : 1));
    } while (!StartLevel.allowed(granule, level, bits, AddressFormat.BITS_48)
        || StartLevel.sl(granule, level) == StartLevel.NONE
        || (StartLevel.tables(granule, level, bits) > 1) != concatenated);
    int least = AddressSize.code(Math.max(bits, 32));
    ps = choice.percent(99) ? choice.between(least, Math.max(least, 5)) : choice.below(6);
    long units = 1L << Math.max(0, bits - 30);
    offset =
        units < 3
            ? -OFFSET_UNIT
            : (Math.floorMod(choice.bits(), Math.min(units - 1, 16)) - 1) * OFFSET_UNIT;
    tables = new Tables(memory, arena, 0, granule, bits, level);
  }

  /** Writes this stage's fields of the STE at {@code ste}. */
  void fill(Memory memory, long ste, long flags) {
    memory.set(ste, Ste.S2VMID, vmid);
    memory.set(ste, Ste.S2T0SZ, Long.SIZE - tables.inputBits);
    memory.set(ste, Ste.S2SL0, StartLevel.sl(tables.granule, tables.startLevel));
    memory.set(ste, Ste.S2TG, tables.granule.tgStage2());
    memory.set(ste, Ste.S2PS, ps);
    memory.set(ste, Ste.S2AA64, 1);
    memory.setAddress(ste, Ste.S2TTB, tables.rootPointer());
    long word2 = ste + Ste.S2R.word() * 8L;
    memory.set(word2, memory.get(word2) | flags);
  }

  /**
   * Makes {@code ipa} lead to {@code pa}, if nothing maps it yet: in a block where that does it.
   */
  Tables.Entry map(long ipa, long pa) {
    if (ipa >>> tables.inputBits != 0) {
      return null;
    }
    Tables.Entry present = tables.leaf(ipa);
    if (present != null) {
      return present;
    }
    int level = Granule.LAST_LEVEL;
    if (ipa - offset == pa && choice.percent(30)) {
      level = choice.between(tables.firstLeafLevel(), Granule.LAST_LEVEL);
    }
    Tables.Entry leaf = tables.map(ipa, level, pa, attributes(), 0);
    return leaf != null ? leaf : tables.map(ipa, Granule.LAST_LEVEL, pa, attributes(), 0);
  }

  /** The IPA for data at {@code pa}, mapped: to that place, or to another one. */
  long mapData(long pa) {
    long ipa = pa + offset;
    long page = tables.granule.bytes();
    long other = Window.DATA + (choice.below(Window.DATA_BYTES) & -page) + (pa & page - 1);
    map(ipa, choice.percent(50) ? pa : other);
    return ipa;
  }

  /** An IPA for data at {@code pa} that no block has, as far as there is one. */
  long mapAnywhere(long pa) {
    long page = tables.granule.bytes();
    long range = (1L << tables.inputBits) - 1;
    long ipa = (choice.bits() & range & -page) | (pa & (page - 1));
    map(ipa, pa);
    return ipa;
  }

  long attributes() {
    return Stage2Descriptor.MEMATTR.of(choice.percent(80) ? 0xf : choice.below(16))
        | Stage2Descriptor.S2AP.of(
            switch (choice.weighted(80, 12, 5, 3)) {
              case 0 -> Stage2Descriptor.S2AP_RW;
              case 1 -> Stage2Descriptor.S2AP_RO;
              case 2 -> 0b10;
              default -> 0;
            })
        | Stage2Descriptor.SH.of(choice.of(0, 2, 3))
        | Stage2Descriptor.AF.of(choice.percent(97) ? 1 : 0)
        | Stage2Descriptor.XN.of(choice.below(4));
  }

  /** Whether all of RAM has an IPA with {@link #offset}. */
  boolean reachesRam() {
    return VirtMap.RAM_BASE + offset >= 0 && Window.RAM_END + offset <= 1L << tables.inputBits;
  }
}
