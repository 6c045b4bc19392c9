package portcullis.machine.smmuv3.profile;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
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
import portcullis.arch.vmsa.AddressSize;

/**
 * What every profile keeps: one row for each statement of IHI 0070 6.3 that ties one identification
 * field to another or to the architecture's revision, and one for each thing that the model lacks.
 *
 * <p>Where the architecture calls a value irrelevant (ASID16 without stage 1, PRIQS without PRI) or
 * only recommends one (4KB and 64KB granules), there is no rule.
 */
public final class ProfileRules {
  private static final int MAX_STREAM_BITS = 32;
  private static final int MAX_SUBSTREAM_BITS = 20;
  private static final int MAX_QUEUE_LOG2 = 19;
  private static final int MAX_CONTROL_LOG2 = 8;

  /** A larger SIDSIZE needs two-level Stream tables. */
  private static final int MAX_LINEAR_BITS = 6;

  private static final int V3_0 = 0;
  private static final int V3_1 = 1;
  private static final int V3_2 = 2;
  private static final int V3_3 = 3;
  private static final int V3_4 = 4;

  private static final List<ProfileRule> RELATIONS =
      List.of(
          ProfileRule.of(
              "a-stage",
              "S1P or S2P is 1",
              "2.2",
              ids -> has0(ids, Idr0.S1P) || has0(ids, Idr0.S2P)),
          ProfileRule.of(
              "ns1ats-needs-ats-and-both-stages",
              "NS1ATS is 0 where ATS, S1P or S2P is 0",
              "6.3.1",
              ids -> !has0(ids, Idr0.NS1ATS) || (has0(ids, Idr0.ATS) && bothStages(ids))),
          ProfileRule.of(
              "pri-needs-ats",
              "PRI is 0 where ATS is 0",
              "6.3.1",
              ids -> !has0(ids, Idr0.PRI) || has0(ids, Idr0.ATS)),
          ProfileRule.of(
              "atsrecerr-needs-ats",
              "ATSRECERR is 0 where ATS is 0",
              "6.3.1",
              ids -> !has0(ids, Idr0.ATSRECERR) || has0(ids, Idr0.ATS)),
          ProfileRule.of(
              "hyp-needs-both-stages",
              "Hyp is 0 where S1P or S2P is 0",
              "6.3.1",
              ids -> !has0(ids, Idr0.HYP) || bothStages(ids)),
          ProfileRule.of(
              "hyp-from-v3.2",
              "Hyp is 1 in SMMUv3.2 and later with both stages",
              "6.3.1",
              ids -> has0(ids, Idr0.HYP) || !bothStages(ids) || minor(ids) < V3_2),
          ProfileRule.of(
              "vmw-needs-stage-2",
              "VMW is 0 where S2P is 0",
              "6.3.1",
              ids -> !has0(ids, Idr0.VMW) || has0(ids, Idr0.S2P)),
          ProfileRule.of(
              "vatos-needs-atos",
              "VATOS is 0 where ATOS is 0",
              "6.3.1",
              ids -> !has0(ids, Idr0.VATOS) || has0(ids, Idr0.ATOS)),
          ProfileRule.of(
              "vatos-needs-both-stages",
              "VATOS is 0 where S1P or S2P is 0",
              "6.3.1",
              ids -> !has0(ids, Idr0.VATOS) || bothStages(ids)),
          ProfileRule.of(
              "no-vatos-no-page",
              "IDR2.BA_VATOS is 0 where VATOS is 0",
              "6.3.3",
              ids -> !ids.isSet(Register.IDR2, Idr2.BA_VATOS) || has0(ids, Idr0.VATOS)),
          ProfileRule.of(
              "no-forced-stalls-with-pcie",
              "STALL_MODEL is not 0b10 where ATS is 1: a PCIe system must not be stalled",
              "6.3.1",
              ids -> !has0(ids, Idr0.ATS) || stallModel(ids) != Idr0.STALL_MODEL_FORCED),
          ProfileRule.of(
              "stream-id-bits",
              "SIDSIZE is at most 32",
              "6.3.2",
              ids -> ids.get(Register.IDR1, Idr1.SIDSIZE) <= MAX_STREAM_BITS),
          ProfileRule.of(
              "substream-id-bits",
              "SSIDSIZE is at most 20",
              "6.3.2",
              ids -> ids.get(Register.IDR1, Idr1.SSIDSIZE) <= MAX_SUBSTREAM_BITS),
          ProfileRule.of(
              "command-queue-size",
              "CMDQS is at most 19",
              "6.3.2",
              ids -> ids.get(Register.IDR1, Idr1.CMDQS) <= MAX_QUEUE_LOG2),
          ProfileRule.of(
              "event-queue-size",
              "EVENTQS is at most 19",
              "6.3.2",
              ids -> ids.get(Register.IDR1, Idr1.EVENTQS) <= MAX_QUEUE_LOG2),
          ProfileRule.of(
              "pri-queue-size",
              "PRIQS is at most 19 where PRI is 1",
              "6.3.2",
              ids -> !has0(ids, Idr0.PRI) || ids.get(Register.IDR1, Idr1.PRIQS) <= MAX_QUEUE_LOG2),
          ProfileRule.of(
              "many-streams-need-two-levels",
              "ST_LEVEL is not 0b00 where SIDSIZE is 7 or more",
              "6.3.2",
              ids ->
                  ids.get(Register.IDR1, Idr1.SIDSIZE) <= MAX_LINEAR_BITS
                      || ids.get(Register.IDR0, Idr0.ST_LEVEL) != Idr0.ST_LEVEL_LINEAR),
          ProfileRule.of(
              "ecmdq-needs-coherence",
              "COHACC is 1 where ECMDQ is 1",
              "6.3.2",
              ids -> !hasEcmdq(ids) || has0(ids, Idr0.COHACC)),
          ProfileRule.of(
              "ecmdq-needs-msi",
              "MSI is 1 where ECMDQ is 1",
              "6.3.2",
              ids -> !hasEcmdq(ids) || has0(ids, Idr0.MSI)),
          ProfileRule.of(
              "ecmdq-needs-movable-queues",
              "QUEUES_PRESET is 0 where ECMDQ is 1",
              "6.3.2",
              ids -> !hasEcmdq(ids) || !ids.isSet(Register.IDR1, Idr1.QUEUES_PRESET)),
          ProfileRule.of(
              "no-ecmdq-no-queues",
              "IDR6 is 0 where ECMDQ is 0",
              "6.3.45",
              ids ->
                  hasEcmdq(ids)
                      || (!ids.isSet(Register.IDR6, Idr6.CMDQ_CONTROL_PAGE_LOG2NUMQ)
                          && !ids.isSet(Register.IDR6, Idr6.CMDQ_CONTROL_PAGE_LOG2NUMP))),
          ProfileRule.of(
              "queues-a-control-page",
              "CMDQ_CONTROL_PAGE_LOG2NUMQ is at most 8",
              "6.3.45",
              ids -> ids.get(Register.IDR6, Idr6.CMDQ_CONTROL_PAGE_LOG2NUMQ) <= MAX_CONTROL_LOG2),
          ProfileRule.of(
              "control-pages",
              "CMDQ_CONTROL_PAGE_LOG2NUMP is at most 8",
              "6.3.45",
              ids -> ids.get(Register.IDR6, Idr6.CMDQ_CONTROL_PAGE_LOG2NUMP) <= MAX_CONTROL_LOG2),
          ProfileRule.of(
              "had-needs-stage-1",
              "HAD is 0 where S1P is 0",
              "6.3.4",
              ids -> !has3(ids, Idr3.HAD) || has0(ids, Idr0.S1P)),
          ProfileRule.of(
              "had-from-v3.1",
              "HAD is 1 in SMMUv3.1 and later with stage 1",
              "6.3.4",
              ids -> has3(ids, Idr3.HAD) || !has0(ids, Idr0.S1P) || minor(ids) < V3_1),
          ProfileRule.of(
              "pbha-not-in-v3.0",
              "PBHA is 0 in SMMUv3.0",
              "6.3.4",
              ids -> !has3(ids, Idr3.PBHA) || minor(ids) > V3_0),
          ProfileRule.of(
              "pbha-needs-had",
              "PBHA is 0 where HAD is 0",
              "6.3.4",
              ids -> !has3(ids, Idr3.PBHA) || has3(ids, Idr3.HAD)),
          ProfileRule.of(
              "xnx-not-in-v3.0",
              "XNX is 0 in SMMUv3.0",
              "6.3.4",
              ids -> !has3(ids, Idr3.XNX) || minor(ids) > V3_0),
          ProfileRule.of(
              "xnx-from-v3.1",
              "XNX is 1 in SMMUv3.1 and later with stage 2",
              "6.3.4",
              ids -> has3(ids, Idr3.XNX) || !has0(ids, Idr0.S2P) || minor(ids) < V3_1),
          ProfileRule.of(
              "pps-needs-pri-and-substreams",
              "PPS is 0 where PRI or SSIDSIZE is 0",
              "6.3.4",
              ids ->
                  !has3(ids, Idr3.PPS)
                      || (has0(ids, Idr0.PRI) && ids.isSet(Register.IDR1, Idr1.SSIDSIZE))),
          mandatory("fwb-from-v3.2", Idr3.FWB, V3_2, _ -> true, ""),
          mandatory("ril-from-v3.2", Idr3.RIL, V3_2, _ -> true, ""),
          ProfileRule.of(
              "bbml-from-v3.2",
              "BBML is 0b01 or 0b10 in SMMUv3.2 and later",
              "6.3.4",
              ids -> has3(ids, Idr3.BBML) || minor(ids) < V3_2),
          mandatory("e0pd-from-v3.3", Idr3.E0PD, V3_3, _ -> true, ""),
          ProfileRule.of(
              "dpt-needs-ats",
              "DPT is 0 where ATS is 0",
              "6.3.4",
              ids -> !has3(ids, Idr3.DPT) || has0(ids, Idr0.ATS)),
          ProfileRule.of(
              "ptwnnc-needs-stage-2",
              "PTWNNC is 0 where S2P is 0",
              "6.3.4",
              ids -> !has3(ids, Idr3.PTWNNC) || has0(ids, Idr0.S2P)),
          mandatory(
              "ptwnnc-from-v3.3", Idr3.PTWNNC, V3_3, ids -> has0(ids, Idr0.S2P), " with stage 2"),
          ProfileRule.of(
              "no-mpam-no-ids",
              "MPAMIDR is 0 where MPAM is 0",
              "6.3.41",
              ids -> ids.value(Register.MPAMIDR) == 0 || has3(ids, Idr3.MPAM)),
          ProfileRule.of(
              "52-bit-output-not-in-v3.0",
              "OAS is not 0b110 in SMMUv3.0",
              "6.3.6",
              ids -> !wideOutput(ids) || minor(ids) > V3_0),
          ProfileRule.of(
              "52-bit-output-needs-64k",
              "OAS is 0b110 only where GRAN64K (or DS, not modelled) is 1",
              "6.3.6",
              ids -> !wideOutput(ids) || ids.isSet(Register.IDR5, Idr5.GRAN64K)),
          ProfileRule.of(
              "vax-not-in-v3.0",
              "VAX is 0 in SMMUv3.0",
              "6.3.6",
              ids -> !ids.isSet(Register.IDR5, Idr5.VAX) || minor(ids) > V3_0),
          ProfileRule.of(
              "vax-needs-64k",
              "VAX is 0b01 only where GRAN64K (or DS, not modelled) is 1",
              "6.3.6",
              ids -> !ids.isSet(Register.IDR5, Idr5.VAX) || ids.isSet(Register.IDR5, Idr5.GRAN64K)),
          ProfileRule.of(
              "vmsav8-32-needs-4k",
              "GRAN4K is 1 where TTF has VMSAv8-32 tables",
              "6.3.6",
              ids ->
                  (ids.get(Register.IDR0, Idr0.TTF) & Idr0.TTF_AARCH32) == 0
                      || ids.isSet(Register.IDR5, Idr5.GRAN4K)),
          ProfileRule.of(
              "no-stalls-no-stall-max",
              "STALL_MAX is 0 where STALL_MODEL is 0b01",
              "6.3.6",
              ids ->
                  stallModel(ids) != Idr0.STALL_MODEL_TERMINATE
                      || !ids.isSet(Register.IDR5, Idr5.STALL_MAX)));

