package portcullis.diff;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import portcullis.arch.Field;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Register;
import portcullis.diff.Difference.What;
import portcullis.machine.smmuv3.InterruptLine;
import portcullis.qemu.VirtMap;

/** Finds the differences of one step. */
final class Differences {
  private Differences() {}

  /** What differs of a step, {@code model} being one of the outcomes allowed for a DMA. */
  static List<Difference> of(ModelStep step, Outcome model, QemuStep qemu) {
    List<Difference> all = new ArrayList<>();
    if (qemu.outcome() != null && !qemu.outcome().equals(model)) {
      outcomes(model, qemu.outcome(), all);
    }
    boolean lost = all.stream().anyMatch(each -> presence(each.what()));
    if (step.step() instanceof Step.RegisterWrite write) {
      compare(Register.at(write.offset()), step.readback(), qemu.readback(), all);
    }
    compare(Register.CMDQ_CONS, step.cmdqCons(), qemu.cmdqCons(), all);
    compare(Register.GERROR, step.gerror(), qemu.gerror(), all);
    if (!lost && Objects.equals(model, step.outcomeOrNull())) {
      compare(Register.EVENTQ_PROD, step.eventqProd(), qemu.eventqProd(), all);
      for (InterruptLine line : VirtMap.SMMU_LINES) {
        int here = step.edges().of(line);
        int there = qemu.edges().of(line);
        if (here != there) {
          all.add(Difference.of(line, here, there));
        }
      }
    }
    return all;
  }

  private static boolean presence(What what) {
    return what == What.EVENT_ADDED || what == What.EVENT_MISSING;
  }

  private static void compare(Register register, long model, long qemu, List<Difference> all) {
    if (model != qemu) {
      all.add(Difference.of(register, model, qemu));
    }
  }

  private static void outcomes(Outcome model, Outcome qemu, List<Difference> all) {
    if (model.passed() != qemu.passed()) {
      all.add(Difference.of(What.PASSED, model.passed() ? 1 : 0, qemu.passed() ? 1 : 0));
    } else if (model.pa() != qemu.pa()) {
      all.add(Difference.of(What.PLACE, model.pa(), qemu.pa()));
    }
    long modelType = Event.TYPE.get(model.event0());
    long qemuType = Event.TYPE.get(qemu.event0());
    if (modelType == qemuType) {
      fields(model, qemu, all);
    } else if (!qemu.recorded()) {
      all.add(Difference.of(What.EVENT_MISSING, modelType, 0));
    } else if (!model.recorded()) {
      all.add(Difference.of(What.EVENT_ADDED, 0, qemuType));
    } else {
      all.add(Difference.of(What.EVENT_TYPE, modelType, qemuType));
    }
  }

  private static void fields(Outcome model, Outcome qemu, List<Difference> all) {
    EventType type = EventType.of((int) Event.TYPE.get(model.event0()));
    if (type == null) {
      return;
    }
    long[] known = new long[Event.WORDS];
    for (Field field : type.layout().fields()) {
      known[field.word()] |= field.mask();
      long here = field.inPlace(model.event(field.word()));
      long there = field.inPlace(qemu.event(field.word()));
      if (here != there) {
        all.add(Difference.of(field, field.get(here), field.get(there)));
      }
    }
    for (int word = 0; word < Event.WORDS; word++) {
      long there = qemu.event(word) & ~known[word];
      if (there != 0) {
        all.add(Difference.of(What.EVENT_RESERVED, word, there));
      }
    }
  }
}
