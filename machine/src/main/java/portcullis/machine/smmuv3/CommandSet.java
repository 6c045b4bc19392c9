package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Opcode;
import portcullis.machine.smmuv3.registers.Features;

/**
 * Which commands an SMMU has on its Non-secure queue: those of a feature that its profile lacks, of
 * another Security state, and reserved opcodes are CERROR_ILL (IHI 0070 4.1.3, 4.3 to 4.7).
 */
final class CommandSet {
  private final Opcode[] legal = new Opcode[256];

  CommandSet(Features features) {
    for (Opcode opcode : Opcode.values()) {
      if (supports(features, opcode)) {
        legal[opcode.code()] = opcode;
      }
    }
  }

  /**
   * The command with an opcode, or null if there is none.
   *
   * @param code 0 to 255
   */
  Opcode of(int code) {
    return legal[code];
  }

  private static boolean supports(Features features, Opcode opcode) {
    boolean stage1 = features.feature0(Idr0.S1P);
    boolean stage2 = features.feature0(Idr0.S2P);
    return switch (opcode) {
      case PREFETCH_CONFIG, PREFETCH_ADDR, CFGI_STE, CFGI_STE_RANGE, TLBI_NSNH_ALL, SYNC -> true;
      case CFGI_CD, CFGI_CD_ALL -> stage1;
      case CFGI_VMS_PIDM -> features.mapsPartIds();
      case TLBI_NH_ALL, TLBI_NH_ASID, TLBI_NH_VA, TLBI_NH_VAA -> stage1;
      case TLBI_EL2_ALL, TLBI_EL2_ASID, TLBI_EL2_VA, TLBI_EL2_VAA ->
          stage1 && features.feature0(Idr0.HYP);
      case TLBI_S12_VMALL, TLBI_S2_IPA -> stage2;
      case ATC_INV -> features.feature0(Idr0.ATS);
      case PRI_RESP -> features.feature0(Idr0.PRI);
      case RESUME, STALL_TERM ->
          Idr0.STALL_MODEL.get(features.profile().idr0()) != Idr0.STALL_MODEL_TERMINATE;
      case TLBI_EL3_ALL,
          TLBI_EL3_VA,
          TLBI_S_EL2_ALL,
          TLBI_S_EL2_ASID,
          TLBI_S_EL2_VA,
          TLBI_S_EL2_VAA,
          TLBI_S_S12_VMALL,
          TLBI_S_S2_IPA,
          TLBI_SNH_ALL ->
          false;
      case DPTI_ALL, DPTI_PA -> features.feature3(Idr3.DPT);
    };
  }
}
