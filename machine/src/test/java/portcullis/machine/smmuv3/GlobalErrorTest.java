package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import portcullis.arch.Field;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Sync;
import portcullis.machine.smmuv3.profile.Profiles;

/** Each global error: activated once, acknowledged, and activated again (IHI 0070 6.3.19, 7.5). */
class GlobalErrorTest {
  private static final int MSI = 0x9_0000;

  /** What makes an error, each time it is called. */
  private enum Cause {
    CMDQ_ERR(Gerror.CMDQ_ERR) {
      @Override
      void make(Rig rig) {
        rig.command(0xff, 0);
      }
    },
    EVENTQ_ABT_ERR(Gerror.EVENTQ_ABT_ERR) {
      @Override
      void prepare(Rig rig) {
        rig.set(Register.EVENTQ_BASE, Rig.HOLE | QueueBase.LOG2SIZE.of(3));
      }

      @Override
      void make(Rig rig) {
        rig.reads(5, 0);
      }
    },
    PRIQ_ABT_ERR(Gerror.PRIQ_ABT_ERR) {
      @Override
      void prepare(Rig rig) {
        rig.set(Register.PRIQ_BASE, Rig.HOLE | QueueBase.LOG2SIZE.of(3));
      }

      @Override
      void make(Rig rig) {
        rig.smmu.pageRequest(5, -1, 0, AtsAccess.READ, 0, true);
      }
    },
    MSI_CMDQ_ABT_ERR(Gerror.MSI_CMDQ_ABT_ERR) {
      @Override
      void make(Rig rig) {
        rig.command(Opcode.SYNC, Sync.CS.of(Sync.CS_IRQ), Rig.HOLE);
      }
    },
    MSI_EVENTQ_ABT_ERR(Gerror.MSI_EVENTQ_ABT_ERR) {
      @Override
      void prepare(Rig rig) {
        rig.set(Register.EVENTQ_IRQ_CFG0, Rig.HOLE);
      }

      @Override
      void make(Rig rig) {
        rig.set(Register.EVENTQ_CONS, rig.get(Register.EVENTQ_PROD));
        rig.reads(5, 0);
      }
    },
    MSI_PRIQ_ABT_ERR(Gerror.MSI_PRIQ_ABT_ERR) {
      @Override
      void prepare(Rig rig) {
        rig.set(Register.PRIQ_IRQ_CFG0, Rig.HOLE);
      }

      @Override
      void make(Rig rig) {
        rig.set(Register.PRIQ_CONS, rig.get(Register.PRIQ_PROD));
        rig.smmu.pageRequest(5, -1, 0, AtsAccess.READ, 0, true);
      }
    };

    private final Field error;

    Cause(Field error) {
      this.error = error;
    }

    /** While everything is disabled. */
    void prepare(Rig rig) {}

    abstract void make(Rig rig);
  }

  private static Rig started(Cause cause) {
    Rig rig = new Rig(Profiles.ats()).start(4);
    rig.set(Register.CR0, 0);
    rig.set(Register.IRQ_CTRL, 0);
    rig.set(Register.PRIQ_BASE, 0x22_0000 | QueueBase.LOG2SIZE.of(3));
    rig.set(Register.GERROR_IRQ_CFG0, MSI);
    rig.set(Register.GERROR_IRQ_CFG1, 0xe);
    cause.prepare(rig);
    rig.set(Register.IRQ_CTRL, 0x7);
    rig.set(Register.CR0, 0xf);
    return rig;
  }

  @ParameterizedTest
  @EnumSource
  void togglesOnceForEachAcknowledgement(Cause cause) {
    Rig rig = started(cause);
    for (int round = 1; round <= 3; round++) {
      rig.write(MSI, 4, 0);
      cause.make(rig);
      long expected = round % 2 == 1 ? cause.error.mask() : 0;
      assertEquals(expected, rig.get(Register.GERROR), "and no other error");
      assertEquals(round, rig.signals(InterruptLine.GERROR));
      assertEquals(0xe, rig.read(MSI, 4), "GERROR's own MSI");
      cause.make(rig);
      assertEquals(expected, rig.get(Register.GERROR), "active: not toggled again");
      assertEquals(round, rig.signals(InterruptLine.GERROR));
      rig.store(Rig.COMMANDS, new long[32]);
      for (int entry = 0; entry < 16; entry++) {
        rig.write(Rig.COMMANDS + entry * 16L, 8, Opcode.SYNC.code());
      }
      rig.set(Register.GERRORN, rig.get(Register.GERROR));
      assertEquals(rig.get(Register.GERROR), rig.get(Register.GERRORN), "acknowledged");
    }
  }

  @ParameterizedTest
  @EnumSource
  void isSilentWithoutItsEnable(Cause cause) {
    Rig rig = started(cause);
    rig.set(Register.IRQ_CTRL, 0x6);
    cause.make(rig);
    assertEquals(cause.error.mask(), rig.get(Register.GERROR));
    assertEquals(0, rig.signals(InterruptLine.GERROR));
    assertEquals(0, rig.read(MSI, 4));
    rig.set(Register.IRQ_CTRL, 0x7);
    assertEquals(0, rig.signals(InterruptLine.GERROR), "nothing of before (6.3.16)");
  }
}
