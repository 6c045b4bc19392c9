package portcullis.hyp.smmuv3;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The measures that belong to no register, command or STE field: each is taken, or (in a planted
 * bug) not.
 */
public final class ProtectionPolicy {

  /** Something that the driver does to keep isolation. */
  public enum Measure {
    /** Donate the register pages to EL2 (series part 2). */
    TAKE_REGISTERS,
    /** Set GBPA.ABORT before the host is deprivileged (series part 21). */
    ABORT_WHILE_DISABLED,
    /** Keep the host's stream table with the host while CR0.SMMUEN (series part 18). */
    PIN_STREAM_TABLE,
    /** Keep the host's command queue with the host while CR0.CMDQEN (series part 15). */
    PIN_COMMAND_QUEUE,
    /** Keep event queue memory with the host while CR0.EVENTQEN (series part 20). */
    PIN_EVENT_QUEUE,
    /** Keep PRI queue memory with the host while CR0.PRIQEN (series part 20). */
    PIN_PRI_QUEUE,
    /** Keep hardware's CR0.ATSCHK 1, whatever the host's is. */
    CHECK_TRANSLATED,
    /** Take pages that the host loses out of the shadow stage-2 (series part 23). */
    UNMAP_STAGE2,
    /** Invalidate stage-2 TLB entries of what was unmapped. */
    INVALIDATE_STAGE2,
    /** Invalidate combined stage-1 and stage-2 entries of what was unmapped. */
    INVALIDATE_NESTED,
    /** Let pages change hands only after CMD_SYNC has completed (design idea 4). */
    WAIT_FOR_SYNC,
    /** Invalidate configuration caches between the steps of an STE's change (series part 19). */
    INVALIDATE_CONFIGURATION,
    /** Take SMMUs over that do not snoop the CPUs' caches; else they are refused. */
    TAKE_NON_COHERENT,
    /** Clean commands before such an SMMU is told of them. */
    CLEAN_COMMANDS,
    /** Clean the shadow stream table for such an SMMU, step by step. */
    CLEAN_STREAM_TABLE,
    /** Clean the shadow stage-2 if there is such an SMMU. */
    CLEAN_STAGE2,
    /** Drop EL2's cached copies of what the host writes for such an SMMU before reading it. */
    REFRESH_HOST_MEMORY,
    /** Let an SMMU lose power only if traffic is aborted without it and from reset on. */
    ABORT_WITHOUT_POWER,
    /** Invalidate everything when an SMMU has power again, before it translates. */
    INVALIDATE_AT_POWER_ON
  }

  /**
   * One measure.
   *
   * @param taken whether the driver takes it
   */
  public record Row(Measure measure, boolean taken, String reason) implements PolicyRow {
    @Override
    public String name() {
      return measure.name();
    }

    @Override
    public String verdict() {
      return taken ? "always" : "never";
    }
  }

  /** What {@code --strict} says in place of the row for {@link Measure#TAKE_NON_COHERENT}. */
  public static final Row STRICT =
      new Row(
          Measure.TAKE_NON_COHERENT,
          false,
          "nothing depends on a clean that could be forgotten: such an SMMU stays with the host");

  /** What isolation needs. */
  public static final ProtectionPolicy DEFAULT =
      new ProtectionPolicy(
          List.of(
              always(
                  Measure.TAKE_REGISTERS,
                  "a host that reaches STRTAB_BASE or GBPA needs no other way around EL2"),
              always(
                  Measure.ABORT_WHILE_DISABLED,
                  "with SMMUEN 0 traffic follows GBPA, which bypasses after many a reset"),
              always(
                  Measure.PIN_STREAM_TABLE,
                  "EL2 reads it at the host's address: the pages must stay the host's"),
              always(
                  Measure.PIN_COMMAND_QUEUE,
                  "EL2 reads it at the host's address: the pages must stay the host's"),
              always(
                  Measure.PIN_EVENT_QUEUE,
                  "the SMMU writes events there untranslated: into whoever owns the pages"),
              always(
                  Measure.PIN_PRI_QUEUE,
                  "the SMMU writes page requests there untranslated: into whoever owns the pages"),
              always(
                  Measure.CHECK_TRANSLATED,
                  "without ATSCHK a device that says its address is translated passes unchecked"),
              always(Measure.UNMAP_STAGE2, "a device must not reach what the host does not own"),
              always(
                  Measure.INVALIDATE_STAGE2,
                  "a cached IPA to PA translation outlives the table entry it came from"),
              always(
                  Measure.INVALIDATE_NESTED,
                  "a combined entry is tagged by VA and ASID: TLBI_S2_IPA does not reach it"),
              always(
                  Measure.WAIT_FOR_SYNC,
                  "until CMD_SYNC completes, accesses that used the old entry may be in flight"),
              always(
                  Measure.INVALIDATE_CONFIGURATION,
                  "a cached STE outlives its change, and half of a changed STE may be cached"),
              always(
                  Measure.TAKE_NON_COHERENT,
                  "with the caches cleaned for it, it sees what EL2 wrote; never with --strict"),
              always(
                  Measure.CLEAN_COMMANDS,
                  "not snooped: it would carry out what the queue held before"),
              always(
                  Measure.CLEAN_STREAM_TABLE,
                  "not snooped: it would follow an STE that EL2 has replaced, or half of a new"
                      + " one"),
              always(
                  Measure.CLEAN_STAGE2,
                  "not snooped: it would find pages mapped that have left the host"),
              always(
                  Measure.REFRESH_HOST_MEMORY,
                  "the host writes past the caches: EL2 would read what was there before"),
              always(
                  Measure.ABORT_WITHOUT_POWER,
                  "GBPA resets to bypass on many: every page, until EL2 has written it"),
              always(
                  Measure.INVALIDATE_AT_POWER_ON,
                  "caches may keep what they held, and nobody told them meanwhile what changed")));

  private final List<Row> rows;
  private final Set<Measure> taken = EnumSet.noneOf(Measure.class);

  private ProtectionPolicy(List<Row> rows) {
    this.rows = List.copyOf(rows);
    for (Row row : rows) {
      if (row.taken()) {
        taken.add(row.measure());
      }
    }
    if (rows.size() != Measure.values().length) {
      throw new IllegalArgumentException("every measure needs one row");
    }
  }

  /** A copy with {@code changed} in place of the row for the same measure. */
  public ProtectionPolicy with(Row changed) {
    List<Row> copy = new ArrayList<>(rows);
    copy.replaceAll(row -> row.measure() == changed.measure() ? changed : row);
    return new ProtectionPolicy(copy);
  }

  /** Whether the driver takes {@code measure}. */
  public boolean takes(Measure measure) {
    return taken.contains(measure);
  }

  /** All rows, in order. */
  public List<Row> rows() {
    return rows;
  }

  private static Row always(Measure measure, String reason) {
    return new Row(measure, true, reason);
  }
}
