package portcullis.check.run;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import portcullis.board.StreamRange;
import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;
import portcullis.machine.smmuv3.Translation;

/** A DMA master of the model: any StreamID of its bus, any data, and it is told how a DMA ended. */
record ModelMaster(DmaMaster device) implements RunMaster {
  @Override
  public String name() {
    return device.description().name();
  }

  @Override
  public List<StreamRange> streams() {
    return device.description().streams();
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
    return device.read(stream, address, into) == DmaMaster.Result.OK;
  }

  @Override
  public boolean write(Stream stream, long address, byte[] from) {
    return device.write(stream, address, from) == DmaMaster.Result.OK;
  }

  @Override
  public DmaMaster.Result start(Stream stream, long address, byte[] from) {
    return device.write(stream, address, from);
  }

  @Override
  public DmaMaster.Result settle() {
    return device.take(device.lastHeld(), new byte[0]);
  }

  @Override
  public OptionalInt partId() {
    Translation last = device.translation();
    return last.ok() ? OptionalInt.of(last.partId()) : OptionalInt.empty();
  }

  @Override
  public boolean pci() {
    return device.description().pci();
  }

  @Override
  public Optional<AtsDevice> ats() {
    return pci() ? Optional.of(new ModelAtsDevice(device)) : Optional.empty();
  }
}
