package portcullis.check.hostile;

import portcullis.arch.smmu.CmdqControlPageBase;
import portcullis.arch.smmu.EcmdqCons;
import portcullis.arch.smmu.EcmdqProd;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr6;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.Register;
import portcullis.board.Smmu;
import portcullis.platform.DeviceRegisters;

/** The Enhanced Command queues that hardware has, as it tells of them (IHI 0070 3.5.6, 6.3.45). */
final class EnhancedQueues {
  private final DeviceRegisters devices;
  private final long base;
  private final long first;
  private final int queues;
  private final long spacing;

  /**
   * Those of an SMMU.
   *
   * @param powered whether it has power: else it cannot be asked, and none is looked at
   */
  EnhancedQueues(DeviceRegisters devices, Smmu smmu, boolean powered) {
    this.devices = devices;
    base = smmu.registers().base();
    boolean has = powered && Idr1.ECMDQ.isSet(devices.read32(base + Register.IDR1.offset()));
    int idr6 = has ? devices.read32(base + Register.IDR6.offset()) : 0;
    int log2 = (int) Idr6.CMDQ_CONTROL_PAGE_LOG2NUMQ.get(idr6);
    first =
        has
            ? CmdqControlPageBase.ADDR.inPlace(
                devices.read64(base + Register.CMDQ_CONTROL_PAGE_BASE.offset()))
            : 0;
    spacing = Page.BYTES >> log2;
    queues = has ? 1 << (log2 + (int) Idr6.CMDQ_CONTROL_PAGE_LOG2NUMP.get(idr6)) : 0;
  }

  /** Where the first control page is, from the SMMU's base; 0 without any. */
  long first() {
    return first;
  }

  /** A queue that is enabled, or may be, with commands that are not EL2's; -1 if there is none. */
  int anyEnabled() {
    for (int queue = 0; queue < queues; queue++) {
      long at = base + first + queue * spacing;
      if (EcmdqProd.EN.isSet(devices.read32(at + Register.ECMDQ_PROD.offset()))
          || EcmdqCons.ENACK.isSet(devices.read32(at + Register.ECMDQ_CONS.offset()))) {
        return queue;
      }
    }
    return -1;
  }
}
