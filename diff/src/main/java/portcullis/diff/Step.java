package portcullis.diff;

import java.util.List;

/** One thing that happens in a case. */
sealed interface Step {

  /** Marks a change that no command has to follow. */
  int NO_TAG = -1;

  /**
   * What has to be invalidated before a change is certain to be seen: bits of {@link Poke#needs}.
   */
  final class Part {
    /** Stage-1 and combined translations. */
    static final int STAGE_1 = 1;

    /** Stage-2 translations. */
    static final int STAGE_2 = 1 << 1;

    /** The configuration of each {@link Device}, by its ordinal. */
    private static final int CONFIGURATION = 1 << 2;

    /** The configuration of all devices. */
    static final int CONFIGURATIONS = CONFIGURATION * ((1 << Device.values().length) - 1);

    static final int ALL = STAGE_1 | STAGE_2 | CONFIGURATIONS;

    private Part() {}

    static int configuration(Device device) {
      return CONFIGURATION << device.ordinal();
    }
  }

  /**
   * Software changes a word of a table or structure.
   *
   * @param tag names the change for the commands that follow it, 0 to 63; or {@link #NO_TAG}
   * @param needs the {@link Part}s to be invalidated before the new value is certain to be used
   */
  record Poke(long address, long value, int tag, int needs) implements Step {}

  /**
   * One command.
   *
   * @param tags the changes, a bit each, that it was sent for
   * @param parts what of them it is certain to reach
   */
  record Command(long word0, long word1, long tags, int parts) {
    Command(long word0, long word1) {
      this(word0, word1, 0, 0);
    }
  }

  /** Software puts commands into the queue and writes CMDQ_PROD once. */
  record Commands(List<Command> commands) implements Step {
    public Commands {
      commands = List.copyOf(commands);
    }
  }

  /**
   * Software writes a register.
   *
   * @param bytes 4 or 8
   */
  record RegisterWrite(int offset, int bytes, long value) implements Step {}

  /** Four bytes by DMA. */
  record Dma(Device device, boolean write, long iova) implements Step {}

  /** Software takes all events: EVENTQ_CONS becomes EVENTQ_PROD, with its overflow flag. */
  record TakeEvents() implements Step {}

  /**
   * Software acknowledges the global errors; where the command queue is in error it puts a CMD_SYNC
   * in the place of the failed command first.
   */
  record Acknowledge() implements Step {}
}
