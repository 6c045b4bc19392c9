package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.DptEntry;
import portcullis.arch.smmu.Dpti;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.machine.smmuv3.profile.CacheKind;

/**
 * All that an SMMU with architectural caches may hold of the Device Permission Table (IHI 0070
 * 3.24.2, 3.24.5).
 */
class HeldPermissionsTest {
  private static final long PA = DptRig.PA;
  private static final int VMID = DptRig.VMID;
  private static final int OWN = DptEntry.AC_VMID;
  private static final String YES = "[passes]";
  private static final String NO = "[F_TRANSL_FORBIDDEN]";
  private static final String EITHER = "[F_TRANSL_FORBIDDEN, passes]";

  private final DptRig dpt = new DptRig(DptRig.profile().withCaches(CacheKind.ARCHITECTURAL));

  /** Nothing is held of what was there while the rig was set up. */
  @BeforeEach
  void settle() {
    dpt.rig.command(Opcode.CFGI_STE_RANGE, 0, 31);
    dpt.rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    dpt.invalidateAll();
    sync();
  }

  /** What may become of an access, in words. */
  private static String outcomes(DptRig of, long pa, boolean write) {
    TreeSet<String> words = new TreeSet<>();
    of.rig.smmu.translatedOutcomes(
        DptRig.SID,
        pa,
        write,
        outcome -> {
          assertTrue(!outcome.passes() || outcome.pa() == pa);
          words.add(outcome.passes() ? "passes" : String.valueOf(outcome.event()));
        });
    return words.toString();
  }

  private String reads() {
    return outcomes(dpt, PA, false);
  }

  private String writes() {
    return outcomes(dpt, PA, true);
  }

  private static void invalidate(DptRig of, long pa, int size, int leaf) {
    of.rig.command(
        Opcode.DPTI_PA, 0, Dpti.ADDRESS.inPlace(pa) | Dpti.SIZE.of(size) | Dpti.LEAF.of(leaf));
  }

  private void sync() {
    dpt.rig.command(Opcode.SYNC, 0, 0);
  }

  /** 3.24.2: a permission is held, No Access is not. */
  @Test
  void whatWasPermittedMayBeHeld() {
    assertEquals(NO, reads());
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    assertEquals(YES, reads());
    assertEquals(YES, writes());
    dpt.level1(PA, DptRig.lower(OWN, 0, VMID));
    assertEquals(YES, reads());
    assertEquals(EITHER, writes());
    dpt.level1(PA, 0);
    assertEquals(EITHER, reads());
    assertEquals(NO, outcomes(dpt, PA + 0x1000, false));
  }

  /** 3.24.5: an invalidation counts once a CMD_SYNC has completed, and only where it reaches. */
  @Test
  void anInvalidationEndsItWithASync() {
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    dpt.level1(PA, 0);
    invalidate(dpt, PA + 0x1000, 0, 1);
    sync();
    assertEquals(EITHER, reads());
    invalidate(dpt, PA, 0, 1);
    assertEquals(EITHER, reads());
    sync();
    assertEquals(NO, reads());
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    dpt.level1(PA, 0);
    dpt.rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    dpt.rig.command(Opcode.CFGI_STE_RANGE, 0, 31);
    sync();
    assertEquals(EITHER, reads(), "3.24.5, Note");
    dpt.invalidateAll();
    sync();
    assertEquals(NO, reads());
  }

  /** What was read before the invalidation is not held, what was read after it is. */
  @Test
  void onlyWhatWasThereAfterwardsIsHeld() {
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    dpt.level1(PA, DptRig.lower(OWN, 0, VMID));
    dpt.invalidateAll();
    sync();
    dpt.level1(PA, 0);
    assertEquals(EITHER, reads(), "read after the command");
    assertEquals(NO, writes());
  }

  /** 3.24.3.1.3: a Table entry is held, and the table that it leads to read at any time. */
  @Test
  void aTableMayBeReadThroughAHeldEntry() {
    long other = dpt.rig.allocate(8 << 17);
    dpt.level0(PA, DptRig.table(other));
    assertEquals(NO, reads());
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    assertEquals(EITHER, reads(), "the entry of before leads there");
    invalidate(dpt, PA, 0, 1);
    sync();
    assertEquals(EITHER, reads(), "Leaf");
    invalidate(dpt, PA + 0x1000, 0, 0);
    sync();
    assertEquals(EITHER, reads(), "the permission is still held");
    invalidate(dpt, PA, 0, 1);
    sync();
    assertEquals(NO, reads());
  }

  /** 3.24.2: of blocks and contiguous regions as a whole. */
  @Test
  void regionsAreHeldAsAWhole() {
    dpt.level0(PA, DptRig.block(OWN, 1, VMID));
    dpt.level0(PA, DptRig.table(DptRig.LEVEL_1));
    invalidate(dpt, PA, 0, 1);
    sync();
    assertEquals(EITHER, reads());
    invalidate(dpt, 0x4000_0000L, 6, 1);
    sync();
    assertEquals(NO, reads());
  }

