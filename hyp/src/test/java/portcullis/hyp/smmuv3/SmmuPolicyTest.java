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
import portcullis.hyp.smmuv3.CommandPolicy.Verdict;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.StePolicy.Rule;

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

  private static RegisterPolicy.Row masked(RegisterPolicy.Row row, long shown, long passed) {
    return new RegisterPolicy.Row(
        row.register(), row.read(), shown, row.write(), passed, row.guard(), "planted");
  }

  @Test
  void everyRegisterRowsMasksCount() {
    for (RegisterPolicy.Row row : RegisterPolicy.DEFAULT.rows()) {
      Register register = row.register();
      Fixture blind = new Fixture();
      blind.policy = SmmuPolicy.DEFAULT.with(masked(row, 0, row.passed()));
      blind.boot();
      blind.hardware.set(register, blind.hardware.get(register) | 0x10);
      assertEquals(0, blind.read(register), row.name());

      if (row.write() != RegisterPolicy.Write.IGNORE) {
        Fixture numb = new Fixture();
        numb.policy = SmmuPolicy.DEFAULT.with(masked(row, -1, 0));
        numb.boot();
        long before = numb.read(register);
        numb.write(register, ~0L >>> 1 & 0x7fff_ffff);
        assertEquals(before, numb.read(register), row.name());
      }
    }
  }

  @Test
  void everyRegisterRowsVerdictsCount() {
    for (RegisterPolicy.Row row : RegisterPolicy.DEFAULT.rows()) {
      Register register = row.register();
      Fixture open = new Fixture();
      open.policy =
          SmmuPolicy.DEFAULT.with(
              new RegisterPolicy.Row(
                  register,
                  RegisterPolicy.Read.HARDWARE,
                  -1,
                  RegisterPolicy.Write.FORWARD,
                  0,
                  RegisterPolicy.Guard.NONE,
                  "planted"));
      open.boot();
      int writes = open.hardware.writes.size();
      open.write(register, 0x40);
      assertEquals(
          FakeSmmu.name(Fixture.offset(register)) + "=40",
          open.hardware.writes.get(writes),
          "what the host wrote, as it came");
      long value = open.read(register);
      assertEquals(
          open.hardware.read(Fixture.offset(register), register.bytes()), value, row.name());
    }
  }

  @Test
  void everyCommandRowCounts() {
    for (CommandPolicy.Row row : CommandPolicy.DEFAULT.rows()) {
      int code = row.opcode() == null ? 0x80 : row.opcode().code();
      long word0 = code | 0xf00L;
      for (Verdict verdict : List.of(Verdict.REFUSE, Verdict.COPY)) {
        Fixture fixture = new Fixture();
        fixture.policy =
            SmmuPolicy.DEFAULT.with(new CommandPolicy.Row(row.opcode(), verdict, "planted"));
        fixture.boot().enableCommands();
        List<FakeSmmu.Consumed> given = fixture.submit(word0, -1);
        assertEquals(
            verdict == Verdict.COPY ? List.of(new FakeSmmu.Consumed(word0, -1)) : List.of(),
            given,
            row.name());
      }
    }
  }

  @Test
  void everySteRowCounts() {
    for (StePolicy.Row row : StePolicy.DEFAULT.rows()) {
      for (Rule rule : List.of(Rule.ZERO, Rule.COPY, Rule.FORCE)) {
        long[] ste = new long[Ste.WORDS];
        java.util.Arrays.fill(ste, -1);
        ste[0] = Ste.CONFIG.with(-1, Ste.CONFIG_S1);
        long hosts = row.field().get(ste[row.field().word()]);
        StePolicy.DEFAULT
            .with(new StePolicy.Row(row.field(), rule, rule == Rule.FORCE ? 1 : 0, "planted"))
            .complete(ste, new long[Ste.WORDS]);
        long expected = rule == Rule.ZERO ? 0 : rule == Rule.COPY ? hosts : 1;
        assertEquals(expected, row.field().get(ste[row.field().word()]), row.name() + " " + rule);
      }
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
