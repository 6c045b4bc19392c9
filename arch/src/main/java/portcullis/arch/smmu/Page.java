package portcullis.arch.smmu;

/**
 * The 64KB page of an SMMU's address space that holds a register (IHI 0070 6.1).
 *
 * <p>Pages 0 and 1 are always present, one after the other. Where the other two are, if anywhere,
 * is discovered from identification registers.
 */
public enum Page {
  /** Register page 0, at the SMMU's base address. */
  PAGE_0(0x00000),
  /** Register page 1, at base + 0x10000. */
  PAGE_1(0x10000),
  /** VATOS page, at base + 0x20000 + IDR2.BA_VATOS * 0x10000 if IDR0.VATOS. */
  VATOS(0),
  /** Command queue control page, at base + CMDQ_CONTROL_PAGE_BASE.ADDR if IDR1.ECMDQ. */
  CMDQ_CONTROL(0);

  /** Size of a page in bytes. */
  public static final int BYTES = 0x10000;

  private final int base;

  Page(int base) {
    this.base = base;
  }

  /** Offset of the page from the SMMU's base address; 0 where it has to be discovered. */
  int base() {
    return base;
  }

  /** Whether the page is at the same offset in every SMMU. */
  public boolean fixed() {
    return this == PAGE_0 || this == PAGE_1;
  }
}
