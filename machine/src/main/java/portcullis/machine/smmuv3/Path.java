package portcullis.machine.smmuv3;

/** Which stages a translated access went through. */
public enum Path {
  BYPASS("bypass"),
  STAGE_1("stage-1"),
  STAGE_2("stage-2"),
  NESTED("nested"),
  /** The address was a PA that an ATS Translation Completion gave (IHI 0070 3.9.1.3). */
  TRANSLATED("translated");

  private final String label;

  Path(String label) {
    this.label = label;
  }

  /** The name that traces use. */
  public String label() {
    return label;
  }
}
