package portcullis.qemu;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Register;

/**
 * The buffer of {@link Edu}, looked at and filled from outside: only its own DMA reaches it, so for
 * that moment the SMMU is made to let everything pass (IHI 0070 6.3.14), and then put back as it
 * was, memory too. No software in the machine can notice: none runs meanwhile.
 */
public final class EduBuffer {
  /** Any memory will do. */
  private static final long SCRATCH = VirtMap.RAM_BASE;

  private final QtestClient qtest;
  private final GuestRam ram;
  private final EduDma dma;

  /** Moves data between memory and the start of the buffer. */
  @FunctionalInterface
  interface EduDma {
    void transfer(long iova, int bytes, boolean toMemory);
  }

  EduBuffer(QtestClient qtest, GuestRam ram, EduDma dma) {
    this.qtest = qtest;
    this.ram = ram;
    this.dma = dma;
  }

  /**
   * Replaces the start of the buffer.
   *
   * @param data at most {@value Edu#MAX_BYTES} bytes
   */
  public void set(byte[] data) {
    pastTheSmmu(
        data.length,
        () -> {
          ram.write(SCRATCH, data);
          dma.transfer(SCRATCH, data.length, false);
        });
  }

  /**
   * The start of the buffer.
   *
   * @param into takes at most {@value Edu#MAX_BYTES} bytes
   */
  public void get(byte[] into) {
    pastTheSmmu(
        into.length,
        () -> {
          dma.transfer(SCRATCH, into.length, true);
          ram.read(SCRATCH, into);
        });
  }

  private void pastTheSmmu(int bytes, Runnable transfer) {
    byte[] memory = new byte[bytes];
    ram.read(SCRATCH, memory);
    int gbpa = qtest.readl(address(Register.GBPA));
    int cr0 = qtest.readl(address(Register.CR0));
    qtest.writel(address(Register.GBPA), (int) Gbpa.UPDATE.of(1));
    qtest.writel(address(Register.CR0), (int) (cr0 & ~Cr0.SMMUEN.mask()));
    transfer.run();
    qtest.writel(address(Register.GBPA), (int) (gbpa | Gbpa.UPDATE.of(1)));
    qtest.writel(address(Register.CR0), cr0);
    ram.write(SCRATCH, memory);
  }

  private static long address(Register register) {
    return VirtMap.SMMU.base() + register.offset();
  }
}
