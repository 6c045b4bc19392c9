package portcullis.check.run;

import static portcullis.check.run.Forbidden.ATS_ANSWER;
import static portcullis.check.run.Forbidden.BYPASS_READ;
import static portcullis.check.run.Forbidden.BYPASS_WRITE;
import static portcullis.check.run.Forbidden.CACHED_READ;
import static portcullis.check.run.Forbidden.CACHED_WRITE;
import static portcullis.check.run.Forbidden.CLEARED_ENTRY;
import static portcullis.check.run.Forbidden.COMMAND_QUEUE;
import static portcullis.check.run.Forbidden.CONTEXT_DESCRIPTOR;
import static portcullis.check.run.Forbidden.CPU_READ;
import static portcullis.check.run.Forbidden.DISABLED_BYPASS;
import static portcullis.check.run.Forbidden.ENHANCED_QUEUE;
import static portcullis.check.run.Forbidden.ERROR_INTERRUPT;
import static portcullis.check.run.Forbidden.EVENT_INTERRUPT;
import static portcullis.check.run.Forbidden.EVENT_QUEUE;
import static portcullis.check.run.Forbidden.GIVEN_AFTER_ON;
import static portcullis.check.run.Forbidden.GIVEN_BEFORE_OFF;
import static portcullis.check.run.Forbidden.GIVEN_WHILE_DISABLED;
import static portcullis.check.run.Forbidden.GIVEN_WHILE_OFF;
import static portcullis.check.run.Forbidden.LEFT_CONTENT;
import static portcullis.check.run.Forbidden.MAPPED_PARTID;
import static portcullis.check.run.Forbidden.MAPPED_READ;
import static portcullis.check.run.Forbidden.MAPPED_WRITE;
import static portcullis.check.run.Forbidden.NEW_TABLE_READ;
import static portcullis.check.run.Forbidden.NEW_TABLE_WRITE;
import static portcullis.check.run.Forbidden.OPEN_WITHOUT_POWER;
import static portcullis.check.run.Forbidden.PERMITTED_BY_ANSWER;
import static portcullis.check.run.Forbidden.REGISTERS_BY_DMA;
import static portcullis.check.run.Forbidden.REQUESTED_PAGE;
import static portcullis.check.run.Forbidden.REQUEST_INTERRUPT;
import static portcullis.check.run.Forbidden.REQUEST_QUEUE;
import static portcullis.check.run.Forbidden.RUNNING_COMMAND_QUEUE;
import static portcullis.check.run.Forbidden.RUNNING_EVENT_QUEUE;
import static portcullis.check.run.Forbidden.RUNNING_REQUEST_QUEUE;
import static portcullis.check.run.Forbidden.RUNNING_STREAM_TABLE;
import static portcullis.check.run.Forbidden.STAGE1_TABLE;
import static portcullis.check.run.Forbidden.STAGE1_TABLE_ANEW;
import static portcullis.check.run.Forbidden.STAGE2_LOOKUP;
import static portcullis.check.run.Forbidden.STALL_RECORD;
import static portcullis.check.run.Forbidden.STALL_RETRY;
import static portcullis.check.run.Forbidden.STREAM_TABLE;
import static portcullis.check.run.Forbidden.SYNC_INTERRUPT;
import static portcullis.check.run.Forbidden.TRANSLATED_BYPASS;
import static portcullis.check.run.Forbidden.TRANSLATED_READ;
import static portcullis.check.run.Forbidden.TRANSLATED_UNCHECKED;
import static portcullis.check.run.Forbidden.TRANSLATED_WRITE;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PageCondition;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.mem.PagePolicy.Handover;
import portcullis.hyp.mem.PagePolicy.HostAccess;
import portcullis.hyp.mem.PagePolicy.IommuOrder;
import portcullis.hyp.mem.PageTransition;
import portcullis.hyp.smmuv3.CommandPolicy;
import portcullis.hyp.smmuv3.PolicyRow;
import portcullis.hyp.smmuv3.ProtectionPolicy;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.RegisterPolicy;
import portcullis.hyp.smmuv3.SmmuPolicy;
import portcullis.hyp.smmuv3.StePolicy;

/**
 * The hypervisor with rows of its tables changed for the worse.
 *
 * @param description what is wrong with it
 * @param policies its tables
 * @param succeeds exactly the attempts that now succeed, of each master and of each SMMU
 */
record PlantedBug(String description, Policies policies, Set<Forbidden> succeeds) {
  private static final String REASON = "planted";

  /** Stage 2, or what the SMMU has cached of it, still has the page: all that DMA can do. */
  private static final Set<Forbidden> STALE_STAGE2 =
      EnumSet.of(
          MAPPED_READ,
          MAPPED_WRITE,
          BYPASS_READ,
          BYPASS_WRITE,
          NEW_TABLE_READ,
          NEW_TABLE_WRITE,
          CONTEXT_DESCRIPTOR,
          STAGE1_TABLE,
          STAGE1_TABLE_ANEW,
          CACHED_READ,
          CACHED_WRITE,
          ATS_ANSWER,
          TRANSLATED_READ,
          TRANSLATED_WRITE,
          REQUESTED_PAGE,
          STALL_RETRY);

