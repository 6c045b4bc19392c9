package portcullis.machine;

import portcullis.machine.smmuv3.BroadcastTlbi;

/**
 * Where the CPUs' TLBI instructions go beside their own TLBs: the other agents of the Inner
 * Shareable domain that take part in TLB maintenance (DDI 0487 D8.17; IHI 0070 3.17).
 */
interface TlbiBroadcast {
  /** No other agent listens. */
  TlbiBroadcast NONE =
      new TlbiBroadcast() {
        @Override
        public boolean heard() {
          return false;
        }

        @Override
        public void invalidate(BroadcastTlbi operation, int vmid, long ipa) {}
      };

  /** Whether any agent takes part now. */
  boolean heard();

  /** One TLBI for the host's EL1 regime, complete when this returns. */
  void invalidate(BroadcastTlbi operation, int vmid, long ipa);
}
