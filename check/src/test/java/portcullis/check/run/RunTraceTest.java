package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Register;

/**
 * A run's trace as somebody reads it who knows nothing but {@code docs/trace.md}: each line parses,
 * and the trace alone tells whether isolation held.
 */
class RunTraceTest {
  private static final String HEX = "0x(?:0|[1-9a-f][0-9a-f]*)";
  private static final String TEXT = "(?:[^\\s\"]+|\"[^\"\\n]*\")";
  private static final String OP = "(?:read|write)";

  /** The keys of each kind, in order, and what their values look like. */
  private static final Map<String, Pattern> KINDS =
      Map.of(
          "mmio",
          line("dev", TEXT, "by", TEXT, "op", OP, "off", HEX, "size", "0x[1248]", "val", HEX),
          "trap",
          line("dev", TEXT, "op", OP, "reg", TEXT, "val", HEX, "verdict", TEXT, "reason", TEXT),
          "cmd",
          line(
              "dev",
              TEXT,
              "from",
              "(?:host|hyp)",
              "name",
              TEXT,
              "w0",
              HEX,
              "w1",
              HEX,
              "verdict",
              TEXT),
          "xlat",
          line(
              "dev",
              TEXT,
              "sid",
              HEX,
              "ssid?",
              HEX,
              "op",
              OP,
              "iova",
              HEX,
              "pa",
              HEX,
              "path",
              "(?:bypass|stage-1|stage-2|nested|translated)"),
          "fault",
          line(
              "dev", TEXT, "sid", HEX, "ssid?", HEX, "op", OP, "iova", HEX, "event", TEXT, "stage",
              "0x[012]"),
          "own",
          line("what", TEXT, "pa", HEX, "bytes", HEX, "from", TEXT, "to", TEXT, "result", TEXT));

  private static final Pattern START = Pattern.compile("(0|[1-9][0-9]*) ([a-z]+) (.*)");

  /** Attempts whose success is a translation to a guest's page. */
  private static final Set<Forbidden> DMA =
      EnumSet.of(
          Forbidden.MAPPED_READ,
          Forbidden.MAPPED_WRITE,
          Forbidden.BYPASS_READ,
          Forbidden.BYPASS_WRITE,
          Forbidden.NEW_TABLE_READ,
          Forbidden.NEW_TABLE_WRITE,
          Forbidden.DISABLED_BYPASS,
          Forbidden.CACHED_READ,
          Forbidden.CACHED_WRITE,
          Forbidden.TRANSLATED_READ,
          Forbidden.TRANSLATED_WRITE,
          Forbidden.TRANSLATED_BYPASS,
          Forbidden.TRANSLATED_UNCHECKED,
          Forbidden.REQUESTED_PAGE,
          Forbidden.STALL_RETRY,
          Forbidden.GIVEN_BEFORE_OFF,
          Forbidden.GIVEN_WHILE_OFF,
          Forbidden.GIVEN_AFTER_ON,
          Forbidden.GIVEN_WHILE_DISABLED,
          Forbidden.OPEN_WITHOUT_POWER);

  private record Line(long nanos, String kind, Map<String, String> values) {
    String text(String key) {
      return values.get(key).replace("\"", "");
    }

    long hex(String key) {
      return Long.parseUnsignedLong(values.get(key).substring(2), 16);
    }
  }

