package portcullis.check.run;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import portcullis.board.StreamRange;
import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;

/** A device that a run makes do DMA. */
public interface RunMaster {

  /** For reports. */
  String name();

  /** The StreamIDs that its bus lets it use. */
  List<StreamRange> streams();

  /** Why it cannot read memory; empty if it can. */
  Optional<String> cannotRead();

  /** What it writes when it is asked to write {@code wanted}: as many bytes. */
  byte[] payload(byte[] wanted);

  /**
   * Reads by DMA; only if there is no {@link #cannotRead}.
   *
   * @param stream one that its bus lets it use
   * @param address any; {@code into.length} bytes from it
   * @param into receives what was read before a failure, too
   * @return whether the device got any of the data; where it is not told, zeros count as none
   */
  boolean read(Stream stream, long address, byte[] into);

  /**
   * Writes by DMA.
   *
   * @param from its {@link #payload}
   * @return whether the device was told that all of it was written. Where devices are not told,
   *     false: memory is the judge
   */
  boolean write(Stream stream, long address, byte[] from);

  /**
   * Writes by DMA what may have to wait: for an SMMU that stalls it, or for a page that the device
   * asks for. At most one waits.
   */
  DmaMaster.Result start(Stream stream, long address, byte[] from);

  /** How the write that {@link #start} left waiting ended; HELD while it waits. */
  DmaMaster.Result settle();

  /** The PARTID of its last access to memory, where somebody sees that. */
  default OptionalInt partId() {
    return OptionalInt.empty();
  }

  /**
   * Whether it is behind a PCI host bridge: then it can have ATS and PRI, and must not be stalled
   * (IHI 0070 3.12.1).
   */
  boolean pci();

  /** What it can do by ATS and PRI; empty if it has neither. */
  Optional<AtsDevice> ats();
}
