package portcullis.arch.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class DecodedTextTest {

  @Test
  void columnsAreAlignedAndFindingsComeLast() {
    assertEquals(
        """
        L1STD (IHI 0070 5.1)
        bits  field  value       meaning
        4:0   Span   0x1f        size of the level 2 array, and whether L2Ptr is valid: reserved
        51:6  L2Ptr  0x80001000  physical address of the level 2 array
        finding: Span 0x1f is a reserved encoding
        finding: reserved bits set: 0x20
        """,
        DecodedText.render(Decoder.streamTableDescriptor(0x8000_103fL)));
  }

  @Test
  void notesStandBeforeFindings() {
    String text = DecodedText.render(Decoder.pri(0x0010_0000_0000_0000L));
    List<String> lines = text.lines().toList();
    assertEquals("note: word 1 not given, taken as zero", lines.get(lines.size() - 2));
    assertEquals("finding: reserved bits set: 0x10000000000000 in word 0", lines.getLast());
  }
}
