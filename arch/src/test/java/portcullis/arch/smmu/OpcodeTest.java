package portcullis.arch.smmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.arch.Version;

class OpcodeTest {
  /** Command, opcode and operands: names and opcodes as in IHI 0070 4.1.1, bits 0 to 127. */
  private static final String TABLE =
      """
      PREFETCH_CONFIG 0x01 | SSec=10 SSV=11 SubstreamID=31:12 StreamID=63:32
      PREFETCH_ADDR 0x02 | SSec=10 SSV=11 SubstreamID=31:12 StreamID=63:32 \
            Size=68:64 Stride=73:69 NS=75 Address=127:76
      CFGI_STE 0x03 | SSec=10 StreamID=63:32 Leaf=64
      CFGI_STE_RANGE 0x04 | SSec=10 StreamID=63:32 Range=68:64
      CFGI_CD 0x05 | SSec=10 SubstreamID=31:12 StreamID=63:32 Leaf=64
      CFGI_CD_ALL 0x06 | SSec=10 StreamID=63:32
      CFGI_VMS_PIDM 0x07 | SSec=10 VMID=47:32
      TLBI_NH_ALL 0x10 | VMID=47:32
      TLBI_NH_ASID 0x11 | VMID=47:32 ASID=63:48
      TLBI_NH_VA 0x12 | NUM=16:12 SCALE=24:20 VMID=47:32 ASID=63:48 \
            Leaf=64 TTL=73:72 TG=75:74 Address=127:76
      TLBI_NH_VAA 0x13 | NUM=16:12 SCALE=24:20 VMID=47:32 \
            Leaf=64 TTL=73:72 TG=75:74 Address=127:76
      TLBI_EL3_ALL 0x18 |
      TLBI_EL3_VA 0x1a | NUM=16:12 SCALE=24:20 Leaf=64 TTL=73:72 TG=75:74 Address=127:76
      TLBI_EL2_ALL 0x20 |
      TLBI_EL2_ASID 0x21 | ASID=63:48
      TLBI_EL2_VA 0x22 | NUM=16:12 SCALE=24:20 ASID=63:48 \
            Leaf=64 TTL=73:72 TG=75:74 Address=127:76
      TLBI_EL2_VAA 0x23 | NUM=16:12 SCALE=24:20 Leaf=64 TTL=73:72 TG=75:74 Address=127:76
      TLBI_S12_VMALL 0x28 | VMID=47:32
      TLBI_S2_IPA 0x2a | NUM=16:12 SCALE=24:20 VMID=47:32 \
            Leaf=64 TTL=73:72 TG=75:74 Address=115:76
      TLBI_NSNH_ALL 0x30 |
      ATC_INV 0x40 | Global=9 SSV=11 SubstreamID=31:12 StreamID=63:32 Size=69:64 Address=127:76
      PRI_RESP 0x41 | SSV=11 SubstreamID=31:12 StreamID=63:32 PRGIndex=72:64 Resp=77:76
      RESUME 0x44 | SSec=10 Ac=12 Ab=13 StreamID=63:32 STAG=79:64
      STALL_TERM 0x45 | SSec=10 StreamID=63:32
      SYNC 0x46 | CS=13:12 MSH=23:22 MSIAttr=27:24 MSIData=63:32 MSIAddress=115:66
      TLBI_S_EL2_ALL 0x50 |
      TLBI_S_EL2_ASID 0x51 | ASID=63:48
      TLBI_S_EL2_VA 0x52 | NUM=16:12 SCALE=24:20 ASID=63:48 \
            Leaf=64 TTL=73:72 TG=75:74 Address=127:76
      TLBI_S_EL2_VAA 0x53 | NUM=16:12 SCALE=24:20 Leaf=64 TTL=73:72 TG=75:74 Address=127:76
      TLBI_S_S12_VMALL 0x58 | VMID=47:32
      TLBI_S_S2_IPA 0x5a | NUM=16:12 SCALE=24:20 VMID=47:32 \
            Leaf=64 TTL=73:72 TG=75:74 Address=115:76
      TLBI_SNH_ALL 0x60 |
      DPTI_ALL 0x70 |
      DPTI_PA 0x73 | Leaf=64 SIZE=75:72 Address=119:76
      """;

