package portcullis.machine.smmuv3;

import portcullis.machine.smmuv3.caches.TlbScope;

/**
 * A PE's TLBI instruction as it is broadcast to SMMUs: Non-secure, Inner Shareable, for a regime
 * that an SMMU may have (DDI 0487 D8.17; IHI 0070 3.17).
 */
public enum BroadcastTlbi {
  VAE1(TlbScope.BROADCAST_VA),
  VAAE1(TlbScope.NH_VAA),
  ASIDE1(TlbScope.BROADCAST_ASID),
  VMALLE1(TlbScope.NH_ALL),
  VMALLS12E1(TlbScope.S12_VMALL),
  IPAS2E1(TlbScope.S2_IPA),
  ALLE1(TlbScope.NSNH_ALL),
  /** From a PE without E2H. */
  VAE2(TlbScope.BROADCAST_EL2_VA),
  ALLE2(TlbScope.EL2_ALL),
  /** VAE1 with HCR_EL2.{E2H,TGE} set. */
  VAE2_E2H(TlbScope.BROADCAST_E2H_VA),
  /** VAAE1 with HCR_EL2.{E2H,TGE} set. */
  VAAE2_E2H(TlbScope.E2H_VAA),
  /** ASIDE1 with HCR_EL2.{E2H,TGE} set. */
  ASIDE2_E2H(TlbScope.BROADCAST_E2H_ASID);

  private final TlbScope scope;

  BroadcastTlbi(TlbScope scope) {
    this.scope = scope;
  }

  TlbScope scope() {
    return scope;
  }
}
