package portcullis.board.fdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way a blob can break the format, and the one line that says so. */
class FdtFaultTest {
  @TempDir private Path folder;

  /** A root with one property {@code p} of 12 bytes; its structure block is at 0x38. */
  private static byte[] small() {
    return new FdtWriter().begin("").cells("p", 1, 2, 3).end().blob();
  }

  private static String message(byte[] blob) {
    return assertThrows(BoardException.class, () -> DeviceTree.parse(blob, "x.dtb")).getMessage();
  }

  private static String patched(int offset, int value) {
    return message(ByteBuffer.wrap(small()).putInt(offset, value).array());
  }

  @Test
  void files() throws IOException {
    Path missing = folder.resolve("none.dtb");
    Path huge = folder.resolve("huge.dtb");
    Files.write(huge, new byte[DeviceTree.MAX_BYTES + 1]);

    assertEquals(
        missing + ": no such file: expected a flattened device tree",
        assertThrows(BoardException.class, () -> DeviceTree.read(missing)).getMessage());
    assertTrue(
        assertThrows(BoardException.class, () -> DeviceTree.read(folder))
            .getMessage()
            .startsWith(folder + ": cannot be read: "));
    assertEquals(
        huge + ": is too large: expected at most 2097152 bytes of device tree",
        assertThrows(BoardException.class, () -> DeviceTree.read(huge)).getMessage());
  }

  @Test
  void header() {
    assertEquals("x.dtb: is empty: expected a flattened device tree", message(new byte[0]));
    assertEquals(
        "x.dtb: offset 0x0: file is text, not a flattened device tree: expected the magic number"
            + " 0xd00dfeed (dtc -I dts -O dtb makes a blob of a source)",
        message("/dts-v1/;\n/ {\n};\n".getBytes(StandardCharsets.US_ASCII)));
    assertEquals(
        "x.dtb: offset 0x0: bad magic number: expected 0xd00dfeed, as a flattened device tree"
            + " begins",
        patched(0, 0xedfe0dd0));
    assertEquals(
        "x.dtb: offset 0x8: file ends inside the header: expected 36 bytes",
        message(Arrays.copyOf(small(), 8)));
    assertEquals("x.dtb: offset 0x14: version is 3: expected 16 or 17", patched(20, 3));
    assertEquals(
        "x.dtb: offset 0x18: readable only as version 18 or later: expected 17 or less",
        patched(24, 18));
    assertEquals("x.dtb: offset 0x4: totalsize is 39: expected 40 to 2097152", patched(4, 39));
    assertEquals(
        "x.dtb: offset 0x4: totalsize is 4294967295: expected 40 to 2097152", patched(4, -1));
    assertEquals(
        "x.dtb: offset 0x62: file ends before the tree's totalsize of 99 bytes: expected 1 more"
            + " bytes",
        patched(4, small().length + 1));
  }

  @Test
  void offsets() {
    int length = small().length;
    String end = Integer.toHexString(length);
    assertEquals(
        "x.dtb: offset 0x8: off_dt_struct is 0x1000: expected a multiple of 4 from 0x28 to 0x"
            + end,
        patched(8, 0x1000));
    assertEquals(
        "x.dtb: offset 0x8: off_dt_struct is 0x3a: expected a multiple of 4 from 0x28 to 0x" + end,
        patched(8, 0x3a));
    assertEquals(
        "x.dtb: offset 0xc: off_dt_strings is 0x0: expected a multiple of 1 from 0x28 to 0x" + end,
        patched(12, 0));
    assertEquals(
        "x.dtb: offset 0x10: off_mem_rsvmap is 0x24: expected a multiple of 8 from 0x24 to 0x"
            + end,
        patched(16, 0x24));
    assertEquals("x.dtb: offset 0x20: size_dt_strings is 3: expected at most 2", patched(32, 3));
    assertEquals("x.dtb: offset 0x24: size_dt_struct is 43: expected at most 42", patched(36, 43));
    assertEquals(
        "x.dtb: offset 0x58: memory reservation block has no end: expected an entry of two zeros",
        patched(16, 0x38));
  }

