package portcullis.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.machine.DmaMaster.Result;
import portcullis.machine.smmuv3.profile.Profiles;
import portcullis.platform.trace.TraceSink;

/** Transfers that an SMMU stalls wait in their device, and go on (IHI 0070 3.12.2, 4.7). */
class HeldTransferTest {
  private static final int PAGE = 0x1000;
  private static final long BUFFER = 0xa000_0000L;
  private static final long IOVA = 0x7000_0000L;
  private static final Stream STREAM = BoardRig.ETHERNET;
  private static final long RETRY = 1 << 12;
  private static final long ABORT = 1 << 13;

  private final Random random = new Random(5);
  private BoardRig rig;
  private DmaMaster master;
  private Stage2Tables tables;

  @BeforeEach
  void begin() {
    start(8);
  }

  private void start(int stallMax) {
    rig =
        new BoardRig(
            BoardRig.builtIn(), Profiles.stalling(Idr0.STALL_MODEL_BOTH, stallMax), TraceSink.NONE);
    rig.enableSmmu();
    master = rig.master("ethernet");
    tables = rig.stage2(STREAM);
    rig.poke(STREAM, Ste.S2S, 1);
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private void resume(long action, int stag) {
    rig.command(Opcode.RESUME.code() | action | (long) STREAM.streamId() << 32, stag);
  }

  private byte[] memory(long pa, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) rig.peek(pa + i);
    }
    return bytes;
  }

  @Test
  void writeGoesOnWhereItStalled() {
    tables.map(IOVA, BUFFER);
    byte[] data = bytes(2 * PAGE);
    assertEquals(Result.HELD, master.write(STREAM, IOVA + 0x80, data));
    int channel = master.lastHeld();
    int stag = master.translation().stag();
    assertArrayEquals(Arrays.copyOf(data, PAGE - 0x80), memory(BUFFER + 0x80, PAGE - 0x80));
    assertEquals(Result.HELD, master.take(channel, data));

    tables.map(IOVA + PAGE, BUFFER + 5 * PAGE);
    resume(RETRY, stag);
    assertEquals(Result.HELD, master.take(channel, data), "it stalls at the next page");
    assertArrayEquals(
        Arrays.copyOfRange(data, PAGE - 0x80, 2 * PAGE - 0x80), memory(BUFFER + 5 * PAGE, PAGE));
    tables.map(IOVA + 2 * PAGE, BUFFER + 9 * PAGE);
    resume(RETRY, master.translation().stag());
    assertEquals(Result.OK, master.take(channel, data));
    assertArrayEquals(
        Arrays.copyOfRange(data, 2 * PAGE - 0x80, 2 * PAGE), memory(BUFFER + 9 * PAGE, 0x80));
    assertThrows(IllegalArgumentException.class, () -> master.take(channel, data));
  }

  @Test
  void readGetsAllOfItsData() {
    byte[] stored = bytes(2 * PAGE);
    rig.master("dma-controller").write(Stream.UNTRANSLATED, BUFFER, stored);
    tables.map(IOVA, BUFFER);
    byte[] into = new byte[2 * PAGE];
    assertEquals(Result.HELD, master.read(STREAM, IOVA, into));
    tables.map(IOVA + PAGE, BUFFER + PAGE);
    resume(RETRY, master.translation().stag());
    byte[] taken = new byte[2 * PAGE];
    assertEquals(Result.OK, master.take(master.lastHeld(), taken));
    assertArrayEquals(stored, taken);
  }

  @Test
  void terminationStopsOrReadsZeros() {
    tables.map(IOVA, BUFFER);
    tables.map(IOVA + 2 * PAGE, BUFFER + 2 * PAGE);
    rig.master("dma-controller").write(Stream.UNTRANSLATED, BUFFER, bytes(3 * PAGE));
    byte[] into = bytes(3 * PAGE);
    assertEquals(Result.HELD, master.read(STREAM, IOVA, into));
    resume(0, master.translation().stag());
    assertEquals(Result.OK, master.take(master.lastHeld(), into));
    assertArrayEquals(memory(BUFFER, PAGE), Arrays.copyOf(into, PAGE));
    assertArrayEquals(new byte[PAGE], Arrays.copyOfRange(into, PAGE, 2 * PAGE), "RAZ");
    assertArrayEquals(
        memory(BUFFER + 2 * PAGE, PAGE), Arrays.copyOfRange(into, 2 * PAGE, 3 * PAGE));

    assertEquals(Result.HELD, master.read(STREAM, IOVA, into));
    resume(ABORT, master.translation().stag());
    assertEquals(Result.STOPPED, master.take(master.lastHeld(), into));
  }

  @Test
  void writeThatIsIgnoredChangesNothing() {
    tables.map(IOVA + PAGE, BUFFER + PAGE);
    assertEquals(Result.HELD, master.write(STREAM, IOVA, bytes(2 * PAGE)));
    resume(0, master.translation().stag());
    assertEquals(Result.OK, master.take(master.lastHeld(), new byte[0]));
    assertArrayEquals(new byte[PAGE], memory(BUFFER, PAGE));
  }

  @Test
  void asManyWaitAsThereAreChannels() {
    for (int i = 0; i < HeldTransfers.CHANNELS; i++) {
      assertEquals(Result.HELD, master.write(STREAM, IOVA + i * PAGE, bytes(8)));
      assertEquals(i, master.lastHeld());
    }
    assertEquals(Result.BUSY, master.write(STREAM, IOVA, bytes(8)));
    assertEquals(HeldTransfers.CHANNELS, EventqProd.WR.get(rig.get(Register.EVENTQ_PROD)));
    tables.map(IOVA + PAGE, BUFFER);
    resume(RETRY, 1);
    assertEquals(Result.OK, master.take(1, new byte[8]));
    assertEquals(Result.OK, master.write(STREAM, IOVA + PAGE, bytes(8)));
  }

  @Test
  void whatIsNotAcceptedWaitsForATag() {
    start(1);
    byte[] first = bytes(8);
    byte[] second = bytes(8);
    assertEquals(Result.HELD, master.write(STREAM, IOVA, first));
    assertEquals(Result.HELD, master.write(STREAM, IOVA + PAGE, second));
    assertEquals(1, EventqProd.WR.get(rig.get(Register.EVENTQ_PROD)), "STALL_MAX is 1");
    resume(ABORT, 0);
    assertEquals(Result.STOPPED, master.take(0, first));
    assertEquals(Result.HELD, master.take(1, second));
    assertEquals(2, EventqProd.WR.get(rig.get(Register.EVENTQ_PROD)), "now it stalls");
    tables.map(IOVA + PAGE, BUFFER);
    resume(RETRY, 0);
    assertEquals(Result.OK, master.take(1, second));
    assertArrayEquals(second, memory(BUFFER, 8));
  }

  @Test
  void unrecordedStallIsRetriedWhenTheQueueHasRoom() {
    for (int i = 0; i < 8; i++) {
      master.write(Stream.of(BoardRig.SMMU, 0x30), i, bytes(8));
    }
    byte[] data = bytes(8);
    assertEquals(Result.HELD, master.write(STREAM, IOVA, data));
    tables.map(IOVA, BUFFER);
    rig.set(Register.EVENTQ_CONS, 1);
    assertEquals(Result.OK, master.take(0, data), "7.2.1: as though it had just arrived");
    assertArrayEquals(data, memory(BUFFER, 8));
    assertEquals(8, EventqProd.WR.get(rig.get(Register.EVENTQ_PROD)), "and no record");
  }

  @Test
  void disablingTranslationAbortsWhatWaits() {
    assertEquals(Result.HELD, master.write(STREAM, IOVA, bytes(8)));
    rig.set(Register.CR0, 0xc);
    assertEquals(Result.STOPPED, master.take(0, new byte[8]));
  }

  @Test
  void aTransferThatResumesItselfDoes() {
    long doorbell = rig.board.smmus().get(BoardRig.SMMU).registers().base();
    tables.map(0x5000, doorbell & -0x1000L);
    byte[] data = bytes(8);
    assertEquals(Result.HELD, master.write(STREAM, IOVA, data));
    tables.map(IOVA, BUFFER);
    long command = Opcode.RESUME.code() | RETRY | (long) STREAM.streamId() << 32;
    long prod = rig.get(Register.CMDQ_PROD);
    rig.memory.write64(0x9001_0000L + prod * 16, command);
    rig.memory.write64(0x9001_0000L + prod * 16 + 8, 0);
    byte[] write = {(byte) (prod + 1), 0, 0, 0};
    assertEquals(Result.OK, master.write(STREAM, 0x5000 + Register.CMDQ_PROD.offset(), write));
    assertEquals(Result.OK, master.take(0, data));
    assertArrayEquals(data, memory(BUFFER, 8));
  }

  @Test
  void aResetDeviceForgetsWhatWaits() {
    tables.map(IOVA + PAGE, BUFFER);
    assertEquals(Result.HELD, master.write(STREAM, IOVA, bytes(2 * PAGE)));
    master.reset();
    assertThrows(IllegalArgumentException.class, () -> master.take(0, new byte[8]));
    tables.map(IOVA, BUFFER + PAGE);
    resume(RETRY, 0);
    assertArrayEquals(new byte[PAGE], memory(BUFFER + PAGE, PAGE), "nobody goes on");
    assertEquals(Result.OK, master.write(STREAM, IOVA, bytes(8)));
  }

  @Test
  void heldTransfersAreState() {
    long before = rig.store.fingerprint();
    long mark = rig.store.mark();
    byte[] data = bytes(3 * PAGE);
    assertEquals(Result.HELD, master.write(STREAM, IOVA, data));
    resume(ABORT, 0);
    master.take(0, data);
    rig.store.undo(mark);
    assertEquals(before, rig.store.fingerprint());
  }
}
