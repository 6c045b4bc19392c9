package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import portcullis.arch.Field;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBase;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.smmu.Sync;
import portcullis.hyp.Status;

/**
 * Every address that the host can give to an SMMU, at every kind of place: a table of outcomes
 * (threats T3 and T4). Where EL2 or hardware would use memory of another's untranslated, the
 * outcome is the architecture's own for memory that aborts, and nothing there is read.
 */
class EveryAddressTest {
  private static final long PAGE = 0x1000;
  private static final int SID = 5;
  private static final long BYPASS = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_BYPASS);

  /** Whether a structure of one page, and one of two pages, may be used there. */
  enum Place {
    HOSTS(Fixture.RAM + (8L << 20), true, true),
    HOSTS_UNALIGNED(Fixture.RAM + (8L << 20) + 0x7e0, true, true),
    HOSTS_ODD_PAGE(Fixture.RAM + (8L << 20) + 3 * PAGE, true, true),
    SHARED_WITH_A_GUEST(Fixture.RAM + (9L << 20), true, true),
    FIRST_OF_MEMORY(Fixture.RAM, true, true),
    LAST_OF_THE_HOSTS(Fixture.CARVE_OUT - PAGE, true, true),
    BEFORE_A_GUESTS(Fixture.RAM + (10L << 20), true, false),
    GUESTS(Fixture.RAM + (10L << 20) + PAGE, false, false),
    FIRST_OF_EL2S(Fixture.CARVE_OUT, false, false),
    LAST_OF_EL2S(Fixture.RAM_END - PAGE, false, false),
    BEHIND_MEMORY(Fixture.RAM_END, false, false),
    BEFORE_MEMORY(Fixture.RAM - PAGE, false, false),
    NULL(0, false, false),
    REGISTERS_OF_AN_SMMU(Fixture.SMMU0, false, false),
    NO_DEVICE(0x1000_0000L, false, false),
    BEYOND_THE_ADDRESS_SIZE((1L << 40) + Fixture.RAM, false, false),
    BEYOND_THE_OUTPUT_SIZE((1L << 48) + Fixture.RAM, false, false),
    LAST_OF_52_BITS(0xf_ffff_ffff_f000L, false, false),
    WRAPS(-1L, false, false);

    final long address;
    final boolean onePage;
    final boolean twoPages;

    Place(long address, boolean onePage, boolean twoPages) {
      this.address = address;
      this.onePage = onePage;
      this.twoPages = twoPages;
    }

    boolean usable(int pages) {
      return pages == 1 ? onePage : twoPages;
    }
  }

  private final Fixture f = new Fixture();

  @BeforeEach
  void boot() {
    f.boot();
    assertEquals(Status.OK, f.donate(Place.GUESTS.address));
    int guest = f.pages.createGuest();
    assertEquals(Status.OK, f.pages.share(guest, Place.SHARED_WITH_A_GUEST.address >>> 12, 2));
    f.memory.onRead =
        address ->
            assertTrue(
                f.pages.hostOwns(address, 8) || address >= Fixture.CARVE_OUT && !planted(address),
                "EL2 reads 0x" + Long.toHexString(address));
  }

  /** Pages that nobody but a host's structure could lead to. */
  private static boolean planted(long address) {
    return address >= Place.LAST_OF_EL2S.address;
  }

  /** Writes where there is memory, whoever owns it: what must not be read. */
  private void plant(long address, long value) {
    boolean memory = address >= Fixture.RAM && address < Fixture.RAM_END;
    boolean usedByEl2 = address >= Fixture.CARVE_OUT && !planted(address);
    if (memory && !usedByEl2) {
      f.memory.write64(address, value);
    }
  }

  private void enable(Field field) {
    f.write(Register.CR0, f.read(Register.CR0) | field.mask());
    assertTrue(field.isSet(f.read(Register.CR0ACK)), "acknowledged in any case");
  }

  private long pins() {
    long pins = 0;
    for (long pa = Fixture.RAM; pa < Fixture.RAM_END; pa += PAGE) {
      pins += f.pages.pins(pa);
    }
    return pins;
  }

  private boolean error(Field field) {
    return field.isSet(f.read(Register.GERROR) ^ f.read(Register.GERRORN));
  }

  private void assertStream(boolean translated) {
    assertEquals(
        translated ? Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2) : 0, f.hardwareSte(SID)[0]);
    assertTrue(Cr0.SMMUEN.isSet(f.hardware.get(Register.CR0)));
  }

  @ParameterizedTest
  @EnumSource
  void streamTable(Place place) {
    for (int pages = 1; pages <= 2; pages++) {
      int log2 = 5 + pages;
      long base = StrtabBase.ADDR.inPlace(place.address) & -(pages * PAGE);
      plant(base + SID * Ste.BYTES, BYPASS);
      f.write(Register.STRTAB_BASE, place.address);
      f.write(Register.STRTAB_BASE_CFG, StrtabBaseCfg.LOG2SIZE.of(log2));
      enable(Cr0.SMMUEN);
      assertStream(place.usable(pages));
      assertEquals(place.usable(pages) ? pages : 0, pins());
      f.write(Register.CR0, 0);
      assertEquals(0, f.read(Register.CR0ACK));
      assertEquals(0, pins());
    }
  }

  @ParameterizedTest
  @EnumSource
  void secondLevelTable(Place place) {
    long base = StreamTableDescriptor.L2PTR.inPlace(place.address) & -PAGE;
    f.enableCommands().enableStreams();
    plant(base + SID * Ste.BYTES, BYPASS);
    f.memory.write64(
        Fixture.TABLE,
        StreamTableDescriptor.L2PTR.inPlace(place.address) | StreamTableDescriptor.SPAN.of(7));
    f.submit(Fixture.cfgiSte(SID));
    assertStream(place.onePage);
    assertFalse(error(Gerror.CMDQ_ERR));
    assertEquals(2, pins(), "the first level and the command queue");
  }

  @ParameterizedTest
  @EnumSource
  void commandQueue(Place place) {
    long base = QueueBase.ADDR.inPlace(place.address) & -PAGE;
    plant(base, Opcode.TLBI_NH_ALL.code());
    f.write(Register.CMDQ_BASE, QueueBase.ADDR.inPlace(place.address) | QueueBase.LOG2SIZE.of(8));
    enable(Cr0.CMDQEN);
    assertEquals(place.onePage ? 1 : 0, pins());
    int before = f.hardware.consumed.size();
    f.write(Register.CMDQ_PROD, 1);
    long cons = f.read(Register.CMDQ_CONS);
    assertEquals(!place.onePage, error(Gerror.CMDQ_ERR), "IHI 0070 7.1");
    assertEquals(place.onePage ? 0 : CommandError.CERROR_ABT, CmdqCons.ERR.get(cons));
    assertEquals(place.onePage ? 1 : 0, CmdqCons.RD.get(cons));
    assertEquals(place.onePage ? 1 : 0, f.hardware.consumed.size() - before);
  }

  private void outputQueue(
      Place place, Register register, Field enable, Field error, int entryBytes) {
    int pages = 256 * entryBytes / (int) PAGE;
    long base = QueueBase.ADDR.inPlace(place.address);
    f.write(register, base | QueueBase.LOG2SIZE.of(8));
    enable(enable);
    boolean usable = place.usable(pages);
    assertEquals(usable, enable.isSet(f.hardware.get(Register.CR0)));
    assertEquals(!usable, error(error), "IHI 0070 7.2: as if the write had aborted");
    assertEquals(usable ? pages : 0, pins());
    assertEquals(
        usable ? (base & -(pages * PAGE)) | QueueBase.LOG2SIZE.of(8) : 0,
        f.hardware.get(register) & ~QueueBase.RA_WA.mask());
  }

  @ParameterizedTest
  @EnumSource
  void eventQueue(Place place) {
    outputQueue(place, Register.EVENTQ_BASE, Cr0.EVENTQEN, Gerror.EVENTQ_ABT_ERR, 32);
  }

  @ParameterizedTest
  @EnumSource
  void pageRequestQueue(Place place) {
    outputQueue(place, Register.PRIQ_BASE, Cr0.PRIQEN, Gerror.PRIQ_ABT_ERR, 16);
  }

  /** An IPA: hardware gets it, and stage 2 judges each fetch (IHI 0070 3.3.2). */
  @ParameterizedTest
  @EnumSource
  void contextDescriptors(Place place) {
    f.enableCommands().enableStreams();
    long pointer = Ste.S1CONTEXTPTR.inPlace(place.address);
    f.hostSte(SID, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S1) | pointer);
    f.submit(Fixture.cfgiSte(SID));
    long[] ste = f.hardwareSte(SID);
    assertEquals(Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_NESTED) | pointer, ste[0]);
    long[] stage2 = new long[Ste.WORDS];
    f.driver.root().fillSte(stage2, false);
    assertEquals(stage2[3], ste[3], "behind EL2's table");
    assertEquals(2, pins(), "nothing is pinned that stage 2 protects");
  }

  /** MSIs are hidden: no address of the host's reaches hardware untranslated (3.18). */
  @ParameterizedTest
  @EnumSource
  void messages(Place place) {
    f.enableCommands();
    for (Register register :
        new Register[] {
          Register.GERROR_IRQ_CFG0, Register.EVENTQ_IRQ_CFG0, Register.PRIQ_IRQ_CFG0
        }) {
      f.write(register, place.address);
      assertEquals(0, f.read(register));
      assertEquals(0, f.hardware.get(register));
    }
    long word0 = Opcode.SYNC.code() | Sync.CS.of(Sync.CS_IRQ) | Sync.MSIDATA.of(1);
    FakeSmmu.Consumed sync = f.submit(word0, place.address).getFirst();
    assertEquals(Opcode.SYNC, sync.opcode());
    assertEquals(0, sync.word0() & ~Opcode.SYNC.code());
    assertEquals(0, sync.word1());
    assertFalse(error(Gerror.CMDQ_ERR));
  }
}
