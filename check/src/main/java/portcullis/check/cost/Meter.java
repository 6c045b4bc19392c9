package portcullis.check.cost;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import portcullis.arch.smmu.Opcode;
import portcullis.hyp.Hypervisor;
import portcullis.hyp.TrapCount;
import portcullis.hyp.mem.TableAccount;
import portcullis.hyp.smmuv3.SmmuReport;
import portcullis.hyp.smmuv3.SmmuV3Driver;

/** The difference that an operation makes to what EL2 counts. */
final class Meter {
  private final Hypervisor hypervisor;
  private final SmmuV3Driver driver;
  private Reading last;

  private record Reading(
      long traps, List<SmmuCost> smmus, long cpuDescriptors, long smmuDescriptors) {}

  /** Counts from the start of everything. */
  Meter(Hypervisor hypervisor, SmmuV3Driver driver) {
    this.hypervisor = hypervisor;
    this.driver = driver;
    this.last = new Reading(0, List.of(), 0, 0);
  }

  /** Counts from here. */
  void reset() {
    last = read();
  }

  /** What {@link Operation#BOOT} cost: all so far. */
  Cost sinceStart() {
    return since(Operation.BOOT, 0);
  }

  /** What was counted since the last reset, or from the start. */
  Cost since(Operation operation, long pages) {
    Reading now = read();
    List<SmmuCost> smmus = new ArrayList<>();
    for (int i = 0; i < now.smmus.size(); i++) {
      smmus.add(
          last.smmus.isEmpty() ? now.smmus.get(i) : less(now.smmus.get(i), last.smmus.get(i)));
    }
    return new Cost(
        operation,
        pages,
        "",
        now.traps - last.traps,
        smmus,
        new TableCost(now.cpuDescriptors - last.cpuDescriptors, cpuTable().pages()),
        new TableCost(now.smmuDescriptors - last.smmuDescriptors, driver.stage2Tables().pages()));
  }

  private Reading read() {
    List<SmmuCost> smmus = new ArrayList<>();
    List<SmmuReport> reports = driver.reports();
    for (int i = 0; i < reports.size(); i++) {
      if (reports.get(i).status() == SmmuReport.Status.PROTECTED) {
        smmus.add(new SmmuCost(reports.get(i).name(), commands(i), driver.counters(i).waits()));
      }
    }
    return new Reading(
        hypervisor.traps().stream().mapToLong(TrapCount::count).sum(),
        smmus,
        cpuTable().descriptors(),
        driver.stage2Tables().descriptors());
  }

  private Map<Opcode, Long> commands(int smmu) {
    Map<Opcode, Long> commands = new EnumMap<>(Opcode.class);
    for (Opcode opcode : Opcode.values()) {
      long count = driver.commands(smmu, opcode);
      if (count != 0) {
        commands.put(opcode, count);
      }
    }
    return commands;
  }

  private static SmmuCost less(SmmuCost now, SmmuCost before) {
    Map<Opcode, Long> commands = new EnumMap<>(Opcode.class);
    now.commands()
        .forEach(
            (opcode, count) -> {
              long more = count - before.commands().getOrDefault(opcode, 0L);
              if (more != 0) {
                commands.put(opcode, more);
              }
            });
    return new SmmuCost(now.name(), commands, now.waits() - before.waits());
  }

  private TableAccount cpuTable() {
    return hypervisor.pages().stage2Tables();
  }
}
