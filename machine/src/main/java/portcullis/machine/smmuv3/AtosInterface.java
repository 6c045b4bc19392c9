package portcullis.machine.smmuv3;

import portcullis.arch.smmu.AtosAddr;
import portcullis.arch.smmu.AtosCtrl;
import portcullis.arch.smmu.AtosSid;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.VatosSel;
import portcullis.machine.smmuv3.caches.StreamWorld;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;
import portcullis.machine.smmuv3.structures.DecodedSte;

/**
 * Address translation operations: software asks by registers what would become of a transaction
 * (IHI 0070 9). Nothing is recorded and nothing stalls, whatever STE and CD say.
 *
 * <p>A lookup is made within the write that asks for it, so that no other access of software meets
 * one that runs. While it runs, RUN is 1, and a write of the SMMU's own that a table leads to these
 * registers is ignored (6.3.37).
 *
 * <p>An ordinary lookup uses and fills the caches as a read or write does, updates of descriptors
 * included. One that inhibits updates (HTTUI) goes by {@code passive} stages: they keep no
 * translation, as what they would keep need not be marked in memory. INTERNAL_ERR never comes:
 * nothing can stop a lookup half-way.
 */
final class AtosInterface {
  private final AtosGroup group;
  private final RegisterFile registers;
  private final StreamTable streams;
  private final AtosStages active;
  private final AtosStages passive;
  private final AtosResult result;
  private final boolean offersStage1;
  private final boolean offersStage2;

  /** Scratch. */
  private final Translation lookup = Translation.ofAtos();

  AtosInterface(
      AtosGroup group,
      Features features,
      RegisterFile registers,
      StreamTable streams,
      AtosStages active,
      AtosStages passive) {
    this.group = group;
    this.registers = registers;
    this.streams = streams;
    this.active = active;
    this.passive = passive;
    this.result = new AtosResult(features);
    this.offersStage1 = features.feature0(Idr0.S1P);
    this.offersStage2 = features.feature0(Idr0.S2P);
  }

  /** CTRL has been written: makes the lookup that is asked for, if translation is enabled. */
  void run() {
    if (!AtosCtrl.RUN.isSet(registers.get(group.control()))) {
      return;
    }
    if (Cr0.SMMUEN.isSet(registers.get(Register.CR0ACK))) {
      registers.set(group.result(), answer());
    }
    registers.set(group.control(), 0);
  }

  private long answer() {
    long request = registers.get(group.address());
    long stream = registers.get(group.stream());
    int type = (int) AtosAddr.TYPE.get(request);
    boolean tagged = AtosSid.SSID_VALID.isSet(stream);
    if (!valid(type, tagged)) {
      return AtosResult.INVALID_REQUEST;
    }
    Translation t = lookup;
    t.begin(
        (int) AtosSid.STREAMID.get(stream),
        tagged ? (int) AtosSid.SUBSTREAMID.get(stream) : Translation.NO_SUBSTREAM,
        AtosAddr.ADDR.inPlace(request),
        AccessType.of(
            !AtosAddr.RNW.isSet(request),
            AtosAddr.IND.isSet(request),
            AtosAddr.PNU.isSet(request)));
    if (!streams.find(t)) {
      return AtosResult.fault(t, type);
    }
    if (group == AtosGroup.VIRTUAL && !selected(t.ste)) {
      t.fault(EventType.C_BAD_STE);
      return AtosResult.fault(t, type);
    }
    if (!configured(t.ste, type)) {
      return AtosResult.INVALID_STAGE;
    }
    boolean passed = (AtosAddr.HTTUI.isSet(request) ? passive : active).translate(t, type);
    return passed ? result.success(t) : AtosResult.fault(t, type);
  }

  /** Whether the group could make such a lookup for some stream (9.1.3). */
  private boolean valid(int type, boolean tagged) {
    boolean one = (type & AtosAddr.TYPE_STAGE_1) != 0;
    boolean two = (type & AtosAddr.TYPE_STAGE_2) != 0;
    return (one || two)
        && (!one || offersStage1)
        && (!two || (offersStage2 && group == AtosGroup.GLOBAL))
        && !(tagged && !one);
  }

  /** Whether translations have VATOS_SEL's VMID: those of EL2 have none (9.1.6). */
  private boolean selected(DecodedSte ste) {
    return (ste.stage1 || ste.stage2)
        && ste.world == StreamWorld.EL1
        && ste.vmid() == VatosSel.VMID.get(registers.get(Register.VATOS_SEL));
  }

  /** Whether the stream has the stages that are asked for, maybe more; S1DSS is no matter. */
  private static boolean configured(DecodedSte ste, int type) {
    return ((type & AtosAddr.TYPE_STAGE_1) == 0 || ste.stage1)
        && ((type & AtosAddr.TYPE_STAGE_2) == 0 || ste.stage2);
  }
}
