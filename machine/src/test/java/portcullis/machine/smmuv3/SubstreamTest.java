package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.Profiles;

/** Which CD a transaction finds, with and without a SubstreamID (IHI 0070 3.3.2, 5.2, 5.3). */
class SubstreamTest {
  private static final int SID = 5;
  private static final int NONE = Translation.NO_SUBSTREAM;
  private static final long VA = 0x7000;
  private static final int S2 = 1 << 7;

  private Rig rig = new Rig(Profiles.complete()).start(4);
  private Tables s1 = Tables.stage1(rig, Granule.SIZE_4K, 39);

  private void forget() {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
  }

  private boolean reads(int substream) {
    return rig.smmu.transaction(SID, substream, VA, AccessType.PRIVILEGED_READ, rig.out);
  }

  /** The event, or null where the access went through. */
  private EventType event(int substream) {
    return reads(substream) ? null : rig.out.event();
  }

  /** 2^log2 CDs in a row; that of substream n has ASID n and maps VA to page n + 1. */
  private void linear(int log2) {
    rig.stream(SID, Ste.CONFIG_S1);
    long table = rig.allocate(64L << log2);
    rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, table);
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, log2);
    for (int substream = 0; substream < 1 << log2; substream++) {
      contextAt(table + substream * 64L, substream);
    }
    forget();
  }

  private void contextAt(long address, int substream) {
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(VA, (substream + 1) * 0x1000L, 3, Tables.STAGE1_LEAF);
    rig.context(address, substream, tables);
  }

  /** 5.2 S1DSS: terminate, bypass, substream 0; 0b11 is reserved and behaves as 0b00. */
  @ParameterizedTest
  @CsvSource({"0, F_STREAM_DISABLED", "1, ", "2, ", "3, F_STREAM_DISABLED"})
  void transactionsWithoutSubstream(int defaultSubstream, EventType expected) {
    linear(2);
    rig.poke(Rig.ste(SID), Ste.S1DSS, defaultSubstream);
    forget();
    assertEquals(expected, event(NONE));
    if (expected == null) {
      assertEquals(defaultSubstream == 1 ? VA : 0x1000, rig.out.pa());
    }
    boolean taken = defaultSubstream == 2;
    assertEquals(taken ? EventType.F_STREAM_DISABLED : null, event(0), "substream 0");
    assertNull(event(3));
    assertEquals(0x4000, rig.out.pa());
    assertEquals(EventType.C_BAD_SUBSTREAMID, event(4), "beyond S1CDMax");
  }

  /** 5.2 S1CDMax 0: one CD, whatever S1DSS says, and no SubstreamID. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void oneContextHasNoSubstreams(int defaultSubstream) {
    linear(0);
    rig.poke(Rig.ste(SID), Ste.S1DSS, defaultSubstream);
    rig.poke(Rig.ste(SID), Ste.S1FMT, 1);
    forget();
    assertNull(event(NONE));
    assertEquals(0x1000, rig.out.pa());
    assertEquals(EventType.C_BAD_SUBSTREAMID, event(0));
  }

  /** 5.2 S1CDMax: ignored where IDR1.SSIDSIZE is 0. */
  @Test
  void anSmmuWithoutSubstreamsHasOneContext() {
    rig = new Rig(Profiles.complete().with(Register.IDR1, Idr1.SSIDSIZE, 0)).start(4);
    linear(0);
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, 7);
    forget();
    assertNull(event(NONE));
    assertEquals(EventType.C_BAD_SUBSTREAMID, event(0));
  }

  /** 5.2 Config: without stage 1 a SubstreamID is an error; 0b0xx aborts without a word. */
  @Test
  void substreamsNeedStage1() {
    Tables s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    s2.map(0, 0, 1, Tables.STAGE2_LEAF);
    for (int config = 0; config < 8; config++) {
      linear(2);
      rig.poke(Rig.ste(SID), Ste.CONFIG, config);
      rig.stage2(SID, 1, s2);
      rig.poke(Rig.ste(SID), Ste.S1DSS, 2);
      forget();
      boolean passes = config >= 4;
      assertEquals(passes, reads(NONE), "Config " + config);
      boolean stage1 = passes && (config & 1) != 0;
      long before = rig.get(Register.EVENTQ_PROD);
      assertEquals(stage1, reads(1), "Config " + config);
      boolean recorded = passes && !stage1;
      assertEquals(recorded ? EventType.C_BAD_SUBSTREAMID : null, rig.out.event());
      assertEquals(recorded ? before + 1 : before, rig.get(Register.EVENTQ_PROD));
    }
  }

  /** 5.2 S1Fmt, 5.3: the first level has one entry as long as the second holds all. */
  @ParameterizedTest
  @CsvSource({"1, 6, 3", "1, 6, 6", "1, 6, 9", "2, 10, 3", "2, 10, 10", "2, 10, 12"})
  void twoLevels(int format, int split, int log2) {
    rig.stream(SID, Ste.CONFIG_S1);
    long first = rig.allocate(4096);
    rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, first);
    rig.poke(Rig.ste(SID), Ste.S1FMT, format);
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, log2);
    int last = (1 << log2) - 1;
    long second = rig.allocate(64L << split);
    long slot = first + (last >>> split) * 8L;
    // Bits below the second table's size are taken as zero.
    rig.write(slot, 8, second | (format == 2 ? 0xf000 : 0) | 1);
    contextAt(second + (last & ((1 << split) - 1)) * 64L, last);
    forget();
    assertNull(event(last));
    assertEquals((last + 1) * 0x1000L, rig.out.pa());
    assertEquals(EventType.C_BAD_SUBSTREAMID, event(last + 1));
    if (log2 > split) {
      assertEquals(EventType.C_BAD_SUBSTREAMID, event(0), "L1CD.V is 0");
    } else {
      assertEquals(EventType.C_BAD_CD, event(0), "CD.V is 0");
    }
    rig.write(slot, 8, second);
    forget();
    assertEquals(EventType.C_BAD_SUBSTREAMID, event(last), "L1CD.V is 0");
    rig.write(slot, 8, Rig.HOLE | 1);
    forget();
    assertEquals(EventType.F_CD_FETCH, event(last));
    assertEquals(Rig.HOLE + (last & ((1 << split) - 1)) * 64L, rig.out.fetchAddress());
  }

  /** 3.4.3 (3): an L2Ptr beyond the output size is C_BAD_SUBSTREAMID from SMMUv3.1 on. */
  @Test
  void secondLevelBeyondTheOutputSize() {
    rig = new Rig(Profiles.complete().with(Register.IDR5, Idr5.OAS, 3));
    rig.start(4);
    rig.stream(SID, Ste.CONFIG_S1);
    long first = rig.allocate(4096);
    rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, first);
    rig.poke(Rig.ste(SID), Ste.S1FMT, 1);
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, 2);
    rig.write(first, 8, 1L << 42 | 1);
    assertEquals(EventType.C_BAD_SUBSTREAMID, event(1));
    rig.write(first, 8, 1L << 41 | 1);
    forget();
    assertEquals(EventType.F_CD_FETCH, event(1), "nothing answers there");
  }

  /** 7.3.13: a fetch of an L1CD that stage 2 does not map is CLASS CD, with the L1CD's IPA. */
  @Test
  void firstLevelThroughStage2() {
    Tables s2 = new Tables(rig, Granule.SIZE_4K, 40, 1);
    s2.map(0, 0, 1, Tables.STAGE2_LEAF);
    long moved = 0x2_0000_0000L;
    long first = rig.allocate(4096);
    long second = rig.allocate(4096);
    rig.stream(SID, Ste.CONFIG_NESTED);
    rig.stage2(SID, 1, s2);
    rig.pokeAddress(Rig.ste(SID), Ste.S1CONTEXTPTR, moved + first);
    rig.poke(Rig.ste(SID), Ste.S1FMT, 1);
    rig.poke(Rig.ste(SID), Ste.S1CDMAX, 8);
    rig.write(first + 8, 8, (moved + second) | 1);
    s1.map(VA, VA, 3, Tables.STAGE1_LEAF);
    rig.context(second, 1, s1);
    forget();
    assertFalse(reads(64));
    long ssv = 64L << 12 | 1 << 11;
    long access = (long) (S2 | 1 << 3 | 1 << 1) << 32;
    assertArrayEquals(
        new long[] {(long) SID << 32 | ssv | 0x10, access, VA, moved + first}, rig.lastEvent());
    s2.map(moved + first, first, 3, Tables.STAGE2_LEAF);
    forget();
    assertFalse(reads(64));
    assertArrayEquals(
        new long[] {(long) SID << 32 | ssv | 0x10, access, VA, moved + second}, rig.lastEvent());
    s2.map(moved + second, second, 3, Tables.STAGE2_LEAF);
    forget();
    assertTrue(reads(64));
    assertEquals(VA, rig.out.pa());
  }

  /** 5.2 PRIVCFG and INSTCFG: every encoding, and none where IDR1.ATTR_PERMS_OVR is 0. */
  @Test
  void privilegeAndInstructionOverrides() {
    for (int offered = 0; offered < 2; offered++) {
      rig = new Rig(Profiles.complete().with(Register.IDR1, Idr1.ATTR_PERMS_OVR, offered));
      rig.start(4);
      for (int config = 0; config < 16; config++) {
        int privilege = config & 3;
        int instruction = config >> 2;
        rig.stage1Stream(SID, 1, Tables.stage1(rig, Granule.SIZE_4K, 39));
        rig.poke(Rig.ste(SID), Ste.PRIVCFG, privilege);
        rig.poke(Rig.ste(SID), Ste.INSTCFG, instruction);
        forget();
        for (AccessType type : AccessType.values()) {
          assertFalse(rig.access(SID, VA, type));
          boolean pnu = offered == 1 && privilege >= 2 ? privilege == 3 : type.privileged();
          boolean ind = offered == 1 && instruction >= 2 ? instruction == 3 : type.instruction();
          String where = "PRIVCFG %d INSTCFG %d %s".formatted(privilege, instruction, type);
          assertEquals(pnu, rig.out.privileged(), where);
          assertEquals(ind && !type.write(), rig.out.instruction(), where);
        }
      }
    }
  }
}
