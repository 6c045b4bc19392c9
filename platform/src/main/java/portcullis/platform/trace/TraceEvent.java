package portcullis.platform.trace;

/** Something that happened at a wall of the system. {@code nanos} is EL2's clock. */
public sealed interface TraceEvent {

  /** When, in nanoseconds of EL2's clock. */
  long nanos();

  /**
   * An access to a device register that reached the device.
   *
   * @param device such as {@code smmu0}
   * @param by {@code host}, {@code hyp} or a master's name
   * @param offset from the device's base, in bytes
   * @param bytes 1, 2, 4 or 8
   */
  record Mmio(
      long nanos, String device, String by, boolean write, long offset, int bytes, long value)
      implements TraceEvent {}

  /**
   * What EL2 decided about a trapped register access of the host.
   *
   * @param register its architected name, or its offset where none is at that place
   * @param verdict such as {@code forward}, {@code shadow}, {@code rewrite}, {@code refuse}
   * @param reason the policy row's reason
   */
  record Trap(
      long nanos,
      String device,
      boolean write,
      String register,
      long value,
      String verdict,
      String reason)
      implements TraceEvent {}

  /**
   * A command in a queue: {@code from} is {@code host} as read from the host's queue, {@code hyp}
   * as given to hardware.
   *
   * @param name the command's architected name
   * @param verdict what EL2's filter said; {@code issue} for {@code hyp}
   */
  record Command(
      long nanos, String device, String from, String name, long word0, long word1, String verdict)
      implements TraceEvent {}

  /**
   * A DMA access that an SMMU translated.
   *
   * @param path {@code bypass}, {@code stage-1}, {@code stage-2} or {@code nested}
   */
  record Translation(
      long nanos,
      String device,
      int streamId,
      int substreamId,
      boolean write,
      long iova,
      long pa,
      String path)
      implements TraceEvent {}

  /**
   * A DMA access that was stopped.
   *
   * @param event the event record's architected name, or {@code GBPA.ABORT} and the like where none
   *     is recorded
   * @param stage 1, 2, or 0 where no stage was reached
   */
  record Fault(
      long nanos,
      String device,
      int streamId,
      int substreamId,
      boolean write,
      long iova,
      String event,
      int stage)
      implements TraceEvent {}

  /**
   * Pages that changed hands, or a change that was refused.
   *
   * @param transition such as {@code donate}, {@code share}, {@code reclaim}
   * @param result {@code ok} or why not
   */
  record Ownership(
      long nanos, long pa, long bytes, String transition, String from, String to, String result)
      implements TraceEvent {}
}