  @Test
  void structure() {
    // 0x38 begin, 0x3c name, 0x40 prop, 0x44 length, 0x48 name, 0x4c value, 0x58 end node, 0x5c
    // end, 0x60 strings
    assertEquals("x.dtb: offset 0x40: bad token 0x7: expected 1, 2, 3, 4 or 9", patched(0x40, 7));
    assertEquals(
        "x.dtb: offset 0x60: structure block ends inside a property: /: p: expected 80 more bytes",
        patched(0x44, 100));
    assertEquals(
        "x.dtb: offset 0x48: /: a property's name is at 0x2 of the strings block: expected less"
            + " than its size of 2",
        patched(0x48, 2));
    assertEquals(
        "x.dtb: offset 0x54: structure block ends inside a property: /: p: expected 4 more bytes",
        patched(36, 28));
    assertEquals(
        "x.dtb: offset 0x40: structure block ends inside a token: expected 4 more bytes",
        patched(36, 8));
    assertEquals(
        "x.dtb: offset 0x44: structure block ends inside a property: expected 4 more bytes",
        patched(36, 12));
    assertEquals(
        "x.dtb: offset 0x38: a node ends that did not begin: expected a node's begin",
        patched(0x38, 2));
    assertEquals(
        "x.dtb: offset 0x38: a property outside of nodes: expected a node's begin",
        patched(0x38, 3));
    assertEquals(
        "x.dtb: offset 0x38: structure block ends without a node: expected a root node",
        patched(0x38, 9));
    assertEquals(
        "x.dtb: offset 0x40: structure block ends inside node /: expected the node's end",
        patched(0x40, 9));
    assertEquals(
        "x.dtb: offset 0x3c: root node has the name abc: expected an empty name",
        patched(0x3c, 0x61626300));
  }

  @Test
  void strings() {
    byte[] blob = small();
    blob[blob.length - 1] = 'q';
    assertEquals(
        "x.dtb: offset 0x"
            + Integer.toHexString(blob.length - 2)
            + ": a property's name has no end: expected a zero byte before offset 0x"
            + Integer.toHexString(blob.length),
        message(blob));
    blob[blob.length - 2] = 0;
    assertEquals(
        "x.dtb: offset 0x"
            + Integer.toHexString(blob.length - 2)
            + ": /: a property's name is empty: expected at least one character",
        message(blob));
  }

  @Test
  void namesAndNesting() {
    FdtWriter deep = new FdtWriter().begin("");
    for (int i = 1; i <= 64; i++) {
      deep.begin("n");
    }
    for (int i = 0; i <= 64; i++) {
      deep.end();
    }
    assertTrue(message(deep.blob()).endsWith("nested too deeply: expected at most 64 levels"));

    FdtWriter longPath = new FdtWriter().begin("");
    for (int i = 0; i < 5; i++) {
      longPath.begin("n".repeat(250));
    }
    for (int i = 0; i <= 5; i++) {
      longPath.end();
    }
    assertTrue(message(longPath.blob()).endsWith("too long: expected at most 1024 characters"));

    assertTrue(
        message(new FdtWriter().begin("").begin("n".repeat(256)).end().end().blob())
            .endsWith("a node's name is too long: expected at most 255 characters"));
    assertTrue(
        message(new FdtWriter().begin("").begin("a").end().begin("a").end().end().blob())
            .endsWith("a second node /a: expected names that differ"));
    assertTrue(
        message(new FdtWriter().begin("").flag("a").flag("a").end().blob())
            .endsWith("/: a second property a: expected names that differ"));
    assertTrue(
        message(new FdtWriter().begin("").begin("a/b").end().end().blob())
            .endsWith("bad node name 'a/b' in /: expected at least one character and no '/'"));
    assertTrue(
        message(new FdtWriter().begin("").begin("a").end().flag("late").end().blob())
            .endsWith("property late follows a child of /: expected properties before nodes"));
    assertTrue(
        message(new FdtWriter().begin("").end().begin("").end().blob())
            .endsWith("a second root node: expected the end of the structure block"));
  }

  @Test
  void phandles() {
    assertEquals(
        "x.dtb: /b: phandle: 0x5 is also that of /a: expected a phandle of its own",
        message(
            new FdtWriter()
                .begin("")
                .begin("a")
                .cells("phandle", 5)
                .end()
                .begin("b")
                .cells("phandle", 5)
                .end()
                .end()
                .blob()));
    assertEquals(
        "x.dtb: /: phandle: is 0xffffffff: expected 1 to 0xfffffffe",
        message(new FdtWriter().begin("").cells("phandle", -1).end().blob()));
    assertEquals(
        "x.dtb: /: phandle: is 8 bytes long: expected 4 bytes",
        message(new FdtWriter().begin("").cells("phandle", 1, 2).end().blob()));
  }

  @Test
  void messagesAreOnePrintableLine() {
    String message =
        message(
            new FdtWriter().begin("").begin("a\n\u001b[2J").cells("phandle", 0).end().end().blob());
    assertEquals("x.dtb: /a??[2J: phandle: is 0x0: expected 1 to 0xfffffffe", message);
  }
}
