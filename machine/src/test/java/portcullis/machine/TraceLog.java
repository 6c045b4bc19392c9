package portcullis.machine;

import java.util.ArrayList;
import java.util.List;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/** Keeps every event. */
final class TraceLog implements TraceSink {
  final List<TraceEvent> events = new ArrayList<>();

  @Override
  public boolean enabled() {
    return true;
  }

  @Override
  public void accept(TraceEvent event) {
    events.add(event);
  }
}