  /** The same, whenever the page was given away: nothing is there to forget. */
  private static final Forbidden[] GIVEN_AT_ANY_TIME = {
    GIVEN_BEFORE_OFF, GIVEN_WHILE_OFF, GIVEN_AFTER_ON, GIVEN_WHILE_DISABLED
  };

  /** TLBs keep what stage 2 no longer says. */
  static final PlantedBug STALE_TLBS =
      smmu(
          "unmapped stage-2 entries stay in TLBs",
          with(STALE_STAGE2, GIVEN_AFTER_ON),
          never(Measure.INVALIDATE_STAGE2));

  /** At least one bug for each {@link Forbidden}. */
  static final List<PlantedBug> ALL =
      List.of(
          smmu(
              "stage 2 keeps pages that are given away",
              with(STALE_STAGE2, GIVEN_AT_ANY_TIME),
              never(Measure.UNMAP_STAGE2)),
          STALE_TLBS,
          pages(
              "IOMMUs are not told of a donation",
              with(STALE_STAGE2, GIVEN_AT_ANY_TIME),
              PagePolicy.DEFAULT.with(donation(HostAccess.REMOVED, IommuOrder.NEVER))),
          smmu(
              "combined stage-1 and stage-2 entries stay in TLBs",
              EnumSet.of(MAPPED_READ, MAPPED_WRITE, ATS_ANSWER, GIVEN_AFTER_ON),
              never(Measure.INVALIDATE_NESTED)),
          smmu(
              "an SMMU that has power again keeps what its caches kept",
              EnumSet.of(GIVEN_WHILE_OFF, GIVEN_WHILE_DISABLED),
              never(Measure.INVALIDATE_AT_POWER_ON)),
          smmu(
              "an SMMU loses its power whatever becomes of traffic",
              EnumSet.of(OPEN_WITHOUT_POWER),
              never(Measure.ABORT_WITHOUT_POWER)),
          smmu(
              "configuration caches keep what an STE said",
              EnumSet.of(CLEARED_ENTRY),
              never(Measure.INVALIDATE_CONFIGURATION)),
          smmu(
              "a bypass STE is copied as it is",
              EnumSet.of(BYPASS_READ, BYPASS_WRITE),
              config(Ste.CONFIG_BYPASS)),
          smmu(
              "a stage-1 STE is copied as it is: no stage 2",
              EnumSet.of(
                  MAPPED_READ,
                  MAPPED_WRITE,
                  NEW_TABLE_READ,
                  NEW_TABLE_WRITE,
                  CONTEXT_DESCRIPTOR,
                  STAGE1_TABLE,
                  STAGE1_TABLE_ANEW,
                  REGISTERS_BY_DMA,
                  CACHED_READ,
                  CACHED_WRITE,
                  ATS_ANSWER,
                  TRANSLATED_READ,
                  TRANSLATED_WRITE,
                  PERMITTED_BY_ANSWER,
                  REQUESTED_PAGE,
                  STALL_RETRY,
                  GIVEN_BEFORE_OFF,
                  GIVEN_WHILE_OFF,
                  GIVEN_AFTER_ON,
                  GIVEN_WHILE_DISABLED),
              config(Ste.CONFIG_S1)),
          pages(
              "a donation leaves the host's access as it was",
              with(with(STALE_STAGE2, GIVEN_AT_ANY_TIME), CPU_READ),
              PagePolicy.DEFAULT.with(donation(HostAccess.KEPT, IommuOrder.BEFORE))),
          pages(
              "a guest's page can be pinned as the host's",
              EnumSet.of(COMMAND_QUEUE, EVENT_QUEUE, REQUEST_QUEUE, STALL_RECORD),
              PagePolicy.DEFAULT.with(
                  new PagePolicy.Row(PageTransition.PIN, PageCondition.GUEST, Status.OK, REASON))),
          smmu(
              "the event queue is not pinned",
              EnumSet.of(EVENT_QUEUE, RUNNING_EVENT_QUEUE, STALL_RECORD),
              never(Measure.PIN_EVENT_QUEUE)),
          smmu(
              "the page request queue is not pinned",
              EnumSet.of(REQUEST_QUEUE, RUNNING_REQUEST_QUEUE),
              never(Measure.PIN_PRI_QUEUE)),
          smmu(
              "full ATS stays full ATS: a Translated transaction passes no stage",
              EnumSet.of(
                  CACHED_READ,
                  CACHED_WRITE,
                  TRANSLATED_READ,
                  TRANSLATED_WRITE,
                  TRANSLATED_BYPASS,
                  PERMITTED_BY_ANSWER),
              new StePolicy.Row(Ste.EATS, StePolicy.Rule.COPY, 0, REASON)),
          smmu(
              "hardware gets the host's STE.S1MPAM and VMSPtr",
              EnumSet.of(MAPPED_PARTID),
              new StePolicy.Row(Ste.S1MPAM, StePolicy.Rule.COPY, 0, REASON),
              new StePolicy.Row(Ste.VMSPTR, StePolicy.Rule.COPY, 0, REASON)),
          smmu(
              "hardware checks Translated transactions only if the host wants it to",
              EnumSet.of(TRANSLATED_UNCHECKED),
              never(Measure.CHECK_TRANSLATED)),
          smmu(
              "hardware gets the host's PRIQ_IRQ_CFG0",
              EnumSet.of(REQUEST_INTERRUPT),
              forward(Register.PRIQ_IRQ_CFG0)),
          smmu(
              "hardware gets the host's GERROR_IRQ_CFG0",
              EnumSet.of(ERROR_INTERRUPT),
              forward(Register.GERROR_IRQ_CFG0)),
          smmu(
              "the command queue is not pinned",
              EnumSet.of(RUNNING_COMMAND_QUEUE),
              never(Measure.PIN_COMMAND_QUEUE)),
          smmu(
              "the stream table is not pinned",
              EnumSet.of(RUNNING_STREAM_TABLE),
              never(Measure.PIN_STREAM_TABLE)),
          smmu(
              "CMD_SYNC goes to hardware as it came",
              EnumSet.of(SYNC_INTERRUPT),
              new CommandPolicy.Row(Opcode.SYNC, CommandPolicy.Verdict.COPY, REASON)),
          smmu(
              "hardware gets the host's EVENTQ_IRQ_CFG0",
              EnumSet.of(EVENT_INTERRUPT),
              forward(Register.EVENTQ_IRQ_CFG0)),
          smmu(
              "hardware gets the host's STRTAB_BASE",
              with(STALE_STAGE2, REGISTERS_BY_DMA, STREAM_TABLE, PERMITTED_BY_ANSWER),
              forward(Register.STRTAB_BASE)),
          smmu(
              "hardware gets the host's GBPA", EnumSet.of(DISABLED_BYPASS), forward(Register.GBPA)),
          smmu(
              "GBPA stays as the host left it before it was deprivileged",
              EnumSet.of(DISABLED_BYPASS),
              never(Measure.ABORT_WHILE_DISABLED)),
          smmu(
              "hardware answers the host's address translation operations",
              EnumSet.of(STAGE2_LOOKUP),
              open(Register.GATOS_CTRL),
              open(Register.GATOS_SID),
              open(Register.GATOS_ADDR),
              open(Register.GATOS_PAR)),
          smmu(
              "hardware has the host's Enhanced Command queues",
              EnumSet.of(ENHANCED_QUEUE),
              open(Register.ECMDQ_BASE),
              open(Register.ECMDQ_PROD),
              open(Register.ECMDQ_CONS)),
          pages(
              "a reclaimed page is not erased",
              EnumSet.of(LEFT_CONTENT),
              PagePolicy.DEFAULT.with(
                  new Handover(
                      PageTransition.RECLAIM_GUEST,
                      HostAccess.RESTORED,
                      IommuOrder.AFTER,
                      false,
                      REASON))));

