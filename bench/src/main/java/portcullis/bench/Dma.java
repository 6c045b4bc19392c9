package portcullis.bench;

/** A DMA master behind an SMMU that a {@link Workload} was built for. */
interface Dma extends AutoCloseable {
  /** What the SMMU's tables hold. */
  Workload workload();

  /** Writes {@link Workload#CHUNK} bytes from {@code iova} on; each page must reach memory. */
  void write(long iova);

  @Override
  void close();
}
