package portcullis.machine.smmuv3;

/** CLASS of a translation fault: what the faulting stage translated for (IHI 0070 7.3). */
public enum FaultClass {
  /** The address of a CD, or of a level-1 CD table pointer. */
  CD(0),
  /** The address of a stage-1 translation table descriptor. */
  TT(1),
  /** The transaction's own address. */
  IN(2);

  private final int code;

  FaultClass(int code) {
    this.code = code;
  }

  /** The event record's encoding. */
  public int code() {
    return code;
  }
}
