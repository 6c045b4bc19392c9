package portcullis.machine.smmuv3.caches;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.vmsa.TableWalk;

/**
 * Each command and broadcast against each kind of entry: reached or not. The table of IHI 0070 4.4
 * and 3.17, written down a second time and differently.
 */
class TlbScopeTest {
  private static final int VMID = 0x15;
  private static final int ASID = 7;
  private static final long ADDRESS = 0x1_2345_6000L;

  /** An entry, one difference from {@link #LEAF} or {@link #STAGE_2} each. */
  private enum Entry {
    LEAF("vl"),
    OTHER_PAGE("vp"),
    OTHER_ASID("va"),
    ASID_NOT_SHARED("vn"),
    GLOBAL("vg"),
    OTHER_VMID("vm"),
    NEAR_VMID("vw"),
    TABLE("vt"),
    TABLE_OTHER_ASID("vT"),
    STAGE_2("2l"),
    STAGE_2_OTHER_PAGE("2p"),
    STAGE_2_OTHER_VMID("2m"),
    STAGE_2_TABLE("2t"),
    EL2("el"),
    EL2_OTHER_PAGE("ep"),
    EL2_NOT_SHARED("en"),
    EL2_TABLE("et"),
    E2H("hl"),
    E2H_OTHER_PAGE("hp"),
    E2H_OTHER_ASID("ha"),
    E2H_NOT_SHARED("hn"),
    E2H_GLOBAL("hg"),
    E2H_TABLE("ht");

    final String code;

    Entry(String code) {
      this.code = code;
    }

    private StreamWorld world() {
      return switch (code.charAt(0)) {
        case 'e' -> StreamWorld.EL2;
        case 'h' -> StreamWorld.EL2_E2H;
        default -> StreamWorld.EL1;
      };
    }

    long page() {
      return code.charAt(1) == 'p' ? ADDRESS + 0x1000 : ADDRESS;
    }

    long tag(Granule granule, int level) {
      char what = code.charAt(1);
      int vmid = what == 'm' ? VMID ^ 0x10 : what == 'w' ? VMID ^ 0x3 : VMID;
      int asid = what == 'a' || what == 'T' ? ASID + 1 : ASID;
      StageResult result = new StageResult();
      TableWalk walk = result.walk;
      walk.shape.granule = granule;
      walk.level = level;
      walk.reachShift = granule.shift();
      result.shift = granule.levelShift(level);
      long space =
          code.charAt(0) == '2'
              ? TlbTag.stage2Space(vmid)
              : TlbTag.stage1Space(world(), world() == StreamWorld.EL1 ? vmid : 0)
                  | (world() == StreamWorld.EL2 ? 0 : TlbTag.asidSpace(asid, false))
                  | TlbTag.asidSpace(0, what == 'n');
      walk.space = space;
      if (what == 't' || what == 'T') {
        return TlbTag.table(walk);
      }
      long tag = TlbTag.leaf(space, result);
      return what == 'g' ? TlbTag.global(tag) : tag;
    }
  }

  private static String reached(TlbScope scope, long word0, long word1, int wildcardBits) {
    long operands = Tlbi.VMID.of(VMID) | Tlbi.ASID.of(ASID) | word0;
    return Arrays.stream(Entry.values())
        .filter(
            entry ->
                scope.reaches(
                    entry.tag(Granule.SIZE_4K, 3),
                    entry.page(),
                    operands,
                    ADDRESS | word1,
                    wildcardBits))
        .map(entry -> entry.code)
        .collect(Collectors.joining(" "));
  }

  private static String reached(TlbScope scope) {
    return reached(scope, 0, 0, 0);
  }

  /** The same command with Leaf = 1. */
  private static String leaf(TlbScope scope) {
    return reached(scope, 0, Tlbi.LEAF.of(1), 0);
  }

  @Test
  void nonSecureEl1() {
    assertEquals("vl vp va vn vg vt vT", reached(TlbScope.NH_ALL), "4.4.2.1");
    assertEquals("vl vp vn vt", reached(TlbScope.NH_ASID), "4.4.2.2: no globals");
    assertEquals("vl vn vg vt", reached(TlbScope.NH_VA), "4.4.2.4: ASET is disregarded");
    assertEquals("vl va vn vg vt vT", reached(TlbScope.NH_VAA), "4.4.2.3");
    assertEquals("2l 2t", reached(TlbScope.S2_IPA), "4.4.3.1: nothing of stage 1");
    assertEquals(
        "vl vp va vn vg vt vT 2l 2p 2t", reached(TlbScope.S12_VMALL), "4.4.3.2: both stages");
    assertEquals(
        "vl vp va vn vg vm vw vt vT 2l 2p 2m 2t",
        reached(TlbScope.NSNH_ALL),
        "4.4.4.1: all but EL2");
  }

