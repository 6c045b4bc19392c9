package portcullis.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class StoreTest {

  @Test
  void everythingIsZeroAtFirst() {
    Specimen specimen = new Specimen();
    assertEquals(0, specimen.cr0.get());
    assertFalse(specimen.deprivileged.get());
    assertEquals(0, specimen.tlb.get(Specimen.ARRAY_WORDS - 1));
    assertEquals(0, specimen.ram.get(PagedWords.MAX_LENGTH - 1));
    assertTrue(specimen.contents().isEmpty());
  }

  @Test
  void keepsWhatWasSet() {
    Specimen specimen = new Specimen();
    specimen.cr0.set(-1);
    specimen.deprivileged.set(true);
    specimen.tlb.set(0, 5);
    assertEquals(-1, specimen.cr0.get());
    assertEquals(0, specimen.clock.get());
    assertTrue(specimen.deprivileged.get());
    assertEquals(5, specimen.tlb.get(0));
    assertEquals(0, specimen.tlb.get(1));
    assertEquals(Specimen.ARRAY_WORDS, specimen.tlb.length());
    specimen.deprivileged.set(false);
    assertFalse(specimen.deprivileged.get());
  }

  @Test
  void refusesNamesThatAreTakenOrBad() {
    Store store = new Store();
    store.cell("smmu0.cr0");
    String why =
        assertThrows(IllegalArgumentException.class, () -> store.words("smmu0.cr0", 1))
            .getMessage();
    assertTrue(why.contains("smmu0.cr0"), why);
    assertThrows(IllegalArgumentException.class, () -> store.flag(""));
    assertThrows(IllegalArgumentException.class, () -> store.paged(" ", 1));
    assertThrows(IllegalArgumentException.class, () -> store.cell("x".repeat(1001)));
    assertEquals(1, store.variables().size());
  }

  @Test
  void refusesBadLengthsAndLeavesTheNameFree() {
    Store store = new Store();
    assertThrows(IllegalArgumentException.class, () -> store.words("a", -1));
    assertThrows(IllegalArgumentException.class, () -> store.paged("a", -1));
    assertThrows(IllegalArgumentException.class, () -> store.paged("a", PagedWords.MAX_LENGTH + 1));
    assertEquals(PagedWords.MAX_LENGTH, store.paged("a", PagedWords.MAX_LENGTH).length());
  }

  @Test
  void refusesIndexesOutside() {
    Specimen specimen = new Specimen();
    for (int index : new int[] {-1, Specimen.ARRAY_WORDS, Integer.MIN_VALUE}) {
      assertThrows(IndexOutOfBoundsException.class, () -> specimen.tlb.get(index));
      assertThrows(IndexOutOfBoundsException.class, () -> specimen.tlb.set(index, 1));
    }
    for (long index : new long[] {-1, PagedWords.MAX_LENGTH, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThrows(IndexOutOfBoundsException.class, () -> specimen.ram.get(index));
      assertThrows(IndexOutOfBoundsException.class, () -> specimen.ram.set(index, 1));
      assertThrows(IndexOutOfBoundsException.class, () -> specimen.ram.set(index, 0));
    }
    assertThrows(IndexOutOfBoundsException.class, () -> specimen.none.get(0));
    assertEquals(0, specimen.store.fingerprint());
  }

  @Test
  void declaresOnlyWhileNoMarkIsOpen() {
    Store store = new Store();
    long mark = store.mark();
    String why = assertThrows(IllegalStateException.class, () -> store.cell("late")).getMessage();
    assertTrue(why.contains("late") && why.contains("1 mark"), why);
    store.release(mark);
    store.cell("late");
  }
}
