package portcullis.hyp;

/** Why the host trapped to EL2, by what came of it. */
public enum TrapKind {
  /** An access to RAM of the host that its stage-2 did not map yet. */
  MEMORY_FAULT,
  /** The same of what is not RAM. */
  DEVICE_FAULT,
  /** An access to registers that an IOMMU driver emulates. */
  IOMMU_ACCESS,
  /** An access that was refused. */
  REFUSED_ACCESS,
  /** A hypercall that was carried out. */
  HYPERCALL,
  /** A hypercall that was refused. */
  REFUSED_HYPERCALL,
}
