package portcullis.check.hostile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Ste;
import portcullis.check.run.Policies;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.mem.PageTransition;
import portcullis.hyp.smmuv3.CommandPolicy;
import portcullis.hyp.smmuv3.RegisterPolicy;
import portcullis.hyp.smmuv3.StePolicy;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/**
 * Which rows of EL2's tables were applied, by what EL2 itself reports: traps, commands that it took
 * from a host's queue, pages. An STE's fields count when EL2 is told by CMD_CFGI_STE of a valid STE
 * in which they are not zero.
 */
final class PolicyCoverage implements TraceSink {
  private static final String REGISTERS = "registers";
  private static final String STRAYS = "strays";
  private static final String COMMANDS = "commands";
  private static final String STE = "ste";
  private static final String CONFIGS = "configs";
  private static final String PAGES = "pages";

  private record Key(String table, String row) {}

  private final Map<Key, Long> counts = new LinkedHashMap<>();
  private final Map<String, String> strayByReason = new LinkedHashMap<>();
  private final List<StePolicy.Row> fields;
  private final List<StePolicy.ConfigRow> configs;
  private final String otherOpcode;

  /** By the names that EL2 gives its SMMUs. */
  private final Map<String, Site> sites = new LinkedHashMap<>();

  private PhysicalMemory memory;

  PolicyCoverage(Policies policies) {
    for (RegisterPolicy.Row row : policies.smmu().registers().rows()) {
      none(REGISTERS, access(false, row.name()));
      none(REGISTERS, access(true, row.name()));
    }
    for (RegisterPolicy.StrayRow row : policies.smmu().registers().strays()) {
      strayByReason.put(row.reason(), row.name());
      none(STRAYS, row.name());
    }
    String other = "";
    for (CommandPolicy.Row row : policies.smmu().commands().rows()) {
      none(COMMANDS, row.name());
      other = row.opcode() == null ? row.name() : other;
    }
    otherOpcode = other;
    fields = policies.smmu().stes().rows();
    fields.forEach(row -> none(STE, row.name()));
    configs = policies.smmu().stes().configs();
    configs.forEach(row -> none(CONFIGS, row.name()));
    for (PagePolicy.Row row : policies.pages().rows()) {
      PageTransition transition = row.transition();
      if (transition.initiator() == PageTransition.Initiator.HOST
          || transition == PageTransition.PIN) {
        String verdict = row.verdict().name().toLowerCase(Locale.ROOT);
        none(
            PAGES,
            pages(transition.label(), row.allowed() ? verdict : verdict + ": " + row.reason()));
      }
    }
  }

  /** From now on it can look at STEs. */
  void follow(PhysicalMemory physical, Map<String, Site> sitesByName) {
    memory = physical;
    sites.putAll(sitesByName);
  }

  private static String access(boolean write, String register) {
    return register + (write ? " write" : " read");
  }

  private static String pages(String transition, String result) {
    return transition + " " + result;
  }

  private void none(String table, String row) {
    counts.put(new Key(table, row), 0L);
  }

  /** Counts a row, if it is one of the tables'. */
  private void count(String table, String row) {
    counts.computeIfPresent(new Key(table, row), (_, count) -> count + 1);
  }

  /** Every row, in the tables' order. */
  List<PolicyUse> read() {
    List<PolicyUse> uses = new ArrayList<>();
    counts.forEach((key, count) -> uses.add(new PolicyUse(key.table(), key.row(), count)));
    return uses;
  }

  @Override
  public boolean enabled() {
    return true;
  }

  @Override
  public void accept(TraceEvent event) {
    switch (event) {
      case TraceEvent.Trap trap -> {
        count(REGISTERS, access(trap.write(), trap.register()));
        if (trap.register().startsWith("0x")) {
          count(STRAYS, strayByReason.get(trap.reason()));
        }
      }
      case TraceEvent.Command command -> {
        if (command.from().equals("host")) {
          count(COMMANDS, command.name().startsWith("opcode") ? otherOpcode : command.name());
          if (command.name().equals(Opcode.CFGI_STE.commandName())) {
            ste(sites.get(command.device()), (int) Cfgi.STREAMID.get(command.word0()));
          }
        }
      }
      case TraceEvent.Ownership change -> count(PAGES, pages(change.transition(), change.result()));
      case TraceEvent.Mmio _, TraceEvent.Translation _, TraceEvent.Fault _ -> {}
    }
  }

  private void ste(Site site, int streamId) {
    if (site == null || !site.reaches(memory, streamId)) {
      return;
    }
    long at = site.entryOf(streamId);
    long word0 = memory.read64(at);
    if (!Ste.V.isSet(word0)) {
      return;
    }
    count(CONFIGS, configs.get((int) Ste.CONFIG.get(word0)).name());
    for (StePolicy.Row row : fields) {
      if (row.field().isSet(memory.read64(at + (long) row.field().word() * Long.BYTES))) {
        count(STE, row.name());
      }
    }
  }
}
