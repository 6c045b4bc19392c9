package portcullis.hyp.mem;

import static portcullis.hyp.mem.PageCondition.DEVICE;
import static portcullis.hyp.mem.PageCondition.DEVICE_HYP;
import static portcullis.hyp.mem.PageCondition.DYING_GUEST;
import static portcullis.hyp.mem.PageCondition.GUEST;
import static portcullis.hyp.mem.PageCondition.HOST;
import static portcullis.hyp.mem.PageCondition.HOST_PINNED;
import static portcullis.hyp.mem.PageCondition.HOST_SHARED;
import static portcullis.hyp.mem.PageCondition.HOST_SHARED_OTHER;
import static portcullis.hyp.mem.PageCondition.HOST_SHARED_PINNED;
import static portcullis.hyp.mem.PageCondition.OTHER_DYING_GUEST;

import java.util.EnumMap;
import java.util.List;
import portcullis.hyp.Status;

/**
 * The table of page transitions: what {@link HostPages} does when a page is to change hands, to be
 * shared or to be pinned. A verdict for every pair of {@link PageTransition} and {@link
 * PageCondition}, and for every transition a {@link Handover}: what happens around the change of
 * owner, and in which order. Immutable; a test or the checker replaces single rows by {@link
 * #with(Row)} and {@link #with(Handover)}.
 */
public final class PagePolicy {

  /**
   * One verdict.
   *
   * @param transition what is asked for
   * @param from what the page is
   * @param verdict OK to allow it, else what the initiator gets
   * @param reason why, in a few words
   */
  public record Row(PageTransition transition, PageCondition from, Status verdict, String reason) {

    /** Such as {@code donate from host, pinned}. */
    public String name() {
      return transition.label() + " from " + from.label();
    }

    /** Whether the transition is carried out. */
    public boolean allowed() {
      return verdict.ok();
    }
  }

  /** What a transition does to the host's access, through the CPUs and through the IOMMUs. */
  public enum HostAccess {
    /** The host can reach the page before and after. */
    KEPT,
    /** The host could reach it and cannot any more. */
    REMOVED,
    /** The host could not reach it and now can. */
    RESTORED,
  }

  /** When the IOMMUs are told that the host's access changes. */
  public enum IommuOrder {
    /** Not at all. */
    NEVER,
    /** Before the owner changes: the change waits until they have finished. */
    BEFORE,
    /** After the owner has changed. */
    AFTER,
  }

  /**
   * What happens around the change of owner. Of a transition that changes no owner it says nothing
   * but that.
   *
   * @param transition which transition
   * @param access what it does to the host's access
   * @param iommus when the IOMMUs are told of that
   * @param wipe whether the content is erased first
   * @param reason why so
   */
  public record Handover(
      PageTransition transition,
      HostAccess access,
      IommuOrder iommus,
      boolean wipe,
      String reason) {}

  /** What keeps the promises of docs/threat-model.md. */
  public static final PagePolicy DEFAULT = defaults();

  private final EnumMap<PageTransition, EnumMap<PageCondition, Row>> rows;
  private final EnumMap<PageTransition, Handover> handovers;

  private PagePolicy(
      EnumMap<PageTransition, EnumMap<PageCondition, Row>> rows,
      EnumMap<PageTransition, Handover> handovers) {
    this.rows = rows;
    this.handovers = handovers;
  }

  /** The verdict on {@code transition} of a page that is {@code from}. */
  public Row row(PageTransition transition, PageCondition from) {
    return rows.get(transition).get(from);
  }

  /** What happens around {@code transition}. */
  public Handover handover(PageTransition transition) {
    return handovers.get(transition);
  }

  /** All verdicts, by transition, then by condition. */
  public List<Row> rows() {
    return rows.values().stream().flatMap(row -> row.values().stream()).toList();
  }

  /** What happens around each transition. */
  public List<Handover> handovers() {
    return List.copyOf(handovers.values());
  }

  /** This table with one verdict replaced. */
  public PagePolicy with(Row row) {
    EnumMap<PageTransition, EnumMap<PageCondition, Row>> changed = rows.clone();
    EnumMap<PageCondition, Row> ofTransition = rows.get(row.transition()).clone();
    ofTransition.put(row.from(), row);
    changed.put(row.transition(), ofTransition);
    return new PagePolicy(changed, handovers);
  }

  /** This table with what happens around one transition replaced. */
  public PagePolicy with(Handover handover) {
    EnumMap<PageTransition, Handover> changed = handovers.clone();
    changed.put(handover.transition(), handover);
    return new PagePolicy(rows, changed);
  }

