package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * What a walk passed is used by later ones until an invalidation reaches it (IHI 0070 3.17, 4.4):
 * whoever changes a table descriptor and invalidates leaves only is found out.
 */
class WalkCacheTest {
  private static final int SID = 1;
  private static final long VMID_1 = 1L << 32;
  private static final long ASID_1 = 1L << 48;
  private static final long LEAF = 1;
  private static final long PAGE_0 = 0x4020_0000L;
  private static final long PAGE_1 = PAGE_0 + 0x1000;
  private static final long OLD = 0x500_0000L;
  private static final long NEW = 0x600_0000L;

  private Rig rig = new Rig().start(4);
  private Tables tables;

  /** Two pages through one last-level table, the first of which was used. */
  private void stage1() {
    tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(PAGE_0, OLD, 3, Tables.STAGE1_LEAF);
    tables.map(PAGE_1, OLD, 3, Tables.STAGE1_LEAF);
    rig.stage1Stream(SID, 1, tables);
    rig.poke(Rig.ste(SID), Ste.S2VMID, 1);
    assertTrue(rig.reads(SID, PAGE_0));
  }

  private void stage2() {
    tables = new Tables(rig, Granule.SIZE_4K, 40, 1);
    tables.map(PAGE_0, OLD, 3, Tables.STAGE2_LEAF);
    tables.map(PAGE_1, OLD, 3, Tables.STAGE2_LEAF);
    rig.stream(SID, Ste.CONFIG_S2);
    rig.stage2(SID, 1, tables);
    assertTrue(rig.reads(SID, PAGE_0));
  }

  /** Another table with {@code leaf} for the second page takes the place of the last-level one. */
  private void replaceTable(long leaf) {
    long table = rig.allocate(4096);
    rig.write(table + 8, 8, NEW | leaf | 0b11);
    rig.write(tables.slot(PAGE_0, 2), 8, table | 0b11);
  }

  private long output(long va) {
    assertTrue(rig.reads(SID, va));
    return rig.out.pa();
  }

  @Test
  void aTableOfStage1StaysUntilTheAddressIsInvalidatedWithoutLeaf() {
    stage1();
    replaceTable(Tables.STAGE1_LEAF);
    assertEquals(OLD, output(PAGE_1), "through the old table");
    rig.command(0x12 | VMID_1 | ASID_1, PAGE_1 | LEAF);
    assertEquals(OLD, output(PAGE_1), "Leaf = 1 reaches the page alone");
    rig.command(0x2a | VMID_1, PAGE_1);
    rig.command(0x12 | VMID_1 | ASID_1 * 2, PAGE_1);
    rig.command(0x12 | VMID_1 * 2 | ASID_1, PAGE_1);
    rig.command(0x12 | VMID_1 | ASID_1, PAGE_1 | LEAF);
    assertEquals(OLD, output(PAGE_1), "other stages and spaces");
    rig.command(0x12 | VMID_1 | ASID_1, PAGE_1);
    assertEquals(NEW, output(PAGE_1));
  }

  @Test
  void aTableOfStage2StaysUntilTheAddressIsInvalidatedWithoutLeaf() {
    stage2();
    replaceTable(Tables.STAGE2_LEAF);
    assertEquals(OLD, output(PAGE_1), "through the old table");
    rig.command(0x2a | VMID_1, PAGE_1 | LEAF);
    assertEquals(OLD, output(PAGE_1), "Leaf = 1 reaches the page alone");
    rig.command(0x10 | VMID_1, 0);
    rig.command(0x2a | VMID_1, PAGE_1 | LEAF);
    assertEquals(OLD, output(PAGE_1), "CMD_TLBI_NH_ALL is of stage 1");
    rig.command(0x2a | VMID_1, PAGE_1);
    assertEquals(NEW, output(PAGE_1));
  }

  @Test
  void anSmmuWithoutWalkCacheReadsTheTablesAgain() {
    rig = new Rig(Profile.QEMU_11).start(4);
    assertEquals(0, Profile.QEMU_11.walkEntries());
    stage1();
    replaceTable(Tables.STAGE1_LEAF);
    assertEquals(NEW, output(PAGE_1));
  }

  /** DDI 0487 D8.3.1.1: what table descriptors forbid is kept with the table. */
  @Test
  void hierarchicalPermissionsAreKept() {
    tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(PAGE_0, OLD, 3, Tables.STAGE1_LEAF);
    tables.map(PAGE_1, OLD, 3, Tables.STAGE1_LEAF);
    long upper = tables.slot(PAGE_0, 1);
    rig.write(upper, 8, rig.read(upper, 8) | 0b10L << 61);
    rig.stage1Stream(SID, 1, tables);
    assertTrue(rig.reads(SID, PAGE_0));
    assertFalse(rig.access(SID, PAGE_1, AccessType.WRITE), "by a walk that starts below");
    rig.write(upper, 8, rig.read(upper, 8) & ~(0b11L << 61));
    assertFalse(rig.access(SID, PAGE_1, AccessType.WRITE), "stale");
    rig.command(0x30, 0);
    assertTrue(rig.access(SID, PAGE_1, AccessType.WRITE));
  }

  /** IHI 0070 4.4.3.1: CMD_TLBI_S2_IPA need not reach what combines both stages. */
  @Test
  void aNestedTableIsWhereStage2PutItUntilStage1IsInvalidated() {
    Tables below = new Tables(rig, Granule.SIZE_4K, 40, 1);
    below.map(0, 0, 1, Tables.STAGE2_LEAF);
    stage1();
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(SID, 1, below);
    long table = rig.read(tables.slot(PAGE_0, 2), 8) & -4096L & ~(0xffL << 56);
    long elsewhere = rig.allocate(4096);
    rig.write(elsewhere + 8, 8, NEW | Tables.STAGE1_LEAF | 0b11);
    long ipa = 0x40_0000_0000L;
    below.map(ipa, table, 3, Tables.STAGE2_LEAF);
    rig.write(tables.slot(PAGE_0, 2), 8, ipa | 0b11);
    rig.command(0x03L | (long) SID << 32, 1);
    rig.command(0x30, 0);
    assertEquals(OLD, output(PAGE_0));
    below.map(ipa, elsewhere, 3, Tables.STAGE2_LEAF);
    rig.command(0x2a | VMID_1, ipa);
    assertEquals(OLD, output(PAGE_1), "the table's old place");
    rig.command(0x10 | VMID_1, 0);
    assertEquals(NEW, output(PAGE_1));
  }
}
