package portcullis.arch;

/**
 * The architecture revision in which a field, register, command or event first appears.
 *
 * <p>The SMMU revisions are those of IHI 0070 (AIDR.ArchMinorRev); {@link #V8_0} and later are CPU
 * architecture revisions of DDI 0487.
 */
public enum Version {
  SMMU_3_0("SMMUv3.0"),
  SMMU_3_1("SMMUv3.1"),
  SMMU_3_2("SMMUv3.2"),
  SMMU_3_3("SMMUv3.3"),
  SMMU_3_4("SMMUv3.4"),
  V8_0("Armv8.0"),
  V8_1("Armv8.1"),
  V8_2("Armv8.2"),
  V8_4("Armv8.4"),
  V8_5("Armv8.5"),
  V8_7("Armv8.7"),
  V9_0("Armv9.0");

  private final String label;

  Version(String label) {
    this.label = label;
  }

  /** The name people write, such as {@code SMMUv3.1}. */
  public String label() {
    return label;
  }
}