  private static PagePolicy defaults() {
    return new Builder()
        .allow(PageTransition.DONATE_GUEST, "the host gives what only it can reach", HOST)
        .refuse(
            PageTransition.DONATE_GUEST,
            Status.BUSY,
            "an SMMU uses it for the host: a queue or a table",
            HOST_PINNED,
            HOST_SHARED_PINNED)
        .refuse(
            PageTransition.DONATE_GUEST,
            Status.BUSY,
            "somebody else can still reach it",
            HOST_SHARED,
            HOST_SHARED_OTHER)
        .otherwise(PageTransition.DONATE_GUEST, Status.DENIED, "not RAM of the host")
        .handover(
            PageTransition.DONATE_GUEST,
            HostAccess.REMOVED,
            IommuOrder.BEFORE,
            false,
            "no device reaches it when the guest gets it; the content is the guest's image")
        .allow(PageTransition.RECLAIM_GUEST, "the guest never runs again", DYING_GUEST)
        .refuse(PageTransition.RECLAIM_GUEST, Status.BUSY, "the guest lives", GUEST)
        .refuse(
            PageTransition.RECLAIM_GUEST,
            Status.INVALID,
            "a call reclaims from one guest",
            OTHER_DYING_GUEST)
        .otherwise(PageTransition.RECLAIM_GUEST, Status.DENIED, "not a guest's")
        .handover(
            PageTransition.RECLAIM_GUEST,
            HostAccess.RESTORED,
            IommuOrder.AFTER,
            true,
            "the guest's secrets are erased, and devices reach it only once it is the host's")
        .shares(PageTransition.SHARE_GUEST, PageTransition.UNSHARE_GUEST)
        .shares(PageTransition.SHARE_HYP, PageTransition.UNSHARE_HYP)
        .allow(PageTransition.DONATE_MMIO, "EL2 emulates these registers", DEVICE)
        .refuse(PageTransition.DONATE_MMIO, Status.DENIED, "taken already", DEVICE_HYP)
        .otherwise(PageTransition.DONATE_MMIO, Status.INVALID, "RAM")
        .handover(
            PageTransition.DONATE_MMIO,
            HostAccess.REMOVED,
            IommuOrder.BEFORE,
            false,
            "no device writes an SMMU's registers")
        .allow(PageTransition.RETURN_MMIO, "EL2 has let go of the device", DEVICE_HYP)
        .refuse(PageTransition.RETURN_MMIO, Status.DENIED, "not taken", DEVICE)
        .otherwise(PageTransition.RETURN_MMIO, Status.INVALID, "RAM")
        .handover(
            PageTransition.RETURN_MMIO,
            HostAccess.RESTORED,
            IommuOrder.AFTER,
            false,
            "devices reach it only once it is the host's")
        .allow(
            PageTransition.PIN,
            "the host's: hardware may use it for the host",
            HOST,
            HOST_PINNED,
            HOST_SHARED,
            HOST_SHARED_PINNED)
        .otherwise(PageTransition.PIN, Status.DENIED, "not RAM of the host")
        .kept(PageTransition.PIN)
        .allow(PageTransition.UNPIN, "hardware has let go of it", HOST_PINNED, HOST_SHARED_PINNED)
        .otherwise(PageTransition.UNPIN, Status.DENIED, "not pinned")
        .kept(PageTransition.UNPIN)
        .build();
  }

  private static final class Builder {
    private final EnumMap<PageTransition, EnumMap<PageCondition, Row>> rows =
        new EnumMap<>(PageTransition.class);
    private final EnumMap<PageTransition, Handover> handovers = new EnumMap<>(PageTransition.class);

    Builder allow(PageTransition transition, String reason, PageCondition... from) {
      return refuse(transition, Status.OK, reason, from);
    }

    Builder refuse(
        PageTransition transition, Status verdict, String reason, PageCondition... from) {
      for (PageCondition condition : from) {
        of(transition).put(condition, new Row(transition, condition, verdict, reason));
      }
      return this;
    }

    /** The verdict where the table has none yet. */
    Builder otherwise(PageTransition transition, Status verdict, String reason) {
      for (PageCondition condition : PageCondition.values()) {
        of(transition)
            .computeIfAbsent(condition, from -> new Row(transition, from, verdict, reason));
      }
      return this;
    }

    Builder handover(
        PageTransition transition,
        HostAccess access,
        IommuOrder iommus,
        boolean wipe,
        String reason) {
      handovers.put(transition, new Handover(transition, access, iommus, wipe, reason));
      return this;
    }

    Builder kept(PageTransition transition) {
      return handover(
          transition, HostAccess.KEPT, IommuOrder.NEVER, false, "the page stays the host's");
    }

    /** Sharing with EL2 and with a guest follows the same rules. */
    Builder shares(PageTransition share, PageTransition unshare) {
      return allow(
              share,
              "the host may let another touch its page",
              HOST,
              HOST_PINNED,
              HOST_SHARED,
              HOST_SHARED_PINNED)
          .refuse(share, Status.BUSY, "one party at a time", HOST_SHARED_OTHER)
          .otherwise(share, Status.DENIED, "not RAM of the host")
          .kept(share)
          .allow(unshare, "takes back one share", HOST_SHARED, HOST_SHARED_PINNED)
          .otherwise(unshare, Status.DENIED, "not shared so")
          .kept(unshare);
    }

    private EnumMap<PageCondition, Row> of(PageTransition transition) {
      return rows.computeIfAbsent(transition, t -> new EnumMap<>(PageCondition.class));
    }

    PagePolicy build() {
      int pairs = PageTransition.values().length * PageCondition.values().length;
      int verdicts = rows.values().stream().mapToInt(EnumMap::size).sum();
      assert verdicts == pairs : "a pair without a verdict";
      assert handovers.size() == PageTransition.values().length;
      return new PagePolicy(rows, handovers);
    }
  }
}
