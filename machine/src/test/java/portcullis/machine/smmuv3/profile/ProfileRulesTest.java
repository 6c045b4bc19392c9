package portcullis.machine.smmuv3.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.arch.Field;
import portcullis.arch.Version;
import portcullis.arch.smmu.Aidr;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr2;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Idr6;
import portcullis.arch.smmu.Register;

/** Each rule refuses a profile that breaks nothing else (IHI 0070 2.9, 6.3.1 to 6.3.8). */
class ProfileRulesTest {
  private static final CacheSizes CACHES = new CacheSizes(CacheKind.ORDINARY, 4, 0, 1, 1);

  /** SMMUv3.3 with every feature that the model knows. */
  private static final IdRegisters FULL =
      IdRegisters.NONE
          .with(Register.IDR0, Idr0.S1P, 1)
          .with(Register.IDR0, Idr0.S2P, 1)
          .with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH32_64)
          .with(Register.IDR0, Idr0.COHACC, 1)
          .with(Register.IDR0, Idr0.BTM, 1)
          .with(Register.IDR0, Idr0.HTTU, Idr0.HTTU_DIRTY)
          .with(Register.IDR0, Idr0.HYP, 1)
          .with(Register.IDR0, Idr0.ATS, 1)
          .with(Register.IDR0, Idr0.ASID16, 1)
          .with(Register.IDR0, Idr0.MSI, 1)
          .with(Register.IDR0, Idr0.SEV, 1)
          .with(Register.IDR0, Idr0.ATOS, 1)
          .with(Register.IDR0, Idr0.PRI, 1)
          .with(Register.IDR0, Idr0.VMW, 1)
          .with(Register.IDR0, Idr0.VMID16, 1)
          .with(Register.IDR0, Idr0.CD2L, 1)
          .with(Register.IDR0, Idr0.VATOS, 1)
          .with(Register.IDR0, Idr0.ATSRECERR, 1)
          .with(Register.IDR0, Idr0.ST_LEVEL, Idr0.ST_LEVEL_TWO_LEVEL)
          .with(Register.IDR2, Idr2.BA_VATOS, 1)
          .with(Register.IDR1, Idr1.SIDSIZE, 32)
          .with(Register.IDR1, Idr1.SSIDSIZE, 20)
          .with(Register.IDR1, Idr1.PRIQS, 19)
          .with(Register.IDR1, Idr1.EVENTQS, 19)
          .with(Register.IDR1, Idr1.CMDQS, 19)
          .with(Register.IDR3, Idr3.HAD, 1)
          .with(Register.IDR3, Idr3.XNX, 1)
          .with(Register.IDR3, Idr3.PPS, 1)
          .with(Register.IDR3, Idr3.MPAM, 1)
          .with(Register.IDR3, Idr3.FWB, 1)
          .with(Register.IDR3, Idr3.STT, 1)
          .with(Register.IDR3, Idr3.RIL, 1)
          .with(Register.IDR3, Idr3.BBML, 2)
          .with(Register.IDR3, Idr3.E0PD, 1)
          .with(Register.IDR3, Idr3.PTWNNC, 1)
          .with(Register.IDR5, Idr5.OAS, 6)
          .with(Register.IDR5, Idr5.GRAN4K, 1)
          .with(Register.IDR5, Idr5.GRAN16K, 1)
          .with(Register.IDR5, Idr5.GRAN64K, 1)
          .with(Register.IDR5, Idr5.VAX, 1)
          .with(Register.IDR5, Idr5.STALL_MAX, 16)
          .with(Register.AIDR, Aidr.ARCH_MINOR_REV, 3)
          .with(Register.MPAMIDR, 0xff_ffff);

  /** SMMUv3.0 with nothing that came later. */
  private static final IdRegisters FIRST =
      FULL.with(Register.IDR0, Idr0.ATSRECERR, 0)
          .with(Register.IDR3, 0)
          .with(Register.IDR5, Idr5.OAS, 5)
          .with(Register.IDR5, Idr5.VAX, 0)
          .with(Register.AIDR, 0)
          .with(Register.MPAMIDR, 0);

  private static final IdRegisters NO_ATS =
      FULL.with(Register.IDR0, Idr0.ATS, 0)
          .with(Register.IDR0, Idr0.PRI, 0)
          .with(Register.IDR0, Idr0.ATSRECERR, 0)
          .with(Register.IDR3, Idr3.PPS, 0);

  private static final IdRegisters NO_VATOS =
      FULL.with(Register.IDR0, Idr0.VATOS, 0).with(Register.IDR2, Idr2.BA_VATOS, 0);

  private static final IdRegisters ECMDQ = FULL.with(Register.IDR1, Idr1.ECMDQ, 1);

  private static final IdRegisters NO_STAGE1 =
      NO_VATOS
          .with(Register.IDR0, Idr0.S1P, 0)
          .with(Register.IDR0, Idr0.HYP, 0)
          .with(Register.IDR3, Idr3.HAD, 0);

  private static final IdRegisters NO_STAGE2 =
      NO_VATOS
          .with(Register.IDR0, Idr0.S2P, 0)
          .with(Register.IDR0, Idr0.HYP, 0)
          .with(Register.IDR0, Idr0.VMW, 0)
          .with(Register.IDR3, Idr3.PTWNNC, 0);

  private static IdRegisters minor(IdRegisters ids, int revision) {
    return ids.with(Register.AIDR, Aidr.ARCH_MINOR_REV, revision);
  }

  /** SMMUv3.1 with all that it may have, of SMMUv3.2 too. */
  private static IdRegisters v31() {
    return minor(
        FULL.with(Register.IDR0, Idr0.ATSRECERR, 0)
            .with(Register.IDR3, Idr3.E0PD, 0)
            .with(Register.IDR3, Idr3.PTWNNC, 0),
        1);
  }

  /** By the name of the rule that it breaks, those written out by hand. */
  private static final Map<String, IdRegisters> BREAKING =
      Map.ofEntries(
          Map.entry(
              "a-stage",
              NO_STAGE1
                  .with(Register.IDR0, Idr0.S2P, 0)
                  .with(Register.IDR0, Idr0.VMW, 0)
                  .with(Register.IDR3, Idr3.PTWNNC, 0)),
          Map.entry("ns1ats-needs-ats-and-both-stages", NO_ATS.with(Register.IDR0, Idr0.NS1ATS, 1)),
          Map.entry("pri-needs-ats", NO_ATS.with(Register.IDR0, Idr0.PRI, 1)),
          Map.entry("atsrecerr-needs-ats", NO_ATS.with(Register.IDR0, Idr0.ATSRECERR, 1)),
          Map.entry("hyp-needs-both-stages", NO_STAGE1.with(Register.IDR0, Idr0.HYP, 1)),
          Map.entry("hyp-from-v3.2", FULL.with(Register.IDR0, Idr0.HYP, 0)),
          Map.entry("vmw-needs-stage-2", NO_STAGE2.with(Register.IDR0, Idr0.VMW, 1)),
          Map.entry("vatos-needs-atos", FULL.with(Register.IDR0, Idr0.ATOS, 0)),
          Map.entry("vatos-needs-both-stages", NO_STAGE2.with(Register.IDR0, Idr0.VATOS, 1)),
          Map.entry("no-vatos-no-page", NO_VATOS.with(Register.IDR2, Idr2.BA_VATOS, 1)),
          Map.entry(
              "no-forced-stalls-with-pcie",
              FULL.with(Register.IDR0, Idr0.STALL_MODEL, Idr0.STALL_MODEL_FORCED)),
          Map.entry("stream-id-bits", FULL.with(Register.IDR1, Idr1.SIDSIZE, 33)),
          Map.entry("substream-id-bits", FULL.with(Register.IDR1, Idr1.SSIDSIZE, 21)),
          Map.entry("command-queue-size", FULL.with(Register.IDR1, Idr1.CMDQS, 20)),
          Map.entry("event-queue-size", FULL.with(Register.IDR1, Idr1.EVENTQS, 20)),
          Map.entry("pri-queue-size", FULL.with(Register.IDR1, Idr1.PRIQS, 20)),
          Map.entry(
              "many-streams-need-two-levels",
              FULL.with(Register.IDR0, Idr0.ST_LEVEL, 0).with(Register.IDR1, Idr1.SIDSIZE, 7)),
          Map.entry("ecmdq-needs-coherence", ECMDQ.with(Register.IDR0, Idr0.COHACC, 0)),
          Map.entry("ecmdq-needs-msi", ECMDQ.with(Register.IDR0, Idr0.MSI, 0)),
          Map.entry("ecmdq-needs-movable-queues", ECMDQ.with(Register.IDR1, Idr1.QUEUES_PRESET, 1)),
          Map.entry(
              "no-ecmdq-no-queues", FULL.with(Register.IDR6, Idr6.CMDQ_CONTROL_PAGE_LOG2NUMQ, 1)),
          Map.entry(
              "queues-a-control-page",
              ECMDQ.with(Register.IDR6, Idr6.CMDQ_CONTROL_PAGE_LOG2NUMQ, 9)),
          Map.entry("control-pages", ECMDQ.with(Register.IDR6, Idr6.CMDQ_CONTROL_PAGE_LOG2NUMP, 9)),
          Map.entry("had-needs-stage-1", NO_STAGE1.with(Register.IDR3, Idr3.HAD, 1)),
          Map.entry("had-from-v3.1", v31().with(Register.IDR3, Idr3.HAD, 0)),
          Map.entry(
              "pbha-not-in-v3.0",
              FIRST.with(Register.IDR3, Idr3.HAD, 1).with(Register.IDR3, Idr3.PBHA, 1)),
          Map.entry("pbha-needs-had", NO_STAGE1.with(Register.IDR3, Idr3.PBHA, 1)),
          Map.entry("xnx-not-in-v3.0", FIRST.with(Register.IDR3, Idr3.XNX, 1)),
          Map.entry("xnx-from-v3.1", v31().with(Register.IDR3, Idr3.XNX, 0)),
          Map.entry("pps-needs-pri-and-substreams", FULL.with(Register.IDR1, Idr1.SSIDSIZE, 0)),
          Map.entry("fwb-from-v3.2", FULL.with(Register.IDR3, Idr3.FWB, 0)),
          Map.entry("ril-from-v3.2", FULL.with(Register.IDR3, Idr3.RIL, 0)),
          Map.entry("bbml-from-v3.2", FULL.with(Register.IDR3, Idr3.BBML, 0)),
          Map.entry("e0pd-from-v3.3", FULL.with(Register.IDR3, Idr3.E0PD, 0)),
          Map.entry("dpt-needs-ats", NO_ATS.with(Register.IDR3, Idr3.DPT, 1)),
          Map.entry("ptwnnc-needs-stage-2", NO_STAGE2.with(Register.IDR3, Idr3.PTWNNC, 1)),
          Map.entry("ptwnnc-from-v3.3", FULL.with(Register.IDR3, Idr3.PTWNNC, 0)),
          Map.entry("no-mpam-no-ids", FULL.with(Register.IDR3, Idr3.MPAM, 0)),
          Map.entry("52-bit-output-not-in-v3.0", FIRST.with(Register.IDR5, Idr5.OAS, 6)),
          Map.entry(
              "52-bit-output-needs-64k",
              FULL.with(Register.IDR5, Idr5.GRAN64K, 0).with(Register.IDR5, Idr5.VAX, 0)),
          Map.entry("vax-not-in-v3.0", FIRST.with(Register.IDR5, Idr5.VAX, 1)),
          Map.entry(
              "vax-needs-64k",
              FULL.with(Register.IDR5, Idr5.GRAN64K, 0).with(Register.IDR5, Idr5.OAS, 5)),
          Map.entry(
              "no-stalls-no-stall-max",
              FULL.with(Register.IDR0, Idr0.STALL_MODEL, Idr0.STALL_MODEL_TERMINATE)),
          Map.entry(
              "vmsav8-32-needs-4k",
              FULL.with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH32)
                  .with(Register.IDR5, Idr5.GRAN4K, 0)),
          Map.entry(
              "a-granule",
              FULL.with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH64)
                  .with(Register.IDR5, 5 | (int) Idr5.STALL_MAX.of(1))),
          Map.entry("stalls-need-room", FULL.with(Register.IDR5, Idr5.STALL_MAX, 0)),
          Map.entry("up-to-v3.3", minor(FULL, 4)));

  /** Those of the rules that each register's declaration gives rise to. */
  private static Map<String, IdRegisters> breakingOneDeclaration() {
    Map<String, IdRegisters> breaking = new HashMap<>();
    for (Register register : IdRegisters.ALL) {
      long reserved = register.layout().reservedMask(0);
      if (reserved != 0) {
        int bit = (int) Long.lowestOneBit(reserved);
        breaking.put(register + "-reserved-bits", FULL.with(register, FULL.value(register) | bit));
      }
      for (Field field : register.layout().fields()) {
        String name = register + "." + field.name();
        LongStream.rangeClosed(0, field.width() < 16 ? field.max() : 0)
            .filter(field::reserved)
            .findFirst()
            .ifPresent(code -> breaking.put(name + "-encoding", FULL.with(register, field, code)));
      }
    }
    return breaking;
  }

  private static final Map<String, IdRegisters> DECLARED = breakingOneDeclaration();

  /** A field of SMMUv3.(n+2), alone in an SMMUv3.n. */
  private static Map<String, IdRegisters> tooEarly() {
    Map<String, IdRegisters> breaking = new HashMap<>();
    for (Register register : IdRegisters.ALL) {
      for (Field field : register.layout().fields()) {
        int since = field.since().ordinal() - Version.SMMU_3_0.ordinal();
        if (since >= 2 && register != Register.MPAMIDR) {
          IdRegisters before = since == 2 ? FIRST : since == 3 ? v31() : minor(FULL, 2);
          breaking.put(
              register + "." + field.name() + "-revision", before.with(register, field, 1));
        }
      }
    }
    return breaking;
  }

  private static final Map<String, IdRegisters> TOO_EARLY = tooEarly();

  private static Set<String> broken(IdRegisters ids) {
    Set<String> names = new LinkedHashSet<>();
    ProfileRules.broken(ids, CACHES).forEach(rule -> names.add(rule.name()));
    return names;
  }

  private static Stream<String> names() {
    return ProfileRules.ALL.stream().map(ProfileRule::name);
  }

  /** The one about caches has {@link #cachesHaveSizesThatTheModelCanHave}. */
  static Stream<String> rules() {
    return names().filter(name -> !name.equals("cache-sizes"));
  }

  @Test
  void theBasesBreakNothing() {
    for (IdRegisters base : List.of(FULL, FIRST, NO_ATS, NO_STAGE1, NO_STAGE2, ECMDQ, v31())) {
      assertEquals(Set.of(), broken(base));
    }
  }

  @Test
  void namesAreUnique() {
    assertEquals(ProfileRules.ALL.size(), names().distinct().count());
  }

  @ParameterizedTest
  @MethodSource("rules")
  void eachRuleRefuses(String rule) {
    if (TOO_EARLY.containsKey(rule)) {
      // What the model lacks is refused for that as well, whatever the revision; IDR6 for ECMDQ.
      Set<String> names = broken(TOO_EARLY.get(rule));
      names.removeIf(name -> name.endsWith("-not-modelled") || name.equals("no-ecmdq-no-queues"));
      assertEquals(Set.of(rule), names);
      return;
    }
    if (rule.endsWith("-not-modelled")) {
      assertEquals(Set.of(rule), broken(advertised(rule)));
      return;
    }
    IdRegisters breaking = BREAKING.getOrDefault(rule, DECLARED.get(rule));
    assertTrue(breaking != null, "no profile breaks " + rule);
    assertEquals(Set.of(rule), broken(breaking));
  }

  private static IdRegisters advertised(String rule) {
    for (Register register : IdRegisters.ALL) {
      for (Field field : register.layout().fields()) {
        if (rule.equals(register + "." + field.name() + "-not-modelled")) {
          return FULL.with(register, field, 1);
        }
      }
    }
    throw new AssertionError(rule + " names no field");
  }

  @Test
  void cachesHaveSizesThatTheModelCanHave() {
    List<UnaryOperator<CacheSizes>> wrong =
        List.of(
            c -> new CacheSizes(c.kind(), 2, c.walk(), c.ste(), c.cd()),
            c -> new CacheSizes(c.kind(), 12, c.walk(), c.ste(), c.cd()),
            c -> new CacheSizes(c.kind(), c.tlb(), 2, c.ste(), c.cd()),
            c -> new CacheSizes(c.kind(), c.tlb(), c.walk(), 0, c.cd()),
            c -> new CacheSizes(c.kind(), c.tlb(), c.walk(), c.ste(), 3),
            c -> new CacheSizes(c.kind(), 1 << 21, c.walk(), c.ste(), c.cd()));
    for (UnaryOperator<CacheSizes> change : wrong) {
      List<ProfileRule> rules = ProfileRules.broken(FULL, change.apply(CACHES));
      assertEquals(List.of("cache-sizes"), rules.stream().map(ProfileRule::name).toList());
    }
  }

  @Test
  void theExceptionNamesEveryRule() {
    IdRegisters ids = NO_ATS.with(Register.IDR0, Idr0.PRI, 1).with(Register.IDR1, Idr1.CMDQS, 31);
    ProfileException refused =
        assertThrows(ProfileException.class, () -> new Profile("wrong", ids, CACHES));
    assertEquals(
        "wrong: breaks pri-needs-ats: PRI is 0 where ATS is 0 (IHI 0070 6.3.1); "
            + "command-queue-size: CMDQS is at most 19 (IHI 0070 6.3.2)",
        refused.getMessage());
    assertEquals(2, refused.broken().size());
  }

  @Test
  void partsOfBuiltInsCanBeTakenAway() {
    for (Profile profile : Profile.ALL) {
      assertTrue(!Idr0.S1P.isSet(profile.withoutStage1().idr0()));
      assertTrue(!Idr0.S2P.isSet(profile.withoutStage2().idr0()));
      assertEquals(
          CacheKind.ARCHITECTURAL, profile.withCaches(CacheKind.ARCHITECTURAL).caches().kind());
    }
  }
}
