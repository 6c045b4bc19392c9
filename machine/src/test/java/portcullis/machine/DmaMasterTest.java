package portcullis.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Register;
import portcullis.board.Board;
import portcullis.machine.smmuv3.AtsAccess;
import portcullis.machine.smmuv3.Path;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

class DmaMasterTest {
  private static final int PAGE = 0x1000;
  private static final int WINDOW = 16 * PAGE;
  private static final long BUFFER = 0xa000_0000L;

  private final Random random = new Random(11);

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Random reads and writes at any offset, against a plain array; {@code at} places each byte. */
  private void behavesAsAnArray(
      BoardRig rig, DmaMaster master, Stream stream, long iova, LongUnaryOperator at) {
    byte[] array = new byte[WINDOW];
    for (int step = 0; step < 400; step++) {
      int length = random.nextInt(4) == 0 ? random.nextInt(3 * PAGE) : random.nextInt(40);
      int offset = random.nextInt(WINDOW - length);
      String what = "step %d: %d bytes at 0x%x".formatted(step, length, offset);
      if (random.nextBoolean()) {
        byte[] data = bytes(length);
        System.arraycopy(data, 0, array, offset, length);
        assertEquals(DmaMaster.Result.OK, master.write(stream, iova + offset, data), what);
      } else {
        byte[] data = bytes(length);
        assertEquals(DmaMaster.Result.OK, master.read(stream, iova + offset, data), what);
        assertArrayEquals(Arrays.copyOfRange(array, offset, offset + length), data, what);
      }
    }
    for (int i = 0; i < WINDOW; i++) {
      assertEquals(array[i] & 0xff, rig.peek(at.applyAsLong(i)), "byte " + i);
    }
  }

  @Test
  void aMasterWithoutSmmuReachesMemoryUntranslated() {
    BoardRig rig = new BoardRig();
    behavesAsAnArray(
        rig, rig.master("dma-controller"), Stream.UNTRANSLATED, BUFFER, i -> BUFFER + i);
  }

  @Test
  void aDisabledSmmuLetsEverythingPassUntranslated() {
    BoardRig rig = new BoardRig();
    DmaMaster ethernet = rig.master("ethernet");
    behavesAsAnArray(rig, ethernet, BoardRig.ETHERNET, BUFFER, i -> BUFFER + i);
    assertTrue(ethernet.translation().ok());
    assertEquals(Path.BYPASS, ethernet.translation().path());
  }

  @Test
  void anSmmuThatTheBoardDisablesIsNotInTheWay() {
    Board board = BoardRig.builtIn();
    Board disabled = BoardRig.with(board, BoardRig.smmu(board, BoardRig.SMMU, false, true));
    BoardRig rig = new BoardRig(disabled, Profile.GENERIC, TraceSink.NONE);
    behavesAsAnArray(rig, rig.master("ethernet"), BoardRig.ETHERNET, BUFFER, i -> BUFFER + i);
  }

  @Test
  void gbpaAbortStopsTheMastersOfADisabledSmmu() {
    BoardRig rig = new BoardRig();
    rig.set(Register.GBPA, Gbpa.UPDATE.of(1) | Gbpa.ABORT.of(1));
    assertEquals(
        DmaMaster.Result.STOPPED,
        rig.master("ethernet").write(BoardRig.ETHERNET, BUFFER, bytes(8)));
    assertEquals(0, rig.memory.read64(BUFFER));
  }

  @Test
  void everyPageOfATransferIsTranslated() {
    BoardRig rig = new BoardRig();
    rig.enableSmmu();
    Stage2Tables tables = rig.stage2(BoardRig.ETHERNET);
    List<Integer> places = new ArrayList<>();
    for (int page = 0; page < WINDOW / PAGE; page++) {
      places.add(3 * page);
    }
    Collections.shuffle(places, random);
    for (int page = 0; page < places.size(); page++) {
      tables.map(0x7000_0000L + page * PAGE, BUFFER + places.get(page) * PAGE);
    }
    behavesAsAnArray(
        rig,
        rig.master("ethernet"),
        BoardRig.ETHERNET,
        0x7000_0000L,
        i -> BUFFER + places.get((int) i / PAGE) * PAGE + i % PAGE);
  }

  @Test
  void aStoppedTransferKeepsWhatCameBefore() {
    BoardRig rig = new BoardRig();
    rig.enableSmmu();
    Stage2Tables tables = rig.stage2(BoardRig.ETHERNET);
    tables.map(0x5000, BUFFER);
    tables.map(0x6000, BUFFER + PAGE, 3, Stage2Tables.READ_ONLY);
    DmaMaster master = rig.master("ethernet");
    byte[] data = bytes(2 * PAGE);
    assertEquals(DmaMaster.Result.STOPPED, master.write(BoardRig.ETHERNET, 0x5f00, data));
    assertEquals(EventType.F_PERMISSION, master.translation().event());
    assertEquals(0x6000, master.translation().iova());
    assertEquals(2, master.translation().stage());
    for (int i = 0; i < 0x100; i++) {
      assertEquals(data[i] & 0xff, rig.peek(BUFFER + 0xf00 + i));
    }
    assertEquals(0, rig.memory.read64(BUFFER + PAGE));

    byte[] into = bytes(2 * PAGE);
    byte[] before = into.clone();
    assertEquals(DmaMaster.Result.STOPPED, master.read(BoardRig.ETHERNET, 0x5f00, into));
    assertEquals(EventType.F_TRANSLATION, master.translation().event());
    assertEquals(0x7000, master.translation().iova());
    assertArrayEquals(Arrays.copyOf(data, 0x100), Arrays.copyOf(into, 0x100));
    assertArrayEquals(new byte[PAGE], Arrays.copyOfRange(into, 0x100, 0x100 + PAGE));
    assertArrayEquals(
        Arrays.copyOfRange(before, 0x100 + PAGE, before.length),
        Arrays.copyOfRange(into, 0x100 + PAGE, into.length));
    assertEquals(2, EventqProd.WR.get(rig.get(Register.EVENTQ_PROD)));
  }

