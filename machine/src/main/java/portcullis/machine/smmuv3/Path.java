package portcullis.machine.smmuv3;

/** Which stages a translated access went through. */
public enum Path {
  BYPASS("bypass"),
  STAGE_1("stage-1"),
  STAGE_2("stage-2"),
  NESTED("nested");

  private final String label;

  Path(String label) {
    this.label = label;
  }

  /** The name that traces use. */
  public String label() {
    return label;
  }
}
