package portcullis.machine.smmuv3;

/**
 * What a client device asks for: direction, instruction or data, privilege (IHI 0070 3.3, 13.1).
 */
public enum AccessType {
  READ(false, false, false),
  WRITE(true, false, false),
  FETCH(false, true, false),
  PRIVILEGED_READ(false, false, true),
  PRIVILEGED_WRITE(true, false, true),
  PRIVILEGED_FETCH(false, true, true);

  private final boolean write;
  private final boolean instruction;
  private final boolean privileged;
  private final int needed;

  AccessType(boolean write, boolean instruction, boolean privileged) {
    this.write = write;
    this.instruction = instruction;
    this.privileged = privileged;
    this.needed = Permissions.needed(write, instruction, privileged);
  }

  /** Of these properties; a write is data. */
  static AccessType of(boolean write, boolean instruction, boolean privileged) {
    if (write) {
      return privileged ? PRIVILEGED_WRITE : WRITE;
    }
    if (instruction) {
      return privileged ? PRIVILEGED_FETCH : FETCH;
    }
    return privileged ? PRIVILEGED_READ : READ;
  }

  /** Whether data goes to memory; RnW is the opposite. */
  public boolean write() {
    return write;
  }

  /** InD: an instruction read. A write is always data (IHI 0070 13.1.2). */
  public boolean instruction() {
    return instruction;
  }

  /** PnU. */
  public boolean privileged() {
    return privileged;
  }

  /** What both stages must allow, as {@link Permissions} packs it. */
  int needed() {
    return needed;
  }
}
