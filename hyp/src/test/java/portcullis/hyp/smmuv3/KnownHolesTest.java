package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.hyp.Status;

/**
 * What versions of the series let through and no other test is about; docs/series-map.md has all.
 */
class KnownHolesTest {
  private static final long ONES = 0xffff_ffffL;

  private final Fixture f = new Fixture();

  /**
   * v6 skips it while the CR0.SMMUEN that the host sees is 0, although TLBs keep what they have.
   */
  @Test
  void aPageIsForgottenThoughTheHostHasItsSmmuDisabled() {
    f.boot().enableCommands().enableStreams();
    f.write(Register.CR0, Cr0.CMDQEN.mask());
    assertEquals(0, f.read(Register.CR0ACK) & Cr0.SMMUEN.mask());
    int before = f.hardware.consumed.size();
    assertEquals(Status.OK, f.donate(Fixture.RAM));
    assertEquals(
        List.of(Opcode.TLBI_S2_IPA, Opcode.TLBI_NH_ALL, Opcode.SYNC),
        f.hardware.consumed.subList(before, f.hardware.consumed.size()).stream()
            .map(FakeSmmu.Consumed::opcode)
            .toList());
  }

  /** v6 passes CR2 and the bits of CR0 that it does not know (IHI 0070 6.3.9, 6.3.12). */
  @Test
  void cr0AndCr2ReachHardwareOnlyInWhatIsTheHosts() {
    f.boot().enableCommands();
    long known =
        Cr0.SMMUEN.mask()
            | Cr0.PRIQEN.mask()
            | Cr0.EVENTQEN.mask()
            | Cr0.CMDQEN.mask()
            | Cr0.ATSCHK.mask();
    f.hardware.onWrite =
        (register, value) -> assertTrue(register != Register.CR0 || (value & ~known) == 0);
    f.write(Register.CR2, ONES);
    f.write(Register.CR0, ONES);
    f.read(Register.CR0ACK);
    long cr0 = f.hardware.get(Register.CR0);
    assertTrue(Cr0.SMMUEN.isSet(cr0), "what is the host's passes");
    assertFalse(Cr0.VMW.isSet(cr0));
    long cr2 = f.hardware.get(Register.CR2);
    assertFalse(Cr2.E2H.isSet(cr2));
    assertTrue(Cr2.RECINVSID.isSet(cr2));
  }
}
