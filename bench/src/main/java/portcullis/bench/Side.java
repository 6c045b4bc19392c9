package portcullis.bench;

import java.util.Arrays;
import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;
import portcullis.platform.trace.TraceSink;
import portcullis.qemu.IommuTestdev;
import portcullis.qemu.Qemu;
import portcullis.qemu.QemuMachine;
import portcullis.store.Store;

/** Who does the DMA of {@link ComparisonBenchmark}. */
public enum Side {
  /** This project's model, in this process. */
  MODEL {
    @Override
    Dma start() {
      return new ModelDma();
    }
  },
  /** QEMU's SMMUv3 and its {@code iommu-testdev}, over qtest. */
  QEMU {
    @Override
    Dma start() {
      return new QemuDma();
    }
  };

  private static final int STREAMS = 256;

  /** A running machine, with its SMMU enabled. */
  abstract Dma start();

  private static final class ModelDma implements Dma {
    private static final Stream STREAM = Stream.of(0, 8);

    private final Model model = Model.with(ModelProfile.chosen(), 0, STREAMS);
    private final byte[] data = new byte[Workload.CHUNK];

    ModelDma() {
      for (int i = 0; i < data.length; i++) {
        int shift = i % Integer.BYTES * Byte.SIZE;
        data[i] = (byte) (IommuTestdev.PATTERN >>> shift);
      }
    }

    @Override
    public Workload workload() {
      return model.workload();
    }

    @Override
    public void write(long iova) {
      DmaMaster.Result result = model.master().write(STREAM, iova, data);
      if (result != DmaMaster.Result.OK) {
        throw new IllegalStateException("DMA of the model: " + result);
      }
    }

    @Override
    public void close() {
      byte[] read = new byte[data.length];
      model.master().read(STREAM, Workload.VA, read);
      if (!Arrays.equals(data, read)) {
        throw new IllegalStateException("the model's memory does not hold what was written");
      }
    }
  }

  private static final class QemuDma implements Dma {
    private final QemuMachine machine =
        QemuMachine.start(
            Qemu.find().orElseThrow(() -> new IllegalStateException(Qemu.MISSING)),
            Workload.RAM_BYTES,
            new Store(),
            TraceSink.NONE);
    private final Workload workload = Workload.build(machine.platform(), 0, STREAMS);

    @Override
    public Workload workload() {
      return workload;
    }

    @Override
    public void write(long iova) {
      // The device itself reads the memory back, past the SMMU.
      IommuTestdev.Result result =
          machine.iommuTestdev().write(iova, Workload.DATA, Workload.CHUNK);
      if (result != IommuTestdev.Result.OK) {
        throw new IllegalStateException("DMA in QEMU: " + result);
      }
    }

    @Override
    public void close() {
      machine.close();
    }
  }
}
