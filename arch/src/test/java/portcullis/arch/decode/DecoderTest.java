package portcullis.arch.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.DescriptorKind;
import portcullis.arch.vmsa.Granule;

class DecoderTest {
  private static final DescriptorForm STAGE2_PAGE =
      new DescriptorForm(2, Granule.SIZE_4K, 3, AddressFormat.BITS_48, false);

  @Test
  void qemuIdentificationRegisters() {
    Decoded idr0 = Decoder.register(Register.IDR0, 0x0d44101b);
    assertField(idr0, "S2P", "1", "stage 2 translation supported");
    assertField(idr0, "TTF", "0b10", "translation table formats supported: VMSAv8-64");
    assertField(idr0, "COHACC", "1", null);
    assertField(idr0, "ASID16", "1", null);
    assertField(idr0, "VMID16", "1", null);
    assertField(idr0, "TTENDIAN", "0b10", "endianness of translation table walks: little-endian");
    assertField(idr0, "STALL_MODEL", "0b01", null);
    assertField(idr0, "ST_LEVEL", "0b01", "Stream table formats supported: linear and two-level");
    assertField(idr0, "MSI", "0", null);
    assertEquals(List.of(), idr0.findings());

    Decoded idr1 = Decoder.register(Register.IDR1, 0x02730010);
    assertField(idr1, "SIDSIZE", "16", null);
    assertField(idr1, "EVENTQS", "19", null);
    assertField(idr1, "CMDQS", "19", null);
    assertField(idr1, "SSIDSIZE", "0", null);
    assertEquals(List.of(), idr1.findings());

    Decoded idr5 = Decoder.register(Register.IDR5, 0x74);
    assertTrue(field(idr5, "OAS").meaning().endsWith("44 bits"));
    assertField(idr5, "GRAN16K", "1", null);
    assertEquals(List.of(), idr5.findings());
  }

  @Test
  void stageOneSteThatLinuxWrites() {
    Decoded ste = Decoder.ste(0x0000_0008_4567_800bL, 0x0000_1000_0800_00d6L);
    assertField(ste, "V", "1", "valid; if not, traffic is aborted with C_BAD_STE: valid");
    assertField(
        ste, "Config", "0b101", "which stages translate: stage 1 translates, stage 2 bypassed");
    assertField(ste, "S1ContextPtr", "0x845678000", null);
    assertField(ste, "S1DSS", "0b10", null);
    assertField(ste, "S1CIR", "0b01", null);
    assertField(ste, "S1CSH", "0b11", "Shareability of CD fetches: Inner Shareable");
    assertField(ste, "S1STALLD", "1", null);
    assertField(ste, "SHCFG", "0b01", "Shareability of the stream's traffic: incoming");
    assertEquals("109:108", field(ste, "SHCFG").bits());
    assertField(ste, "S2TG", "0b00", "stage 2 granule: 4KB (ignored)");
    assertEquals(List.of(), ste.findings());
    assertEquals(List.of("words 2 to 7 not given, taken as zero"), ste.notes());
  }

  @Test
  void nestedSteOfAHypervisor() {
    Decoded ste =
        Decoder.ste(
            0x0000_0008_4567_800fL,
            0x0000_1000_0800_00d6L,
            0x0448_0000_0000_0000L | 0x0005_3559L << 32,
            0x0000_0008_1234_5000L,
            0,
            0,
            0,
            0);
    assertField(ste, "Config", "0b111", null);
    assertField(ste, "S2VMID", "0x0", null);
    assertField(ste, "S2T0SZ", "25", null);
    assertField(ste, "S2SL0", "1", null);
    assertField(ste, "S2SH0", "0b11", "Shareability of stage 2 walks: Inner Shareable");
    assertField(ste, "S2PS", "0b101", "physical address size: 48 bits");
    assertField(ste, "S2AA64", "1", "stage 2 table format: VMSAv8-64");
    assertField(ste, "S2PTW", "1", null);
    assertField(ste, "S2R", "1", null);
    assertField(ste, "S2TTB", "0x812345000", null);
    assertEquals(List.of(), ste.findings());
    assertEquals(List.of(), ste.notes());
  }

