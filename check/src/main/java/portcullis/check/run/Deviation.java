package portcullis.check.run;

/**
 * A way in which hardware departs from IHI 0070 and lets an access through that EL2 did everything
 * to stop. What it takes for the access to be stopped all the same is tried too.
 */
public enum Deviation {
  /**
   * The physical address of the table at CD.TTB0 or TTB1 is kept in the configuration cache. It is
   * the result of a stage-2 translation: once an invalidation of that translation is complete, no
   * fetch of a stage-1 descriptor may use it (IHI 0070 3.21.1), and an entry that joins
   * configuration and translation goes with either of them (16.2.1).
   */
  TABLE_BASE_IN_CONFIGURATION(
      "its SMMU keeps where CD.TTB0 leads in its configuration cache: CMD_TLBI_S12_VMALL and"
          + " CMD_TLBI_S2_IPA must reach that (IHI 0070 3.21.1, 16.2.1), but only CMD_CFGI_* does");

  private final String text;

  Deviation(String text) {
    this.text = text;
  }

  /** For reports: what it does, and what it should. */
  public String text() {
    return text;
  }
}