  @Test
  void aTransferEndsWhereNothingAnswers() {
    BoardRig rig = new BoardRig();
    DmaMaster master = rig.master("dma-controller");
    byte[] data = bytes(PAGE);
    long start = BoardRig.RAM_END - 100;
    assertEquals(DmaMaster.Result.BUS_ERROR, master.write(Stream.UNTRANSLATED, start, data));
    for (int i = 0; i < 100; i++) {
      assertEquals(data[i] & 0xff, rig.peek(start + i));
    }
    byte[] into = new byte[PAGE];
    assertEquals(DmaMaster.Result.BUS_ERROR, master.read(Stream.UNTRANSLATED, start, into));
    assertArrayEquals(Arrays.copyOf(data, 100), Arrays.copyOf(into, 100));
    assertArrayEquals(new byte[PAGE - 100], Arrays.copyOfRange(into, 100, PAGE));
    for (long nowhere : new long[] {0, -PAGE, Long.MIN_VALUE, 1L << 52}) {
      assertEquals(
          DmaMaster.Result.BUS_ERROR, master.read(Stream.UNTRANSLATED, nowhere, new byte[1]));
    }
  }

  @Test
  void aTranslationThatLeadsNowhereIsABusError() {
    BoardRig rig = new BoardRig();
    rig.enableSmmu();
    rig.stage2(BoardRig.ETHERNET).map(0x5000, 0x6000_0000L);
    assertEquals(
        DmaMaster.Result.BUS_ERROR,
        rig.master("ethernet").read(BoardRig.ETHERNET, 0x5000, new byte[4]));
  }

  @Test
  void anEmptyTransferTouchesNothing() {
    BoardRig rig = new BoardRig();
    rig.enableSmmu();
    long before = rig.store.fingerprint();
    assertEquals(
        DmaMaster.Result.OK, rig.master("ethernet").read(BoardRig.ETHERNET, 0, new byte[0]));
    assertEquals(before, rig.store.fingerprint());
  }

  @Test
  void aMasterReachesDeviceRegistersInTheWidestAlignedAccesses() {
    TraceLog trace = new TraceLog();
    BoardRig rig = new BoardRig(BoardRig.builtIn(), Profile.GENERIC, trace);
    long base = rig.board.smmus().get(0).registers().base();
    DmaMaster master = rig.master("dma-controller");
    assertEquals(
        DmaMaster.Result.OK, master.read(Stream.UNTRANSLATED, base + 4, new byte[4 + 8 + 2]));
    List<String> widths = new ArrayList<>();
    for (TraceEvent event : trace.events) {
      TraceEvent.Mmio mmio = (TraceEvent.Mmio) event;
      assertEquals("smmu0", mmio.device());
      assertEquals(master.description().name(), mmio.by());
      assertFalse(mmio.write());
      widths.add("0x%x+%d".formatted(mmio.offset(), mmio.bytes()));
    }
    assertEquals(List.of("0x4+4", "0x8+8", "0x10+2"), widths);
  }

  /** IHI 0070 16.7.6: nothing below the SMMU carries a Far Atomic operation. */
  @Test
  void farAtomicsChangeNothing() {
    BoardRig rig = new BoardRig();
    rig.enableSmmu();
    rig.stage2(BoardRig.ETHERNET).map(BUFFER, BUFFER);
    DmaMaster master = rig.master("ethernet");
    byte[] data = bytes(8);
    assertEquals(DmaMaster.Result.OK, master.write(BoardRig.ETHERNET, BUFFER, data));
    assertEquals(DmaMaster.Result.STOPPED, master.farAtomic(BoardRig.ETHERNET, BUFFER));
    assertEquals(EventType.F_UUT, master.translation().event());
    assertEquals(1, EventqProd.WR.get(rig.get(Register.EVENTQ_PROD)));
    byte[] read = new byte[8];
    assertEquals(DmaMaster.Result.OK, master.read(BoardRig.ETHERNET, BUFFER, read));
    assertArrayEquals(data, read);
    assertEquals(
        DmaMaster.Result.BUS_ERROR,
        rig.master("dma-controller").farAtomic(Stream.UNTRANSLATED, BUFFER));
  }

  /** IHI 0070 7.3.19: a hint is an event, and no more. */
  @Test
  void hintsAreRecorded() {
    BoardRig rig = new BoardRig();
    rig.enableSmmu();
    rig.master("ethernet").hint(BoardRig.ETHERNET, BUFFER, AtsAccess.WRITE, 3);
    assertEquals(1, EventqProd.WR.get(rig.get(Register.EVENTQ_PROD)));
  }
}
