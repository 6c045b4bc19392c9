package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Register;

/** A group of ATOS registers: each makes one lookup at a time (IHI 0070 9). */
enum AtosGroup {
  /** For whoever owns the SMMU. */
  GLOBAL(Register.GATOS_CTRL, Register.GATOS_SID, Register.GATOS_ADDR, Register.GATOS_PAR),
  /** For one virtual machine: stage 1 of the streams with VATOS_SEL's VMID. */
  VIRTUAL(Register.VATOS_CTRL, Register.VATOS_SID, Register.VATOS_ADDR, Register.VATOS_PAR);

  private final Register control;
  private final Register stream;
  private final Register address;
  private final Register result;

  AtosGroup(Register control, Register stream, Register address, Register result) {
    this.control = control;
    this.stream = stream;
    this.address = address;
    this.result = result;
  }

  /** ATOS_CTRL. */
  Register control() {
    return control;
  }

  /** ATOS_SID. */
  Register stream() {
    return stream;
  }

  /** ATOS_ADDR. */
  Register address() {
    return address;
  }

  /** ATOS_PAR. */
  Register result() {
    return result;
  }
}
