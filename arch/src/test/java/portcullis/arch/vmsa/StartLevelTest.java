package portcullis.arch.vmsa;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StartLevelTest {
  private static final int WITHOUT_DS = 0;
  private static final int WITH_DS = 1;

  /**
   * Granule, level, T0SZ range that needs one table, then T0SZ of 2, 4, 8 and 16 tables, as in DDI
   * 0487 tables D8-20 to D8-24, D8-30 to D8-33 and D8-39 to D8-41. A row holds with 52-bit
   * addresses; without them, T0SZ is 16 at least and the rows marked 52 do not exist.
   */
  private static final String STAGE2 =
      """
      4K -1 12-15 - - - - 52
      4K 0 16-24 15 14 13 12
      4K 1 25-33 24 23 22 21
      4K 2 34-42 33 32 31 30
      4K 3 43-48 42 41 40 39
      16K 0 12-16 - - - - 52
      16K 1 17-27 16 15 14 13
      16K 2 28-38 27 26 25 24
      16K 3 39-48 38 37 36 35
      64K 1 12-21 - - - -
      64K 2 22-34 21 20 19 18
      64K 3 35-47 34 33 32 31
      """;

  /** Granule, level, least and most T0SZ, as in DDI 0487 tables D8-18, D8-28 and D8-37. */
  private static final String STAGE1 =
      """
      4K -1 12-15
      4K 0 16-24
      4K 1 25-33
      4K 2 34-42
      4K 3 43-48
      16K 0 12-16
      16K 1 17-27
      16K 2 28-38
      16K 3 39-48
      64K 1 12-21
      64K 2 22-34
      64K 3 35-47
      """;

  @Test
  void stage2StartsWhereTheTablesOfTheArchitectureSay() {
    for (int ds = WITHOUT_DS; ds <= WITH_DS; ds++) {
      TreeMap<String, Integer> expected = new TreeMap<>();
      TreeMap<String, Integer> actual = new TreeMap<>();
      for (String row : STAGE2.lines().toList()) {
        String[] cells = row.split(" ");
        boolean exists = cells.length == 7 || ds == WITH_DS;
        String[] range = cells[2].split("-");
        for (int t0sz = Integer.parseInt(range[0]); t0sz <= Integer.parseInt(range[1]); t0sz++) {
          expect(expected, cells, t0sz, 1, ds, exists);
        }
        for (int power = 1; power <= 4; power++) {
          if (!cells[2 + power].equals("-")) {
            expect(expected, cells, Integer.parseInt(cells[2 + power]), 1 << power, ds, exists);
          }
        }
      }
      for (Granule granule : Granule.values()) {
        AddressFormat format = AddressFormat.of(granule, ds == WITH_DS);
        for (int level = -2; level <= 4; level++) {
          for (int bits = 0; bits <= 64; bits++) {
            if (StartLevel.allowed(granule, level, bits, format)) {
              actual.put(key(granule, level, 64 - bits), StartLevel.tables(granule, level, bits));
            }
          }
        }
      }
      assertEquals(expected, actual);
    }
  }

  @Test
  void stage1StartsWhereTheTablesOfTheArchitectureSay() {
    for (String row : STAGE1.lines().toList()) {
      String[] cells = row.split(" ");
      String[] range = cells[2].split("-");
      for (int t0sz = Integer.parseInt(range[0]); t0sz <= Integer.parseInt(range[1]); t0sz++) {
        assertEquals(
            Integer.parseInt(cells[1]), StartLevel.stage1(granule(cells[0]), 64 - t0sz), row);
      }
    }
  }

  @Test
  void startLevelEncodingsDifferByGranule() {
    int none = StartLevel.NONE;
    assertEncodings(Granule.SIZE_4K, 2, 1, 0, 3, -1, none, none, none);
    assertEncodings(Granule.SIZE_16K, 3, 2, 1, 0, 3, 2, 1, 0);
    assertEncodings(Granule.SIZE_64K, 3, 2, 1, none, 3, 2, 1, none);
  }

  @Test
  void slIsTheInverseOfStage2() {
    for (Granule granule : Granule.values()) {
      for (int level = -2; level <= 4; level++) {
        int sl = StartLevel.sl(granule, level);
        boolean exists = level >= granule.firstLevel() && level <= Granule.LAST_LEVEL;
        assertEquals(
            exists ? level : StartLevel.NONE, sl < 0 ? sl : StartLevel.stage2(granule, sl));
      }
    }
  }

  @Test
  void deepestConcatenatesAsFarAsItMay() {
    AddressFormat narrow = AddressFormat.BITS_48;
    assertEquals(1, StartLevel.deepest(Granule.SIZE_4K, 40, narrow));
    assertEquals(2, StartLevel.tables(Granule.SIZE_4K, 1, 40));
    assertEquals(1024, StartLevel.entries(Granule.SIZE_4K, 1, 40));
    assertEquals(0, StartLevel.deepest(Granule.SIZE_4K, 44, narrow));
    assertEquals(0, StartLevel.deepest(Granule.SIZE_4K, 48, narrow));
    assertEquals(1, StartLevel.deepest(Granule.SIZE_16K, 48, narrow));
    assertEquals(2, StartLevel.tables(Granule.SIZE_16K, 1, 48));
    assertEquals(1, StartLevel.deepest(Granule.SIZE_64K, 48, narrow));
    assertEquals(StartLevel.NONE, StartLevel.deepest(Granule.SIZE_4K, 52, narrow));
    assertEquals(0, StartLevel.deepest(Granule.SIZE_4K, 52, AddressFormat.LPA2));
    assertEquals(StartLevel.NONE, StartLevel.deepest(Granule.SIZE_4K, 53, AddressFormat.LPA2));
  }

  private static void expect(
      TreeMap<String, Integer> expected,
      String[] cells,
      int t0sz,
      int tables,
      int ds,
      boolean exists) {
    if (exists && (ds == WITH_DS || t0sz >= 16)) {
      expected.put(key(granule(cells[0]), Integer.parseInt(cells[1]), t0sz), tables);
    }
  }

  private static String key(Granule granule, int level, int t0sz) {
    return granule + " level " + level + " T0SZ " + t0sz;
  }

  private static Granule granule(String label) {
    return Granule.valueOf("SIZE_" + label);
  }

  private static void assertEncodings(Granule granule, int... levels) {
    for (int sl = 0; sl < levels.length; sl++) {
      assertEquals(levels[sl], StartLevel.stage2(granule, sl), granule + " SL " + sl);
    }
  }
}
