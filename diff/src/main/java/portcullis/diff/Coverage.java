package portcullis.diff;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.StartLevel;

/** What cases reached, counted; what QEMU supports and no case reached is counted 0. */
final class Coverage {
  /** Input sizes that QEMU has: 64 - 39 to 64 - 16. */
  private static final int MIN_INPUT_BITS = 25;

  private static final int MAX_INPUT_BITS = 48;

  /** OAS, which bounds what stage 2 takes. */
  private static final int OUTPUT_BITS = 44;

  private static final List<String> CONFIGS = List.of("abort", "bypass", "S1", "S2", "nested");

  private static final List<EventType> EVENTS =
      List.of(
          EventType.C_BAD_STREAMID,
          EventType.F_STE_FETCH,
          EventType.C_BAD_STE,
          EventType.F_CD_FETCH,
          EventType.C_BAD_CD,
          EventType.F_WALK_EABT,
          EventType.F_TRANSLATION,
          EventType.F_ADDR_SIZE,
          EventType.F_ACCESS,
          EventType.F_PERMISSION);

  private static final List<Opcode> COMMANDS =
      List.of(
          Opcode.PREFETCH_CONFIG,
          Opcode.PREFETCH_ADDR,
          Opcode.CFGI_STE,
          Opcode.CFGI_STE_RANGE,
          Opcode.CFGI_CD,
          Opcode.CFGI_CD_ALL,
          Opcode.TLBI_NH_ALL,
          Opcode.TLBI_NH_ASID,
          Opcode.TLBI_NH_VA,
          Opcode.TLBI_NH_VAA,
          Opcode.TLBI_S12_VMALL,
          Opcode.TLBI_S2_IPA,
          Opcode.TLBI_NSNH_ALL,
          Opcode.SYNC);

  private final Map<Part, Map<String, Long>> counts = new EnumMap<>(Part.class);

  /** The parts of the table, in its order. */
  enum Part {
    EVENT("events that both recorded"),
    COMMAND("commands executed"),
    COMMAND_ERROR("command errors"),
    STREAM("DMA by STE.Config"),
    STAGE_1("DMA by stage 1"),
    STAGE_2("DMA by stage 2"),
    DMA("DMA by outcome"),
    END("cases by how far they were compared");

    private final String title;

