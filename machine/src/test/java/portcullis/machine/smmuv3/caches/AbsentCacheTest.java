package portcullis.machine.smmuv3.caches;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import portcullis.machine.vmsa.TableWalk;
import portcullis.store.Store;

/** An SMMU need have neither TLB nor walk cache (IHI 0070 3.17). */
class AbsentCacheTest {
  private static final long PAGE_0 = 0x4020_0000L;

  /** A cache of no entries finds nothing and keeps nothing. */
  @Test
  void cachesCanBeAbsent() {
    Store store = new Store();
    IntermediateTables none = new IntermediateTables(store, "walk", 0);
    Tlb noTlb = new Tlb(store, "tlb", 0, true);
    StageResult result = new StageResult();
    TableWalk walk = result.walk;
    walk.space = TlbTag.stage2Space(1);
    walk.level = 3;
    walk.reachShift = 12;
    result.shift = 12;
    none.keep(walk, PAGE_0);
    assertFalse(none.resume(walk, PAGE_0));
    noTlb.insert(TlbTag.leaf(walk.space, result), PAGE_0, result);
    assertEquals(0, noTlb.lookup(walk.space, PAGE_0, result));
    none.invalidate(TlbScope.NSNH_ALL, 0, 0, 0);
    noTlb.invalidate(TlbScope.NSNH_ALL, 0, 0, 0);
    assertEquals(0, store.fingerprint());
  }
}