  private static final String THIS_MODEL = "this model";

  private static final List<ProfileRule> LIMITS =
      List.of(
          limit("a-granule", "one of GRAN4K, GRAN16K and GRAN64K is 1", ProfileRules::anyGranule),
          limit(
              "stalls-need-room",
              "STALL_MAX is not 0 where STALL_MODEL is 0b00 or 0b10",
              ids ->
                  stallModel(ids) == Idr0.STALL_MODEL_TERMINATE
                      || ids.isSet(Register.IDR5, Idr5.STALL_MAX)),
          limit(
              "up-to-v3.3",
              "AIDR is not that of SMMUv3.4: not modelled",
              ids -> minor(ids) != V3_4),
          new ProfileRule(
              "cache-sizes",
              "caches have a power of two of entries: tlb 4 or more, walk 0, 4 or more, ste and cd"
                  + " 1 or more, at most 2^20",
              THIS_MODEL,
              (_, caches) -> caches.legal()));

  /** Every rule. */
  public static final List<ProfileRule> ALL = all();

  private ProfileRules() {}

  private static List<ProfileRule> all() {
    List<ProfileRule> rules = new ArrayList<>();
    for (Register register : IdRegisters.ALL) {
      if (register.layout().reservedMask(0) != 0) {
        rules.add(reservedBits(register));
      }
      for (Field field : register.layout().fields()) {
        if (field.kind() == Field.Kind.ENUMERATION) {
          rules.add(encoding(register, field));
        }
        // MPAMIDR is there with IDR3.MPAM, which has a rule of its own.
        if (register != Register.MPAMIDR && field.since().compareTo(Version.SMMU_3_1) > 0) {
          rules.add(version(register, field));
        }
      }
    }
    rules.addAll(RELATIONS);
    lacks(rules, Register.IDR0, Idr0.RME_IMPL);
    lacks(rules, Register.IDR1, Idr1.REL);
    lacks(
        rules,
        Register.IDR3,
        Idr3.PASIDTT,
        Idr3.EPAN,
        Idr3.S1PI,
        Idr3.S2PI,
        Idr3.S2PO,
        Idr3.THE,
        Idr3.MTEPERM,
        Idr3.AIE);
    lacks(rules, Register.IDR5, Idr5.DS, Idr5.D128);
    rules.addAll(LIMITS);
    return List.copyOf(rules);
  }

