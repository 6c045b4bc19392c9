package portcullis.diff;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import portcullis.arch.decode.Decoded;
import portcullis.arch.decode.DecodedField;
import portcullis.arch.decode.Decoder;
import portcullis.arch.decode.DescriptorForm;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.StartLevel;

/** Tells a case: its memory and steps decoded, and at the end what both sides did. */
final class Story {
  private static final int WORDS = 8;

  private final List<String> lines = new ArrayList<>();
  private final Map<Long, Long> memory = new HashMap<>();
  private final Map<Long, DescriptorForm> forms = new HashMap<>();

  private Story() {}

  /** The story of {@code of}, as far as {@code model} and {@code qemu} went. */
  static List<String> tell(
      Case of, List<ModelStep> model, List<QemuStep> qemu, Comparison.Verdict verdict) {
    Story story = new Story();
    story.memory(of);
    story.steps(of, model, qemu, verdict);
    return story.lines;
  }

  private void memory(Case of) {
    for (Case.Word word : of.memory()) {
      memory.put(word.address(), word.value());
    }
    lines.add("memory:");
    Set<Long> told = new HashSet<>();
    for (long address : new TreeSet<>(memory.keySet())) {
      structure(address, Window.STREAM_TABLE, Window.STREAM_TABLE_END, of, told);
      structure(address, Window.CONTEXTS, Window.CONTEXTS_END, of, told);
    }
    for (long address : new TreeSet<>(memory.keySet())) {
      if (address >= Window.STAGE_1 && address < Window.STAGE_2_END) {
        lines.add("  " + word(address, memory.get(address)));
      }
    }
  }

  private void structure(long address, long from, long to, Case of, Set<Long> told) {
    if (address < from || address >= to) {
      return;
    }
    if (of.twoLevel() && from == Window.STREAM_TABLE && address < Window.STREAM_TABLE_2) {
      lines.add(
          "  0x%x L1STD %s"
              .formatted(address, fields(Decoder.streamTableDescriptor(memory.get(address)))));
      return;
    }
    long base = address & -(WORDS * Long.BYTES);
    if (!told.add(base)) {
      return;
    }
    long[] words = new long[WORDS];
    for (int i = 0; i < WORDS; i++) {
      words[i] = memory.getOrDefault(base + (long) i * Long.BYTES, 0L);
    }
    if (from == Window.STREAM_TABLE) {
      long table = of.twoLevel() ? Window.STREAM_TABLE_2 : Window.STREAM_TABLE;
      lines.add(
          "  0x%x STE of stream 0x%x: %s"
              .formatted(base, (base - table) / Ste.BYTES, fields(Decoder.ste(words))));
      Granule granule = Granule.ofTgStage2(Ste.S2TG.get(words[2]));
      if (granule != null) {
        int level = StartLevel.stage2(granule, Ste.S2SL0.get(words[2]));
        learn(2, granule, level, Ste.S2TTB.inPlace(words[3]), 0);
      }
    } else {
      lines.add("  0x%x CD: %s".formatted(base, fields(Decoder.cd(words))));
      learnCd(words);
    }
  }

  private void learnCd(long[] words) {
    Granule lower = Granule.ofTgStage1(Cd.TG0.get(words[0]));
    Granule upper = Granule.ofTg1(Cd.TG1.get(words[0]));
    long tz0 = Long.SIZE - Cd.T0SZ.get(words[0]);
    long tz1 = Long.SIZE - Cd.T1SZ.get(words[0]);
    if (lower != null) {
      learn(1, lower, StartLevel.stage1(lower, (int) tz0), Cd.TTB0.inPlace(words[1]), 0);
    }
    if (upper != null) {
      learn(1, upper, StartLevel.stage1(upper, (int) tz1), Cd.TTB1.inPlace(words[2]), 0);
    }
  }

  /**
   * Finds the levels of descriptors from a root on. A nested stream's tables lie at IPAs that
   * differ from their places by a multiple of 1 GiB: the low bits find them.
   */
  private void learn(int stage, Granule granule, int level, long table, int depth) {
    if (level < 0 || level > Granule.LAST_LEVEL || depth > Granule.LAST_LEVEL) {
      return;
    }
    long low = (1L << 30) - 1;
    long span = granule.bytes() * (depth == 0 && stage == 2 ? StartLevel.MAX_CONCATENATED : 1);
    for (long address : new TreeSet<>(memory.keySet())) {
      boolean region =
          stage == 1
              ? address >= Window.STAGE_1 && address < Window.STAGE_1_END
              : address >= Window.STAGE_2 && address < Window.STAGE_2_END;
      if (region
          && Long.compareUnsigned((address & low) - (table & low), span) < 0
          && !forms.containsKey(address)) {
        forms.put(address, new DescriptorForm(stage, granule, level, AddressFormat.BITS_48, false));
        long value = memory.get(address);
        if ((value & 0b11) == 0b11 && level < Granule.LAST_LEVEL) {
          learn(
              stage,
              granule,
              level + 1,
              AddressFormat.BITS_48.address(value, granule.shift()),
              depth + 1);
        }
      }
    }
  }

