package portcullis.machine.smmuv3.caches;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;

/**
 * Which entries of TLB and walk cache each CMD_TLBI_* command or broadcast reaches: no more than
 * the architecture requires, so that whoever sends too few commands is found out (IHI 0070 4.4).
 *
 * <p>Combined entries of nested streams count as stage 1: CMD_TLBI_S2_IPA leaves them (4.4.3.1).
 */
public enum TlbScope {
  NH_ALL(World.EL1, true, false, Match.VMID),
  NH_ASID(World.EL1, true, false, Match.VMID | Match.ASID),
  NH_VA(World.EL1, true, false, Match.VMID | Match.ASID_OR_GLOBAL | Match.ADDRESS),
  NH_VAA(World.EL1, true, false, Match.VMID | Match.ADDRESS),
  S12_VMALL(World.EL1, true, true, Match.VMID),
  S2_IPA(World.EL1, false, true, Match.VMID | Match.ADDRESS),
  NSNH_ALL(World.EL1, true, true, Match.ANY),

  EL2_ALL(World.EL2 | World.EL2_E2H, true, false, Match.ANY),
  /** CMD_TLBI_EL2_VA and _VAA without E2H: there are no ASIDs to tell apart. */
  EL2_VA(World.EL2, true, false, Match.ADDRESS),
  /** CMD_TLBI_EL2_VA with E2H. */
  E2H_VA(World.EL2_E2H, true, false, Match.ASID_OR_GLOBAL | Match.ADDRESS),
  /** CMD_TLBI_EL2_VAA with E2H. */
  E2H_VAA(World.EL2_E2H, true, false, Match.ADDRESS),
  /** CMD_TLBI_EL2_ASID, whatever E2H is. */
  E2H_ASID(World.EL2_E2H, true, false, Match.ASID),

  // Broadcast operations that match an ASID leave entries whose ASID is not shared (3.17).
  BROADCAST_VA(
      World.EL1, true, false, Match.VMID | Match.ASID_OR_GLOBAL | Match.ADDRESS | Match.SHARED),
  BROADCAST_ASID(World.EL1, true, false, Match.VMID | Match.ASID | Match.SHARED),
  BROADCAST_EL2_VA(World.EL2, true, false, Match.ADDRESS | Match.SHARED),
  BROADCAST_E2H_VA(World.EL2_E2H, true, false, Match.ASID_OR_GLOBAL | Match.ADDRESS | Match.SHARED),
  BROADCAST_E2H_ASID(World.EL2_E2H, true, false, Match.ASID | Match.SHARED);

  /** StreamWorlds, as bits. */
  private static final class World {
    static final int EL1 = 1 << StreamWorld.EL1.ordinal();
    static final int EL2 = 1 << StreamWorld.EL2.ordinal();
    static final int EL2_E2H = 1 << StreamWorld.EL2_E2H.ordinal();

    private World() {}
  }

  /** What an entry must have in common with the command. */
  private static final class Match {
    static final int ANY = 0;
    static final int VMID = 1;

    /** Same ASID; global entries are not reached. */
    static final int ASID = 1 << 1;

    /** Same ASID, or global. */
    static final int ASID_OR_GLOBAL = 1 << 2;

    /** The leaf that the entry came from overlaps the range, at the level that TTL names. */
    static final int ADDRESS = 1 << 3;

    /** ASET is 0. */
    static final int SHARED = 1 << 4;

    private Match() {}
  }

  private static final long PAGE_MASK = 0xfff;

  private final int worlds;
  private final boolean stage1;
  private final boolean stage2;
  private final int match;

  /** The bits of a tag that must be as the command's operands and {@link #wanted} say. */
  private final long compared;

  private final long wanted;

  TlbScope(int worlds, boolean stage1, boolean stage2, int match) {
    this.worlds = worlds;
    this.stage1 = stage1;
    this.stage2 = stage2;
    this.match = match;
    this.compared =
        bits(stage1 != stage2, TlbTag.STAGE_2_BIT)
            | bits(has(Match.SHARED), TlbTag.ASID_SET_BIT)
            | bits(has(Match.VMID), TlbTag.VMID_BITS)
            | bits(has(Match.ASID), TlbTag.ASID_BITS | TlbTag.GLOBAL_BIT);
    this.wanted = bits(stage2 && !stage1, TlbTag.STAGE_2_BIT);
  }

  private boolean has(int part) {
    return (match & part) != 0;
  }

  private static long bits(boolean condition, long bits) {
    return condition ? bits : 0;
  }

  /** Whose entries it reaches, in words: StreamWorlds. */
  public String worldsInWords() {
    return Arrays.stream(StreamWorld.values())
        .filter(world -> (worlds >>> world.ordinal() & 1) != 0)
        .map(world -> world.name().replace('_', '-'))
        .collect(Collectors.joining(", "));
  }

