package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * A level 0 Block entry of the Device Permission Table (IHI 0070 3.24.3.1.2).
 *
 * <p>The places of its fields are not in any text at hand, whose figure is a picture: they are
 * taken to be those of the lower half of a {@linkplain DptGranules level 1 entry}.
 */
public final class DptBlock {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("DPT level 0 Block", 64, "IHI 0070 3.24.3.1.2", Version.SMMU_3_3);

  /** Kind of entry. */
  public static final Field TYPE = DptEntry.type(FIELDS);

  /** Whose accesses are permitted. */
  public static final Field AC = DptEntry.accessControl(FIELDS, "AC", 2);

  /** Writes are permitted. */
  public static final Field W = FIELDS.flag("W", 0, 4, "writes are permitted");

  /** VMID that accesses must have, as AC says. */
  public static final Field VMID =
      FIELDS.field("VMID", 0, 31, 16, "VMID that accesses must have, as AC says");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private DptBlock() {}
}