  /** Of keys and patterns of values in turn; a key that ends in {@code ?} may be missing. */
  private static Pattern line(String... keysAndValues) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      String key = keysAndValues[i];
      boolean optional = key.endsWith("?");
      String name = optional ? key.substring(0, key.length() - 1) : key;
      String pair = (i == 0 ? "" : " ") + name + "=(?<" + name + ">" + keysAndValues[i + 1] + ")";
      regex.append(optional ? "(?:" + pair + ")?" : pair);
    }
    return Pattern.compile(regex.toString());
  }

  private static Line parse(String text) {
    Matcher start = START.matcher(text);
    assertTrue(start.matches(), text);
    Pattern pattern = KINDS.get(start.group(2));
    assertTrue(pattern != null, text);
    Matcher rest = pattern.matcher(start.group(3));
    assertTrue(rest.matches(), text);
    Map<String, String> values = new LinkedHashMap<>();
    for (String key : pattern.namedGroups().keySet()) {
      if (rest.group(key) != null) {
        values.put(key, rest.group(key));
      }
    }
    return new Line(Long.parseLong(start.group(1)), start.group(2), values);
  }

  private static List<Line> parse(TracedRun run) {
    assertEquals("", run.lines().getLast(), "the last line ends too");
    return run.lines().subList(0, run.lines().size() - 1).stream()
        .map(RunTraceTest::parse)
        .toList();
  }

  @Test
  void everyLineParsesAndTimeGoesOn() {
    List<Line> lines = parse(TracedRun.of(Policies.DEFAULT, 1));
    Set<String> kinds = new HashSet<>();
    long now = 0;
    for (Line line : lines) {
      kinds.add(line.kind());
      assertTrue(line.nanos() >= now, line::toString);
      now = line.nanos();
    }
    assertEquals(KINDS.keySet(), kinds);
  }

  @Test
  void countersAgreeWithTheTrace() {
    TracedRun run = TracedRun.of(Policies.DEFAULT, 1);
    List<Line> lines = parse(run);
    Map<String, Long> counters = run.report().counters();
    assertEquals(
        counters.get("traps_iommu_access"),
        lines.stream().filter(line -> line.kind().equals("trap")).count());
    assertEquals(
        counters.get("commands_forwarded")
            + counters.get("commands_rewritten")
            + counters.get("commands_refused"),
        lines.stream()
            .filter(line -> line.kind().equals("cmd") && line.text("from").equals("host"))
            .count());
  }

  @Test
  void noDmaReachesAGuestsPage() {
    List<Line> reached = dmaToGuests(parse(TracedRun.of(Policies.DEFAULT, 1)));
    assertEquals(List.of(), reached);
  }

  @ParameterizedTest
  @MethodSource("portcullis.check.run.PlantedBugTest#bugs")
  void theTraceShowsTheDmaThatAPlantedBugLetsThrough(PlantedBug bug) {
    List<Line> reached = dmaToGuests(parse(TracedRun.of(bug.policies(), 1)));
    assertEquals(Collections.disjoint(bug.succeeds(), DMA), reached.isEmpty());
  }

  @Test
  void theHostNeverReachesTheRegistersOfATakenSmmu() {
    List<Line> lines = parse(TracedRun.of(Policies.DEFAULT, 1));
    boolean taken = false;
    boolean hostBefore = false;
    for (Line line : lines) {
      taken |= line.kind().equals("own") && line.text("what").equals("donate-mmio");
      if (line.kind().equals("mmio") && !line.text("by").equals("hyp")) {
        assertFalse(taken, line::toString);
        hostBefore = true;
      }
    }
    assertTrue(taken && hostBefore, "the host drives them itself until they are taken");
  }

  /** The boot's order (series part 12): EL2 has every SMMU before the host's driver probes one. */
  @Test
  void el2HasEverySmmuBeforeTheHostsDriverMeetsTheEmulation() {
    List<Line> lines = parse(TracedRun.of(Policies.DEFAULT, 1));
    Set<String> aborting = new HashSet<>();
    Set<String> queued = new HashSet<>();
    Set<String> trapped = new HashSet<>();
    for (Line line : lines) {
      if (line.kind().equals("mmio") && line.text("by").equals("hyp")) {
        long value = line.hex("val");
        if (line.text("op").equals("write") && line.hex("off") == Register.GBPA.offset()) {
          assertTrue(Gbpa.ABORT.isSet(value), line::toString);
          aborting.add(line.text("dev"));
        } else if (line.hex("off") == Register.CR0ACK.offset() && Cr0.CMDQEN.isSet(value)) {
          assertTrue(aborting.contains(line.text("dev")), line::toString);
          queued.add(line.text("dev"));
        }
      } else if (line.kind().equals("trap")) {
        trapped.add(line.text("dev"));
        assertEquals(aborting, queued, "nothing is left to take over");
      }
    }
    assertEquals(queued, trapped, "the host's driver drives each that EL2 took");
    assertFalse(trapped.isEmpty());
  }

  /** Every translation into a page between its donation and its reclaim. */
  private static List<Line> dmaToGuests(List<Line> lines) {
    Set<Long> guestPages = new HashSet<>();
    List<Line> reached = new ArrayList<>();
    for (Line line : lines) {
      if (line.kind().equals("own") && line.text("result").equals("ok")) {
        for (long pa = line.hex("pa"); pa < line.hex("pa") + line.hex("bytes"); pa += 0x1000) {
          if (line.text("what").equals("donate")) {
            guestPages.add(pa);
          } else if (line.text("what").equals("reclaim")) {
            guestPages.remove(pa);
          }
        }
      } else if (line.kind().equals("xlat") && guestPages.contains(line.hex("pa") & -0x1000L)) {
        reached.add(line);
      }
    }
    return reached;
  }
}
