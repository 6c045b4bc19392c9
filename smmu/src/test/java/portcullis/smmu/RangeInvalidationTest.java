package portcullis.smmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Tlbi;

/** What the commands cover is computed here from IHI 0070 4.4.1's formula, not by the builder. */
class RangeInvalidationTest {
  private record Range(long start, long end) {}

  private static List<Range> coverage(
      boolean rangeCommands, long address, long bytes, int shift, int level) {
    List<Range> covered = new ArrayList<>();
    RangeInvalidation.emit(
        (word0, word1) -> {
          assertEquals(Opcode.TLBI_NH_VA.code(), (int) Command.OPCODE.get(word0));
          long start = word1 & 0xffff_ffff_ffff_f000L;
          long granules = 1;
          if (rangeCommands) {
            long num = (word0 >>> 12) & 0x1f;
            long scale = (word0 >>> 20) & 0x1f;
            granules = (num + 1) << scale;
            assertEquals((shift - 10) / 2, (word1 >>> 10) & 3, "TG");
            boolean reserved = num == 0 && scale == 0 && ((word1 >>> 8) & 3) == 0;
            assertFalse(reserved, "NUM, SCALE and TTL all 0 is reserved with TG");
          } else if (level != 0) {
            granules = 1L << ((3 - level) * (shift - 3));
          }
          covered.add(new Range(start, start + (granules << shift)));
        },
        rangeCommands,
        Opcode.TLBI_NH_VA,
        Tlbi.ASID.of(7),
        address,
        bytes,
        shift,
        level,
        true);
    return covered;
  }

  @Test
  void coversExactlyTheRange() {
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      int shift = 12 + 2 * random.nextInt(3);
      long pages = 1 + (random.nextLong() >>> (64 - 1 - random.nextInt(25)));
      long address = (random.nextLong() >>> 17) & -(1L << shift);
      List<Range> covered = coverage(true, address, pages << shift, shift, 0);
      long at = address;
      for (Range range : covered) {
        assertEquals(at, range.start());
        at = range.end();
      }
      assertEquals(address + (pages << shift), at);
      assertEquals(covered.size(), RangeInvalidation.count(true, pages << shift, shift));
      int bits = 64 - Long.numberOfLeadingZeros(pages);
      assertTrue(covered.size() <= Math.ceilDiv(bits, 5), pages + " pages");
    }
  }

  @Test
  void rangesBeyondTheLargestScaleTakeSeveralCommands() {
    long granules = 1L << 38;
    List<Range> covered = coverage(true, 0, granules << 12, 12, 0);
    assertEquals(0, covered.getFirst().start());
    assertEquals(granules << 12, covered.getLast().end());
    assertEquals(4, covered.size(), "NUM 31 and SCALE 31 cover 2^36 granules");
    assertEquals(4, RangeInvalidation.count(true, granules << 12, 12));
  }

  @Test
  void fiveHundredAndTwelvePagesTakeOneCommand() {
    assertEquals(1, coverage(true, 0x4000_0000L, 512L << 12, 12, 3).size());
  }

  @Test
  void withoutRangeCommandsOneForEachEntry() {
    List<Range> pages = coverage(false, 0x4000_0000L, 16L << 12, 12, 3);
    assertEquals(16, pages.size());
    List<Range> blocks = coverage(false, 0x4000_0000L, 4L << 21, 12, 2);
    assertEquals(4, blocks.size());
    assertEquals(0x4000_0000L + (4L << 21), blocks.getLast().end());
    assertEquals(16, RangeInvalidation.count(false, 16L << 12, 12));
  }
}
