package portcullis.hyp.iommu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import portcullis.hyp.Status;
import portcullis.hyp.mem.HostMapping;
import portcullis.hyp.mem.HostStage2Listener;
import portcullis.platform.CpuContext;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * All IOMMU drivers as one (series part 7). A driver takes part from its successful {@link
 * IommuDriver#init} on: what changed before, it has learnt from its own walk of the host's ranges.
 */
public final class IommuCore implements HostStage2Listener {
  /** The most drivers. */
  public static final int MAX_DRIVERS = Long.SIZE;

  private final List<IommuDriver> drivers = new ArrayList<>();

  // Bit i: driver i takes part.
  private final Cell ready;

  /** Without drivers. */
  public IommuCore(Store store) {
    this.ready = store.cell("hyp.iommu.ready");
  }

  /**
   * Adds a driver, while the hypervisor is put together.
   *
   * @throws IllegalStateException if there are {@link #MAX_DRIVERS} already
   */
  public void register(IommuDriver driver) {
    if (drivers.size() == MAX_DRIVERS) {
      throw new IllegalStateException("more than " + MAX_DRIVERS + " IOMMU drivers");
    }
    drivers.add(driver);
  }

  /** The drivers, in the order in which they were registered. */
  public List<IommuDriver> drivers() {
    return Collections.unmodifiableList(drivers);
  }

  /**
   * Lets every driver take over its hardware, before deprivilege. One that refuses takes no part;
   * the others do.
   *
   * @return OK, or what the first one said that refused
   */
  public Status init() {
    Status first = Status.OK;
    for (int i = 0; i < drivers.size(); i++) {
      Status status = drivers.get(i).init();
      if (status.ok()) {
        ready.set(ready.get() | 1L << i);
      } else if (first.ok()) {
        first = status;
      }
    }
    return first;
  }

  /** Whether driver {@code index} takes part. */
  public boolean isReady(int index) {
    return (ready.get() >>> index & 1) != 0;
  }

  @Override
  public Status reserve(long start, long end, HostMapping mapping) {
    Status status = Status.OK;
    for (int i = 0; i < drivers.size() && status.ok(); i++) {
      if (isReady(i)) {
        status = drivers.get(i).reserve(start, end, prot(mapping));
      }
    }
    return status;
  }

  @Override
  public Status changed(long start, long end, HostMapping mapping) {
    Status status = Status.OK;
    for (int i = 0; i < drivers.size() && status.ok(); i++) {
      if (isReady(i)) {
        status = drivers.get(i).hostStage2Idmap(start, end, prot(mapping));
      }
    }
    return status;
  }

  /**
   * Takes the power of an IOMMU, or gives it back.
   *
   * @param device the address of its registers
   * @return NOT_FOUND if there is none that a driver has taken over
   */
  public Status power(long device, boolean on) {
    Status status = Status.NOT_FOUND;
    for (int i = 0; i < drivers.size() && status == Status.NOT_FOUND; i++) {
      if (isReady(i)) {
        status = drivers.get(i).power(device, on);
      }
    }
    return status;
  }

  /** Offers a data abort to the drivers in turn; whether one handled it. */
  public boolean dabtHandler(CpuContext context, long ipa) {
    boolean handled = false;
    for (int i = 0; i < drivers.size() && !handled; i++) {
      handled = isReady(i) && drivers.get(i).dabtHandler(context, ipa);
    }
    return handled;
  }

  private static int prot(HostMapping mapping) {
    return switch (mapping) {
      case NONE -> IommuDriver.NONE;
      case MEMORY -> IommuDriver.READ | IommuDriver.WRITE;
      case DEVICE -> IommuDriver.READ | IommuDriver.WRITE | IommuDriver.DEVICE;
    };
  }
}
