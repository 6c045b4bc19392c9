package portcullis.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.board.fdt.BoardException;

class MemoryArgumentTest {
  private static final long G = 1L << 30;

  @ParameterizedTest
  @CsvSource({
    "64K, 65536", "3M, 3145728", "2G, 2147483648", "1T, 1099511627776",
    "65536, 65536", "0x10000, 65536", "0XfF0000, 16711680", "4096T, 4503599627370496"
  })
  void sizes(String text, long bytes) throws BoardException {
    assertEquals(new MemoryArgument.Size(bytes), MemoryArgument.parse(text));
  }

  @Test
  void ranges() throws BoardException {
    assertEquals(
        List.of(new AddressRange(0, 32 * G), new AddressRange(0x400_0000_0000L, 32 * G)),
        MemoryArgument.parse("0x0+32G,0x40000000000+32G").over(List.of(new AddressRange(5, 6))));
    assertEquals(
        List.of(new AddressRange(2 * G, G)), MemoryArgument.parse("2G+0x40000000").over(List.of()));
  }

  @Test
  void sizeTakesTheTreesFirstBase() throws BoardException {
    List<AddressRange> tree = List.of(new AddressRange(0x4000_0000, G), new AddressRange(0, G));
    MemoryArgument size = MemoryArgument.parse("4G");
    assertEquals(List.of(new AddressRange(0x4000_0000, 4 * G)), size.over(tree));
    assertEquals(List.of(new AddressRange(0x8000_0000L, 4 * G)), size.over(List.of()));
    assertEquals(
        "--memory: 0x80000000+0x10000000000000 is out of range: expected an end at or below 2^52",
        assertThrows(BoardException.class, () -> MemoryArgument.parse("4096T").over(List.of()))
            .getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "''|'' is no number: expected digits with K, M, G or T, or 0x and hex digits",
        "12Q|'12Q' is no number: expected digits with K, M, G or T, or 0x and hex digits",
        "-1|'-1' is no number: expected digits with K, M, G or T, or 0x and hex digits",
        "0|'0' is no memory: expected a size above 0",
        "0x0+0|'0' is no memory: expected a size above 0",
        "1000|'1000' is a partial page: expected a multiple of 64K",
        "4097T|'4097T' is too large: expected at most 2^52",
        "99999999999999999999T|'99999999999999999999T' is too large: expected at most 2^52",
        "1G,2G|'1G' has no base: expected BASE+SIZE",
        "1G+1G,|'' has no base: expected BASE+SIZE",
        "1G+1G+1G|'1G+1G' is no number: expected digits with K, M, G or T, or 0x and hex digits",
        "4095T+2T|0xfff0000000000+0x20000000000 is out of range: expected an end at or below 2^52",
        "1G+2G,2G+1G|0x80000000+0x40000000 overlaps 0x40000000+0x80000000: expected ranges that do"
            + " not overlap"
      })
  void faults(String text, String problem) {
    String argument = text.equals("''") ? "" : text;
    assertEquals(
        "--memory: " + problem,
        assertThrows(BoardException.class, () -> MemoryArgument.parse(argument)).getMessage());
  }
}