  /** Which kinds of entry it reaches, in words. */
  public String kindsInWords() {
    List<String> kinds = new ArrayList<>();
    addIf(stage1, "stage 1 and combined", kinds);
    addIf(stage2, "stage 2", kinds);
    String tables = has(Match.ADDRESS) ? "; tables unless Leaf = 1" : "; tables";
    return String.join(", ", kinds) + tables;
  }

  /** What an entry must have in common with it, in words; empty if nothing. */
  public String matchInWords() {
    List<String> common = new ArrayList<>();
    addIf(has(Match.VMID), "VMID, less VMW's bits", common);
    addIf(has(Match.ASID), "ASID, no globals", common);
    addIf(has(Match.ASID_OR_GLOBAL), "ASID, or global", common);
    addIf(has(Match.ADDRESS), "address or range, TG, TTL", common);
    addIf(has(Match.SHARED), "ASET = 0", common);
    return String.join("; ", common);
  }

  private static void addIf(boolean holds, String text, List<String> to) {
    if (holds) {
      to.add(text);
    }
  }

  /**
   * Whether the command reaches an entry.
   *
   * @param tag of an entry of the TLB or of the walk cache, valid
   * @param page the entry's input address
   * @param word0 and {@code word1}: the command, RES0 fields zero
   * @param wildcardBits how many low bits of a VMID are no matter (3.17.6)
   */
  boolean reaches(long tag, long page, long word0, long word1, int wildcardBits) {
    long asid = Tlbi.ASID.get(word0);
    long operands = TlbTag.operands(Tlbi.VMID.get(word0), asid);
    long ignored = TlbTag.operands((1L << wildcardBits) - 1, 0);
    return ((tag ^ (wanted | operands)) & compared & ~ignored) == 0
        && (worlds >>> TlbTag.world(tag) & 1) != 0
        && (!has(Match.ASID_OR_GLOBAL) || TlbTag.isGlobal(tag) || TlbTag.asid(tag) == asid)
        && (!has(Match.ADDRESS) || reachesAddress(tag, page, word0, word1));
  }

  /** Whether it reaches entries of the EL1 StreamWorld. */
  boolean concernsEl1() {
    return (worlds & World.EL1) != 0;
  }

  /**
   * Whether the command reaches every stage-1 and combined entry of {@code vmid} in the EL1
   * StreamWorld.
   *
   * @param word0 the command's
   * @param wildcardBits as for {@link #reaches}
   */
  boolean reachesAllStage1(int vmid, long word0, int wildcardBits) {
    boolean sameVmid = (vmid ^ Tlbi.VMID.get(word0)) >>> wildcardBits == 0;
    return concernsEl1()
        && stage1
        && (match & ~Match.VMID) == 0
        && ((match & Match.VMID) == 0 || sameVmid);
  }

  /** The range and the TTL hint (IHI 0070 4.4.1.1); without TG, the one page at the address. */
  private static boolean reachesAddress(long tag, long page, long word0, long word1) {
    if (TlbTag.isTable(tag) && Tlbi.LEAF.isSet(word1)) {
      return false;
    }
    long first = Tlbi.ADDRESS.inPlace(word1);
    long last = first | PAGE_MASK;
    Granule granule = Granule.ofTgTlbi(Tlbi.TG.get(word1));
    if (granule != null) {
      int level = TlbInvalidation.effectiveLevel(granule, (int) Tlbi.TTL.get(word1));
      if (TlbTag.granuleShift(tag) != granule.shift() || !reachesLevel(tag, level)) {
        return false;
      }
      last = lastOfRange(first, granule, word0);
    }
    long offset = (1L << TlbTag.descriptorShift(tag)) - 1;
    return Long.compareUnsigned(page & ~offset, last) <= 0
        && Long.compareUnsigned(page | offset, first) >= 0;
  }

  /**
   * Leaves of the level that TTL names, and table descriptors of the levels before it: those name
   * tables up to that level.
   *
   * @param level 0 for all
   */
  private static boolean reachesLevel(long tag, int level) {
    return level == 0
        || (TlbTag.isTable(tag) ? TlbTag.level(tag) <= level : TlbTag.level(tag) == level);
  }

  /** The range's last byte; a range never wraps at the top of the address space. */
  private static long lastOfRange(long first, Granule granule, long word0) {
    int shift = granule.shift() + (int) Tlbi.SCALE.get(word0);
    long units = Tlbi.NUM.get(word0) + 1;
    long last = first + (units << shift) - 1;
    return Long.compareUnsigned(last, first) < 0 ? -1L : last;
  }
}
