package portcullis.machine.smmuv3.caches;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.vmsa.TableWalk;
import portcullis.store.Store;

/** The table that a walk found last is the one that a search would find now. */
class IntermediateTablesTest {
  private static final int EVERYWHERE = 64;
  private static final int A_PAGE_OF_4K = 12;
  private static final long WHOLE = 0x4000_0000L;
  private static final long PART = 0x5000_0000L;

  /** With 64 KiB pages a full table covers 512 MiB, and 4 KiB of one 32 MiB. */
  private static final long IN_PART = 0;

  private static final long BESIDE = 1L << 25;

  private final Store store = new Store();
  private final IntermediateTables tables = new IntermediateTables(store, "tables", 16);

  private static TableWalk walk() {
    TableWalk walk = new TableWalk();
    walk.shape.granule = Granule.SIZE_64K;
    walk.space = TlbTag.stage2Space(1);
    return walk;
  }

  private void keep(long input, int reachShift, long address) {
    TableWalk walk = walk();
    walk.level = Granule.LAST_LEVEL;
    walk.reachShift = reachShift;
    walk.descriptorAddress = address;
    walk.descriptorName = address;
    tables.keep(walk, input);
  }

  private long found(long input) {
    TableWalk walk = walk();
    assertTrue(tables.resume(walk, input));
    assertEquals(walk.descriptorAddress, walk.descriptorName);
    return walk.descriptorAddress;
  }

  @Test
  void theSmallerPartOfATableGoesFirstWhateverWasFoundBefore() {
    keep(IN_PART, EVERYWHERE, WHOLE);
    keep(IN_PART, A_PAGE_OF_4K, PART);
    assertEquals(WHOLE + (BESIDE >>> 16) * Long.BYTES, found(BESIDE));
    assertEquals(PART + 5 * Long.BYTES, found(IN_PART + (5 << 16)));
    assertEquals(WHOLE + (BESIDE >>> 16) * Long.BYTES, found(BESIDE));
  }

  @Test
  void whatAnUndoTakesBackIsNotFound() {
    long mark = store.mark();
    keep(IN_PART, EVERYWHERE, WHOLE);
    assertEquals(WHOLE, found(IN_PART));
    store.undo(mark);
    assertFalse(tables.resume(walk(), IN_PART));
  }
}
