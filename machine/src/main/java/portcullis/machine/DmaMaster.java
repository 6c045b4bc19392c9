package portcullis.machine;

import java.util.List;
import java.util.Optional;
import portcullis.board.Master;
import portcullis.machine.smmuv3.AccessType;
import portcullis.machine.smmuv3.SmmuV3;
import portcullis.machine.smmuv3.Translation;

/**
 * A device that reads and writes memory by DMA: through the SMMU in front of it if it has one, else
 * straight onto the bus.
 */
public final class DmaMaster {
  /** Accesses are cut at 4 KiB, the smallest granule, so that each has one translation. */
  private static final int CHUNK = 4096;

  private final Master description;
  private final List<Optional<SmmuV3>> smmus;
  private final Bus bus;
  private final Translation translation = new Translation();

  DmaMaster(Master description, List<Optional<SmmuV3>> smmus, Bus bus) {
    this.description = description;
    this.smmus = smmus;
    this.bus = bus;
  }

  /** What the board says of it. */
  public Master description() {
    return description;
  }

  /** How one DMA ended. */
  public enum Result {
    /** All of it reached memory or a device. */
    OK,
    /** The SMMU stopped it; {@link DmaMaster#translation} tells where and why. */
    STOPPED,
    /** Nothing answers at the address that it was led to. */
    BUS_ERROR
  }

  /** What the SMMU made of the last access; scratch, overwritten by the next. */
  public Translation translation() {
    return translation;
  }

  /**
   * Reads by DMA. A stream through an SMMU that is disabled reaches memory untranslated.
   *
   * @param stream one that the master's bus lets it use
   * @param address any; {@code into.length} bytes from it
   * @param into receives what was read before a failure, too
   */
  public Result read(Stream stream, long address, byte[] into) {
    return transfer(stream, address, into, AccessType.READ);
  }

  /** Writes by DMA; what came before a failure has been written. */
  public Result write(Stream stream, long address, byte[] from) {
    return transfer(stream, address, from, AccessType.WRITE);
  }

  private Result transfer(Stream stream, long address, byte[] data, AccessType type) {
    Optional<SmmuV3> smmu =
        stream.smmu() == Stream.NO_SMMU ? Optional.empty() : smmus.get(stream.smmu());
    int done = 0;
    while (done < data.length) {
      long at = address + done;
      int chunk = (int) Math.min(data.length - done, CHUNK - (at & (CHUNK - 1)));
      long pa = at;
      if (smmu.isPresent()) {
        if (!smmu.get()
            .transaction(stream.streamId(), stream.substreamId(), at, type, translation)) {
          return Result.STOPPED;
        }
        pa = translation.pa();
      }
      if (!bus.responds(pa)) {
        return Result.BUS_ERROR;
      }
      move(pa, data, done, chunk, type.write());
      done += chunk;
    }
    return Result.OK;
  }

  /** Moves bytes in the widest naturally aligned accesses. */
  private void move(long pa, byte[] data, int from, int count, boolean write) {
    int done = 0;
    while (done < count) {
      int width = Math.min(8, 1 << Math.min(3, Long.numberOfTrailingZeros(pa + done)));
      width = Math.min(width, Integer.highestOneBit(count - done));
      if (write) {
        long value = 0;
        for (int i = width - 1; i >= 0; i--) {
          value = (value << 8) | (data[from + done + i] & 0xff);
        }
        bus.write(pa + done, width, value);
      } else {
        long value = bus.read(pa + done, width);
        for (int i = 0; i < width; i++) {
          data[from + done + i] = (byte) (value >>> (8 * i));
        }
      }
      done += width;
    }
  }
}
