package portcullis.diff;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import portcullis.arch.smmu.Register;
import portcullis.qemu.VirtMap;

/** The file that a case is kept in: docs/diff.md says what its lines are. */
final class CaseText {
  private static final String MAGIC = "portcullis-diff 1";

  private CaseText() {}

  /** A case as the lines of a file. */
  static List<String> write(Case of) {
    List<String> lines = new ArrayList<>();
    lines.add(MAGIC);
    lines.add("case " + of.name());
    lines.add("format " + (of.twoLevel() ? "two-level" : "linear"));
    for (Case.Word word : of.memory()) {
      lines.add("word 0x%x 0x%x".formatted(word.address(), word.value()));
    }
    for (Step step : of.steps()) {
      write(step, lines);
    }
    return lines;
  }

  private static void write(Step step, List<String> lines) {
    switch (step) {
      case Step.Poke poke ->
          lines.add(
              "poke 0x%x 0x%x tag %d needs 0x%x"
                  .formatted(poke.address(), poke.value(), poke.tag(), poke.needs()));
      case Step.Commands commands -> {
        for (Step.Command command : commands.commands()) {
          lines.add(
              "command 0x%x 0x%x tags 0x%x parts 0x%x"
                  .formatted(command.word0(), command.word1(), command.tags(), command.parts()));
        }
        lines.add("ring");
      }
      case Step.RegisterWrite write -> {
        Register register = Register.at(write.offset());
        lines.add(
            "write %s %d 0x%x"
                .formatted(
                    register != null && register.offset() == write.offset()
                        ? register.name()
                        : "0x%x".formatted(write.offset()),
                    write.bytes(),
                    write.value()));
      }
      case Step.Dma dma ->
          lines.add(
              "dma %s %s 0x%x"
                  .formatted(
                      dma.device().name().toLowerCase(Locale.ROOT),
                      dma.write() ? "write" : "read",
                      dma.iova()));
      case Step.TakeEvents _ -> lines.add("take-events");
      case Step.Acknowledge _ -> lines.add("acknowledge");
    }
  }

  /**
   * Reads what {@link #write} wrote; lines that are empty or start with {@code #} say nothing.
   *
   * @throws CaseException if a line is none; the message names it and says what was expected
   */
  static Case read(List<String> lines) throws CaseException {
    String name = "file";
    boolean twoLevel = false;
    List<Case.Word> memory = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    List<Step.Command> commands = new ArrayList<>();
    boolean magic = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (!magic) {
        if (!line.equals(MAGIC)) {
          throw new CaseException(i + 1, "expected '" + MAGIC + "'");
        }
        magic = true;
        continue;
      }
      Line words = new Line(i + 1, List.of(line.split("\\s+")));
      switch (words.text(0)) {
        case "case" -> name = words.text(1);
        case "format" -> twoLevel = words.one(1, "linear", "two-level") == 1;
        case "word" -> memory.add(new Case.Word(words.address(1), words.number(2)));
        case "poke" ->
            steps.add(
                new Step.Poke(
                    words.address(1),
                    words.number(2),
                    (int) words.named(3, "tag"),
                    (int) words.named(5, "needs")));
        case "command" ->
            commands.add(
                new Step.Command(
                    words.number(1),
                    words.number(2),
                    words.named(3, "tags"),
                    (int) words.named(5, "parts")));
        case "ring" -> {
          steps.add(new Step.Commands(commands));
          commands.clear();
        }
        case "write" -> steps.add(words.registerWrite());
        case "dma" ->
            steps.add(
                new Step.Dma(words.device(1), words.one(2, "read", "write") == 1, words.number(3)));
        case "take-events" -> steps.add(new Step.TakeEvents());
        case "acknowledge" -> steps.add(new Step.Acknowledge());
        default ->
            throw new CaseException(
                i + 1,
                "expected case, format, word, poke, command, ring, write, dma, take-events or"
                    + " acknowledge, not '"
                    + words.text(0)
                    + "'");
      }
    }
    if (!magic) {
      throw new CaseException(1, "expected '" + MAGIC + "'");
    }
    return new Case(name, twoLevel, memory, steps);
  }

  /** The words of one line. */
  private record Line(int number, List<String> words) {
    String text(int index) throws CaseException {
      if (index >= words.size()) {
        throw new CaseException(number, "expected more after '" + words.getLast() + "'");
      }
      return words.get(index);
    }

    int one(int index, String first, String second) throws CaseException {
      String text = text(index);
      if (!text.equals(first) && !text.equals(second)) {
        throw new CaseException(
            number, "expected " + first + " or " + second + ", not '" + text + "'");
      }
      return text.equals(second) ? 1 : 0;
    }

    Device device(int index) throws CaseException {
      for (Device device : Device.values()) {
        if (device.name().toLowerCase(Locale.ROOT).equals(text(index))) {
          return device;
        }
      }
      throw new CaseException(
          number, "expected testdev or edu, with 1 to 3 or no number, not '" + text(index) + "'");
    }

    long number(int index) throws CaseException {
      String text = text(index);
      try {
        return text.startsWith("0x")
            ? Long.parseUnsignedLong(text.substring(2), 16)
            : Long.parseLong(text);
      } catch (NumberFormatException e) {
        throw new CaseException(number, "expected a number of 64 bits, not '" + text + "'");
      }
    }

    /** The address of a 64-bit word of RAM. */
    long address(int index) throws CaseException {
      long address = number(index);
      if (!Window.ram(address) || address % Long.BYTES != 0) {
        throw new CaseException(
            number, "expected the address of a 64-bit word of RAM, not '" + text(index) + "'");
      }
      return address;
    }

    long named(int index, String name) throws CaseException {
      if (!text(index).equals(name)) {
        throw new CaseException(number, "expected " + name + ", not '" + text(index) + "'");
      }
      return number(index + 1);
    }

    Step registerWrite() throws CaseException {
      int bytes = (int) number(2);
      if (bytes != Integer.BYTES && bytes != Long.BYTES) {
        throw new CaseException(number, "expected 4 or 8 bytes, not '" + text(2) + "'");
      }
      for (Register register : Register.values()) {
        if (register.name().equals(text(1)) && register.page().fixed()) {
          return new Step.RegisterWrite(register.offset(), bytes, number(3));
        }
      }
      long offset = text(1).startsWith("0x") ? number(1) : -1;
      if (offset < 0 || offset >= VirtMap.SMMU.size() || offset % bytes != 0) {
        throw new CaseException(number, "expected a register or its offset, not '" + text(1) + "'");
      }
      return new Step.RegisterWrite((int) offset, bytes, number(3));
    }
  }
}
