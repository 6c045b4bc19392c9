package portcullis.hyp.iommu;

import portcullis.hyp.mem.PageServices;
import portcullis.platform.Platform;
import portcullis.platform.boot.BootParameters;
import portcullis.store.Store;

/** Makes one driver, which keeps all its state in the store and touches no hardware yet. */
@FunctionalInterface
public interface IommuDriverFactory {

  /** The driver for all devices of its kind that {@code parameters} name. */
  IommuDriver create(Store store, Platform platform, PageServices pages, BootParameters parameters);
}