  @Test
  void reservedSteBitsAndEncodingsAreFound() {
    Decoded ste = Decoder.ste(0x0700_0000_0000_000dL, 0x1_0000_0000_0000L, 0x0000_c000_0000_0000L);
    assertEquals(
        List.of(
            new Finding(Finding.Kind.RESERVED_ENCODING, "PRIVCFG 0b01 is a reserved encoding"),
            new Finding(Finding.Kind.RESERVED_ENCODING, "S2TG 0b11 is a reserved encoding"),
            new Finding(
                Finding.Kind.RESERVED_BITS, "reserved bits set: 0x700000000000000 in word 0")),
        ste.findings());
    assertTrue(field(ste, "S2TG").reserved());
    assertEquals("stage 2 granule: reserved", field(ste, "S2TG").meaning());
  }

  @Test
  void encodingsThatTheSmmuIgnoresAreNotJudged() {
    long s1dss = 0b11;
    long s2tg = 0x0000_c000_0000_0000L;
    assertEquals(2, Decoder.ste(0b111_1, s1dss, s2tg).findings().size());
    assertEquals(1, Decoder.ste(0b101_1, s1dss, s2tg).findings().size());
    assertEquals(1, Decoder.ste(0b110_1, s1dss, s2tg).findings().size());
    assertEquals(List.of(), Decoder.ste(0b100_1, s1dss, s2tg).findings());
    assertEquals(List.of(), Decoder.ste(0b000_1, s1dss, s2tg).findings());
    assertEquals(List.of(), Decoder.ste(0b111_0, s1dss, s2tg).findings());
  }

  @Test
  void vmidCountsEvenWithoutStage2() {
    Decoded ste = Decoder.ste(0b101_1, 0, 7);
    assertEquals(
        "VMID; bits 15:8 must be zero without IDR0.VMID16", field(ste, "S2VMID").meaning());
  }

  @Test
  void contextDescriptorThatLinuxWrites() {
    Decoded cd =
        Decoder.cd(0x0001_e204_c000_3510L, 0x0000_0008_4567_9000L, 0, 0x0000_0000_f404_ff44L);
    assertField(cd, "T0SZ", "16", null);
    assertField(cd, "TG0", "0b00", "TTB0 granule: 4KB");
    assertField(cd, "SH0", "0b11", null);
    assertField(cd, "EPD1", "1", "TTB1 walk disable: fault");
    assertField(cd, "IPS", "0b100", "stage 1 output address size: 44 bits");
    assertField(cd, "AA64", "1", null);
    assertField(cd, "R", "1", null);
    assertField(cd, "A", "1", null);
    assertField(cd, "ASET", "1", "ASID set: not shared");
    assertField(cd, "ASID", "0x1", null);
    assertField(cd, "TTB0", "0x845679000", null);
    assertField(cd, "MAIR0", "0xf404ff44", null);
    assertField(cd, "TG1", "0b00", "TTB1 granule: reserved (ignored)");
    assertEquals(List.of(), cd.findings());
  }

  @Test
  void cdWithoutEpd1IsJudgedOnItsSecondTable() {
    Decoded cd = Decoder.cd(0x0001_e204_8000_3510L);
    assertEquals(1, cd.findings().size());
    assertEquals("TG1 0b00 is a reserved encoding", cd.findings().getFirst().text());
  }

  @Test
  void commandsAreReadByTheirOpcode() {
    Decoded sync = Decoder.command(0x0fc0_2046L, 0);
    assertEquals("CMD_SYNC", sync.name());
    assertField(sync, "CS", "0b10", null);
    assertField(sync, "MSH", "0b11", null);
    assertEquals(0xf, field(sync, "MSIAttr").value());
    assertEquals(List.of(), sync.findings());

    Decoded cfgi = Decoder.command(0x0000_0108_0000_0003L, 1);
    assertEquals("CMD_CFGI_STE", cfgi.name());
    assertEquals(0x108, field(cfgi, "StreamID").value());
    assertEquals(1, field(cfgi, "Leaf").value());
    assertEquals(List.of(), cfgi.findings());
  }

