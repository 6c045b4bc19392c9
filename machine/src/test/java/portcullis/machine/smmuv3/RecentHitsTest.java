package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.machine.smmuv3.caches.TaggedSets;

/**
 * An access that was made before ends as it would by configuration caches and TLB, whatever has
 * changed in between (IHI 0070 4.3, 4.4).
 */
class RecentHitsTest {
  private static final int STREAM = 1;
  private static final int OTHER_STREAM = 2;
  private static final long VA = 0x1234_5000L;
  private static final long OLD = 0x500_0000L;
  private static final long NEW = 0x600_0000L;

  private final Rig rig = new Rig().start(4);
  private Tables tables;

  @BeforeEach
  void translateOften() {
    tables = stream(STREAM, 1, OLD);
    assertOften(OLD);
  }

  private Tables stream(int streamId, int asid, long output) {
    Tables itsTables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    itsTables.map(VA, output, 3, Tables.STAGE1_LEAF);
    rig.stage1Stream(streamId, asid, itsTables);
    return itsTables;
  }

  /** The first access may miss and fill the TLB, the second hits, those after it are repeated. */
  private void assertOften(long page) {
    for (int access = 0; access < 4; access++) {
      assertTrue(rig.reads(STREAM, VA + 0x123));
      assertEquals(page + 0x123, rig.out.pa());
      assertEquals(Path.STAGE_1, rig.out.path());
    }
  }

  private void mapTo(long page) {
    long slot = tables.slot(VA, 3);
    rig.write(slot, 8, rig.read(slot, 8) + page - OLD);
  }

  @Test
  void aStaleEntryIsUsedUntilItIsInvalidated() {
    mapTo(NEW);
    assertOften(OLD);
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    assertOften(NEW);
  }

  @Test
  void aBroadcastInvalidatesToo() {
    rig.set(Register.CR2, 0);
    assertOften(OLD);
    mapTo(NEW);
    rig.smmu.broadcastTlbi(BroadcastTlbi.VMALLS12E1, 0, 0, 0, false);
    assertOften(NEW);
  }

  @Test
  void anInvalidationOfAnotherPageTakesNothing() {
    mapTo(NEW);
    rig.command(Opcode.TLBI_NH_VAA, 0, VA + 0x1000);
    assertOften(OLD);
  }

  @Test
  void anEvictedEntryIsReadAgain() {
    mapTo(NEW);
    long stride = rig.profile.tlbEntries() / TaggedSets.WAYS * 0x1000L;
    for (int page = 1; page <= 2 * TaggedSets.WAYS; page++) {
      tables.map(VA + page * stride, OLD, 3, Tables.STAGE1_LEAF);
      assertTrue(rig.reads(STREAM, VA + page * stride));
    }
    assertOften(NEW);
  }

  @Test
  void undoTakesBackWhatWasRepeatedSince() {
    long mark = rig.store.mark();
    mapTo(NEW);
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    assertOften(NEW);
    rig.store.undo(mark);
    assertOften(OLD);
  }

  @Test
  void anInvalidatedConfigurationIsReadAgain() {
    rig.poke(Rig.ste(STREAM), Ste.CONFIG, Ste.CONFIG_ABORT);
    assertOften(OLD);
    rig.command(Opcode.CFGI_STE, (long) STREAM << 32, 0);
    assertFalse(rig.reads(STREAM, VA));
  }

  @Test
  void aRegisterCountsAtOnce() {
    rig.set(Register.CR0, rig.get(Register.CR0) & ~Cr0.SMMUEN.mask());
    assertTrue(rig.reads(STREAM, VA));
    assertEquals(Path.BYPASS, rig.out.path());
    assertEquals(VA, rig.out.pa());
  }

  /**
   * Without power, and from reset until it is enabled, nothing is translated, so nothing is
   * repeated; afterwards an access ends as by what the caches kept over the reset, which is
   * IMPLEMENTATION SPECIFIC (IHI 0070 3.11, 3.19), until that is invalidated.
   */
  @Test
  void noneOutlivesAPowerReset() {
    for (boolean on : new boolean[] {false, true}) {
      rig.smmu.power(on);
      for (int access = 0; access < 4; access++) {
        assertTrue(rig.reads(STREAM, VA), "GBPA.ABORT resets to 0 here");
        assertEquals(Path.BYPASS, rig.out.path());
        assertEquals(VA, rig.out.pa());
      }
    }
    mapTo(NEW);
    rig.start(4);
    assertOften(OLD);
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE_ALL);
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    assertOften(NEW);
    rig.poke(Rig.ste(STREAM), Ste.CONFIG, Ste.CONFIG_ABORT);
    rig.smmu.power(false);
    rig.smmu.power(true);
    rig.start(4);
    assertOften(NEW);
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE_ALL);
    assertFalse(rig.reads(STREAM, VA));
  }

  @Test
  void anotherKindOfAccessIsJudgedAnew() {
    long slot = tables.slot(VA, 3);
    rig.write(slot, 8, rig.read(slot, 8) | Stage1Descriptor.AP.of(Stage1Descriptor.AP_PRIV_RO));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    assertOften(OLD);
    assertFalse(rig.access(STREAM, VA + 0x123, AccessType.PRIVILEGED_WRITE));
    assertOften(OLD);
  }

  @Test
  void anotherStreamHasItsOwn() {
    stream(OTHER_STREAM, 2, NEW);
    for (int access = 0; access < 4; access++) {
      assertTrue(rig.reads(OTHER_STREAM, VA));
      assertEquals(NEW, rig.out.pa());
    }
    assertOften(OLD);
  }

  @Test
  void aSubstreamIsNotTheStreamWithoutOne() {
    assertFalse(
        rig.smmu.transaction(STREAM, 0, VA + 0x123, AccessType.PRIVILEGED_READ, rig.out),
        "C_BAD_SUBSTREAMID: S1CDMax is 0");
  }

  @Test
  void whatTheSteOverridesIsToldEachTime() {
    rig.poke(Rig.ste(STREAM), Ste.PRIVCFG, 0b11);
    rig.command(Opcode.CFGI_STE, (long) STREAM << 32, 0);
    for (int access = 0; access < 4; access++) {
      assertTrue(rig.access(STREAM, VA, AccessType.READ));
      assertTrue(rig.out.privileged());
    }
  }
}
