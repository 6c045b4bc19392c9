package portcullis.arch.decode;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.ContextTableDescriptor;
import portcullis.arch.smmu.DptBlock;
import portcullis.arch.smmu.DptGranules;
import portcullis.arch.smmu.DptTable;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.PriEntry;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.Vms;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.DataAbortIss;
import portcullis.arch.vmsa.DescriptorKind;
import portcullis.arch.vmsa.Esr;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.StartLevel;
import portcullis.arch.vmsa.Vtcr;
import portcullis.arch.vmsa.Vttbr;

/** The pages of docs/reference, in Markdown, from the declarations that the code itself uses. */
public final class ReferencePages {
  private ReferencePages() {}

  /** File name, such as {@code ste.md}, to text. The same every time. */
  public static Map<String, String> pages() {
    Map<String, String> pages = new LinkedHashMap<>();
    pages.put("registers.md", registers());
    pages.put("commands.md", commands());
    pages.put("events.md", events());
    pages.put("ste.md", ste());
    pages.put("cd.md", cd());
    pages.put("dpt.md", permissions());
    pages.put("descriptors.md", descriptors());
    pages.put("esr.md", esr());
    return pages;
  }

  private static String registers() {
    MarkdownPage page = new MarkdownPage("SMMUv3 registers");
    page.paragraph(
        "Non-secure registers. Offsets in pages 0 and 1 count from the SMMU's base, in the VATOS"
            + " and Command queue control pages from the page's start.");
    page.header("Offset", "Register", "Bits", "Access", "Since", "Source", "What for");
    for (Register register : Register.values()) {
      page.row(
          register.page() + " " + DecodedField.hex(register.offset()),
          register.name(),
          Integer.toString(register.bytes() * Byte.SIZE),
          register.access().name(),
          register.since().label(),
          register.source(),
          register.meaning());
    }
    Arrays.stream(Register.values()).map(Register::layout).distinct().forEach(page::layout);
    return page.text();
  }

  private static String commands() {
    MarkdownPage page = new MarkdownPage("SMMUv3 commands");
    page.paragraph("Two 64-bit words each, little-endian, the opcode in bits 7:0.");
    page.header("Opcode", "Command", "Since", "What for");
    for (Opcode opcode : Opcode.values()) {
      page.row(
          DecodedField.hex(opcode.code()),
          opcode.commandName(),
          opcode.since().label(),
          opcode.meaning());
    }
    for (Opcode opcode : Opcode.values()) {
      page.layout(opcode.layout());
    }
    return page.text();
  }

  private static String events() {
    MarkdownPage page = new MarkdownPage("SMMUv3 events and page requests");
    page.paragraph("An event record is four 64-bit words, the event number in bits 7:0.");
    page.header("Number", "Event", "Since", "What happened");
    for (EventType type : EventType.values()) {
      page.row(DecodedField.hex(type.code()), type.name(), type.since().label(), type.meaning());
    }
    for (EventType type : EventType.values()) {
      page.layout(type.layout());
    }
    page.layout(PriEntry.LAYOUT);
    return page.text();
  }

  private static String ste() {
    MarkdownPage page = new MarkdownPage("Stream table");
    page.layout(StreamTableDescriptor.LAYOUT);
    page.layout(Ste.LAYOUT);
    page.layout(Vms.LAYOUT);
    return page.text();
  }

  private static String cd() {
    MarkdownPage page = new MarkdownPage("Context descriptors");
    page.layout(ContextTableDescriptor.LAYOUT);
    page.layout(Cd.LAYOUT);
    return page.text();
  }

  private static String permissions() {
    MarkdownPage page = new MarkdownPage("Device Permission Table");
    page.paragraph(
        "A level 0 entry with both low bits zero grants nothing, and has all other bits zero.");
    page.layout(DptBlock.LAYOUT);
    page.layout(DptTable.LAYOUT);
    page.layout(DptGranules.LAYOUT);
    return page.text();
  }

  private static String descriptors() {
    MarkdownPage page = new MarkdownPage("VMSAv8-64 translation tables");
    page.section("Granules");
    page.header("Granule", "Level", "Bits resolved", "Bytes a descriptor covers", "Block");
    for (Granule granule : Granule.values()) {
      for (int level = granule.firstLevel(); level <= Granule.LAST_LEVEL; level++) {
        int top = level == granule.firstLevel() ? 51 : granule.levelShift(level - 1) - 1;
        page.row(
            granule.label(),
            Integer.toString(level),
            top + ":" + granule.levelShift(level),
            DecodedField.hex(granule.levelBytes(level)),
            blocks(granule, level));
      }
    }
    page.section("Stage 2 start level");
    page.paragraph(
        "With a 4KB granule SL is SL2:SL0. The input sizes are those that the level allows, with up"
            + " to 16 concatenated tables, without and with 52-bit addresses.");
    page.header("Granule", "SL", "Level", "Input bits", "Input bits, 52-bit");
    for (Granule granule : Granule.values()) {
      for (int level = Granule.LAST_LEVEL; level >= granule.firstLevel(); level--) {
        page.row(
            granule.label(),
            Integer.toString(StartLevel.sl(granule, level)),
            Integer.toString(level),
            inputSizes(granule, level, AddressFormat.BITS_48),
            inputSizes(granule, level, AddressFormat.of(granule, true)));
      }
    }
    Granule granule = Granule.SIZE_4K;
    AddressFormat format = AddressFormat.BITS_48;
    page.layout(Stage1Descriptor.layout(DescriptorKind.TABLE, granule, 2, format));
    page.layout(Stage1Descriptor.layout(DescriptorKind.BLOCK, granule, 2, format));
    page.layout(Stage1Descriptor.layout(DescriptorKind.PAGE, granule, 3, format));
    page.layout(Stage2Descriptor.layout(DescriptorKind.TABLE, granule, 2, format, false));
    page.layout(Stage2Descriptor.layout(DescriptorKind.BLOCK, granule, 2, format, false));
    page.layout(Stage2Descriptor.layout(DescriptorKind.PAGE, granule, 3, format, false));
    page.paragraph("With HCR_EL2.FWB or STE.S2FWB, MemAttr reads otherwise:");
    page.layout(Stage2Descriptor.layout(DescriptorKind.PAGE, granule, 3, format, true));
    page.paragraph("52-bit output addresses:");
    page.layout(
        Stage2Descriptor.layout(
            DescriptorKind.PAGE, Granule.SIZE_64K, 3, AddressFormat.LPA, false));
    page.layout(
        Stage2Descriptor.layout(DescriptorKind.PAGE, granule, 3, AddressFormat.LPA2, false));
    page.layout(Vtcr.LAYOUT);
    page.layout(Vttbr.LAYOUT);
    return page.text();
  }

  private static String blocks(Granule granule, int level) {
    if (granule.blockAllowed(level, AddressFormat.BITS_48)) {
      return "yes";
    }
    return granule.blockAllowed(level, AddressFormat.of(granule, true)) ? "52-bit only" : "no";
  }

  private static String inputSizes(Granule granule, int level, AddressFormat format) {
    int least = Integer.MAX_VALUE;
    int most = 0;
    for (int bits = 0; bits <= format.bits(); bits++) {
      if (StartLevel.allowed(granule, level, bits, format)) {
        least = Math.min(least, bits);
        most = bits;
      }
    }
    return most == 0 ? "none" : least + " to " + most;
  }

  private static String esr() {
    MarkdownPage page = new MarkdownPage("Exception syndromes");
    page.layout(Esr.LAYOUT);
    page.layout(DataAbortIss.LAYOUT);
    return page.text();
  }
}
