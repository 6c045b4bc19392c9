package portcullis.machine.smmuv3.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.AddressSize;

/** Profiles as text. */
class ProfileTextTest {
  private static Profile parse(String text) throws ProfileFormatException {
    return ProfileParser.parse(text, "file");
  }

  @Test
  void builtInsComeBackAsTheyWere() throws ProfileFormatException {
    for (Profile profile : Profile.ALL) {
      assertEquals(profile, parse(ProfileText.write(profile)));
      Profile other = profile.withCaches(CacheKind.ARCHITECTURAL).withOutputSize(32);
      assertEquals(other, parse(ProfileText.write(other)));
    }
  }

  @Test
  void anImplementationDefinedRegisterComesBack() throws ProfileFormatException {
    Profile base = Profile.QEMU_11;
    Profile profile = new Profile("x", base.ids().with(Register.IDR4, 0xcafe_f00d), base.caches());
    assertEquals(profile, parse(ProfileText.write(profile)));
    assertTrue(ProfileText.write(profile).contains("IDR4 = 0xcafef00d "));
  }

  @Test
  void aBaseIsTakenWhole() throws ProfileFormatException {
    assertEquals(Profile.MMU_700_R1.withName("mine"), parse("name = mine\nbase = mmu-700-r1\n"));
    assertEquals(Profile.QEMU_11.withName("q"), parse("base = qemu-11\nname=q"));
  }

  @Test
  void linesApplyInOrderAndNumbersMayBeWrittenInThreeWays() throws ProfileFormatException {
    Profile profile =
        parse(
            """
            # A comment.

            name = small          # and another
            base = qemu-11
            idr0 = 0x0d44101b
            IDR0.vmid16 = 0
            IDR1.SIDSIZE = 0x8
            IDR0.STALL_MODEL = 0b01
            IDR5.OAS = 40
            tlb = 16
            walk = 8
            ste = 2
            cd = 4
            caches = architectural
            """);
    assertEquals("small", profile.name());
    assertEquals(0x0d40_101b, profile.idr0());
    assertEquals(8, Idr1.SIDSIZE.get(profile.idr1()));
    assertEquals(40, outputBits(profile));
    assertEquals(new CacheSizes(CacheKind.ARCHITECTURAL, 16, 8, 2, 4), profile.caches());
  }

  private static int outputBits(Profile profile) {
    return AddressSize.bits(Idr5.OAS.get(profile.idr5()));
  }

  @Test
  void aSizeMayBeGivenAsItsEncoding() throws ProfileFormatException {
    assertEquals(44, outputBits(parse("name = x\nbase = generic\nIDR5.OAS = 0b100")));
    assertEquals(44, outputBits(parse("name = x\nbase = generic\nIDR5.OAS = 44")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          name = x;nonsense | file:2: expected 'key = value' or '# comment', not 'nonsense'
          base = generic | file:1: name: expected 'name = ...' in this file, found none
          "" | file:1: name: expected 'name = ...' in this file, found none
          name = a b | file:1: name: expected 1 to 40 letters, digits, '.', '_' or '-', a letter \
          or digit first, not 'a b'
          name = x;base = mmu | file:2: base: expected one of generic, qemu-11, mmu-600-r2, \
          mmu-700-r1, not 'mmu'
          name = x;tlb = 8;base = generic | file:3: base: expected before everything but the name
          name = x;tlb = 8;TLB = 8 | file:3: TLB: expected once, and line 2 has it already
          name = x;tlb = many | file:2: tlb: expected a number of 0 to 0x100000 (decimal, 0x or \
          0b), not 'many'
          name = x;tlb = 0x | file:2: tlb: expected a number of 0 to 0x100000 (decimal, 0x or \
          0b), not '0x'
          name = x;IDR0 = 0x100000000 | file:2: IDR0: expected a number of 0 to 0xffffffff \
          (decimal, 0x or 0b), not '0x100000000'
          name = x;IDR0 = -1 | file:2: IDR0: expected a number of 0 to 0xffffffff (decimal, 0x or \
          0b), not '-1'
          name = x;caches = big | file:2: caches: expected ordinary or architectural, not 'big'
          name = x;CR0 = 1 | file:2: CR0: expected name, base, caches, tlb, walk, ste, cd, or one \
          of IDR0, IDR1, IDR2, IDR3, IDR4, IDR5, IDR6, IIDR, AIDR, MPAMIDR and its field, not 'CR0'
          name = x;IDR2.FOO = 1 | file:2: IDR2.FOO: expected a field of IDR2: BA_VATOS
          name = x;IDR0.ATS = 2 | file:2: IDR0.ATS: expected 0 or 1, not '2'
          name = x;IDR1.SIDSIZE = 64 | file:2: IDR1.SIDSIZE: expected 0 to 63, not '64'
          name = x;IDR0.HTTU = 3 | file:2: IDR0.HTTU: expected 0b00 (none), 0b01 (Access flag), \
          0b10 (Access flag and dirty state), not '3'
          name = x;IDR5.VAX = 50 | file:2: IDR5.VAX: expected 48 (48 bits), 52 (52 bits), not '50'
          name = x;IDR0.ATS = 1;IDR0 = 3 | file:3: IDR0: expected before its field of line 2
          """)
  void whatIsWrongIsSaid(String text, String message) {
    ProfileFormatException refused =
        assertThrows(ProfileFormatException.class, () -> parse(text.replace(';', '\n')));
    assertEquals(message, refused.getMessage());
  }

  @Test
  void aContradictionIsRefusedWithItsRule() {
    ProfileException refused =
        assertThrows(
            ProfileException.class, () -> parse("name = x\nbase = qemu-11\nIDR0.PRI = 1\n"));
    assertEquals(
        "file: breaks pri-needs-ats: PRI is 0 where ATS is 0 (IHI 0070 6.3.1)",
        refused.getMessage());
  }

  @Test
  void fieldsAreNamedAsTheArchitectureDoes() {
    String text = ProfileText.write(Profile.MMU_600_R2);
    assertTrue(text.contains("IDR0.S1P = 1 "), text);
    assertTrue(text.contains("IDR5.OAS = 48 "), text);
    assertTrue(text.contains("AIDR.ArchMinorRev = 1 "), text);
  }
}
