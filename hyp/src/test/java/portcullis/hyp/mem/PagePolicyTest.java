package portcullis.hyp.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PagePolicy.HostAccess;
import portcullis.hyp.mem.PagePolicy.IommuOrder;

class PagePolicyTest {

  @Test
  void hasOneRowForEveryPair() {
    Set<String> names = new HashSet<>();
    for (PagePolicy.Row row : PagePolicy.DEFAULT.rows()) {
      assertSame(row, PagePolicy.DEFAULT.row(row.transition(), row.from()));
      assertNotNull(row.reason());
      names.add(row.name());
    }
    assertEquals(PageTransition.values().length * PageCondition.values().length, names.size());
    assertEquals(PageTransition.values().length, PagePolicy.DEFAULT.handovers().size());
  }

  @Test
  void replacesOneRowAndLeavesTheOriginal() {
    var row =
        new PagePolicy.Row(
            PageTransition.DONATE_GUEST, PageCondition.HOST_PINNED, Status.OK, "mutation");
    PagePolicy changed = PagePolicy.DEFAULT.with(row);
    int differences = 0;
    for (PagePolicy.Row before : PagePolicy.DEFAULT.rows()) {
      differences += before.equals(changed.row(before.transition(), before.from())) ? 0 : 1;
    }
    assertEquals(1, differences);
    assertSame(row, changed.row(row.transition(), row.from()));
    assertEquals(Status.BUSY, PagePolicy.DEFAULT.row(row.transition(), row.from()).verdict());
  }

  @Test
  void ownersChangeOnlyWhereTheIommusAreTold() {
    for (PagePolicy.Handover handover : PagePolicy.DEFAULT.handovers()) {
      IommuOrder expected =
          switch (handover.access()) {
            case KEPT -> IommuOrder.NEVER;
            case REMOVED -> IommuOrder.BEFORE;
            case RESTORED -> IommuOrder.AFTER;
          };
      assertEquals(expected, handover.iommus(), handover.transition().label());
    }
    assertEquals(
        HostAccess.REMOVED, PagePolicy.DEFAULT.handover(PageTransition.DONATE_GUEST).access());
  }
}
