package portcullis.check.qemu;

import java.util.List;
import java.util.Optional;
import portcullis.board.StreamRange;
import portcullis.check.run.AtsDevice;
import portcullis.check.run.RunMaster;
import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;
import portcullis.qemu.IommuTestdev;
import portcullis.qemu.VirtMap;

/** QEMU's {@code iommu-testdev}: writes one pattern, and is told whether it was stopped. */
final class TestdevMaster implements RunMaster {
  private final IommuTestdev device;
  private final int smmu;

  TestdevMaster(IommuTestdev device, int smmu) {
    this.device = device;
    this.smmu = smmu;
  }

  @Override
  public String name() {
    return "iommu-testdev";
  }

  @Override
  public List<StreamRange> streams() {
    return List.of(new StreamRange(smmu, device.function().streamId(), 1, 0));
  }

  @Override
  public Optional<String> cannotRead() {
    return Optional.of("iommu-testdev only writes");
  }

  @Override
  public byte[] payload(byte[] wanted) {
    byte[] pattern = new byte[wanted.length];
    for (int i = 0; i < pattern.length; i++) {
      pattern[i] = (byte) (IommuTestdev.PATTERN >>> (Byte.SIZE * (i % Integer.BYTES)));
    }
    return pattern;
  }

  @Override
  public boolean read(Stream stream, long address, byte[] into) {
    throw new UnsupportedOperationException(cannotRead().orElseThrow());
  }

  @Override
  public boolean write(Stream stream, long address, byte[] from) {
    // Where it then looks for its pattern does not matter here: the caller looks itself.
    return device.write(address, VirtMap.RAM_BASE, from.length) != IommuTestdev.Result.STOPPED;
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
