package portcullis.diff;

import java.util.ArrayList;
import java.util.List;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Prefetch;
import portcullis.arch.smmu.Sync;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;

/**
 * Makes commands: those that a change needs, each in a random one of the forms that do, and others.
 */
final class Commands {
  private static final int RANGE_ALL = 31;
  private static final int ALL_TAGS = -1;
  private static final int SIG_IRQ = 1;
  private static final int STREAM_BITS = 16;

  private final Choice choice;

  Commands(Choice choice) {
    this.choice = choice;
  }

  private static long opcode(Opcode opcode) {
    return Command.OPCODE.of(opcode.code());
  }

  /** Waits until what comes before it is done, and may signal that. */
  Step.Command sync() {
    return new Step.Command(opcode(Opcode.SYNC) | Sync.CS.of(choice.percent(20) ? SIG_IRQ : 0), 0);
  }

  /** All that there is, for every change so far. */
  static List<Step.Command> everything() {
    return List.of(
        new Step.Command(
            opcode(Opcode.CFGI_STE_RANGE), Cfgi.RANGE.of(RANGE_ALL), ALL_TAGS, Step.Part.ALL),
        new Step.Command(opcode(Opcode.TLBI_NSNH_ALL), 0, ALL_TAGS, Step.Part.ALL),
        new Step.Command(opcode(Opcode.SYNC), 0));
  }

  /** What drops both stages' translations of a VMID, and what more it may. */
  Step.Command bothStages(int vmid, long tags) {
    int parts = Step.Part.STAGE_1 | Step.Part.STAGE_2;
    return choice.percent(60)
        ? new Step.Command(opcode(Opcode.TLBI_S12_VMALL) | Tlbi.VMID.of(vmid), 0, tags, parts)
        : new Step.Command(opcode(Opcode.TLBI_NSNH_ALL), 0, tags, parts);
  }

  /** What drops all stage-1 translations of a VMID. */
  Step.Command stage1(int vmid, long tags) {
    return choice.percent(60)
        ? new Step.Command(
            opcode(Opcode.TLBI_NH_ALL) | Tlbi.VMID.of(vmid), 0, tags, Step.Part.STAGE_1)
        : bothStages(vmid, tags);
  }

  /**
   * What drops the translation that comes from a stage-1 leaf; {@code global} if it is, or may
   * still be, held for all ASIDs.
   */
  Step.Command stage1Leaf(
      Stage1Space space, Tables tables, Tables.Entry leaf, boolean global, long tags) {
    long vmid = Tlbi.VMID.of(space.vmid);
    long asid = Tlbi.ASID.of(space.asid);
    int part = Step.Part.STAGE_1;
    return switch (choice.weighted(45, 15, global ? 0 : 15, 25)) {
      case 0 -> address(Opcode.TLBI_NH_VA, vmid | asid, tables.granule, leaf, tags, part);
      case 1 -> address(Opcode.TLBI_NH_VAA, vmid, tables.granule, leaf, tags, part);
      case 2 -> new Step.Command(opcode(Opcode.TLBI_NH_ASID) | vmid | asid, 0, tags, part);
      default -> stage1(space.vmid, tags);
    };
  }

  /** What drops what comes from a stage-2 leaf: by IPA and then all of stage 1, or all at once. */
  List<Step.Command> stage2Leaf(Stage2Space space, Tables.Entry leaf, long tags) {
    if (choice.percent(50)) {
      return List.of(bothStages(space.vmid, tags));
    }
    long vmid = Tlbi.VMID.of(space.vmid);
    return List.of(
        address(Opcode.TLBI_S2_IPA, vmid, space.tables.granule, leaf, tags, Step.Part.STAGE_2),
        stage1(space.vmid, tags));
  }

  /** By address: alone, with the leaf's level, or as a range. */
  private Step.Command address(
      Opcode opcode, long ids, Granule granule, Tables.Entry leaf, long tags, int parts) {
    long word0 = opcode(opcode) | ids;
    long size = granule.levelBytes(leaf.level());
    long first = leaf.input();
    long inside = first + (choice.bits() & size - 1 & -granule.bytes());
    long word1 = Tlbi.LEAF.of(choice.below(2));
    switch (choice.weighted(50, 25, 25)) {
      case 0 -> word1 |= Tlbi.ADDRESS.inPlace(inside);
      case 1 -> {
        boolean reserved = granule == Granule.SIZE_16K && leaf.level() == 1;
        word1 |=
            Tlbi.ADDRESS.inPlace(first)
                | Tlbi.TG.of(granule.tgTlbi())
                | Tlbi.TTL.of(reserved ? 0 : leaf.level());
        word0 |= leaf.level() == 0 || reserved ? Tlbi.NUM.of(1) : 0;
      }
      default -> {
        int pages = choice.between(1, 31);
        int scale = choice.below(4);
        // A range does not wrap (IHI 0070 4.4.1.1): it cannot begin before address 0.
        long back = Math.min(choice.below(pages), inside >>> granule.shift()) * granule.bytes();
        word0 |= Tlbi.NUM.of(pages) | Tlbi.SCALE.of(scale);
        word1 |= Tlbi.ADDRESS.inPlace(inside - back) | Tlbi.TG.of(granule.tgTlbi());
      }
    }
    return new Step.Command(word0, word1, tags, parts);
  }

