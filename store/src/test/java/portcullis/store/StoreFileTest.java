package portcullis.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreFileTest {
  @TempDir private Path folder;

  private static Specimen random(int seed, int steps) {
    Specimen specimen = new Specimen();
    SplittableRandom random = new SplittableRandom(seed);
    for (int step = 0; step < steps; step++) {
      specimen.step(random);
    }
    return specimen;
  }

  @Test
  void roundTripsIntoAnEmptyAndIntoAFullStore() throws IOException {
    Path file = folder.resolve("state");
    for (int seed = 0; seed < 20; seed++) {
      Specimen saved = random(seed, 30 * seed);
      saved.store.save(file);
      for (Specimen loaded : new Specimen[] {new Specimen(), random(seed + 100, 300)}) {
        // Once it is asked for, the fingerprint follows what changes: a load is a change too.
        assertEquals(Specimen.fingerprint(loaded.model), loaded.store.fingerprint());
        loaded.store.load(file);
        assertEquals(saved.model, loaded.contents());
        saved.model.forEach((place, value) -> assertEquals(value, loaded.read(place)));
        assertEquals(saved.store.fingerprint(), loaded.store.fingerprint());
        assertTrue(loaded.store.diff(saved.store, 1).isEmpty());
      }
    }
  }

  @Test
  void worksOnAfterALoad() throws IOException {
    Path file = folder.resolve("state");
    random(1, 300).store.save(file);
    Specimen specimen = random(2, 300);
    specimen.store.load(file);
    TreeMap<Specimen.Place, Long> loaded = specimen.contents();
    long mark = specimen.store.mark();
    specimen.model = new TreeMap<>(loaded);
    SplittableRandom random = new SplittableRandom(3);
    for (int step = 0; step < 300; step++) {
      specimen.step(random);
    }
    assertEquals(specimen.model, specimen.contents());
    assertEquals(Specimen.fingerprint(specimen.model), specimen.store.fingerprint());
    specimen.store.undo(mark);
    assertEquals(loaded, specimen.contents());
  }

  @Test
  void equalContentsGiveEqualFiles() throws IOException {
    Specimen one = new Specimen();
    one.ram.set(1L << 40, 1);
    one.ram.set(0, 2);
    Specimen other = new Specimen();
    other.ram.set(0, 2);
    other.ram.set(1L << 30, 9);
    other.ram.set(1L << 30, 0);
    other.ram.set(1L << 40, 1);
    one.store.save(folder.resolve("one"));
    other.store.save(folder.resolve("other"));
    assertEquals(-1, Files.mismatch(folder.resolve("one"), folder.resolve("other")));
  }

  @Test
  void roundTripsMoreThanAReadersBuffer() throws IOException {
    Path file = folder.resolve("state");
    Specimen saved = new Specimen();
    for (int i = 0; i < 50_000; i++) {
      saved.set(saved.owners, i, i + 1);
      saved.set(saved.ram, (1L << 45) + 3L * i, ~i);
    }
    saved.store.save(file);
    Specimen loaded = new Specimen();
    loaded.store.load(file);
    assertEquals(saved.model, loaded.contents());
  }

  @Test
  void everyTruncationIsRefusedAndChangesNothing() throws IOException {
    byte[] whole = smallFile();
    Path file = folder.resolve("cut");
    Specimen specimen = random(9, 50);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      StoreFormatException refusal = refusal(specimen, file);
      assertEquals(length, refusal.offset());
      assertEquals(file.toString(), refusal.file());
      assertTrue(refusal.getMessage().startsWith(file + ": at offset " + length + ": expected "));
    }
  }

  @Test
  void everyFlippedBitIsRefusedAndChangesNothing() throws IOException {
    byte[] whole = smallFile();
    Path file = folder.resolve("flipped");
    Specimen specimen = random(9, 50);
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, flipped);
      refusal(specimen, file);
    }
  }

  @Test
  void badContentsAreRefusedEvenUnderARightChecksum() throws IOException {
    Store saved = new Store();
    saved.flag("f").set(true);
    Words words = saved.words("w", 8);
    words.set(1, 5);
    words.set(3, 6);
    saved.save(folder.resolve("good"));
    // f: one run at 40, its word at 56, the empty run at 64; w: runs at 80 and 104, end at 128;
    // fingerprint at 144.
    assertChecked(12, 3, "number of declarations");
    assertChecked(8, 2, "format version");
    assertChecked(56, 2, "can be set");
    assertChecked(64, 1, "empty run");
    assertChecked(80, 8, "an index");
    assertChecked(80, -1, "an index");
    assertChecked(88, 8, "a run");
    assertChecked(88, -1, "a run");
    assertChecked(96, 0, "can be set");
    assertChecked(96, 7, "fingerprint");
    assertChecked(104, 1, "an index");
    assertChecked(144, 1, "fingerprint");
  }

  /** Loads the good file with one byte, or one word if negative, changed and the checksum right. */
  private void assertChecked(int offset, int value, String reason) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve("good"));
    ByteBuffer patched = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (value < 0) {
      patched.putLong(offset, value);
    } else {
      patched.put(offset, (byte) value);
    }
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, bytes.length - Long.BYTES);
    patched.putLong(bytes.length - Long.BYTES, checksum.getValue());
    Path file = folder.resolve("patched");
    Files.write(file, bytes);
    Store store = new Store();
    Flag flag = store.flag("f");
    store.words("w", 8);
    String why = assertThrows(StoreFormatException.class, () -> store.load(file)).getMessage();
    assertTrue(why.contains(reason), why);
    assertFalse(flag.get());
    assertEquals(0, store.fingerprint());
  }

  @Test
  void bytesBehindTheEndAreRefused() throws IOException {
    byte[] whole = smallFile();
    Path file = folder.resolve("long");
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));
    assertEquals(whole.length, refusal(new Specimen(), file).offset());
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    Path file = folder.resolve("text");
    Files.writeString(file, "a text file that is no store at all\n");
    assertEquals(0, refusal(new Specimen(), file).offset());
    assertThrows(NoSuchFileException.class, () -> new Store().load(folder.resolve("missing")));
    assertThrows(IOException.class, () -> new Store().load(folder));
  }

  @Test
  void otherDeclarationsAreRefusedByName() throws IOException {
    Path file = folder.resolve("state");
    Store saved = new Store();
    saved.cell("a");
    saved.words("b", 2).set(1, 5);
    saved.save(file);
    Store length = new Store();
    length.cell("a");
    length.words("b", 3);
    StoreFormatException refusal =
        assertThrows(StoreFormatException.class, () -> length.load(file));
    assertTrue(refusal.getMessage().endsWith("expected WORDS b[3], found WORDS b[2]"));
    Store kind = new Store();
    kind.flag("a");
    kind.words("b", 2);
    refusal = assertThrows(StoreFormatException.class, () -> kind.load(file));
    assertTrue(refusal.getMessage().endsWith("expected FLAG a, found CELL a"));
    Store fewer = new Store();
    fewer.cell("a");
    assertThrows(StoreFormatException.class, () -> fewer.load(file));
  }

  @Test
  void loadsOnlyWhileNoMarkIsOpen() throws IOException {
    Path file = folder.resolve("state");
    Specimen specimen = random(4, 100);
    specimen.store.save(file);
    long mark = specimen.store.mark();
    assertThrows(IllegalStateException.class, () -> specimen.store.load(file));
    specimen.store.release(mark);
    specimen.store.load(file);
  }

  @Test
  void saveReplacesAFileAndLeavesNoOther() throws IOException {
    Path file = folder.resolve("state");
    Files.writeString(file, "old");
    Specimen specimen = random(5, 100);
    specimen.store.save(file);
    new Specimen().store.load(file);
    assertEquals(1, files());
  }

  @Test
  void aFailedSaveLeavesNoFile() throws IOException {
    Path occupied = folder.resolve("occupied");
    Files.createDirectories(occupied.resolve("by a folder"));
    assertThrows(IOException.class, () -> random(6, 100).store.save(occupied));
    assertEquals(1, files());
    assertThrows(
        IOException.class, () -> new Store().save(folder.resolve("missing").resolve("state")));
  }

  private long files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  /** A file with a run of more than one word, and something in every kind of declaration. */
  private byte[] smallFile() throws IOException {
    Specimen specimen = new Specimen();
    specimen.cr0.set(9);
    specimen.deprivileged.set(true);
    specimen.tlb.set(3, 1);
    specimen.tlb.set(4, 2);
    specimen.ram.set(PagedWords.MAX_LENGTH - 1, -1);
    specimen.ram.set(1L << 33, 6);
    Path file = folder.resolve("small");
    specimen.store.save(file);
    return Files.readAllBytes(file);
  }

  private static StoreFormatException refusal(Specimen specimen, Path file) {
    TreeMap<Specimen.Place, Long> before = specimen.contents();
    long fingerprint = specimen.store.fingerprint();
    int pages = specimen.ram.pages();
    StoreFormatException refusal =
        assertThrows(StoreFormatException.class, () -> specimen.store.load(file));
    assertEquals(before, specimen.contents());
    assertEquals(fingerprint, specimen.store.fingerprint());
    assertEquals(pages, specimen.ram.pages());
    return refusal;
  }
}
