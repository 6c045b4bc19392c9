package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;

class SmmuPolicyTest {

  @Test
  void everythingHasARowAndEveryRowAReason() {
    for (Register register : Register.values()) {
      if (register.page().fixed()) {
        assertNotNull(RegisterPolicy.DEFAULT.row(register), register.name());
      }
    }
    assertEquals(Opcode.values().length + 1, CommandPolicy.DEFAULT.rows().size());
    assertEquals(Ste.LAYOUT.fields().size(), StePolicy.DEFAULT.rows().size());
    assertEquals(8, StePolicy.DEFAULT.configs().size());
    assertEquals(Measure.values().length, ProtectionPolicy.DEFAULT.rows().size());
    Set<String> names = new HashSet<>();
    for (PolicyRow row : SmmuPolicy.DEFAULT.rows()) {
      assertTrue(names.add(row.name()), "twice: " + row.name());
      assertFalse(row.verdict().isBlank(), row.name());
      assertFalse(row.reason().isBlank(), row.name());
    }
  }

  @Test
  void aPlantedRowReplacesExactlyOne() {
    for (PolicyRow planted :
        List.of(
            new RegisterPolicy.Row(
                Register.GBPA,
                RegisterPolicy.Read.HARDWARE,
                -1,
                RegisterPolicy.Write.FORWARD,
                -1,
                RegisterPolicy.Guard.NONE,
                "planted"),
            new RegisterPolicy.StrayRow(
                RegisterPolicy.Stray.WIDE, RegisterPolicy.Outcome.ABORT, "planted"),
            new CommandPolicy.Row(null, CommandPolicy.Verdict.COPY, "planted"),
            new StePolicy.Row(Ste.EATS, StePolicy.Rule.COPY, 0, "planted"),
            new StePolicy.ConfigRow(4, StePolicy.Outcome.COPY, "planted"),
            new ProtectionPolicy.Row(Measure.WAIT_FOR_SYNC, false, "planted"))) {
      List<PolicyRow> before = SmmuPolicy.DEFAULT.rows();
      List<PolicyRow> after = SmmuPolicy.DEFAULT.with(planted).rows();
      assertEquals(before.size(), after.size());
      int changed = 0;
      for (int i = 0; i < before.size(); i++) {
        if (!before.get(i).equals(after.get(i))) {
          assertEquals(before.get(i).name(), after.get(i).name());
          assertEquals(planted, after.get(i));
          changed++;
        }
      }
      assertEquals(1, changed, planted.name());
    }
  }
}
