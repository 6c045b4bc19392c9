package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;
import portcullis.arch.vmsa.WalkEncodings;

/** Fields of CMD_SYNC (IHI 0070 4.7.3). */
public final class Sync {
  /** {@link #CS}: no completion signal. */
  public static final int CS_NONE = 0b00;

  /** {@link #CS}: an interrupt, or an MSI if the address is not 0. */
  public static final int CS_IRQ = 0b01;

  /** {@link #CS}: a wake-up event to the PEs. */
  public static final int CS_SEV = 0b10;

  // Only declares: the layout of each command picks its own from these (Opcode).
  private static final Layout.Builder FIELDS =
      new Layout.Builder("Sync", 128, "IHI 0070 4.7.3", Version.SMMU_3_0);

  /** Completion signal; 0b11 is illegal. */
  public static final Field CS =
      FIELDS.choice(
          "CS",
          0,
          13,
          12,
          "completion signal",
          value(CS_NONE, "SIG_NONE"),
          value(CS_IRQ, "SIG_IRQ"),
          value(CS_SEV, "SIG_SEV"));

  /** Shareability of the MSI write. */
  public static final Field MSH =
      FIELDS.choice(
          "MSH", 0, 23, 22, "Shareability of the MSI write", WalkEncodings.shareability());

  /** Memory type of the MSI write, encoded as STE.MemAttr. */
  public static final Field MSIATTR =
      FIELDS.field("MSIAttr", 0, 27, 24, "memory type of the MSI write, encoded as STE.MemAttr");

  /** What the MSI writes. */
  public static final Field MSIDATA = FIELDS.field("MSIData", 0, 63, 32, "what the MSI writes");

  /** Physical address that the MSI is written to; 0: no MSI. */
  public static final Field MSIADDRESS =
      FIELDS.address(
          "MSIAddress", 1, 51, 2, "physical address that the MSI is written to; 0: no MSI");

  private Sync() {}
}
