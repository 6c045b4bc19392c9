package portcullis.check.hostile;

/** What the hostile host does in one step, and how often: the weights are relative. */
public enum Action {
  /** Brings an SMMU up as Linux does, now and then with one hostile base. */
  BRING_UP(4),
  /** Gives a stream a CD and stage-1 tables that make sense. */
  ATTACH(6),
  /** Writes a register, or what is none, in any width. */
  WRITE_REGISTER(16),
  /** Reads the same. */
  READ_REGISTER(6),
  /** Queues some commands, well-formed or not. */
  COMMANDS(10),
  /** Writes an STE, and mostly says so. */
  EDIT_STE(8),
  /** Writes a first-level descriptor of the stream table. */
  EDIT_LEVEL_1(2),
  /** Writes a word of a CD. */
  EDIT_CD(2),
  /** Writes an entry of a stage-1 table. */
  EDIT_STAGE1(8),
  /** Lets a device read or write. */
  DMA(24),
  /** Lets a device ask for a translation by ATS, and send an address as translated. */
  ATS(6),
  /** Lets a device request a page by PRI. */
  PAGE_REQUEST(2),
  /** Loads or stores by the CPU. */
  CPU_ACCESS(8),
  /** Gives pages to a guest. */
  DONATE(5),
  /** Ends a guest and takes its pages back. */
  RECLAIM(1),
  /** Takes an SMMU's power, or gives it back. */
  POWER(2),
  /** Any hypercall with any arguments. */
  HYPERCALL(6);

  private final int weight;

  Action(int weight) {
    this.weight = weight;
  }

  int weight() {
    return weight;
  }
}
