package portcullis.machine.smmuv3;

/**
 * What an SMMU says to the client devices in front of it: the ends of stalls (IHI 0070 3.12.2), and
 * what goes to PCIe endpoints by way of the Root Complex (3.9.1, 8).
 *
 * <p>The SMMU calls within the register write or transaction that is the cause. A client may answer
 * with transactions and requests of its own.
 */
public interface ClientPort {
  /** Devices that hold no stalled transaction, and a Root Complex without ATS and PRI. */
  ClientPort NONE =
      new ClientPort() {
        @Override
        public void resume(int streamId, int stag, Resumption how) {}

        @Override
        public void unblock() {}

        @Override
        public boolean invalidate(
            int streamId, int substreamId, boolean global, long address, int log2Pages) {
          return true;
        }

        @Override
        public void respond(int streamId, int substreamId, int group, PageResponse response) {}
      };

  /**
   * A stalled transaction ends its stall; its tag may be used again from now on.
   *
   * @param stag the tag that the transaction was stalled with
   */
  void resume(int streamId, int stag, Resumption how);

  /** Fewer transactions are stalled: those that the SMMU did not accept may be presented again. */
  void unblock();

  /**
   * An ATS Invalidation Request.
   *
   * @param substreamId the PASID, or {@link Translation#NO_SUBSTREAM}
   * @param global whether entries of every PASID are meant; only with a PASID
   * @param address aligned to the span
   * @param log2Pages log2 of the span in units of 4 KiB; 52 is everything
   * @return whether it completed; false if no answer came in the time that PCIe allows
   */
  boolean invalidate(int streamId, int substreamId, boolean global, long address, int log2Pages);

  /**
   * The response to a page request group.
   *
   * @param substreamId the PASID, or {@link Translation#NO_SUBSTREAM}
   * @param group the page request group index
   */
  void respond(int streamId, int substreamId, int group, PageResponse response);
}