  @Test
  void leafLeavesTables() {
    assertEquals("vl vn vg", leaf(TlbScope.NH_VA));
    assertEquals("vl va vn vg", leaf(TlbScope.NH_VAA));
    assertEquals("2l", leaf(TlbScope.S2_IPA));
    assertEquals("el en", leaf(TlbScope.EL2_VA));
    assertEquals("hl hn hg", leaf(TlbScope.E2H_VA));
    assertEquals("hl ha hn hg", leaf(TlbScope.E2H_VAA));
    assertEquals("vl vp va vn vg vt vT", leaf(TlbScope.NH_ALL), "which has no Leaf");
  }

  @Test
  void el2() {
    assertEquals("el ep en et hl hp ha hn hg ht", reached(TlbScope.EL2_ALL), "4.4.2.7");
    assertEquals("el en et", reached(TlbScope.EL2_VA), "4.4.2.8: whatever ASID");
    assertEquals("hl hn hg ht", reached(TlbScope.E2H_VA), "4.4.2.8");
    assertEquals("hl ha hn hg ht", reached(TlbScope.E2H_VAA), "4.4.2.9");
    assertEquals("hl hp hn ht", reached(TlbScope.E2H_ASID), "4.4.2.10");
  }

  /** 3.17: what matches an ASID leaves entries with ASET = 1, which the commands reach. */
  @Test
  void broadcast() {
    assertEquals("vl vg vt", reached(TlbScope.BROADCAST_VA));
    assertEquals("vl vp vt", reached(TlbScope.BROADCAST_ASID));
    assertEquals("el et", reached(TlbScope.BROADCAST_EL2_VA));
    assertEquals("hl hg ht", reached(TlbScope.BROADCAST_E2H_VA));
    assertEquals("hl hp ht", reached(TlbScope.BROADCAST_E2H_ASID));
  }

  /** 3.17.6, 6.3.9 CR0.VMW. */
  @Test
  void wildcards() {
    assertEquals("vl vp va vn vg vw vt vT", reached(TlbScope.NH_ALL, 0, 0, 2));
    assertEquals("vl vp va vn vg vt vT", reached(TlbScope.NH_ALL, 0, 0, 1), "VMIDs differ by 3");
    assertEquals("2l 2t", reached(TlbScope.S2_IPA, 0, 0, 4), "by 16");
  }

  /** 4.4.1.1: TTL = 2 with Leaf = 0 reaches level-2 blocks, and level 0 and 1 tables only. */
  @Test
  void levelsOfLeavesAndTables() {
    for (int ttl = 0; ttl <= 3; ttl++) {
      for (int level = 1; level <= 3; level++) {
        long word1 = Tlbi.TG.of(Granule.SIZE_4K.tgTlbi()) | Tlbi.TTL.of(ttl) | ADDRESS;
        long word0 = Tlbi.VMID.of(VMID) | Tlbi.ASID.of(ASID) | Tlbi.NUM.of(1);
        String text = "TTL " + ttl + ", level " + level;
        assertEquals(
            ttl == 0 || ttl == level,
            TlbScope.NH_VA.reaches(
                Entry.LEAF.tag(Granule.SIZE_4K, level), ADDRESS, word0, word1, 0),
            text);
        int descriptor = level - 1;
        assertEquals(
            ttl == 0 || descriptor < ttl,
            TlbScope.NH_VA.reaches(
                Entry.TABLE.tag(Granule.SIZE_4K, level), ADDRESS, word0, word1, 0),
            text + " table");
      }
    }
  }

  /** 4.4.1.1: TG applies to what is cached of tables and of leaves. */
  @Test
  void granules() {
    long word0 = Tlbi.VMID.of(VMID) | Tlbi.ASID.of(ASID) | Tlbi.NUM.of(1);
    for (Granule named : Granule.values()) {
      for (Granule granule : Granule.values()) {
        for (Entry entry : new Entry[] {Entry.LEAF, Entry.TABLE}) {
          assertEquals(
              named == granule,
              TlbScope.NH_VA.reaches(
                  entry.tag(granule, 3), ADDRESS, word0, ADDRESS | Tlbi.TG.of(named.tgTlbi()), 0));
          assertEquals(
              true, TlbScope.NH_VA.reaches(entry.tag(granule, 3), ADDRESS, word0, ADDRESS, 0));
        }
      }
    }
  }
}
