package portcullis.check.run;

import portcullis.machine.Stream;
import portcullis.machine.smmuv3.AtsCompletion;

/** What a device with ATS and PRI can be made to do beside DMA, honest or not. */
public interface AtsDevice {

  /**
   * Lets its DMA go by translations that it asks for and caches, or not any more.
   *
   * @param pages whether it asks for pages that it may not reach, too (PRI)
   */
  void enable(boolean translations, boolean pages);

  /**
   * Asks for a translation, whatever it has cached.
   *
   * @return the answer; overwritten by the next
   */
  AtsCompletion ask(Stream stream, long address);

  /**
   * Reads, and says that the address is translated already.
   *
   * @return whether the device got the data
   */
  boolean readTranslated(Stream stream, long address, byte[] into);

  /** Writes, and says that the address is translated already; true if it was told of success. */
  boolean writeTranslated(Stream stream, long address, byte[] from);

  /** Sends a page request, the only one of its group. */
  void askForPage(Stream stream, long address);

  /** Leaves invalidations of its cache without an answer from now on, or answers again. */
  void ignoreInvalidations(boolean on);
}