  @Test
  void commandWithReservedBitsIsFound() {
    Decoded cfgi = Decoder.command(0x0000_0108_0000_0103L, 0x21);
    assertEquals(
        List.of(
            new Finding(Finding.Kind.RESERVED_BITS, "reserved bits set: 0x100 in word 0"),
            new Finding(Finding.Kind.RESERVED_BITS, "reserved bits set: 0x20 in word 1")),
        cfgi.findings());
  }

  @Test
  void unknownOpcodeAndEventAreFound() {
    assertEquals(
        List.of(new Finding(Finding.Kind.UNKNOWN_CODE, "opcode 0x99 is not architected")),
        Decoder.command(0x99, 0).findings());
    assertEquals(
        List.of(new Finding(Finding.Kind.UNKNOWN_CODE, "event number 0x7f is not architected")),
        Decoder.event(0x7f).findings());
  }

  @Test
  void eventsAreReadByTheirNumber() {
    Decoded event =
        Decoder.event(0x0000_0100_0000_0010L, 0x288_0000_0000L, 0x8000_1abcL, 0x9000_1000L);
    assertEquals("F_TRANSLATION", event.name());
    assertEquals(0x100, field(event, "StreamID").value());
    assertEquals(1, field(event, "RnW").value());
    assertEquals(1, field(event, "S2").value());
    assertEquals(2, field(event, "CLASS").value());
    assertEquals(0x8000_1abcL, field(event, "InputAddr").value());
    assertField(event, "IPA", "0x90001000", null);
    assertEquals(List.of(), event.findings());
  }

  @Test
  void pageRequestsAreRead() {
    Decoded pri = Decoder.pri(0x5000_0000_0000_0300L, 0x1_2345_6007L);
    assertEquals(0x300, field(pri, "StreamID").value());
    assertEquals(7, field(pri, "PRGIndex").value());
    assertField(pri, "Page address", "0x123456000", null);
    assertEquals(List.of(), pri.findings());
  }

  @Test
  void stage2PageOfLinux() {
    Decoded page = Decoder.descriptor(0x0040_0000_8123_47ffL, STAGE2_PAGE);
    assertEquals("stage 2 level 3 page descriptor, 4KB granule", page.name());
    assertField(page, "OA", "0x81234000", null);
    assertField(page, "MemAttr", "0b1111", "memory type: Normal outer WB inner WB");
    assertField(page, "S2AP", "0b11", "data access permissions: RW");
    assertField(page, "AF", "1", null);
    assertField(page, "XN", "0b10", "execute-never: never");
    assertEquals(List.of(), page.findings());
  }

  @Test
  void stage2MemoryTypeReadsOtherwiseWithFwb() {
    DescriptorForm fwb = new DescriptorForm(2, Granule.SIZE_4K, 3, AddressFormat.BITS_48, true);
    Decoded page = Decoder.descriptor(0x8000_071bL, fwb);
    assertField(page, "MemAttr", "0b0110", "memory type, forced by stage 2: Normal Write-Back");
    assertEquals(
        "MemAttr 0b1111 is a reserved encoding",
        Decoder.descriptor(0x8000_073fL, fwb).findings().getFirst().text());
  }

  @Test
  void descriptorKindsAreTold() {
    DescriptorForm level1 = new DescriptorForm(1, Granule.SIZE_4K, 1, AddressFormat.BITS_48, false);
    assertEquals(
        "stage 1 level 1 table descriptor, 4KB granule",
        Decoder.descriptor(0x8000_1003L, level1).name());
    assertEquals(
        "stage 1 level 1 block descriptor, 4KB granule",
        Decoder.descriptor(0x8000_0701L, level1).name());
    assertEquals(DescriptorKind.INVALID, level1.kind(0x8000_0702L));
    Decoded reserved = Decoder.descriptor(0x8000_0701L, STAGE2_PAGE);
    assertEquals(
        "bits 1:0 are 0b01, which no descriptor of level 3 has: it is treated as invalid",
        reserved.findings().getFirst().text());
  }