  /** What drops a device's configuration, or the CD in it. */
  Step.Command configuration(Device device, boolean cdOnly, long tags) {
    long stream = Cfgi.STREAMID.of(device.streamId());
    int part = Step.Part.configuration(device);
    long leaf = Cfgi.LEAF.of(choice.below(2));
    return switch (cdOnly
        ? choice.weighted(40, 20, 20, 10, 10)
        : choice.weighted(0, 0, 60, 20, 20)) {
      case 0 -> new Step.Command(opcode(Opcode.CFGI_CD) | stream, leaf, tags, part);
      case 1 -> new Step.Command(opcode(Opcode.CFGI_CD_ALL) | stream, 0, tags, part);
      case 2 -> new Step.Command(opcode(Opcode.CFGI_STE) | stream, leaf, tags, part);
      case 3 -> {
        int range = choice.percent(40) ? choice.below(3) : choice.between(0, STREAM_BITS);
        long first = device.streamId() & -1L << (range + 1);
        yield new Step.Command(
            opcode(Opcode.CFGI_STE_RANGE) | Cfgi.STREAMID.of(first),
            Cfgi.RANGE.of(range),
            tags,
            configurations(first, range));
      }
      default ->
          new Step.Command(
              opcode(Opcode.CFGI_STE_RANGE),
              Cfgi.RANGE.of(RANGE_ALL),
              tags,
              Step.Part.CONFIGURATIONS);
    };
  }

  /** The configurations of the 2^(range + 1) streams from {@code first} on. */
  private static int configurations(long first, int range) {
    int parts = 0;
    for (Device device : Device.values()) {
      if (device.streamId() >= first && device.streamId() < first + (2L << range)) {
        parts |= Step.Part.configuration(device);
      }
    }
    return parts;
  }

  /** Any command, sent for nothing. */
  Step.Command any(List<Integer> vmids, List<Integer> asids, long iova) {
    long ids = Tlbi.VMID.of(choice.of(vmids)) | Tlbi.ASID.of(choice.of(asids));
    long vmid = Tlbi.VMID.inPlace(ids);
    long page = Tlbi.ADDRESS.inPlace(iova);
    long stream =
        Cfgi.STREAMID.of(
            choice.percent(80)
                ? choice.of(List.of(Device.values())).streamId()
                : choice.below(1 << 16));
    long size = Tlbi.TG.of(choice.below(4)) | Tlbi.TTL.of(choice.below(4));
    long range = Tlbi.NUM.of(choice.below(32)) | Tlbi.SCALE.of(choice.below(8));
    boolean sized = choice.percent(30);
    long word1 = page | (sized ? size : 0);
    long rangeBits = sized ? range : 0;
    List<Step.Command> all = new ArrayList<>();
    all.add(new Step.Command(opcode(Opcode.TLBI_NH_VA) | ids | rangeBits, word1));
    all.add(new Step.Command(opcode(Opcode.TLBI_NH_VAA) | vmid | rangeBits, word1));
    all.add(new Step.Command(opcode(Opcode.TLBI_NH_ASID) | ids, 0));
    all.add(new Step.Command(opcode(Opcode.TLBI_NH_ALL) | vmid, 0));
    all.add(new Step.Command(opcode(Opcode.TLBI_S12_VMALL) | vmid, 0));
    all.add(new Step.Command(opcode(Opcode.TLBI_S2_IPA) | vmid | rangeBits, word1));
    all.add(new Step.Command(opcode(Opcode.CFGI_STE) | stream, choice.below(2)));
    all.add(new Step.Command(opcode(Opcode.CFGI_STE_RANGE) | stream, choice.below(32)));
    all.add(new Step.Command(opcode(Opcode.CFGI_CD) | stream, choice.below(2)));
    all.add(new Step.Command(opcode(Opcode.CFGI_CD_ALL) | stream, 0));
    all.add(new Step.Command(opcode(Opcode.PREFETCH_CONFIG) | stream, 0));
    all.add(
        new Step.Command(opcode(Opcode.PREFETCH_ADDR) | stream, Prefetch.ADDRESS.inPlace(iova)));
    all.add(new Step.Command(opcode(Opcode.SYNC) | Sync.CS.of(choice.below(3)), 0));
    if (choice.percent(8)) {
      return odd(ids, stream, page);
    }
    return choice.of(all);
  }

  /** A command that the architecture, or this SMMU's identification, makes an error. */
  private Step.Command odd(long ids, long stream, long page) {
    return switch (choice.weighted(3, 2, 2, 2, 3)) {
      case 0 -> new Step.Command(choice.below(0x100), choice.bits() & 0xfff);
      case 1 -> new Step.Command(opcode(Opcode.CFGI_STE) | Cfgi.SSEC.of(1) | stream, 0);
      case 2 -> new Step.Command(opcode(Opcode.SYNC) | Sync.CS.of(3), 0);
      case 3 ->
          new Step.Command(
              opcode(Opcode.TLBI_NH_VA) | ids, page | Tlbi.TG.of(choice.between(1, 3)));
      default ->
          new Step.Command(
              opcode(
                  choice.of(
                      List.of(
                          Opcode.ATC_INV,
                          Opcode.PRI_RESP,
                          Opcode.RESUME,
                          Opcode.STALL_TERM,
                          Opcode.TLBI_EL2_ALL,
                          Opcode.TLBI_EL2_ASID,
                          Opcode.TLBI_EL2_VA,
                          Opcode.TLBI_EL2_VAA,
                          Opcode.TLBI_EL3_ALL))),
              0);
    };
  }
}
