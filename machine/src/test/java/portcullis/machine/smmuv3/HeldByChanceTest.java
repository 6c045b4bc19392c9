package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * Whatever an SMMU with ordinary caches does, one with architectural caches may do: both go through
 * the same random edits of tables and configuration, commands and accesses (IHI 0070 3.21, 16.2).
 */
class HeldByChanceTest {
  private static final int ROUNDS = 200;
  private static final int STEPS = 8;
  private static final long[] VAS = {0x1234_5000L, 0x1234_6000L, 0x5234_5000L};
  private static final long[] IPAS = {0x2_4680_0000L, 0x2_4680_1000L, 0x2_4720_0000L};
  private static final long[] OUTPUTS = {0x500_0000L, 0x520_0000L, 0x540_0000L};
  private static final int STAGE_2 = 1;
  private static final int STAGE_1 = 2;
  private static final int NESTED = 3;

  /** The same system on each kind of cache. */
  private static final class System {
    final Rig rig;
    final Tables[] below = new Tables[2];
    final Tables[] above = new Tables[2];
    final Tables[] nested = new Tables[2];

    System(CacheKind kind) {
      rig = new Rig(Profile.GENERIC.withCaches(kind)).start(4);
      for (int i = 0; i < 2; i++) {
        below[i] = new Tables(rig, Granule.SIZE_4K, 40, 1);
        below[i].map(0, 0, 1, Tables.STAGE2_LEAF);
        above[i] = Tables.stage1(rig, Granule.SIZE_4K, 39);
        nested[i] = Tables.stage1(rig, Granule.SIZE_4K, 39);
      }
      rig.stream(STAGE_2, Ste.CONFIG_S2);
      rig.stage2(STAGE_2, STAGE_2, below[0]);
      rig.stage1Stream(STAGE_1, 16 * STAGE_1, above[0]);
      rig.poke(Rig.ste(STAGE_1), Ste.S2VMID, STAGE_1);
      rig.stage1Stream(NESTED, 16 * NESTED, nested[0]);
      rig.poke(Rig.ste(NESTED), Ste.CONFIG, Ste.CONFIG_NESTED);
      rig.stage2(NESTED, NESTED, below[0]);
    }

    void command(Opcode opcode, long word0, long word1) {
      rig.command(opcode, word0, word1);
    }
  }

  private final System ordinary = new System(CacheKind.ORDINARY);
  private final System architectural = new System(CacheKind.ARCHITECTURAL);
  private String trail = "";

  private static <T> T pick(T[] values, SplittableRandom random) {
    return values[random.nextInt(values.length)];
  }

  private static long pick(long[] values, SplittableRandom random) {
    return values[random.nextInt(values.length)];
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theOrdinaryOutcomeIsPossible(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int stale = 0;
    for (int round = 0; round < ROUNDS; round++) {
      trail = "seed " + seed + " round " + round + ":";
      for (int step = 0; step < STEPS; step++) {
        long choices = random.nextLong();
        act(ordinary, new SplittableRandom(choices));
        act(architectural, new SplittableRandom(choices));
        stale += compare(random) ? 1 : 0;
      }
      for (System system : new System[] {ordinary, architectural}) {
        system.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
        system.command(Opcode.TLBI_NSNH_ALL, 0, 0);
        system.command(Opcode.SYNC, 0, 0);
      }
    }
    assertTrue(stale > 20, "caches decided only " + stale + " accesses");
  }

  /** One edit or command; ordinary caches obey at once, so that CMD_SYNC follows. */
  private void act(System system, SplittableRandom random) {
    Rig rig = system.rig;
    int sid = 1 + random.nextInt(3);
    Tables tables =
        switch (sid) {
          case STAGE_2 -> pick(system.below, random);
          case STAGE_1 -> pick(system.above, random);
          default -> pick(random.nextInt(3) == 0 ? system.below : system.nested, random);
        };
    boolean isStage2 = tables == system.below[0] || tables == system.below[1];
    long input = pick(isStage2 ? IPAS : VAS, random);
    long output = pick(!isStage2 && sid == NESTED ? IPAS : OUTPUTS, random);
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> {
        note(system, "map " + sid + " " + Long.toHexString(input));
        tables.map(input, output, 3, isStage2 ? Tables.STAGE2_LEAF : Tables.STAGE1_LEAF);
      }
      case 3 -> {
        note(system, "unmap " + sid + " " + Long.toHexString(input));
        rig.write(tables.slot(input, 3), 8, 0);
      }
      case 4 -> {
        note(system, "no table " + sid + " " + Long.toHexString(input));
        rig.write(tables.slot(input, 2), 8, 0);
      }
      case 5 -> {
        note(system, "S2TTB " + sid);
        if (sid != STAGE_1) {
          rig.pokeAddress(Rig.ste(sid), Ste.S2TTB, pick(system.below, random).root);
        }
      }
      case 6 -> {
        note(system, "TTB0 " + sid);
        if (sid != STAGE_2) {
          long cd = Rig.CONTEXTS + sid * 64L;
          Tables other = pick(sid == NESTED ? system.nested : system.above, random);
          rig.pokeAddress(cd, Cd.TTB0, other.root);
          rig.poke(cd, Cd.ASID, 16 * sid + random.nextInt(2));
        }
      }
      default -> invalidate(system, sid, input, random);
    }
  }

