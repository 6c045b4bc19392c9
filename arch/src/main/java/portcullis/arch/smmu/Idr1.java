package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_IDR1: sizes of StreamIDs, SubstreamIDs and queues, and what is preset (IHI 0070 6.3.2). */
public final class Idr1 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_IDR1", 32, "IHI 0070 6.3.2", Version.SMMU_3_0);

  /** Bits of StreamID, 0 to 32. */
  public static final Field SIDSIZE = FIELDS.field("SIDSIZE", 0, 5, 0, "bits of StreamID, 0 to 32");

  /** Bits of SubstreamID, 0 to 20; 0: no substreams. */
  public static final Field SSIDSIZE =
      FIELDS.field("SSIDSIZE", 0, 10, 6, "bits of SubstreamID, 0 to 20; 0: no substreams");

  /** Log2 of the most PRI queue entries, at most 19. */
  public static final Field PRIQS =
      FIELDS.field("PRIQS", 0, 15, 11, "log2 of the most PRI queue entries, at most 19");

  /** Log2 of the most Event queue entries, at most 19. */
  public static final Field EVENTQS =
      FIELDS.field("EVENTQS", 0, 20, 16, "log2 of the most Event queue entries, at most 19");

  /** Log2 of the most Command queue entries, at most 19. */
  public static final Field CMDQS =
      FIELDS.field("CMDQS", 0, 25, 21, "log2 of the most Command queue entries, at most 19");

  /** Incoming privilege, instruction and NS attributes can be overridden. */
  public static final Field ATTR_PERMS_OVR =
      FIELDS.flag(
          "ATTR_PERMS_OVR",
          0,
          26,
          "incoming privilege, instruction and NS attributes can be overridden");

  /** Incoming memory type, shareability and hints can be overridden. */
  public static final Field ATTR_TYPES_OVR =
      FIELDS.flag(
          "ATTR_TYPES_OVR",
          0,
          27,
          "incoming memory type, shareability and hints can be overridden");

  /** Preset bases are offsets from the base of page 0. */
  public static final Field REL =
      FIELDS.flag("REL", 0, 28, "preset bases are offsets from the base of page 0");

  /** Queue base registers are fixed. */
  public static final Field QUEUES_PRESET =
      FIELDS.flag("QUEUES_PRESET", 0, 29, "queue base registers are fixed");

  /** Stream table base registers are fixed. */
  public static final Field TABLES_PRESET =
      FIELDS.flag("TABLES_PRESET", 0, 30, "Stream table base registers are fixed");

  /** Enhanced Command queues supported, see IDR6. */
  public static final Field ECMDQ =
      FIELDS.flag("ECMDQ", 0, 31, Version.SMMU_3_3, "Enhanced Command queues supported, see IDR6");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Idr1() {}
}
