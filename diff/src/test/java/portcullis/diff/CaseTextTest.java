package portcullis.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaseTextTest {

  @Test
  void everyCaseIsReadAsItWasWritten() throws CaseException {
    Generator generator = new Generator(3);
    for (int index = 0; index < 200; index++) {
      Case of = generator.next(index);
      assertEquals(of, CaseText.read(CaseText.write(of)));
    }
  }

  @Test
  void emptyLinesAndRemarksSayNothing() throws CaseException {
    Case of = new Generator(3).next(1);
    List<String> lines = new ArrayList<>();
    lines.add("# a remark");
    for (String line : CaseText.write(of)) {
      lines.add("");
      lines.add("  " + line);
    }
    assertEquals(of, CaseText.read(lines));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          word 0x40020000        | expected more after '0x40020000'
          word 0x1000 0x1        | expected the address of a 64-bit word of RAM, not '0x1000'
          word 0x40020004 0x1    | expected the address of a 64-bit word of RAM, not '0x40020004'
          word 0x40020000 one    | expected a number of 64 bits, not 'one'
          format flat            | expected linear or two-level, not 'flat'
          dma nic read 0x0       | expected testdev or edu, with 1 to 3 or no number, not 'nic'
          dma edu fetch 0x0      | expected read or write, not 'fetch'
          write CR9 4 0x0        | expected a register or its offset, not 'CR9'
          write CR0 2 0x0        | expected 4 or 8 bytes, not '2'
          poke 0x40020000 0x1 id | expected tag, not 'id'
          jump                   | expected case, format, word, poke, command, ring, write, dma, \
          take-events or acknowledge, not 'jump'
          """)
  void aBadLineIsNamed(String line, String expected) {
    CaseException thrown =
        assertThrows(
            CaseException.class, () -> CaseText.read(List.of("portcullis-diff 1", "", line)));
    assertEquals("line 3: " + expected, thrown.getMessage());
  }

  @Test
  void anotherFileIsNone() {
    for (List<String> lines : List.of(List.<String>of(), List.of("hello"))) {
      CaseException thrown = assertThrows(CaseException.class, () -> CaseText.read(lines));
      assertEquals("line 1: expected 'portcullis-diff 1'", thrown.getMessage());
    }
  }
}
