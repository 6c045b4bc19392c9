package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static portcullis.hyp.smmuv3.HostileHost.attack;

import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.hyp.smmuv3.CommandPolicy.Verdict;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.RegisterPolicy.Guard;
import portcullis.hyp.smmuv3.RegisterPolicy.Read;
import portcullis.hyp.smmuv3.RegisterPolicy.Write;
import portcullis.hyp.smmuv3.StePolicy.ConfigRow;
import portcullis.hyp.smmuv3.StePolicy.Outcome;

class HostileHostTest {
  private static final int STEPS = 50_000;

  @Test
  void nothingThatTheHostWritesReachesHardwareUnchecked() {
    assertNull(attack(SmmuPolicy.DEFAULT, 20_260_923, STEPS));
  }

  private static void found(String violation, PolicyRow planted) {
    assertEquals(violation, attack(SmmuPolicy.DEFAULT.with(planted), 7, STEPS), planted.name());
  }

  private static RegisterPolicy.Row forward(Register register) {
    return new RegisterPolicy.Row(
        register, Read.HARDWARE, -1, Write.FORWARD, -1, Guard.NONE, "planted");
  }

  @Test
  void eachPlantedBugIsFound() {
    found("GBPA bypasses", forward(Register.GBPA));
    found("stream table", forward(Register.STRTAB_BASE));
    found("command queue", forward(Register.CMDQ_BASE));
    found("MSI address", forward(Register.EVENTQ_IRQ_CFG0));
    found("event queue", new ProtectionPolicy.Row(Measure.PIN_EVENT_QUEUE, false, "planted"));
    found("MSI of CMD_SYNC", new CommandPolicy.Row(Opcode.SYNC, Verdict.COPY, "planted"));
    for (int config : new int[] {Ste.CONFIG_BYPASS, Ste.CONFIG_S1, Ste.CONFIG_S2}) {
      String violation =
          attack(SmmuPolicy.DEFAULT.with(new ConfigRow(config, Outcome.COPY, "planted")), 7, STEPS);
      assertTrue(violation != null && violation.startsWith("STE"), "Config " + config);
    }
    String eats =
        attack(
            SmmuPolicy.DEFAULT.with(new StePolicy.Row(Ste.EATS, StePolicy.Rule.COPY, 0, "planted")),
            7,
            STEPS);
    assertTrue(eats != null && eats.startsWith("STE"), "EATS");
  }
}