  PlantedBug {
    succeeds = Set.copyOf(succeeds);
  }

  /** For the names of tests. */
  @Override
  public String toString() {
    return description;
  }

  private static PlantedBug smmu(
      String description, Set<Forbidden> succeeds, PolicyRow... changed) {
    SmmuPolicy policy = SmmuPolicy.DEFAULT;
    for (PolicyRow row : changed) {
      policy = policy.with(row);
    }
    return new PlantedBug(description, new Policies(PagePolicy.DEFAULT, policy), succeeds);
  }

  private static PlantedBug pages(String description, Set<Forbidden> succeeds, PagePolicy pages) {
    return new PlantedBug(description, new Policies(pages, SmmuPolicy.DEFAULT), succeeds);
  }

  private static ProtectionPolicy.Row never(Measure measure) {
    return new ProtectionPolicy.Row(measure, false, REASON);
  }

  private static StePolicy.ConfigRow config(int config) {
    return new StePolicy.ConfigRow(config, StePolicy.Outcome.COPY, REASON);
  }

  /** The host's write reaches hardware as it came; reads and guard stay as they are. */
  private static RegisterPolicy.Row forward(Register register) {
    RegisterPolicy.Row row = RegisterPolicy.DEFAULT.row(register);
    return new RegisterPolicy.Row(
        register,
        row.read(),
        row.shown(),
        RegisterPolicy.Write.FORWARD,
        row.passed(),
        row.guard(),
        REASON);
  }

  /** The host has hardware's register. */
  private static RegisterPolicy.Row open(Register register) {
    return new RegisterPolicy.Row(
        register,
        RegisterPolicy.Read.HARDWARE,
        -1,
        RegisterPolicy.Write.FORWARD,
        0,
        RegisterPolicy.Guard.NONE,
        REASON);
  }

  private static Handover donation(HostAccess access, IommuOrder iommus) {
    return new Handover(PageTransition.DONATE_GUEST, access, iommus, false, REASON);
  }

  private static Set<Forbidden> with(Set<Forbidden> some, Forbidden... more) {
    EnumSet<Forbidden> all = EnumSet.copyOf(some);
    all.addAll(List.of(more));
    return all;
  }
}
