package portcullis.check.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.platform.trace.TraceEvent;

/** The format is stable: these lines are what others' scripts read. */
class TraceLineTest {
  private static final TraceEvent RECLAIM =
      new TraceEvent.Ownership(20500, 0x81e2_0000L, 0x1000, "reclaim", "guest 1", "host", "ok");

  @Test
  void mmio() {
    assertEquals(
        "0 mmio dev=smmu0 by=hyp op=write off=0x44 size=0x4 val=0x80101000",
        TraceLine.of(new TraceEvent.Mmio(0, "smmu0", "hyp", true, 0x44, 4, 0x8010_1000L)));
    assertEquals(
        "1 mmio dev=smmu1 by=pcie@40000000 op=read off=0x100a8 size=0x8 val=0xffffffffffffffff",
        TraceLine.of(new TraceEvent.Mmio(1, "smmu1", "pcie@40000000", false, 0x100a8, 8, -1)));
  }

  @Test
  void trap() {
    assertEquals(
        "37900 trap dev=smmu0 op=write reg=GBPA val=0x80000000"
            + " verdict=\"shadow, Update completes\" reason=\"bypass is every page\"",
        TraceLine.of(
            new TraceEvent.Trap(
                37900,
                "smmu0",
                true,
                "GBPA",
                0x8000_0000L,
                "shadow, Update completes",
                "bypass is every page")));
  }

  @Test
  void command() {
    assertEquals(
        "11600 cmd dev=smmu0 from=host name=CMD_TLBI_NH_VA w0=0x1000000100012 w1=0xcc55c701"
            + " verdict=\"rewrite: VMID 0\"",
        TraceLine.of(
            new TraceEvent.Command(
                11600,
                "smmu0",
                "host",
                "CMD_TLBI_NH_VA",
                0x1_0000_0010_0012L,
                0xcc55_c701L,
                "rewrite: VMID 0")));
  }

  @Test
  void translation() {
    assertEquals(
        "5 xlat dev=smmu0 sid=0x3ca5 op=read iova=0xcc55c000 pa=0x81e20000 path=nested",
        TraceLine.of(
            new TraceEvent.Translation(
                5, "smmu0", 0x3ca5, -1, false, 0xcc55_c000L, 0x81e2_0000L, "nested")));
  }

  @Test
  void fault() {
    assertEquals(
        "6 fault dev=smmu0 sid=0x3ca5 op=write iova=0xcc55c000 event=F_TRANSLATION stage=0x2",
        TraceLine.of(
            new TraceEvent.Fault(6, "smmu0", 0x3ca5, -1, true, 0xcc55_c000L, "F_TRANSLATION", 2)));
  }

  @Test
  void ownership() {
    assertEquals(
        "20500 own what=reclaim pa=0x81e20000 bytes=0x1000 from=\"guest 1\" to=host result=ok",
        TraceLine.of(RECLAIM));
  }

  @Test
  void substreamIdOnlyWhereThereIsOne() {
    assertEquals(
        "7 xlat dev=smmu0 sid=0x1 ssid=0x0 op=read iova=0x0 pa=0x0 path=stage-1",
        TraceLine.of(new TraceEvent.Translation(7, "smmu0", 1, 0, false, 0, 0, "stage-1")));
    assertEquals(
        "8 fault dev=smmu0 sid=0x1 ssid=0xfffff op=read iova=0x0 event=C_BAD_CD stage=0x0",
        TraceLine.of(new TraceEvent.Fault(8, "smmu0", 1, 0xf_ffff, false, 0, "C_BAD_CD", 0)));
  }

  @Test
  void streamIdsAreUnsigned() {
    assertTrue(
        TraceLine.of(new TraceEvent.Translation(9, "smmu0", -1, -1, false, 0, 0, "bypass"))
            .contains(" sid=0xffffffff op="));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          plain            | plain
          a=b,c:d          | a=b,c:d
          ``               | ""
          two words        | "two words"
          say"so           | "say'so"
          """)
  void quotes(String value, String written) {
    assertEquals(
        "0 mmio dev=" + written + " by=host op=read off=0x0 size=0x4 val=0x0",
        TraceLine.of(new TraceEvent.Mmio(0, value, "host", false, 0, 4, 0)));
  }

  @Test
  void noTextBreaksALine() {
    assertEquals(
        "0 mmio dev=\"a?b?c?d\" by=host op=read off=0x0 size=0x4 val=0x0",
        TraceLine.of(new TraceEvent.Mmio(0, "a\nb\tc\u0085d", "host", false, 0, 4, 0)));
  }

  @Test
  void theWriterEndsEachLine() throws IOException {
    StringWriter text = new StringWriter();
    try (TraceWriter writer = new TraceWriter(text)) {
      assertTrue(writer.enabled());
      writer.accept(RECLAIM);
      writer.accept(RECLAIM);
    }
    assertEquals((TraceLine.of(RECLAIM) + "\n").repeat(2), text.toString());
  }

  @Test
  void aWriterThatFailsIsReported() throws IOException {
    IOException full = new IOException("disk full");
    Writer failing =
        new Writer() {
          @Override
          public void write(char[] text, int offset, int length) throws IOException {
            throw full;
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    try (TraceWriter writer = new TraceWriter(failing)) {
      UncheckedIOException thrown =
          assertThrows(UncheckedIOException.class, () -> writer.accept(RECLAIM));
      assertEquals(full, thrown.getCause());
    }
  }
}
