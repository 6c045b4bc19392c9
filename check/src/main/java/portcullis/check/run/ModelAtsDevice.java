package portcullis.check.run;

import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;
import portcullis.machine.smmuv3.AtsAccess;
import portcullis.machine.smmuv3.AtsCompletion;

/** A PCI master of the model. */
record ModelAtsDevice(DmaMaster device) implements AtsDevice {
  @Override
  public void enable(boolean translations, boolean pages) {
    device.enableAts(translations);
    device.enablePri(pages);
  }

  @Override
  public AtsCompletion ask(Stream stream, long address) {
    return device.requestTranslation(stream, address, true);
  }

  @Override
  public boolean readTranslated(Stream stream, long address, byte[] into) {
    return device.translated(stream, address, into, false) == DmaMaster.Result.OK;
  }

  @Override
  public boolean writeTranslated(Stream stream, long address, byte[] from) {
    return device.translated(stream, address, from, true) == DmaMaster.Result.OK;
  }

  @Override
  public void askForPage(Stream stream, long address) {
    device.pageRequest(stream, address, AtsAccess.READ | AtsAccess.WRITE, 0, true);
  }

  @Override
  public void ignoreInvalidations(boolean on) {
    device.ignoreInvalidations(on);
  }
}
