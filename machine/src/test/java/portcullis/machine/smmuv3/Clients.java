package portcullis.machine.smmuv3;

import java.util.ArrayList;
import java.util.List;

/** Client devices that note down what the SMMU tells them, and answer as they are told to. */
final class Clients implements ClientPort {
  /** One line a call, oldest first. */
  final List<String> calls = new ArrayList<>();

  /** Invalidations time out. */
  boolean deaf;

  /** What a resumed transaction's device does at once. */
  Runnable onResume = () -> {};

  @Override
  public void resume(int streamId, int stag, Resumption how) {
    calls.add("resume " + streamId + " " + stag + " " + how);
    onResume.run();
  }

  @Override
  public void unblock() {
    calls.add("unblock");
  }

  @Override
  public boolean invalidate(
      int streamId, int substreamId, boolean global, long address, int log2Pages) {
    calls.add(
        "invalidate %d %d %s 0x%x %d".formatted(streamId, substreamId, global, address, log2Pages));
    return !deaf;
  }

  @Override
  public void respond(int streamId, int substreamId, int group, PageResponse response) {
    calls.add("respond %d %d %d %s".formatted(streamId, substreamId, group, response));
  }

  /** What was noted down; it is forgotten. */
  List<String> take() {
    List<String> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }
}
