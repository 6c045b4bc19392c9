package portcullis.check.run;

import java.util.Arrays;
import portcullis.board.StreamRange;
import portcullis.host.Domain;
import portcullis.host.SmmuDriver;
import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;

/**
 * A DMA master that the host has put to work: one of its streams behind a stage-1 domain.
 *
 * @param device the hardware
 * @param range StreamIDs that its bus lets it use
 * @param stream of the range, which it uses
 * @param driver of the SMMU that the stream passes
 * @param domain what the stream is attached to
 */
record ActiveMaster(
    RunMaster device, StreamRange range, Stream stream, SmmuDriver driver, Domain domain) {

  /** The same device with another stream. */
  ActiveMaster with(Stream other) {
    return new ActiveMaster(device, range, other, driver, domain);
  }

  /** For reports: the master and its stream. */
  String name() {
    return "%s (StreamID 0x%x)".formatted(device.name(), stream.streamId());
  }

  boolean canRead() {
    return device.cannotRead().isEmpty();
  }

  /** As {@link RunMaster#read}. */
  boolean read(long address, byte[] into) {
    return device.read(stream, address, into);
  }

  /** As {@link RunMaster#write}, of what the device makes of {@code wanted}. */
  boolean write(long address, byte[] wanted) {
    return device.write(stream, address, device.payload(wanted));
  }

  /** As {@link RunMaster#start}, of what the device makes of {@code wanted}. */
  DmaMaster.Result start(long address, byte[] wanted) {
    return device.start(stream, address, device.payload(wanted));
  }

  /** Puts the stream back behind its domain, as the host's driver does. */
  void reattach() {
    driver.attach(stream.streamId(), domain);
  }

  /**
   * One small access, to memory that is not zero and that nobody looks at: a read, by a device that
   * can.
   *
   * @return whether the device got through, as far as it is told
   */
  boolean touch(long address) {
    byte[] data = new byte[Long.BYTES];
    return canRead() ? read(address, data) : write(address, data);
  }

  /** Whether {@code memory} holds what the device writes when asked to write {@code wanted}. */
  boolean wrote(byte[] wanted, byte[] memory) {
    return Arrays.equals(device.payload(wanted), memory);
  }
}
