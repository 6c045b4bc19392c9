package portcullis.check.hostile;

import static portcullis.hyp.smmuv3.RegisterPolicy.Guard;

import java.util.List;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.check.run.Policies;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PageCondition;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.mem.PageTransition;
import portcullis.hyp.smmuv3.CommandPolicy;
import portcullis.hyp.smmuv3.PolicyRow;
import portcullis.hyp.smmuv3.ProtectionPolicy;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.RegisterPolicy;
import portcullis.hyp.smmuv3.SmmuPolicy;
import portcullis.hyp.smmuv3.StePolicy;

/**
 * One row of EL2's tables changed so that isolation breaks.
 *
 * @param name of the bug
 * @param policies with the row
 */
record PlantedBug(String name, Policies policies) {
  private static final String WHY = "planted";

  static List<PlantedBug> all() {
    return List.of(
        untaken(Measure.TAKE_REGISTERS),
        untaken(Measure.ABORT_WHILE_DISABLED),
        untaken(Measure.PIN_EVENT_QUEUE),
        untaken(Measure.PIN_PRI_QUEUE),
        untaken(Measure.UNMAP_STAGE2),
        untaken(Measure.INVALIDATE_STAGE2),
        untaken(Measure.INVALIDATE_NESTED),
        untaken(Measure.ABORT_WITHOUT_POWER),
        untaken(Measure.INVALIDATE_AT_POWER_ON),
        smmu(
            "a bypass STE is copied",
            new StePolicy.ConfigRow(Ste.CONFIG_BYPASS, StePolicy.Outcome.COPY, WHY)),
        smmu(
            "a stage-1 STE is copied",
            new StePolicy.ConfigRow(Ste.CONFIG_S1, StePolicy.Outcome.COPY, WHY)),
        smmu(
            "a stage-2 STE is copied",
            new StePolicy.ConfigRow(Ste.CONFIG_S2, StePolicy.Outcome.COPY, WHY)),
        smmu("STE.S2TTB is the host's", new StePolicy.Row(Ste.S2TTB, StePolicy.Rule.COPY, 0, WHY)),
        smmu("STE.EATS is the host's", new StePolicy.Row(Ste.EATS, StePolicy.Rule.COPY, 0, WHY)),
        smmu(
            "STE.VMSPtr is the host's", new StePolicy.Row(Ste.VMSPTR, StePolicy.Rule.COPY, 0, WHY)),
        smmu("GBPA passes", forwarded(Register.GBPA)),
        smmu("STRTAB_BASE passes", forwarded(Register.STRTAB_BASE)),
        smmu("the event queue's MSI address passes", forwarded(Register.EVENTQ_IRQ_CFG0)),
        smmu("Enhanced Command queues can be enabled", forwarded(Register.ECMDQ_PROD)),
        smmu(
            "CMD_SYNC keeps its MSI",
            new CommandPolicy.Row(Opcode.SYNC, CommandPolicy.Verdict.COPY, WHY)),
        pages(
            "IOMMUs are not told of a donation",
            PagePolicy.DEFAULT.with(
                handover(PageTransition.DONATE_GUEST, PagePolicy.IommuOrder.NEVER, false))),
        pages(
            "a reclaimed page is not erased",
            PagePolicy.DEFAULT.with(
                handover(PageTransition.RECLAIM_GUEST, PagePolicy.IommuOrder.AFTER, false))),
        pages(
            "a pinned page can be donated",
            PagePolicy.DEFAULT.with(
                new PagePolicy.Row(
                    PageTransition.DONATE_GUEST, PageCondition.HOST_PINNED, Status.OK, WHY))),
        pages(
            "EL2's page can be donated",
            PagePolicy.DEFAULT.with(
                new PagePolicy.Row(
                    PageTransition.DONATE_GUEST, PageCondition.HYP, Status.OK, WHY))),
        pages(
            "the page of a guest that lives can be reclaimed",
            PagePolicy.DEFAULT.with(
                new PagePolicy.Row(
                    PageTransition.RECLAIM_GUEST, PageCondition.GUEST, Status.OK, WHY))),
        pages(
            "a shared page can be donated",
            PagePolicy.DEFAULT.with(
                new PagePolicy.Row(
                    PageTransition.DONATE_GUEST, PageCondition.HOST_SHARED, Status.OK, WHY))),
        pages(
            "EL2's page can be reclaimed",
            PagePolicy.DEFAULT.with(
                new PagePolicy.Row(
                    PageTransition.RECLAIM_GUEST, PageCondition.HYP, Status.OK, WHY))),
        pages(
            "any page can be pinned",
            PagePolicy.DEFAULT.with(
                new PagePolicy.Row(PageTransition.PIN, PageCondition.GUEST, Status.OK, WHY))));
  }

  private static PlantedBug smmu(String name, PolicyRow row) {
    return new PlantedBug(name, new Policies(PagePolicy.DEFAULT, SmmuPolicy.DEFAULT.with(row)));
  }

  private static PlantedBug pages(String name, PagePolicy policy) {
    return new PlantedBug(name, new Policies(policy, SmmuPolicy.DEFAULT));
  }

  static PlantedBug untaken(Measure measure) {
    return smmu("without " + measure, new ProtectionPolicy.Row(measure, false, WHY));
  }

  private static RegisterPolicy.Row forwarded(Register register) {
    return new RegisterPolicy.Row(
        register,
        RegisterPolicy.Read.SHADOW,
        -1,
        RegisterPolicy.Write.FORWARD,
        -1,
        Guard.NONE,
        WHY);
  }

  private static PagePolicy.Handover handover(
      PageTransition transition, PagePolicy.IommuOrder iommus, boolean wipe) {
    PagePolicy.Handover usual = PagePolicy.DEFAULT.handover(transition);
    return new PagePolicy.Handover(transition, usual.access(), iommus, wipe, WHY);
  }

  @Override
  public String toString() {
    return name;
  }
}