  @Test
  void blockBitsBelowItsSizeAreReserved() {
    DescriptorForm level2 = new DescriptorForm(2, Granule.SIZE_4K, 2, AddressFormat.BITS_48, false);
    assertEquals(List.of(), Decoder.descriptor(0x8020_07fdL, level2).findings());
    assertEquals(
        List.of(new Finding(Finding.Kind.RESERVED_BITS, "reserved bits set: 0x1000")),
        Decoder.descriptor(0x8020_17fdL, level2).findings());
  }

  @Test
  void dataAbortOfAStoreToATrappedRegister() {
    Decoded esr = Decoder.esr(0x9382_0046L);
    assertField(esr, "EC", "0x24", "exception class: data abort from a lower Exception level");
    assertField(esr, "ISV", "1", null);
    assertField(esr, "SAS", "0b10", "access size, if ISV: word");
    assertField(esr, "SRT", "2", null);
    assertField(esr, "SF", "0", null);
    assertField(esr, "WnR", "1", "direction: write");
    assertField(esr, "DFSC", "0x6", "data fault status: translation fault, level 2");
    assertEquals(List.of(), esr.findings());
  }

  @Test
  void instructionSyndromeWithoutIsvIsReserved() {
    assertEquals(
        List.of(new Finding(Finding.Kind.RESERVED_BITS, "ISV is 0, yet bits 23:14 are 0x820000")),
        Decoder.esr(0x9282_0046L).findings());
  }

  @Test
  void otherSyndromesKeepTheirIssInOnePiece() {
    Decoded hvc = Decoder.esr(0x5a00_0001L);
    assertField(hvc, "EC", "0x16", "exception class: HVC from AArch64");
    assertField(hvc, "ISS", "0x1", null);
    assertEquals(
        "EC 0x3f is a reserved encoding", Decoder.esr(0xfe00_0000L).findings().getFirst().text());
  }

  @Test
  void everyBitOfEveryStructureIsAccountedFor() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(0x5e);
    for (int round = 0; round < 50; round++) {
      long[] words = random.longs(8).toArray();
      assertAccountedFor(Decoder.ste(words));
      assertAccountedFor(Decoder.cd(words));
      assertAccountedFor(Decoder.esr(words[0]));
      for (Granule granule : Granule.values()) {
        for (int level = granule.firstLevel(); level <= Granule.LAST_LEVEL; level++) {
          for (int stage = 1; stage <= 2; stage++) {
            AddressFormat format = AddressFormat.of(granule, random.nextBoolean());
            boolean fwb = random.nextBoolean();
            assertAccountedFor(
                Decoder.descriptor(
                    words[stage], new DescriptorForm(stage, granule, level, format, fwb)));
          }
        }
      }
    }
  }

  @Test
  void wordsThatTheStructureDoesNotHaveAreAProgrammingError() {
    assertThrows(IllegalArgumentException.class, () -> Decoder.pri(1, 2, 3));
  }

  /** Fields and reserved-bit findings put together give the words back. */
  private static void assertAccountedFor(Decoded decoded) {
    long[] rebuilt = new long[decoded.words().size()];
    for (DecodedField field : decoded.fields()) {
      rebuilt[field.field().word()] |= field.field().of(field.value());
    }
    for (Finding finding : decoded.findings()) {
      String text = finding.text();
      if (text.startsWith("reserved bits set: ")) {
        String[] parts = text.substring("reserved bits set: 0x".length()).split(" in word ");
        int word = parts.length == 2 ? Integer.parseInt(parts[1]) : 0;
        rebuilt[word] |= Long.parseUnsignedLong(parts[0], 16);
      }
    }
    for (int word = 0; word < rebuilt.length; word++) {
      assertEquals(decoded.words().get(word), rebuilt[word], decoded.name());
    }
  }

  private static DecodedField field(Decoded decoded, String name) {
    return decoded.fields().stream()
        .filter(field -> field.field().name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(decoded.name() + " has no " + name));
  }

  private static void assertField(Decoded decoded, String name, String value, String meaning) {
    DecodedField field = field(decoded, name);
    assertEquals(value, field.valueText(), name);
    if (meaning != null) {
      assertEquals(meaning, field.meaning(), name);
    }
  }
}