    Part(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  Coverage() {
    for (Part part : Part.values()) {
      counts.put(part, new TreeMap<>());
    }
    EVENTS.forEach(event -> add(Part.EVENT, event.name(), 0));
    COMMANDS.forEach(command -> add(Part.COMMAND, command.name(), 0));
    add(Part.COMMAND_ERROR, "CERROR_ILL", 0);
    add(Part.COMMAND_ERROR, "CERROR_ABT", 0);
    for (String config : CONFIGS) {
      add(Part.STREAM, config + ", linear", 0);
      add(Part.STREAM, config + ", two-level", 0);
    }
    for (Granule granule : Granule.values()) {
      for (int bits = MIN_INPUT_BITS; bits <= MAX_INPUT_BITS; bits++) {
        add(Part.STAGE_1, stage1(granule, StartLevel.stage1(granule, bits), false), 0);
        add(Part.STAGE_1, stage1(granule, StartLevel.stage1(granule, bits), true), 0);
        for (int level = 0; level <= Granule.LAST_LEVEL; level++) {
          boolean small = granule == Granule.SIZE_4K && level == Granule.LAST_LEVEL;
          if (!small
              && bits <= OUTPUT_BITS
              && StartLevel.allowed(granule, level, bits, AddressFormat.BITS_48)) {
            add(Part.STAGE_2, stage2(granule, level), 0);
          }
        }
      }
    }
  }

  private static String stage1(Granule granule, int level, boolean upper) {
    return "%s from level %d, TTB%d".formatted(granule.label(), level, upper ? 1 : 0);
  }

  private static String stage2(Granule granule, int level) {
    return level == StartLevel.NONE
        ? granule.label() + " from a reserved level"
        : "%s from level %d".formatted(granule.label(), level);
  }

  private void add(Part part, String name, long more) {
    counts.get(part).merge(name, more, Long::sum);
  }

  void add(Coverage other) {
    other.counts.forEach((part, names) -> names.forEach((name, n) -> add(part, name, n)));
  }

  /** Counts by name, of one part of the table. */
  Map<String, Long> of(Part part) {
    return counts.get(part);
  }

  /** Counts a DMA's configuration; {@code fetched} is what it reads if nothing is cached. */
  void configuration(Case of, Fetched fetched, boolean upper) {
    if (!fetched.hasSte() || fetched.ste(Ste.V) == 0) {
      return;
    }
    long config = fetched.ste(Ste.CONFIG);
    boolean passes = (config & Ste.CONFIG_BIT_PASS) != 0;
    String name = CONFIGS.get(passes ? (int) (config & ~Ste.CONFIG_BIT_PASS) + 1 : 0);
    add(Part.STREAM, name + (of.twoLevel() ? ", two-level" : ", linear"), 1);
    Granule second = Granule.ofTgStage2(fetched.ste(Ste.S2TG));
    if (passes && (config & Ste.CONFIG_BIT_S2) != 0 && second != null) {
      add(Part.STAGE_2, stage2(second, StartLevel.stage2(second, fetched.ste(Ste.S2SL0))), 1);
    }
    Granule first =
        upper ? Granule.ofTg1(fetched.cd(Cd.TG1)) : Granule.ofTgStage1(fetched.cd(Cd.TG0));
    boolean used = fetched.cd(upper ? Cd.EPD1 : Cd.EPD0) == 0;
    if (fetched.hasCd() && first != null && used) {
      int bits = Long.SIZE - (int) fetched.cd(upper ? Cd.T1SZ : Cd.T0SZ);
      if (bits >= MIN_INPUT_BITS && bits <= MAX_INPUT_BITS) {
        add(Part.STAGE_1, stage1(first, StartLevel.stage1(first, bits), upper), 1);
      }
    }
  }

  /** Counts what became of the steps that were compared. */
  void compared(Trial.Ran ran) {
    int last = Math.min(ran.verdict().step(), ran.model().size() - 1);
    for (int i = 0; i <= last; i++) {
      switch (ran.model().get(i).step()) {
        case Step.Dma dma -> dma(dma, ran.qemu().get(i).outcome(), ran.model().get(i));
        case Step.Commands commands -> commands(commands, ran.qemu().get(i));
        default -> {}
      }
    }
    add(Part.END, ran.verdict().end().label(), 1);
  }

  private void dma(Step.Dma dma, Outcome outcome, ModelStep model) {
    String direction = dma.write() ? "write" : "read";
    if (outcome.passed()) {
      add(Part.DMA, direction + " passed", 1);
    } else {
      add(Part.DMA, direction + (outcome.recorded() ? " recorded" : " aborted silently"), 1);
    }
    if (model.doubtful()) {
      add(Part.DMA, "with a change that may be unseen", 1);
    }
    EventType type = EventType.of((int) Event.TYPE.get(outcome.event0()));
    if (type != null && Event.TYPE.get(model.own().event0()) == type.code()) {
      add(Part.EVENT, type.name(), 1);
    }
  }

  private void commands(Step.Commands step, QemuStep qemu) {
    int error = (int) CmdqCons.ERR.get(qemu.cmdqCons());
    if (error != CommandError.CERROR_NONE && qemu.gerror() != 0) {
      add(Part.COMMAND_ERROR, error == CommandError.CERROR_ILL ? "CERROR_ILL" : "CERROR_ABT", 1);
      return;
    }
    for (Step.Command command : step.commands()) {
      Opcode opcode = Opcode.of((int) Command.OPCODE.get(command.word0()));
      if (opcode != null) {
        add(Part.COMMAND, opcode.name() + form(opcode, command), 1);
      }
    }
  }

  private static String form(Opcode opcode, Step.Command command) {
    boolean byAddress =
        switch (opcode) {
          case TLBI_NH_VA, TLBI_NH_VAA, TLBI_S2_IPA -> true;
          default -> false;
        };
    if (!byAddress || Tlbi.TG.get(command.word1()) == 0) {
      return "";
    }
    boolean range = Tlbi.NUM.get(command.word0()) != 0 || Tlbi.SCALE.get(command.word0()) != 0;
    return range ? ", range" : ", TTL";
  }
}
