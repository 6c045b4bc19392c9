package portcullis.check.qemu;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import portcullis.board.StreamRange;
import portcullis.check.run.AtsDevice;
import portcullis.check.run.RunMaster;
import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;
import portcullis.qemu.Edu;

/**
 * QEMU's {@code edu}. It is not told how a DMA ended: what it read is told by its buffer, where a
 * read that was stopped leaves zeros.
 */
final class EduMaster implements RunMaster {
  private final Edu device;
  private final int smmu;

  EduMaster(Edu device, int smmu) {
    this.device = device;
    this.smmu = smmu;
  }

  @Override
  public String name() {
    return "edu";
  }

  @Override
  public List<StreamRange> streams() {
    return List.of(new StreamRange(smmu, device.function().streamId(), 1, 0));
  }

  @Override
  public Optional<String> cannotRead() {
    return Optional.empty();
  }

  @Override
  public byte[] payload(byte[] wanted) {
    return wanted;
  }

  @Override
  public boolean read(Stream stream, long address, byte[] into) {
    boolean any = false;
    for (int done = 0; done < into.length; done += Edu.MAX_BYTES) {
      int bytes = Math.min(into.length - done, Edu.MAX_BYTES);
      byte[] part = new byte[bytes];
      device.buffer().set(part);
      device.read(address + done, bytes);
      device.buffer().get(part);
      any |= !Arrays.equals(part, new byte[bytes]);
      System.arraycopy(part, 0, into, done, bytes);
    }
    return any;
  }

  @Override
  public boolean write(Stream stream, long address, byte[] from) {
    for (int done = 0; done < from.length; done += Edu.MAX_BYTES) {
      byte[] part = Arrays.copyOfRange(from, done, Math.min(from.length, done + Edu.MAX_BYTES));
      device.buffer().set(part);
      device.write(address + done, part.length);
    }
    return false;
  }

  @Override
  public DmaMaster.Result start(Stream stream, long address, byte[] from) {
    return write(stream, address, from) ? DmaMaster.Result.OK : DmaMaster.Result.STOPPED;
  }

  /** Nothing waits: QEMU's SMMU does not stall. */
  @Override
  public DmaMaster.Result settle() {
    throw new IllegalStateException(name() + " does not wait");
  }

  @Override
  public boolean pci() {
    return true;
  }

  @Override
  public Optional<AtsDevice> ats() {
    return Optional.empty();
  }
}
