package portcullis.arch.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecodeArgumentsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          reg IDR0 0d44101b                                | SMMU_IDR0
          reg smmu_idr0 0x0d44101b                         | SMMU_IDR0
          reg 0x20 8                                       | SMMU_CR0
          reg 0x100a8 1                                    | SMMU_EVENTQ_PROD
          ste b                                            | STE
          ste 1 2 3 4 5 6 7 8                              | STE
          cd 0x8000_0000                                   | CD
          l1std 0x80001009                                 | L1STD
          l1cd 0x80001001                                  | L1CD
          vms 0x0003000200010000 7                         | VMS
          cmd 46                                           | CMD_SYNC
          cmd 0x10803 0x1                                  | CMD_CFGI_STE
          event 10 0 0 0                                   | F_TRANSLATION
          pri 0 0                                          | PRI queue entry
          pte 3 --stage 1 --granule 4k --level 2           | stage 1 level 2 table descriptor, 4KB granule
          pte --level 3 --stage 2 --granule 64K 3          | stage 2 level 3 page descriptor, 64KB granule
          pte 1 --stage 2 --granule 4k --level 0 --52-bit  | stage 2 level 0 block descriptor, 4KB granule
          pte 1 --stage 2 --granule 4k --level -1          | stage 2 level -1 reserved descriptor, 4KB granule
          esr 93820046                                     | ESR_EL2 data abort
          esr ffffffffffffffff                             | ESR_EL2
          """)
  void commandLinesNameWhatToDecode(String line, String name) throws DecodeException {
    assertEquals(name, decode(line).name());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          frob 1                                  | expected one of reg, ste, cd, l1std, l1cd, vms, cmd, event, pri, pte, esr, not 'frob'
          reg                                     | reg: expected NAME or 0xOFFSET, and one HEX value
          reg IDR0                                | reg: expected NAME or 0xOFFSET, and one HEX value
          reg IDR9 0                              | reg: expected a register such as IDR0 or STRTAB_BASE, or 0xOFFSET, not 'IDR9'
          reg 0x7 0                               | reg: expected a register's offset; there is none at 0x7
          reg 0xffffffffffffffff 0                | reg: expected a register's offset; there is none at 0xffffffffffffffff
          reg CR0 100000000                       | reg: expected 32 bits for CR0, not 100000000
          ste                                     | ste: expected 1 to 8 64-bit HEX words, not 0
          ste 1 2 3 4 5 6 7 8 9                   | ste: expected 1 to 8 64-bit HEX words, not 9
          esr 1 2                                 | esr: expected one 64-bit HEX word, not 2
          cd zz                                   | cd: expected a hexadecimal number of at most 64 bits, not 'zz'
          cd 0x                                   | cd: expected a hexadecimal number of at most 64 bits, not '0x'
          cmd -1                                  | cmd: expected a hexadecimal number of at most 64 bits, not '-1'
          esr 10000000000000000                   | esr: expected a hexadecimal number of at most 64 bits, not '10000000000000000'
          pte 1                                   | pte: expected --granule 4k, 16k or 64k
          pte 1 --granule 8k                      | pte: expected --granule 4k, 16k or 64k, not 8k
          pte 1 --granule 4k                      | pte: expected --stage 1 to 2
          pte 1 --granule 4k --stage 3            | pte: expected --stage 1 to 2, not 3
          pte 1 --granule 4k --stage 1 --level 4  | pte: expected --level -1 to 3, not 4
          pte 1 --granule 64k --stage 1 --level 0 | pte: expected --level 1 to 3, not 0
          pte 1 --granule 4k --stage 1 --level x  | pte: expected --level -1 to 3, not x
          pte 1 --granule                         | pte: expected a value after --granule
          pte 1 --frob                            | pte: expected --stage, --granule, --level, --52-bit or --fwb, not --frob
          pte --granule 4k --stage 1 --level 3    | pte: expected one HEX value, not 0
          """)
  void wrongWordsAreRefusedWithWhatWasExpected(String line, String message) {
    DecodeException refusal = assertThrows(DecodeException.class, () -> decode(line));
    assertEquals(message, refusal.getMessage());
  }

  @Test
  void noWordsAtAllAreRefused() {
    assertThrows(DecodeException.class, () -> DecodeArguments.decode(List.of()));
  }

  @Test
  void upperHalfOfA64BitRegisterIsItsUpperHalf() throws DecodeException {
    Decoded base = decode("reg 0x84 0x40000008");
    assertEquals("SMMU_STRTAB_BASE", base.name());
    assertEquals(List.of(0x4000_0008_0000_0000L), base.words());
    assertThrows(DecodeException.class, () -> decode("reg 0x84 0x100000000"));
  }

  @Test
  void fwbChangesHowMemAttrReads() throws DecodeException {
    String line = "pte 0x71b --stage 2 --granule 4k --level 3";
    assertFalse(DecodedText.render(decode(line)).contains("forced by stage 2"));
    assertTrue(DecodedText.render(decode(line + " --fwb")).contains("forced by stage 2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"reg", "ste", "cd", "l1std", "l1cd", "vms", "cmd", "event", "pri", "pte", "esr"})
  void usageNamesEveryKind(String kind) {
    assertTrue(DecodeArguments.USAGE.stream().anyMatch(line -> line.startsWith(kind + " ")));
  }

  private static Decoded decode(String line) throws DecodeException {
    return DecodeArguments.decode(List.of(line.strip().split(" +")));
  }
}
