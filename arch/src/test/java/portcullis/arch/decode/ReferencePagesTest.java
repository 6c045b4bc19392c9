package portcullis.arch.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;

class ReferencePagesTest {
  private static final Pattern CELL_WALL = Pattern.compile("(?<!\\\\)\\|");

  @Test
  void thereIsOnePageForEachKindOfThing() {
    assertEquals(
        Set.of(
            "registers.md",
            "commands.md",
            "events.md",
            "ste.md",
            "cd.md",
            "dpt.md",
            "descriptors.md",
            "esr.md"),
        ReferencePages.pages().keySet());
  }

  @Test
  void theSamePagesComeEveryTime() {
    assertEquals(ReferencePages.pages(), ReferencePages.pages());
  }

  @Test
  void everyRegisterCommandEventAndFieldIsThere() {
    String registers = ReferencePages.pages().get("registers.md");
    for (Register register : Register.values()) {
      assertTrue(registers.contains("| " + register.name() + " |"), register.name());
    }
    String commands = ReferencePages.pages().get("commands.md");
    for (Opcode opcode : Opcode.values()) {
      assertTrue(commands.contains("\n## " + opcode.commandName() + "\n"), opcode.name());
    }
    String events = ReferencePages.pages().get("events.md");
    for (EventType type : EventType.values()) {
      assertTrue(events.contains("\n## " + type.name() + "\n"), type.name());
    }
    for (Field field : Ste.LAYOUT.fields()) {
      assertTrue(ReferencePages.pages().get("ste.md").contains("| " + field.name() + " |"));
    }
    for (Field field : Cd.LAYOUT.fields()) {
      assertTrue(ReferencePages.pages().get("cd.md").contains("| " + field.name() + " |"));
    }
  }

  @Test
  void longListsOfEncodingsHaveTablesOfTheirOwn() {
    String page = ReferencePages.pages().get("esr.md");
    assertTrue(page.contains("| EC | Armv8.0 | exception class | below |"));
    assertTrue(page.contains("| 0x24 | data abort from a lower Exception level |"));
    assertTrue(page.contains("0b00 byte; 0b01 halfword; 0b10 word; 0b11 doubleword"));
  }

  @Test
  void startLevelsAreThoseOfTheArchitecture() {
    String page = ReferencePages.pages().get("descriptors.md");
    assertTrue(page.contains("| 4KB | 1 | 1 | 31 to 43 | 31 to 43 |"));
    assertTrue(page.contains("| 16KB | 3 | 0 | none | 48 to 52 |"));
    assertTrue(page.contains("| 64KB | 2 | 1 | 43 to 48 | 43 to 52 |"));
  }

  @Test
  void everyTableRowHasAsManyCellsAsItsHeader() {
    ReferencePages.pages()
        .forEach(
            (name, text) -> {
              int cells = 0;
              for (String line : text.split("\n")) {
                if (!line.startsWith("|")) {
                  cells = 0;
                  continue;
                }
                int walls = CELL_WALL.split(line, -1).length;
                assertTrue(cells == 0 || cells == walls, name + ": " + line);
                cells = walls;
              }
              assertFalse(text.contains("null"), name);
              assertTrue(text.endsWith("\n"), name);
            });
  }
}
