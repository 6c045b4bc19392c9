package portcullis.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Opcode;

/** A change is certain once commands sent for it, and a CMD_SYNC, are complete (IHI 0070 4.7.3). */
class ChangesTest {
  private static final long WORD = Window.STAGE_1;

  private final Changes changes = new Changes();

  private void poke(long address, long before, int tag, int needs) {
    changes.poke(new Step.Poke(address, 0, tag, needs), before);
  }

  private void send(int tag, int parts) {
    changes.queue(new Step.Command(Opcode.TLBI_NH_ALL.code(), 0, 1L << tag, parts));
  }

  private void sync() {
    changes.queue(new Step.Command(Opcode.SYNC.code(), 0));
  }

  /** The word as memory has it, 0, and as it was before. */
  private List<Long> earlier(Predicate<Changes.Change> which) {
    return changes.earlier(which).stream().map(way -> way.word(WORD, 0)).toList();
  }

  @Test
  void itTakesEveryPartAndASync() {
    poke(WORD, 7, 0, 0b11);
    send(0, 0b01);
    sync();
    changes.consumed();
    assertFalse(changes.allSettled());
    send(0, 0b10);
    changes.consumed();
    assertFalse(changes.allSettled());
    sync();
    changes.consumed();
    assertTrue(changes.allSettled());
    assertEquals(List.of(0L, 7L), earlier(_ -> true));
    assertEquals(List.of(0L), earlier(_ -> false));
  }

  @Test
  void aCommandForAnotherChangeDoesNothing() {
    poke(WORD, 7, 0, 0b1);
    send(1, 0b1);
    sync();
    changes.consumed();
    assertFalse(changes.allSettled());
  }

  @Test
  void aCommandThatWasReplacedDoesNothing() {
    poke(WORD, 7, 0, 0b1);
    send(0, 0b1);
    sync();
    changes.replace(2);
    changes.consumed();
    assertFalse(changes.allSettled());
  }

  @Test
  void theLastChangeOfAWordSettlesThoseBefore() {
    poke(WORD, 7, 0, 0b1);
    poke(WORD, 8, 1, 0b1);
    send(1, 0b1);
    sync();
    changes.consumed();
    assertTrue(changes.allSettled());
  }

  @Test
  void theFirstChangeOfAWordDoesNotSettleTheNext() {
    poke(WORD, 7, 0, 0b1);
    poke(WORD, 8, 1, 0b1);
    send(0, 0b1);
    sync();
    changes.consumed();
    assertFalse(changes.allSettled());
    assertEquals(2, changes.possible().size());
  }

  /** Each use of a stage-2 field of an STE may see it new or old, as each use of a table may. */
  @Test
  void aStage2FieldOfAnSteMayBeSeenBothWaysByOneDma() {
    poke(Window.STREAM_TABLE_2 + 8, 7, 0, 0b1);
    assertFalse(changes.doubtfulStage2());
    poke(Window.STREAM_TABLE_2 + 16, 7, 1, 0b1);
    assertTrue(changes.doubtfulStage2());
  }

  @Test
  void eachDoubtfulWordMayBeOldOrNew() {
    poke(WORD, 7, 0, 0b1);
    poke(WORD + 8, 9, 1, 0b1);
    var possible = changes.possible();
    assertEquals(4, possible.size());
    assertEquals(0, possible.getFirst().word(WORD, 0));
    assertTrue(
        possible.stream().anyMatch(way -> way.word(WORD, 0) == 7 && way.word(WORD + 8, 0) == 9));
  }
}
