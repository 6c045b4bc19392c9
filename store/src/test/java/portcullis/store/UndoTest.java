package portcullis.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class UndoTest {
  private record Snapshot(long mark, long fingerprint, TreeMap<Specimen.Place, Long> model) {}

  @Test
  void randomProgramsAgreeWithAModelThatCopiesEverything() {
    for (int seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Specimen specimen = new Specimen();
      Deque<Snapshot> open = new ArrayDeque<>();
      for (int step = 0; step < 300; step++) {
        int choice = random.nextInt(20);
        if (choice == 0) {
          open.push(
              new Snapshot(
                  specimen.store.mark(),
                  specimen.store.fingerprint(),
                  new TreeMap<>(specimen.model)));
        } else if (choice == 1 && !open.isEmpty()) {
          Snapshot snapshot = popSome(open, random);
          specimen.store.undo(snapshot.mark());
          specimen.model = snapshot.model();
          assertEquals(snapshot.fingerprint(), specimen.store.fingerprint());
          assertEquals(snapshot.model(), specimen.contents());
        } else if (choice == 2 && !open.isEmpty()) {
          specimen.store.release(popSome(open, random).mark());
        } else {
          specimen.step(random);
        }
      }
      assertEquals(specimen.model, specimen.contents(), "seed " + seed);
      specimen.model.forEach((place, value) -> assertEquals(value, specimen.read(place)));
      assertEquals(Specimen.fingerprint(specimen.model), specimen.store.fingerprint());
    }
  }

  /** Closes some of the innermost marks at once: the one returned and all inside it. */
  private static Snapshot popSome(Deque<Snapshot> open, SplittableRandom random) {
    Snapshot snapshot = open.pop();
    while (!open.isEmpty() && random.nextInt(4) == 0) {
      snapshot = open.pop();
    }
    return snapshot;
  }

  @Test
  void onlyWhatChangesWordsBehindTheirOwnersBeginsAnEpoch() {
    Store store = new Store();
    Cell cell = store.cell("cell");
    long epoch = store.epoch();
    cell.set(1);
    long mark = store.mark();
    cell.set(2);
    store.release(store.mark());
    assertEquals(epoch, store.epoch());
    store.undo(mark);
    assertNotEquals(epoch, store.epoch());
  }

  @Test
  void undoOfAnOuterMarkTakesBackWhatAnInnerOneReleased() {
    Store store = new Store();
    Cell cell = store.cell("cell");
    cell.set(1);
    long outer = store.mark();
    cell.set(2);
    long inner = store.mark();
    cell.set(3);
    store.release(inner);
    assertEquals(3, cell.get());
    store.undo(outer);
    assertEquals(1, cell.get());
  }

  @Test
  void closedMarksAreRefusedWithTheReason() {
    Store store = new Store();
    Cell cell = store.cell("cell");
    long outer = store.mark();
    long inner = store.mark();
    cell.set(5);
    store.undo(outer);
    long again = store.mark();
    assertNotEquals(outer, again);
    for (long stale : new long[] {outer, inner}) {
      String why = assertThrows(IllegalStateException.class, () -> store.undo(stale)).getMessage();
      assertTrue(why.contains("undone or released"), why);
      assertThrows(IllegalStateException.class, () -> store.release(stale));
      assertThrows(IllegalStateException.class, () -> store.diff(stale, 1));
    }
    store.release(again);
    assertThrows(IllegalStateException.class, () -> store.undo(again));
  }

  @Test
  void marksThatWereNeverGivenAreRefusedWithTheReason() {
    Store store = new Store();
    store.mark();
    for (long never : new long[] {0, -1, Long.MAX_VALUE, 1L << 40}) {
      String why = assertThrows(IllegalStateException.class, () -> store.undo(never)).getMessage();
      assertTrue(why.contains("never gave it"), why);
    }
  }

  @Test
  void manyMarksNest() {
    Store store = new Store();
    Cell cell = store.cell("cell");
    long[] marks = new long[10_000];
    for (int i = 0; i < marks.length; i++) {
      marks[i] = store.mark();
      cell.set(i + 1);
    }
    for (int i = marks.length - 1; i >= 0; i--) {
      assertEquals(i + 1, cell.get());
      store.undo(marks[i]);
    }
    assertEquals(0, store.fingerprint());
  }

  @Test
  void settingAWordToItsValueJournalsNothing() {
    Specimen specimen = new Specimen();
    specimen.cr0.set(7);
    specimen.deprivileged.set(true);
    specimen.tlb.set(3, 7);
    specimen.ram.set(1L << 48, 7);
    long mark = specimen.store.mark();
    specimen.cr0.set(7);
    specimen.deprivileged.set(true);
    specimen.tlb.set(3, 7);
    specimen.ram.set(1L << 48, 7);
    specimen.ram.set(5, 0);
    assertEquals(0, specimen.store.journaledWords());
    specimen.ram.set(1L << 48, 8);
    assertEquals(1, specimen.store.journaledWords());
    specimen.store.release(mark);
    specimen.cr0.set(9);
    assertEquals(0, specimen.store.journaledWords(), "no mark is open");
  }
}