  /** The rules that a profile of these values breaks, in their order. */
  public static List<ProfileRule> broken(IdRegisters ids, CacheSizes caches) {
    return ALL.stream().filter(rule -> !rule.kept().test(ids, caches)).toList();
  }

  private static ProfileRule reservedBits(Register register) {
    return new ProfileRule(
        register + "-reserved-bits",
        "reserved bits of " + register + " are 0",
        register.source(),
        (ids, _) ->
            (Integer.toUnsignedLong(ids.value(register)) & register.layout().reservedMask(0)) == 0);
  }

  private static ProfileRule encoding(Register register, Field field) {
    return new ProfileRule(
        register + "." + field.name() + "-encoding",
        register + "." + field.name() + " is no reserved encoding",
        register.source(),
        (ids, _) -> !field.reserved(ids.get(register, field)));
  }

  /** A feature of SMMUv3.(x+1) in an SMMUv3.x is allowed, one of a later revision is not. */
  private static ProfileRule version(Register register, Field field) {
    int since = field.since().ordinal() - Version.SMMU_3_0.ordinal();
    return ProfileRule.of(
        register + "." + field.name() + "-revision",
        "%s.%s, of %s, is 0 before SMMUv3.%d"
            .formatted(register, field.name(), field.since().label(), since - 1),
        "2.9",
        ids -> !ids.isSet(register, field) || minor(ids) >= since - 1);
  }