  private void invalidate(System system, int sid, long input, SplittableRandom random) {
    long stream = Cfgi.STREAMID.of(sid);
    long asid = Tlbi.VMID.of(sid) | Tlbi.ASID.of(16 * sid + random.nextInt(2));
    long at = Tlbi.ADDRESS.inPlace(input) | Tlbi.LEAF.of(random.nextInt(2));
    Opcode opcode =
        pick(
            new Opcode[] {
              Opcode.CFGI_STE,
              Opcode.CFGI_CD,
              Opcode.CFGI_CD_ALL,
              Opcode.TLBI_NH_ALL,
              Opcode.TLBI_NH_ASID,
              Opcode.TLBI_NH_VA,
              Opcode.TLBI_NH_VAA,
              Opcode.TLBI_S2_IPA,
              Opcode.TLBI_S12_VMALL
            },
            random);
    note(system, opcode.commandName() + " " + sid + " " + Long.toHexString(at));
    switch (opcode) {
      case CFGI_STE, CFGI_CD -> system.command(opcode, stream, Cfgi.LEAF.of(random.nextInt(2)));
      case CFGI_CD_ALL -> system.command(opcode, stream, 0);
      case TLBI_NH_ASID -> system.command(opcode, asid, 0);
      case TLBI_NH_VA -> system.command(opcode, asid, at);
      case TLBI_NH_VAA, TLBI_S2_IPA -> system.command(opcode, Tlbi.VMID.of(sid), at);
      default -> system.command(opcode, Tlbi.VMID.of(sid), 0);
    }
    system.command(Opcode.SYNC, 0, 0);
  }

  private void note(System system, String what) {
    if (system == architectural) {
      trail += " " + what + ";";
    }
  }

  /** One access; whether the ordinary caches gave something that present memory does not. */
  private boolean compare(SplittableRandom random) {
    int sid = 1 + random.nextInt(3);
    long address = pick(sid == STAGE_2 ? IPAS : VAS, random);
    ordinary.rig.reads(sid, address);
    PossibleOutcome seen = PossibleOutcome.of(ordinary.rig.out);
    Set<PossibleOutcome> possible = new HashSet<>();
    architectural.rig.smmu.outcomes(
        sid, Translation.NO_SUBSTREAM, address, AccessType.PRIVILEGED_READ, possible::add);
    assertTrue(
        possible.contains(seen),
        () -> "%s access %d 0x%x: %s is not in %s".formatted(trail, sid, address, seen, possible));
    architectural.rig.reads(sid, address);
    return !PossibleOutcome.of(architectural.rig.out).equals(seen);
  }
}
