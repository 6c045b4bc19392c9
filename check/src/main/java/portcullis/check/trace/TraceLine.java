package portcullis.check.trace;

import portcullis.platform.trace.TraceEvent;

/**
 * One event as one line: the time in nanoseconds, the kind, then {@code key=value} pairs in a fixed
 * order. Addresses and register values are hexadecimal, StreamIDs and counts too. A text that is
 * empty or has spaces stands in double quotes; a double quote in it becomes a single one, a control
 * character (a device tree may hold any in a name) a question mark. The format is stable: keys are
 * only ever added at the end.
 */
public final class TraceLine {
  private TraceLine() {}

  /** The line, without its end. */
  public static String of(TraceEvent event) {
    StringBuilder line = new StringBuilder(128);
    line.append(event.nanos());
    switch (event) {
      case TraceEvent.Mmio e -> {
        kind(line, "mmio", "dev", e.device());
        text(line, "by", e.by());
        text(line, "op", access(e.write()));
        hex(line, "off", e.offset());
        hex(line, "size", e.bytes());
        hex(line, "val", e.value());
      }
      case TraceEvent.Trap e -> {
        kind(line, "trap", "dev", e.device());
        text(line, "op", access(e.write()));
        text(line, "reg", e.register());
        hex(line, "val", e.value());
        text(line, "verdict", e.verdict());
        text(line, "reason", e.reason());
      }
      case TraceEvent.Command e -> {
        kind(line, "cmd", "dev", e.device());
        text(line, "from", e.from());
        text(line, "name", e.name());
        hex(line, "w0", e.word0());
        hex(line, "w1", e.word1());
        text(line, "verdict", e.verdict());
      }
      case TraceEvent.Translation e -> {
        kind(line, "xlat", "dev", e.device());
        stream(line, e.streamId(), e.substreamId());
        text(line, "op", access(e.write()));
        hex(line, "iova", e.iova());
        hex(line, "pa", e.pa());
        text(line, "path", e.path());
      }
      case TraceEvent.Fault e -> {
        kind(line, "fault", "dev", e.device());
        stream(line, e.streamId(), e.substreamId());
        text(line, "op", access(e.write()));
        hex(line, "iova", e.iova());
        text(line, "event", e.event());
        hex(line, "stage", e.stage());
      }
      case TraceEvent.Ownership e -> {
        kind(line, "own", "what", e.transition());
        hex(line, "pa", e.pa());
        hex(line, "bytes", e.bytes());
        text(line, "from", e.from());
        text(line, "to", e.to());
        text(line, "result", e.result());
      }
    }
    return line.toString();
  }

  private static String access(boolean write) {
    return write ? "write" : "read";
  }

  private static void kind(StringBuilder line, String kind, String key, String value) {
    line.append(' ').append(kind);
    text(line, key, value);
  }

  private static void stream(StringBuilder line, int streamId, int substreamId) {
    hex(line, "sid", Integer.toUnsignedLong(streamId));
    if (substreamId >= 0) {
      hex(line, "ssid", substreamId);
    }
  }

  private static void hex(StringBuilder line, String key, long value) {
    line.append(' ').append(key).append("=0x").append(Long.toHexString(value));
  }

  private static void text(StringBuilder line, String key, String value) {
    line.append(' ').append(key).append('=');
    if (!value.isEmpty() && value.chars().allMatch(TraceLine::plain)) {
      line.append(value);
      return;
    }
    line.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      line.append(c == '"' ? '\'' : Character.isISOControl(c) ? '?' : c);
    }
    line.append('"');
  }

  private static boolean plain(int c) {
    return c != ' ' && c != '"' && !Character.isISOControl(c);
  }
}