  private static ProfileRule mandatory(
      String name, Field flag, int revision, Predicate<IdRegisters> where, String whereInWords) {
    return ProfileRule.of(
        name,
        "%s is 1 in SMMUv3.%d and later%s".formatted(flag.name(), revision, whereInWords),
        "6.3.4",
        ids -> has3(ids, flag) || !where.test(ids) || minor(ids) < revision);
  }

  private static void lacks(List<ProfileRule> rules, Register register, Field... fields) {
    for (Field field : fields) {
      String name = register + "." + field.name();
      rules.add(
          limit(
              name + "-not-modelled",
              name + " is 0: not modelled",
              ids -> !ids.isSet(register, field)));
    }
  }

  private static ProfileRule limit(String name, String text, Predicate<IdRegisters> kept) {
    return new ProfileRule(name, text, THIS_MODEL, (ids, _) -> kept.test(ids));
  }

  private static boolean has0(IdRegisters ids, Field field) {
    return ids.isSet(Register.IDR0, field);
  }

  private static boolean has3(IdRegisters ids, Field field) {
    return ids.isSet(Register.IDR3, field);
  }

  private static boolean hasEcmdq(IdRegisters ids) {
    return ids.isSet(Register.IDR1, Idr1.ECMDQ);
  }

  private static boolean bothStages(IdRegisters ids) {
    return has0(ids, Idr0.S1P) && has0(ids, Idr0.S2P);
  }

  private static boolean anyGranule(IdRegisters ids) {
    return ids.isSet(Register.IDR5, Idr5.GRAN4K)
        || ids.isSet(Register.IDR5, Idr5.GRAN16K)
        || ids.isSet(Register.IDR5, Idr5.GRAN64K);
  }

  private static boolean wideOutput(IdRegisters ids) {
    return ids.get(Register.IDR5, Idr5.OAS) == AddressSize.code(AddressSize.MAX_BITS);
  }

  private static long stallModel(IdRegisters ids) {
    return ids.get(Register.IDR0, Idr0.STALL_MODEL);
  }

  private static int minor(IdRegisters ids) {
    return (int) ids.get(Register.AIDR, Aidr.ARCH_MINOR_REV);
  }
}
