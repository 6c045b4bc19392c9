package portcullis.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.smmu.Features;

class StreamTableTest {
  private static final long ABORT = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_ABORT);

  private final FakeHost host = new FakeHost();
  private final HostMemory memory = host.allocator();
  private final StreamTable table =
      new StreamTable(host.store, host, new SharedMemory(host, memory, true), "host.smmu0");

  private static Features features(int sidBits, boolean twoLevel) {
    int idr0 = (int) Idr0.ST_LEVEL.with(FakeSmmu.IDR0, twoLevel ? 1 : 0);
    int idr1 = (int) Idr1.SIDSIZE.with(FakeSmmu.IDR1, sidBits);
    return new Features(idr0, idr1, FakeSmmu.IDR3, FakeSmmu.IDR5, 0, 0);
  }

  @Test
  void twoLevelsWithATableOf256StesOnFirstUse() {
    long before = host.freePages(memory);
    assertTrue(table.allocate(features(16, true)));
    long configuration = table.configuration();
    assertEquals(1, StrtabBaseCfg.FMT.get(configuration));
    assertEquals(8, StrtabBaseCfg.SPLIT.get(configuration));
    assertEquals(16, StrtabBaseCfg.LOG2SIZE.get(configuration));
    for (int slot = 0; slot < 256; slot++) {
      assertEquals(0, host.memory().read64(table.address() + 8L * slot), "no table yet");
    }

    long first = table.entry(0x1234);
    long descriptor = host.memory().read64(table.address() + 8 * 0x12);
    assertEquals(9, StreamTableDescriptor.SPAN.get(descriptor), "2^(9-1) STEs");
    long second = StreamTableDescriptor.L2PTR.inPlace(descriptor);
    assertEquals(0, second % (64 << 8), "aligned to its size");
    assertEquals(second + 0x34 * 64, first);
    for (int entry = 0; entry < 256; entry++) {
      assertEquals(ABORT, host.memory().read64(second + 64L * entry));
    }
    assertEquals(first + 64, table.entry(0x1235), "the same table");
    assertEquals(first, table.entry(0x1234), "and again");
    assertEquals(0, host.memory().read64(table.address() + 8 * 0x13), "others have none");
    assertEquals(before - 1 - 4, host.freePages(memory), "2 KiB and one table of 16 KiB");
  }

  @Test
  void linearWhereTheSmmuHasOneLevelOnly() {
    assertTrue(table.allocate(features(10, false)));
    assertEquals(StrtabBaseCfg.LOG2SIZE.of(10), table.configuration());
    for (int stream = 0; stream < 1 << 10; stream++) {
      assertEquals(table.address() + 64L * stream, table.entry(stream));
      assertEquals(ABORT, host.memory().read64(table.entry(stream)));
    }
  }

  @Test
  void linearWhereOneSecondLevelTableWouldDo() {
    assertTrue(table.allocate(features(8, true)));
    assertEquals(StrtabBaseCfg.LOG2SIZE.of(8), table.configuration());
  }

  @Test
  void twoLevelsCoverAtMost2To25Streams() {
    assertTrue(table.allocate(features(32, true)));
    assertEquals(25, StrtabBaseCfg.LOG2SIZE.get(table.configuration()));
    assertTrue(table.entry((1 << 25) - 1) != HostMemory.NO_PAGE);
    assertEquals(HostMemory.NO_PAGE, table.entry(1 << 25));
    assertEquals(HostMemory.NO_PAGE, table.entry(-1), "StreamID 0xffffffff");
  }

  @Test
  void hasNoEntryForAStreamBeyondIt() {
    assertTrue(table.allocate(features(10, false)));
    assertEquals(HostMemory.NO_PAGE, table.entry(1 << 10));
    assertEquals(HostMemory.NO_PAGE, table.entry(Integer.MIN_VALUE));
  }

  @Test
  void givesEverythingBack() {
    for (boolean two : new boolean[] {true, false}) {
      long before = host.freePages(memory);
      assertTrue(table.allocate(features(16, two)));
      table.entry(0);
      table.entry(0xff00);
      table.entry(0xffff);
      table.free();
      assertEquals(before, host.freePages(memory));
    }
  }

  @Test
  void showsEveryStreamThatHasAnEntry() {
    assertTrue(table.allocate(features(16, true)));
    table.entry(0x1234);
    table.entry(0xff00);
    List<Integer> streams = new ArrayList<>();
    table.forEach(streams::add);
    assertEquals(512, streams.size());
    assertEquals(0x1200, streams.getFirst());
    assertEquals(0x12ff, streams.get(255));
    assertEquals(0xffff, streams.getLast());
  }

  @Test
  void refusesWhenMemoryIsExhausted() {
    assertFalse(table.allocate(features(32, false)), "a linear table of 256 GiB");
    assertTrue(table.allocate(features(16, true)));
    while (memory.allocate(1) != HostMemory.NO_PAGE) {
      // until nothing is left
    }
    assertEquals(HostMemory.NO_PAGE, table.entry(0));
    assertEquals(0, host.memory().read64(table.address()), "no descriptor of a table not had");
  }
}
