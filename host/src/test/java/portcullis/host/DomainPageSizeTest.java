package portcullis.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.Granule;
import portcullis.pgtable.Result;

/** Stage-1 tables of kernels with other pages than 4 KiB (IHI 0070 5.4, DDI 0487 D8.2, D8.3). */
class DomainPageSizeTest {
  private static final int OAS_52 = 6;
  private static final long PAGE_64K = 0x1_0000;

  private final FakeHost host = new FakeHost();
  private final FakeSmmu smmu = host.smmu;

  private SmmuDriver driver(Granule page) {
    HostMemory memory = host.allocator(page.shift());
    SmmuDriver driver =
        new SmmuDriver(host.store, host, memory, "host.smmu0", FakeHost.SMMU, false);
    assertEquals(SmmuDriver.Outcome.OK, driver.bringUp());
    return driver;
  }

  @ParameterizedTest
  @EnumSource
  void tablesAreOfTheKernelsPageSize(Granule page) {
    Domain domain = driver(page).newDomain();
    assertEquals(page.tgStage1(), Cd.TG0.get(domain.contextDescriptor()[0]));
    assertEquals(page == Granule.SIZE_16K ? 17 : 16, Cd.T0SZ.get(domain.contextDescriptor()[0]));
  }

  @Test
  void whereTheSmmuLacksThatTheyAreOfTheNextSmaller() {
    smmu.set(Register.IDR5, Idr5.GRAN64K.with(FakeSmmu.IDR5, 0));
    Domain domain = driver(Granule.SIZE_64K).newDomain();
    assertEquals(Granule.SIZE_16K.tgStage1(), Cd.TG0.get(domain.contextDescriptor()[0]));
  }

  @Test
  void pagesOf64KReachAddressesOf52Bits() {
    smmu.set(Register.IDR5, Idr5.OAS.with(FakeSmmu.IDR5, OAS_52));
    Domain domain = driver(Granule.SIZE_64K).newDomain();
    assertEquals(OAS_52, Cd.IPS.get(domain.contextDescriptor()[0]));

    long iova = 0x1234_5678_0000L;
    long out = 0xd_4321_8765_0000L;
    assertEquals(Result.OK, domain.map(iova, out, PAGE_64K));
    long table = domain.root();
    for (int shift = 42; shift > 16; shift -= 13) {
      long descriptor = host.memory().read64(table + (iova >>> shift & 8191) * 8);
      assertEquals(0b11, descriptor & 0b11, "a table");
      table = descriptor & 0xffff_ffff_0000L;
    }
    long leaf = host.memory().read64(table + (iova >>> 16 & 8191) * 8);
    // Address bits 51:48 are in bits 15:12; attributes as with pages of 4 KiB.
    assertEquals(0x4321_8765_0000L | 0xd000 | 0xf47, leaf);
    assertEquals(Result.INVALID, domain.map(iova + PAGE_64K, 1L << 52, PAGE_64K));
  }

  @Test
  void pagesOf4KDoNot() {
    smmu.set(Register.IDR5, Idr5.OAS.with(FakeSmmu.IDR5, OAS_52));
    Domain domain = driver(Granule.SIZE_4K).newDomain();
    assertEquals(5, Cd.IPS.get(domain.contextDescriptor()[0]), "48 bits");
    assertEquals(Result.INVALID, domain.map(0, 1L << 48, 0x1000));
  }

  @Test
  void invalidationsAreOfThatGranule() {
    smmu.set(Register.IDR3, Idr3.RIL.with(FakeSmmu.IDR3, 1));
    Domain domain = driver(Granule.SIZE_64K).newDomain();
    assertEquals(Result.OK, domain.map(0, FakeHost.RAM, 3 * PAGE_64K));
    smmu.log.clear();
    assertEquals(Result.OK, domain.unmap(0, 3 * PAGE_64K));
    assertEquals(
        List.of("range vmid=0 asid=1 addr=0x0 tg=3 num_pages=0x3 ttl=3 leaf=1"),
        smmu.log.stream().filter(line -> line.startsWith("range")).toList());
  }
}
