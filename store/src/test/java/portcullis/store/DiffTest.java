package portcullis.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DiffTest {
  private static final int ALL = Integer.MAX_VALUE;

  @Test
  void namesEachWordAsReportsDo() {
    Specimen specimen = new Specimen();
    specimen.cr0.set(8);
    long mark = specimen.store.mark();
    specimen.ram.set(0x8000_1000L / 8, -1);
    specimen.deprivileged.set(true);
    specimen.tlb.set(17, 0x2a);
    specimen.cr0.set(9);
    assertEquals(
        """
        smmu0.cr0: 0x8 -> 0x9
        hyp.deprivileged: false -> true
        smmu0.tlb[17]: 0x0 -> 0x2a
        ram[0x80001000]: 0x0 -> 0xffffffffffffffff
        """,
        specimen.store.diff(mark, ALL).toString());
  }

  @Test
  void leavesOutWhatWasPutBack() {
    Specimen specimen = new Specimen();
    long mark = specimen.store.mark();
    specimen.cr0.set(9);
    specimen.cr0.set(0);
    specimen.ram.set(3, 1);
    specimen.ram.set(3, 0);
    assertTrue(specimen.store.diff(mark, ALL).isEmpty());
  }

  @Test
  void changesAreNamedInTheirOrder() {
    Specimen specimen = new Specimen();
    specimen.cr0.set(8);
    long outer = specimen.store.mark();
    specimen.ram.set(0x8000_1000L / 8, -1);
    long mark = specimen.store.mark();
    specimen.tlb.set(17, 0x2a);
    specimen.ram.set(0x8000_1008L / 8, 5);
    specimen.tlb.set(17, 0x2a);
    specimen.tlb.set(17, 0);
    assertEquals(
        List.of("smmu0.tlb 17", "ram 268435969", "smmu0.tlb 17"), changes(specimen.store, mark));
    specimen.store.release(mark);
    assertEquals(4, changes(specimen.store, outer).size());
    assertThrows(IllegalStateException.class, () -> changes(specimen.store, mark));
  }

  private static List<String> changes(Store store, long mark) {
    List<String> changes = new ArrayList<>();
    store.changesSince(mark, (name, index) -> changes.add(name + " " + index));
    return changes;
  }

  @Test
  void ofMarksAndOfStoresAgreesWithTheModel() {
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Specimen earlier = new Specimen();
      Specimen later = new Specimen();
      for (int step = 0; step < 100; step++) {
        earlier.step(random);
        later.step(random);
      }
      long outer = later.store.mark();
      TreeMap<Specimen.Place, Long> atOuter = new TreeMap<>(later.model);
      later.step(random);
      later.step(random);
      long inner = later.store.mark();
      TreeMap<Specimen.Place, Long> atInner = new TreeMap<>(later.model);
      for (int step = 0; step < 100; step++) {
        later.step(random);
      }
      assertEquals(
          later.difference(atOuter, later.model), later.store.diff(outer, ALL).differences());
      assertEquals(
          later.difference(atInner, later.model), later.store.diff(inner, ALL).differences());
      assertEquals(
          later.difference(earlier.model, later.model),
          later.store.diff(earlier.store, ALL).differences());
      assertEquals(
          later.difference(later.model, earlier.model),
          earlier.store.diff(later.store, ALL).differences());
    }
  }

  @Test
  void listsUpToTheLimitAndCountsTheRest() {
    Store earlier = new Store();
    earlier.paged("ram", 1 << 20);
    Store store = new Store();
    PagedWords ram = store.paged("ram", 1 << 20);
    long mark = store.mark();
    for (int i = 0; i < 10_000; i++) {
      ram.set(i * 7, 1);
    }
    for (Diff diff : new Diff[] {store.diff(mark, 2), store.diff(earlier, 2)}) {
      assertEquals(2, diff.differences().size());
      assertEquals(9_998, diff.more());
      assertEquals(10_000, diff.total());
      assertTrue(diff.toString().endsWith("and 9998 more\n"));
    }
    assertEquals(10_000, store.diff(mark, 0).more());
    assertFalse(store.diff(mark, 0).isEmpty());
    assertThrows(IllegalArgumentException.class, () -> store.diff(mark, -1));
  }

  @Test
  void refusesStoresDeclaredOtherwise() {
    Store store = new Store();
    store.cell("a");
    store.words("b", 2);
    Store length = new Store();
    length.cell("a");
    length.words("b", 3);
    Store fewer = new Store();
    fewer.cell("a");
    Store kind = new Store();
    kind.flag("a");
    kind.words("b", 2);
    for (Store other : new Store[] {length, fewer, kind, new Store()}) {
      assertThrows(IllegalArgumentException.class, () -> store.diff(other, 1));
      assertThrows(IllegalArgumentException.class, () -> other.diff(store, 1));
    }
  }
}
