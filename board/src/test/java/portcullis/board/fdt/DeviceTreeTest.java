package portcullis.board.fdt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTreeTest {

  private static FdtWriter sample() {
    return new FdtWriter()
        .reserve(0x8000_0000L, 0x1_0000)
        .reserve(0xffff_ffff_0000_0000L, 0x1000)
        .begin("")
        .strings("compatible", "a,one", "b,two")
        .flag("empty")
        .begin("soc")
        .begin("dev@1,0")
        .cells("phandle", 7)
        .numbers("reg", 0x1_2345_6789L)
        .property("odd", new byte[] {1, 2, 3})
        .end()
        .begin("dev@2")
        .end()
        .end()
        .begin("legacy")
        .cells("linux,phandle", 0x8000_0001)
        .end()
        .end();
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 17})
  void readsWhatWasWritten(int version) throws BoardException {
    DeviceTree tree = DeviceTree.parse(sample().blob(version), "t.dtb");

    assertEquals(
        List.of("/", "/soc", "/soc/dev@1,0", "/soc/dev@2", "/legacy"),
        tree.nodes().stream().map(Node::path).toList());
    assertEquals(
        List.of(
            new MemoryReservation(0x8000_0000L, 0x1_0000),
            new MemoryReservation(0xffff_ffff_0000_0000L, 0x1000)),
        tree.reservations());
    Node dev = tree.byPhandle(7).orElseThrow();
    assertEquals("dev@1,0", dev.name());
    assertEquals("dev", dev.baseName());
    assertEquals("1,0", dev.unitAddress());
    assertEquals("", tree.root().unitAddress());
    assertEquals("t.dtb", dev.fileName());
    assertSame(tree.root().child("soc").orElseThrow(), dev.parent().orElseThrow());
    assertEquals("legacy", tree.byPhandle(0x8000_0001).orElseThrow().name());
    assertEquals(Optional.empty(), tree.byPhandle(8));
    assertEquals(Optional.empty(), tree.root().child("dev@2"));
  }

  @Test
  void typedValues() throws BoardException {
    DeviceTree tree = DeviceTree.parse(sample().blob(), "t.dtb");
    Property compatible = tree.root().property("compatible").orElseThrow();
    Node dev = tree.byPhandle(7).orElseThrow();
    Property reg = dev.property("reg").orElseThrow();
    Property odd = dev.property("odd").orElseThrow();

    assertEquals(List.of("a,one", "b,two"), compatible.strings());
    assertTrue(tree.root().has("empty"));
    assertEquals(0, tree.root().property("empty").orElseThrow().length());
    assertEquals(List.of(), tree.root().property("empty").orElseThrow().strings());
    assertEquals(0x1_2345_6789L, reg.u64());
    assertArrayEquals(new int[] {1, 0x2345_6789}, reg.cells());
    assertEquals(0x1_2345_6789L, reg.number(0, 2));
    assertEquals(0x2345_6789L, reg.number(1, 1));
    assertEquals(0, reg.number(0, 0));
    assertEquals(7, dev.property("phandle").orElseThrow().u32());
    assertArrayEquals(new byte[] {1, 2, 3}, odd.bytes());
    assertFault("t.dtb: /soc/dev@1,0: odd: is 3 bytes long: expected a multiple of 4", odd::cells);
    assertFault("t.dtb: /soc/dev@1,0: reg: is 8 bytes long: expected 4 bytes", reg::u32);
    assertFault("t.dtb: /soc/dev@1,0: odd: is 3 bytes long: expected 8 bytes", odd::u64);
    assertFault("t.dtb: /: compatible: holds 2 strings: expected one", compatible::string);
    assertFault(
        "t.dtb: /soc/dev@1,0: odd: is a string without an end: expected a zero byte at its end",
        odd::strings);
  }

  @Test
  void doesNotSeeLaterChangesOfTheBytes() throws BoardException {
    byte[] blob = sample().blob();
    DeviceTree tree = DeviceTree.parse(blob, "t.dtb");
    Arrays.fill(blob, (byte) 0xff);
    assertEquals(7, tree.byPhandle(7).orElseThrow().property("phandle").orElseThrow().u32());
  }

  @Test
  void ignoresBytesAfterTotalsize() throws BoardException {
    byte[] blob = sample().blob();
    byte[] padded = Arrays.copyOf(blob, blob.length + 100);
    assertEquals(5, DeviceTree.parse(padded, "t.dtb").nodes().size());
  }

  private static void assertFault(String message, Executable executable) {
    assertEquals(message, assertThrows(BoardException.class, executable).getMessage());
  }
}