  static Stream<String> rows() {
    return TABLE.lines();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void isWhatTheArchitectureSays(String row) {
    String[] halves = row.split("\\|", -1);
    String[] words = halves[0].strip().split(" ");
    Opcode opcode = Opcode.valueOf(words[0]);
    assertEquals(Integer.decode(words[1]), opcode.code(), row);
    assertEquals("CMD_" + words[0], opcode.commandName());
    assertEquals(8 * Command.BYTES, opcode.layout().bits());
    FieldTable.assertFields("OPCODE=7:0 " + halves[1], opcode.layout());
  }

  @Test
  void noCommandIsMissingFromTheTable() {
    Set<String> listed =
        rows().map(row -> row.split(" ")[0]).collect(Collectors.toCollection(TreeSet::new));
    Set<String> declared =
        Stream.of(Opcode.values()).map(Enum::name).collect(Collectors.toCollection(TreeSet::new));
    assertEquals(declared, listed);
  }

  @Test
  void ofFindsEachCommandByItsOpcodeAndNothingElse() {
    int found = 0;
    for (int code = -0x200; code < 0x10000; code++) {
      Opcode opcode = Opcode.of(code);
      if (opcode != null) {
        assertEquals(code, opcode.code());
        found++;
      }
    }
    assertEquals(Opcode.values().length, found);
    assertSame(Opcode.SYNC, Opcode.of(0x46));
    assertNull(Opcode.of(0x00));
    assertNull(Opcode.of(0x146));
    assertNull(Opcode.of(0x80), "IMPLEMENTATION DEFINED");
    assertNull(Opcode.of(Integer.MIN_VALUE));
  }

  @Test
  void theSecureCommandsAreThoseOfEl3AndTheSecureRegimes() {
    for (Opcode opcode : Opcode.values()) {
      boolean secure = opcode.code() >= 0x50 && opcode.code() <= 0x60;
      boolean el3 = opcode.code() >= 0x18 && opcode.code() <= 0x1f;
      assertEquals(secure || el3, opcode.secureOnly(), opcode.name());
    }
  }

  @Test
  void rangeInvalidationCameWithSmmu32() {
    assertEquals(Version.SMMU_3_2, Tlbi.NUM.since());
    assertEquals(Version.SMMU_3_2, Tlbi.TG.since());
    assertEquals(Version.SMMU_3_0, Tlbi.LEAF.since());
    assertEquals("16KB", Tlbi.TG.nameOf(Tlbi.TG_16KB).orElseThrow());
  }

  @Test
  void illegalEncodingsAreReserved() {
    assertTrue(Sync.CS.reserved(0b11));
    assertTrue(PriResp.RESP.reserved(0b11));
    assertEquals("SIG_SEV", Sync.CS.nameOf(Sync.CS_SEV).orElseThrow());
    assertEquals("Success", PriResp.RESP.nameOf(PriResp.RESP_SUCCESS).orElseThrow());
    assertEquals("Retry", Resume.AC.nameOf(Resume.AC_RETRY).orElseThrow());
  }

  /** Words that Linux's driver builds, taken apart by hand. */
  @Test
  void linuxCommandsDecode() {
    long word0 = 0x0000_0042_0000_0003L;
    assertSame(Opcode.CFGI_STE, Opcode.of((int) Command.OPCODE.get(word0)));
    assertEquals(0x42, Cfgi.STREAMID.get(word0));
    assertEquals(1, Cfgi.LEAF.get(1));

    long cfgiAll = 0x04L;
    assertSame(Opcode.CFGI_STE_RANGE, Opcode.of((int) Command.OPCODE.get(cfgiAll)));
    assertEquals(Cfgi.RANGE_ALL, Cfgi.RANGE.get(0x1f));

    long nhVa = 0x0007_0000_0030_f012L;
    assertSame(Opcode.TLBI_NH_VA, Opcode.of((int) Command.OPCODE.get(nhVa)));
    assertEquals(7, Tlbi.ASID.get(nhVa));
    assertEquals(15, Tlbi.NUM.get(nhVa));
    assertEquals(3, Tlbi.SCALE.get(nhVa));
    assertEquals(0xffff_8000_0000_0000L, Tlbi.ADDRESS.inPlace(0xffff_8000_0000_0701L));
    assertEquals(3, Tlbi.TTL.get(0x701));
    assertEquals(1, Tlbi.TG.get(0x701));

    assertEquals(Sync.CS_SEV, Sync.CS.get(0x2046));
  }
}
