package portcullis.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Stage1Descriptor;

class GeneratorTest {
  private final ModelSide model = new ModelSide(new Wiring());

  @Test
  void theSameSeedGivesTheSameCases() {
    for (int index = 0; index < 50; index++) {
      assertEquals(new Generator(1).next(index), new Generator(1).next(index));
    }
    assertNotEquals(new Generator(1).next(0).steps(), new Generator(2).next(0).steps());
  }

  @Test
  void theModelDoesTheSameEachTime() {
    Generator generator = new Generator(1);
    for (int index = 0; index < 50; index++) {
      Case of = generator.next(index);
      List<List<Outcome>> first = outcomes(of);
      outcomes(generator.next(index + 1));
      assertEquals(first, outcomes(of), of.name());
    }
  }

  private List<List<Outcome>> outcomes(Case of) {
    return model.run(of, ModelSide.Watcher.NONE).stream().map(ModelStep::allowed).toList();
  }

  @Test
  void moreThanAThirdOfDmaPassesAndMoreThanAThirdDoesNot() {
    Generator generator = new Generator(1);
    int passed = 0;
    int all = 0;
    for (int index = 0; index < 500; index++) {
      for (List<Outcome> allowed : outcomes(generator.next(index))) {
        if (!allowed.isEmpty()) {
          all++;
          passed += allowed.getFirst().passed() ? 1 : 0;
        }
      }
    }
    assertTrue(3 * passed > all && 3 * (all - passed) > all, passed + " of " + all);
  }

  /** A range does not wrap (IHI 0070 4.4.1.1): from before address 0 it would reach nothing. */
  @Test
  void noRangeOfIntermediateAddressesBeginsBeforeZero() {
    Generator generator = new Generator(3);
    int ranges = 0;
    for (int index = 0; index < 3000; index++) {
      for (Step step : generator.next(index).steps()) {
        if (step instanceof Step.Commands commands) {
          for (Step.Command command : commands.commands()) {
            boolean ipa = Command.OPCODE.get(command.word0()) == Opcode.TLBI_S2_IPA.code();
            if (ipa && command.tags() != 0 && Tlbi.TG.get(command.word1()) != 0) {
              ranges++;
              assertEquals(0, Tlbi.ADDRESS.inPlace(command.word1()) >>> 48);
            }
          }
        }
      }
    }
    assertTrue(ranges > 100, "too few");
  }

  /**
   * TLBI_NH_ASID leaves global entries (IHI 0070 4.4.2.2): it is sent for no leaf that was global,
   * as an earlier change may not have been invalidated.
   */
  @Test
  void whatWasGlobalIsNotInvalidatedByAsidOnly() {
    Generator generator = new Generator(4);
    int sent = 0;
    for (int index = 0; index < 3000; index++) {
      Case of = generator.next(index);
      Map<Long, Long> memory = new HashMap<>();
      Map<Integer, Long> changed = new HashMap<>();
      Set<Long> global = new HashSet<>();
      of.memory().forEach(word -> memory.put(word.address(), word.value()));
      for (Step step : of.steps()) {
        if (step instanceof Step.Poke poke) {
          long before = memory.getOrDefault(poke.address(), 0L);
          if (Stage1Descriptor.VALID.isSet(before) && !Stage1Descriptor.NG.isSet(before)) {
            global.add(poke.address());
          }
          memory.put(poke.address(), poke.value());
          changed.put(poke.tag(), poke.address());
        } else if (step instanceof Step.Commands commands) {
          for (Step.Command command : commands.commands()) {
            boolean asid = Command.OPCODE.get(command.word0()) == Opcode.TLBI_NH_ASID.code();
            if (asid && command.tags() != 0) {
              sent++;
              int tag = Long.numberOfTrailingZeros(command.tags());
              assertFalse(global.contains(changed.get(tag)), of::name);
            }
          }
        }
      }
    }
    assertTrue(sent > 20, "too few");
  }

  /** With nothing unseen, what is cached and what memory says come to the same. */
  @Test
  void theModelNeverUsesWhatMustBeGone() {
    Generator generator = new Generator(9);
    for (int index = 0; index < 2000; index++) {
      Case of = generator.next(index);
      model.run(
          of,
          (step, result, side) -> {
            if (result.step() instanceof Step.Dma dma && !result.doubtful()) {
              Outcome fresh = side.fresh().evaluate(dma, FreshModel.Overlay.NONE);
              Outcome expected = result.recordable() ? fresh : fresh.unrecorded();
              assertEquals(expected, result.outcomeOrNull(), () -> of.name() + " step " + step);
            }
          });
    }
  }
}