  private String word(long address, long value) {
    DescriptorForm form = forms.get(address);
    if (form == null) {
      return "0x%x = 0x%x".formatted(address, value);
    }
    return "0x%x stage %d level %d %s 0x%x: %s"
        .formatted(
            address,
            form.stage(),
            form.level(),
            form.kind(value).label(),
            value,
            fields(Decoder.descriptor(value, form)));
  }

  private static String fields(Decoded decoded) {
    List<String> set = new ArrayList<>();
    for (DecodedField field : decoded.fields()) {
      if (field.value() != 0) {
        set.add(field.field().name() + "=" + field.valueText());
      }
    }
    return set.isEmpty() ? "0" : String.join(" ", set);
  }

  private void steps(
      Case of, List<ModelStep> model, List<QemuStep> qemu, Comparison.Verdict verdict) {
    lines.add("steps:");
    for (int i = 0; i < model.size(); i++) {
      tell(i, of.steps().get(i));
      if (i < qemu.size() && verdict != null && i <= verdict.step()) {
        sides(model.get(i), qemu.get(i), i == verdict.step());
      }
    }
    if (verdict != null) {
      for (Difference difference : verdict.mismatches()) {
        lines.add(
            "differs: %s: model 0x%x, QEMU 0x%x"
                .formatted(difference.name(), difference.model(), difference.qemu()));
      }
    }
  }

  private void tell(int index, Step step) {
    switch (step) {
      case Step.Poke poke -> {
        lines.add("  %d. poke %s".formatted(index, word(poke.address(), poke.value())));
      }
      case Step.Commands commands -> {
        for (Step.Command command : commands.commands()) {
          Decoded decoded = Decoder.command(command.word0(), command.word1());
          lines.add("  %d. command %s %s".formatted(index, decoded.name(), fields(decoded)));
        }
      }
      case Step.RegisterWrite write -> {
        Register register = Register.at(write.offset());
        lines.add(
            "  %d. write %s 0x%x %s"
                .formatted(
                    index,
                    register == null ? "0x%x".formatted(write.offset()) : register.name(),
                    write.value(),
                    register == null || register.bytes() != write.bytes()
                        ? ""
                        : fields(Decoder.register(register, write.value()))));
      }
      case Step.Dma dma ->
          lines.add(
              "  %d. %s %s 0x%x, stream 0x%x"
                  .formatted(
                      index,
                      dma.device().name().toLowerCase(Locale.ROOT),
                      dma.write() ? "writes to" : "reads from",
                      dma.iova(),
                      dma.device().streamId()));
      case Step.TakeEvents _ -> lines.add("  %d. take events".formatted(index));
      case Step.Acknowledge _ -> lines.add("  %d. acknowledge global errors".formatted(index));
    }
  }

  private void sides(ModelStep model, QemuStep qemu, boolean last) {
    if (model.step() instanceof Step.Dma) {
      lines.add("       model: " + outcome(model.own()));
      for (Outcome outcome : model.allowed().subList(1, model.allowed().size())) {
        lines.add("       model: " + outcome(outcome));
      }
      lines.add("       QEMU:  " + outcome(qemu.outcome()));
    } else if (last) {
      lines.add(
          "       model: CMDQ_CONS 0x%x GERROR 0x%x EVENTQ_PROD 0x%x"
              .formatted(model.cmdqCons(), model.gerror(), model.eventqProd()));
      lines.add(
          "       QEMU:  CMDQ_CONS 0x%x GERROR 0x%x EVENTQ_PROD 0x%x"
              .formatted(qemu.cmdqCons(), qemu.gerror(), qemu.eventqProd()));
    }
  }

  private static String outcome(Outcome outcome) {
    String moved =
        !outcome.passed()
            ? "aborted"
            : outcome.pa() == Outcome.ELSEWHERE
                ? "passed, elsewhere"
                : "0x%x".formatted(outcome.pa());
    if (!outcome.recorded()) {
      return moved;
    }
    Decoded event =
        Decoder.event(outcome.event0(), outcome.event1(), outcome.event2(), outcome.event3());
    return moved + ", " + event.name() + " " + fields(event);
  }
}
