package portcullis.arch.smmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EventTypeTest {
  /** Event, number and fields: as in IHI 0070 7.3, bits 0 to 255. */
  private static final String TABLE =
      """
      F_UUT 0x01 | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            Reason=79:64 PnU=97 InD=98 RnW=99 InputAddr=191:128
      C_BAD_STREAMID 0x02 | SSV=11 SubstreamID=31:12 StreamID=63:32
      F_STE_FETCH 0x03 | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            Reason=79:64 GPCF=80 FetchAddr=243:195
      C_BAD_STE 0x04 | SSV=11 SubstreamID=31:12 StreamID=63:32
      F_BAD_ATS_TREQ 0x05 | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            Span=67:64 Priv=92 X=93 W=94 R=95 InputAddr=191:128
      F_STREAM_DISABLED 0x06 | StreamID=63:32
      F_TRANSL_FORBIDDEN 0x07 | StreamID=63:32 RnW=99 InputAddr=191:128
      C_BAD_SUBSTREAMID 0x08 | SubstreamID=31:12 StreamID=63:32
      F_CD_FETCH 0x09 | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            Reason=79:64 GPCF=80 FetchAddr=243:195
      C_BAD_CD 0x0a | SSV=11 SubstreamID=31:12 StreamID=63:32
      F_WALK_EABT 0x0b | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            Reason=79:64 GPCF=80 PnU=97 InD=98 RnW=99 S2=103 CLASS=105:104 \
            InputAddr=191:128 FetchAddr=243:195
      F_TRANSLATION 0x10 | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            STAG=79:64 Stall=95 PnU=97 InD=98 RnW=99 S2=103 CLASS=105:104 NSIPA=106 \
            InputAddr=191:128 IPA=243:204
      F_ADDR_SIZE 0x11 | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            STAG=79:64 Stall=95 PnU=97 InD=98 RnW=99 S2=103 CLASS=105:104 NSIPA=106 \
            InputAddr=191:128 IPA=243:204
      F_ACCESS 0x12 | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            STAG=79:64 Stall=95 PnU=97 InD=98 RnW=99 S2=103 CLASS=105:104 NSIPA=106 \
            InputAddr=191:128 IPA=243:204
      F_PERMISSION 0x13 | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            STAG=79:64 Stall=95 PnU=97 InD=98 RnW=99 S2=103 CLASS=105:104 NSIPA=106 \
            TTRnW=108 InputAddr=191:128 IPA=243:204
      F_TLB_CONFLICT 0x20 | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            Reason=79:64 PnU=97 InD=98 RnW=99 S2=103 InputAddr=191:128 IPA=243:204
      F_CFG_CONFLICT 0x21 | SSV=11 SubstreamID=31:12 StreamID=63:32 Reason=79:64
      E_PAGE_REQUEST 0x24 | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            uX=98 uW=99 uR=100 pX=101 pW=102 pR=103 Span=115:108 InputAddr=191:140
      F_VMS_FETCH 0x25 | SSV=11 SubstreamID=31:12 StreamID=63:32 \
            Reason=79:64 GPCF=80 FetchAddr=243:195
      """;

  static Stream<String> rows() {
    return TABLE.lines();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void isWhatTheArchitectureSays(String row) {
    String[] halves = row.split("\\|", -1);
    String[] words = halves[0].strip().split(" ");
    EventType type = EventType.valueOf(words[0]);
    assertEquals(Integer.decode(words[1]), type.code(), row);
    assertEquals(8 * Event.BYTES, type.layout().bits());
    assertEquals(Event.WORDS, type.layout().words());
    FieldTable.assertFields("TYPE=7:0 " + halves[1], type.layout());
  }

  @Test
  void noEventIsMissingFromTheTable() {
    Set<String> listed =
        rows().map(row -> row.split(" ")[0]).collect(Collectors.toCollection(TreeSet::new));
    Set<String> declared =
        Stream.of(EventType.values())
            .map(Enum::name)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(declared, listed);
  }

  @Test
  void ofFindsEachEventByItsNumberAndNothingElse() {
    int found = 0;
    for (int code = -0x200; code < 0x10000; code++) {
      EventType type = EventType.of(code);
      if (type != null) {
        assertEquals(code, type.code());
        found++;
      }
    }
    assertEquals(EventType.values().length, found);
    assertSame(EventType.F_TRANSLATION, EventType.of(0x10));
    assertNull(EventType.of(0x110));
    assertNull(EventType.of(0xe0), "IMPLEMENTATION DEFINED");
    assertNull(EventType.of(Integer.MIN_VALUE));
  }

  @Test
  void onlyFaultsOfTranslationCanStall() {
    EnumSet<EventType> stalling = EnumSet.noneOf(EventType.class);
    for (EventType type : EventType.values()) {
      if (type.mayStall()) {
        stalling.add(type);
      }
    }
    assertEquals(
        EnumSet.of(
            EventType.F_TRANSLATION,
            EventType.F_ADDR_SIZE,
            EventType.F_ACCESS,
            EventType.F_PERMISSION),
        stalling);
  }

  @Test
  void theClassOfAFaultHasItsArchitectedNames() {
    assertEquals("CD", Event.CLASS.nameOf(0b00).orElseThrow());
    assertEquals("TT", Event.CLASS.nameOf(0b01).orElseThrow());
    assertEquals("IN", Event.CLASS.nameOf(0b10).orElseThrow());
    assertEquals("Read", Event.RNW.nameOf(1).orElseThrow());
    assertEquals("stage 2", Event.S2.nameOf(1).orElseThrow());
  }

  @Test
  void aPageRequestIsWhatTheArchitectureSays() {
    FieldTable.assertFields(
        "StreamID=31:0 SubstreamID=51:32 Priv=58 X=59 R=60 W=61 Last=62 SSV=63"
            + " PRGIndex=72:64 Page_address=127:76",
        PriEntry.LAYOUT);
    assertEquals(8 * PriEntry.BYTES, PriEntry.LAYOUT.bits());
  }
}
