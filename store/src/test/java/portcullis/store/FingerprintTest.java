package portcullis.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FingerprintTest {

  @Test
  void zerosHaveTheFingerprintZero() {
    assertEquals(0, new Specimen().store.fingerprint());
  }

  @Test
  void equalsRecomputationFromScratchAfterEveryChange() {
    SplittableRandom random = new SplittableRandom(1);
    Specimen specimen = new Specimen();
    for (int step = 0; step < 2000; step++) {
      specimen.step(random);
      assertEquals(Specimen.fingerprint(specimen.model), specimen.store.fingerprint());
    }
  }

  @Test
  void doesNotDependOnTheOrderOfWrites() {
    Specimen source = new Specimen();
    SplittableRandom random = new SplittableRandom(2);
    for (int step = 0; step < 500; step++) {
      source.step(random);
    }
    List<Specimen.Place> places = new ArrayList<>(source.model.keySet());
    for (int seed = 0; seed < 20; seed++) {
      Collections.shuffle(places, new Random(seed));
      Specimen copy = new Specimen();
      for (Specimen.Place place : places) {
        for (Variable variable : copy.store.variables()) {
          if (variable.name.equals(place.name())) {
            variable.put(place.index(), source.model.get(place));
          }
        }
      }
      assertEquals(source.store.fingerprint(), copy.store.fingerprint());
    }
  }

  @Test
  void doesNotDependOnTheOrderOfDeclarations() {
    Store one = new Store();
    one.cell("a").set(1);
    one.cell("b").set(2);
    Store other = new Store();
    other.cell("b").set(2);
    other.cell("a").set(1);
    assertEquals(one.fingerprint(), other.fingerprint());
  }

  @Test
  void doesNotDependOnWhichPagesAreAllocated() {
    Specimen touched = new Specimen();
    Specimen untouched = new Specimen();
    touched.ram.set(0, 1);
    touched.ram.set(1L << 40, 1);
    touched.ram.set(1L << 40, 0);
    touched.ram.set(0, 0);
    untouched.cr0.set(3);
    touched.cr0.set(3);
    assertNotEquals(touched.ram.pages(), untouched.ram.pages());
    assertEquals(untouched.store.fingerprint(), touched.store.fingerprint());
  }

  @Test
  void tellsStatesApartThatDifferInOneBitOrInPlace() {
    Store store = new Store();
    Words words = store.words("words", 200);
    PagedWords ram = store.paged("ram", PagedWords.MAX_LENGTH);
    Cell cell = store.cell("cell");
    Set<Long> seen = new HashSet<>();
    for (int bit = 0; bit < Long.SIZE; bit++) {
      for (int index = 0; index < words.length(); index++) {
        words.set(index, 1L << bit);
        assertTrue(seen.add(store.fingerprint()));
        words.set(index, 0);
        ram.set((long) index << 40, 1L << bit);
        assertTrue(seen.add(store.fingerprint()));
        ram.set((long) index << 40, 0);
      }
      cell.set(1L << bit);
      assertTrue(seen.add(store.fingerprint()));
      cell.set(0);
    }
  }

  @Test
  void tellsSwappedAndEqualValuesApart() {
    Store store = new Store();
    Words words = store.words("words", 64);
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < words.length(); i++) {
      for (int j = i + 1; j < words.length(); j++) {
        for (int swap = 0; swap < 3; swap++) {
          words.set(i, swap == 1 ? 2 : 1);
          words.set(j, swap == 0 ? 2 : 1);
          assertTrue(seen.add(store.fingerprint()), "at " + i + " and " + j);
        }
        words.set(i, 0);
        words.set(j, 0);
      }
    }
  }

  @Test
  void changesHalfOfItsBitsForAnyBit() {
    Store store = new Store();
    Words words = store.words("words", 64);
    long changed = 0;
    long samples = 0;
    for (int index = 0; index < words.length(); index++) {
      for (int bit = 0; bit < Long.SIZE; bit++) {
        long before = store.fingerprint();
        words.set(index, words.get(index) ^ 1L << bit);
        changed += Long.bitCount(before ^ store.fingerprint());
        samples++;
      }
    }
    double mean = (double) changed / samples;
    assertTrue(mean > 31 && mean < 33, "mean of changed bits: " + mean);
  }
}
