package portcullis.hyp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import portcullis.hyp.mem.Guests;
import portcullis.hyp.mem.HostPages;
import portcullis.hyp.mem.PageOwner;

/** Each hypercall with each mixture of good, bad and absurd arguments: a result, and never more. */
class EveryHypercallTest {
  private final Rig rig = new Rig();
  private final long hyp = rig.parameters.hypervisorMemory().base();

  @Test
  void everyArgumentHasADefinedOutcome() {
    long[] arguments = {
      0,
      1,
      2,
      Guests.MAX,
      Guests.MAX + 1,
      rig.pfn(rig.ram()),
      rig.pfn(rig.parameters.memory().getLast().end()) - 1,
      rig.pfn(rig.parameters.memory().getLast().end()),
      rig.pfn(hyp),
      HostPages.MAX_PAGES,
      HostPages.MAX_PAGES + 1,
      1L << 52,
      Long.MAX_VALUE,
      Long.MIN_VALUE,
      -1
    };
    int succeeded = 0;
    for (Hypercall call : Hypercall.values()) {
      for (long x1 : arguments) {
        for (long x2 : arguments) {
          for (long x3 : arguments) {
            long result = rig.call(call, x1, x2, x3);
            boolean value = call == Hypercall.CREATE_GUEST && result >= 1 && result <= Guests.MAX;
            assertTrue(
                value || Arrays.stream(Status.values()).anyMatch(s -> s.code() == result),
                () -> "%s(0x%x, 0x%x, 0x%x) = %d".formatted(call, x1, x2, x3, result));
            succeeded += result >= 0 ? 1 : 0;
            assertEquals(PageOwner.HYP, rig.pages.owner(hyp));
            rig.check(rig.ram());
          }
        }
      }
    }
    assertTrue(succeeded > Guests.MAX, "some of it must work");
    rig.check(hyp);
  }

  @Test
  void everyOtherFunctionIsNotSupported() {
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      for (Hypercall call : Hypercall.values()) {
        long function = call.function() ^ 1L << bit;
        boolean other = Arrays.stream(Hypercall.values()).noneMatch(c -> c.function() == function);
        if (other) {
          assertEquals(
              Status.NOT_SUPPORTED.code(), rig.machine.call(rig.hypervisor, function, 1, 1, 1));
        }
      }
    }
  }
}
