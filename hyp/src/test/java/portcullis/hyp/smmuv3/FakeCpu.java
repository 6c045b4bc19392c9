package portcullis.hyp.smmuv3;

import portcullis.arch.vmsa.DataAbortIss;
import portcullis.arch.vmsa.Esr;
import portcullis.platform.CpuContext;

/** A host CPU stopped at one load or store. */
final class FakeCpu implements CpuContext {
  final long[] registers = new long[31];
  long esr;
  long ipa;
  boolean skipped;
  boolean aborted;

  /** Stops at an access of {@code bytes} with register {@code n}. */
  FakeCpu stopAt(boolean write, long address, int bytes, int n) {
    skipped = false;
    aborted = false;
    ipa = address;
    esr =
        Esr.EC.of(Esr.EC_DABT_LOW)
            | DataAbortIss.ISV.of(1)
            | DataAbortIss.SAS.of(Integer.numberOfTrailingZeros(bytes))
            | DataAbortIss.SRT.of(n)
            | DataAbortIss.SF.of(bytes == 8 ? 1 : 0)
            | DataAbortIss.WNR.of(write ? 1 : 0)
            | DataAbortIss.DFSC.of(DataAbortIss.DFSC_TRANSLATION | 3);
    return this;
  }

  @Override
  public int cpu() {
    return 0;
  }

  @Override
  public long register(int n) {
    return n == 31 ? 0 : registers[n];
  }

  @Override
  public void setRegister(int n, long value) {
    if (n != 31) {
      registers[n] = value;
    }
  }

  @Override
  public long esr() {
    return esr;
  }

  @Override
  public long faultIpa() {
    return ipa;
  }

  @Override
  public void skipInstruction() {
    skipped = true;
  }

  @Override
  public void injectAbort() {
    aborted = true;
  }
}
