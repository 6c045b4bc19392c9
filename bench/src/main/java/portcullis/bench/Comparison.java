package portcullis.bench;

import java.util.List;
import java.util.Optional;

/**
 * What a page missed costs the model and QEMU.
 *
 * @param modelNanos nanoseconds
 * @param qemuNanos nanoseconds
 */
record Comparison(double modelNanos, double qemuNanos) {

  /** Empty unless both were measured. */
  static Optional<Comparison> of(List<Measured> all) {
    return missNanos(all, Side.MODEL)
        .flatMap(model -> missNanos(all, Side.QEMU).map(qemu -> new Comparison(model, qemu)));
  }

  private static Optional<Double> missNanos(List<Measured> all, Side side) {
    return all.stream()
        .filter(measured -> measured.name().endsWith("side=" + side.label()))
        .findFirst()
        .flatMap(Measured::missNanos);
  }

  /** The model's share of QEMU's cost. */
  double ratio() {
    return modelNanos / qemuNanos;
  }
}
