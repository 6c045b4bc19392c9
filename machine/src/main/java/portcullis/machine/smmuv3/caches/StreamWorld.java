package portcullis.machine.smmuv3.caches;

/** The translation regime that an entry of TLB or walk cache belongs to (IHI 0070 3.3.4, 3.17). */
public enum StreamWorld {
  /** NS-EL1: with VMIDs and ASIDs, and the only one with a stage 2. */
  EL1,
  /** NS-EL2: neither VMID nor ASID. */
  EL2,
  /** NS-EL2-E2H: with ASIDs. */
  EL2_E2H
}
