package portcullis.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AddressSetTest {
  private static final int SPACE = 200;

  /** Against one bit an address. */
  @Test
  void operationsOnRandomSets() {
    Random random = new Random(1);
    for (int round = 0; round < 2000; round++) {
      BitSet bitsA = new BitSet();
      BitSet bitsB = new BitSet();
      AddressSet a = randomSet(random, bitsA);
      AddressSet b = randomSet(random, bitsB);
      assertEquals(bitsA, bits(a));
      assertEquals(bitsA.length(), a.end());

      BitSet minus = (BitSet) bitsA.clone();
      minus.andNot(bitsB);
      assertEquals(minus, bits(a.minus(b)));

      BitSet inward = new BitSet();
      BitSet outward = new BitSet();
      for (int page = 0; page < SPACE; page += 8) {
        int used = bitsA.get(page, page + 8).cardinality();
        inward.set(page, page + 8, used == 8);
        outward.set(page, page + 8, used > 0);
      }
      assertEquals(inward, bits(a.inward(8)));
      assertEquals(outward, bits(a.outward(8)));

      AddressRange probe = new AddressRange(random.nextInt(SPACE), 1 + random.nextInt(5));
      Optional<AddressRange> expected =
          a.ranges().stream().filter(range -> range.overlaps(probe)).findFirst();
      assertEquals(expected, a.overlapping(probe));
    }
  }

  @Test
  void rangesMayEndAtTheLimit() {
    AddressRange last = new AddressRange(AddressRange.LIMIT - 1, 1);
    assertEquals(AddressRange.LIMIT, AddressSet.of(List.of(last)).outward(0x1_0000).end());
    assertThrows(IllegalArgumentException.class, () -> new AddressRange(AddressRange.LIMIT - 1, 2));
    assertThrows(IllegalArgumentException.class, () -> new AddressRange(AddressRange.LIMIT, 0));
    assertThrows(IllegalArgumentException.class, () -> new AddressRange(0, -1));
  }

  private static AddressSet randomSet(Random random, BitSet bits) {
    List<AddressRange> parts = new ArrayList<>();
    for (int i = random.nextInt(8); i > 0; i--) {
      int base = random.nextInt(SPACE - 30);
      int size = random.nextInt(30);
      bits.set(base, base + size);
      parts.add(new AddressRange(base, size));
    }
    return AddressSet.of(parts);
  }

  /** The set's addresses; fails if its ranges are not disjoint, ascending and apart. */
  private static BitSet bits(AddressSet set) {
    BitSet bits = new BitSet();
    long end = -1;
    for (AddressRange range : set.ranges()) {
      assertEquals(true, range.base() > end && range.size() > 0, () -> "order of " + set.ranges());
      bits.set((int) range.base(), (int) range.end());
      end = range.end();
    }
    return bits;
  }
}
