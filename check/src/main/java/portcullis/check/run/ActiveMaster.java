package portcullis.check.run;

import portcullis.host.Domain;
import portcullis.host.SmmuDriver;
import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;

/**
 * A DMA master that the host has put to work: one of its streams behind a stage-1 domain.
 *
 * @param device the hardware
 * @param stream the stream that it uses
 * @param driver of the SMMU that the stream passes
 * @param domain what the stream is attached to
 */
record ActiveMaster(DmaMaster device, Stream stream, SmmuDriver driver, Domain domain) {

  /** For reports: the master and its stream. */
  String name() {
    return "%s (StreamID 0x%x)".formatted(device.description().name(), stream.streamId());
  }
}