  /** 3.24.2, 3.24.2.1: an answer to a Translation Request permits, as long as it is held. */
  @Test
  void answersMayBeHeld() {
    AtsCompletion answer = new AtsCompletion();
    dpt.s2.map(0x3000, PA, 3, Tables.STAGE2_LEAF);
    dpt.rig.smmu.atsRequest(DptRig.SID, Translation.NO_SUBSTREAM, 0x3000, 0, answer);
    assertTrue(answer.grants());
    assertEquals(EITHER, reads());
    assertEquals(NO, writes());
    dpt.set(Ste.S2VMID, VMID + 1);
    sync();
    assertEquals(NO, reads());
    dpt.set(Ste.S2VMID, VMID);
    sync();
    invalidate(dpt, PA, 0, 1);
    sync();
    assertEquals(NO, reads());
  }

  /** 6.3.9: without walks what is held may still be used. */
  @Test
  void withoutWalksWhatIsHeldIsUsed() {
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    dpt.rig.write(0x100, 8, 1);
    dpt.walks(false);
    assertEquals(EITHER, reads());
    dpt.invalidateAll();
    sync();
    dpt.level1(PA, 0);
    dpt.invalidateAll();
    sync();
    assertEquals(NO, reads());
  }

  /** 4.3, 5.2: the STE of before, with another EATS, may be held too. */
  @Test
  void theSteOfBeforeMayBeHeld() {
    dpt.level1(PA, DptRig.lower(OWN, 1, VMID));
    dpt.rig.poke(Rig.ste(DptRig.SID), Ste.EATS, Ste.EATS_ABORT);
    assertEquals(EITHER, reads());
    dpt.set(Ste.EATS, Ste.EATS_ABORT);
    sync();
    assertEquals(NO, reads());
    dpt.set(Ste.EATS, Ste.EATS_FULL);
    sync();
    assertEquals(YES, reads());
    dpt.rig.set(Register.CR0, DptRig.ENABLES & ~Cr0.ATSCHK.mask());
    assertEquals(YES, reads());
  }

  private static final long[] PAGES = {PA, PA + 0x1000, PA + 0x1_0000, PA + 0x4000_0000L};

  /**
   * Whatever an SMMU with ordinary caches does, one with architectural caches may do: both go
   * through the same random edits, commands, requests and accesses.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theOrdinaryOutcomeIsPossible(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    DptRig ordinary = new DptRig();
    int stale = 0;
    List<String> trail = new ArrayList<>();
    for (int step = 0; step < 3000; step++) {
      long choices = random.nextLong();
      trail.add(act(ordinary, new SplittableRandom(choices)));
      act(dpt, new SplittableRandom(choices));
      long pa = PAGES[random.nextInt(PAGES.length)];
      boolean write = random.nextBoolean();
      boolean passed = write ? ordinary.writes(pa) : ordinary.reads(pa);
      String outcome = passed ? "passes" : String.valueOf(ordinary.rig.out.event());
      String possible = outcomes(dpt, pa, write);
      assertTrue(
          possible.contains(outcome),
          () -> trail + ": 0x" + Long.toHexString(pa) + " " + outcome + " not in " + possible);
      boolean now = write ? dpt.writes(pa) : dpt.reads(pa);
      stale += now == passed ? 0 : 1;
      trail.add("access");
      if (trail.size() > 40) {
        trail.subList(0, 20).clear();
      }
    }
    assertTrue(stale > 20, "what was kept decided only " + stale + " accesses");
  }

  /** One edit, request or command; ordinary caches obey at once, so that CMD_SYNC follows. */
  private static String act(DptRig of, SplittableRandom random) {
    long pa = PAGES[random.nextInt(PAGES.length)];
    int vmid = VMID + random.nextInt(2);
    int writable = random.nextInt(2);
    int kind = random.nextInt(12);
    switch (kind) {
      case 0, 1, 2 -> of.level1(pa, DptRig.lower(OWN, writable, vmid));
      case 3 -> of.level1(pa, DptRig.lower(OWN, writable, vmid) | DptRig.upper(OWN, 1, VMID));
      case 4 -> of.level1(pa, DptRig.contiguous(1, OWN, writable, vmid));
      case 5 -> of.level1(pa, 0);
      case 6 ->
          of.level0(
              pa,
              random.nextInt(4) == 0
                  ? DptRig.block(OWN, writable, vmid)
                  : DptRig.table(DptRig.LEVEL_1));
      case 7 -> {
        of.s2.map(0x3000, pa & -0x1000L, 3, Tables.STAGE2_LEAF);
        of.rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
        of.rig.command(Opcode.SYNC, 0, 0);
        of.rig.smmu.atsRequest(
            DptRig.SID,
            Translation.NO_SUBSTREAM,
            0x3000,
            writable * AtsAccess.WRITE,
            new AtsCompletion());
      }
      case 8 -> of.invalidateAll();
      default -> invalidate(of, pa, random.nextInt(4), random.nextInt(2));
    }
    of.rig.command(Opcode.SYNC, 0, 0);
    of.rig.set(Register.EVENTQ_CONS, of.rig.get(Register.EVENTQ_PROD));
    return kind + " 0x" + Long.toHexString(pa) + " " + vmid;
  }
}
