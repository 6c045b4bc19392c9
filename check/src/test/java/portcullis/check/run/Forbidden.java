package portcullis.check.run;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import portcullis.board.Board;
import portcullis.board.Master;
import portcullis.board.Smmu;

/** Everything that a run tries and that must be refused, whoever of the board tries it. */
enum Forbidden {
  MAPPED_READ("M reads a guest's page through the mapping it had"),
  MAPPED_WRITE("M writes a guest's page through the mapping it had"),
  BYPASS_READ("M reads a guest's page through a bypass STE"),
  BYPASS_WRITE("M writes a guest's page through a bypass STE"),
  NEW_TABLE_READ("M reads a guest's page through a stage-1 table that newly points there"),
  NEW_TABLE_WRITE("M writes a guest's page through a stage-1 table that newly points there"),
  CPU_READ("the host's CPU reads the guest's page that M used"),
  CONTEXT_DESCRIPTOR("M uses a context descriptor in a guest's page"),
  STAGE1_TABLE("M translates by a stage-1 table in a guest's page"),
  STAGE1_TABLE_ANEW(
      "M translates by a stage-1 table in a guest's page, its configuration fetched anew"),
  MAPPED_PARTID("M has its PARTID from a VMS in a guest's page"),
  COMMAND_QUEUE("the host puts S's command queue into a guest's page"),
  EVENT_QUEUE("the host puts S's event queue into a guest's page, and a master faults"),
  STREAM_TABLE("the host puts S's stream table into a guest's page"),
  DISABLED_BYPASS(
      "the host disables S and sets GBPA to bypass, and a master reads and writes a guest's page"),
  REGISTERS_BY_DMA("M writes S's registers by DMA"),
  STAGE2_LOOKUP("the host asks S by ATOS where stage 2 leads an address"),
  ENHANCED_QUEUE(
      "the host writes to a guest's page by a command in an Enhanced Command queue of S"),
  SYNC_INTERRUPT("the host sends S's CMD_SYNC completion to a guest's page"),
  EVENT_INTERRUPT("the host sends S's event interrupt to a guest's page, and a master faults"),
  CACHED_READ("M reads a guest's page by what its ATC has cached"),
  CACHED_WRITE("M writes a guest's page by what its ATC has cached"),
  ATS_ANSWER("M is told by ATS that it may use a guest's page"),
  TRANSLATED_READ("M reads a guest's page as translated already"),
  TRANSLATED_WRITE("M writes a guest's page as translated already"),
  TRANSLATED_BYPASS("M writes a guest's page as translated already, through a bypass STE"),
  TRANSLATED_UNCHECKED(
      "the host clears S's CR0.ATSCHK, and M writes a guest's page as translated already"),
  PERMITTED_BY_ANSWER("M writes a guest's page by the permission that S has kept of an answer"),
  REQUESTED_PAGE("M asks for a guest's page by PRI, and uses it when the host has answered"),
  REQUEST_QUEUE(
      "the host puts S's page request queue into a guest's page, and a device asks for a page"),
  REQUEST_INTERRUPT(
      "the host sends S's page request interrupt to a guest's page, and a device asks for a page"),
  ERROR_INTERRUPT(
      "the host sends S's error interrupt to a guest's page, and a device leaves an invalidation"
          + " without an answer"),
  RUNNING_REQUEST_QUEUE("the host gives S's running page request queue to a guest"),
  STALL_RETRY("a stalled write of M is retried by CMD_RESUME when its page is a guest's"),
  STALL_RECORD(
      "the host puts S's event queue into a guest's page, and a stall waits to be recorded"),
  RUNNING_COMMAND_QUEUE("the host gives S's running command queue to a guest"),
  RUNNING_EVENT_QUEUE("the host gives S's running event queue to a guest"),
  RUNNING_STREAM_TABLE("the host gives S's running stream table to a guest"),
  CLEARED_ENTRY("M uses its STE of before the host disabled S and cleared it"),
  GIVEN_BEFORE_OFF(
      "M reads and writes a guest's page that was given away before S was switched off and on"),
  GIVEN_WHILE_OFF(
      "M reads and writes a guest's page that was given away while S was off, and has power again"),
  GIVEN_AFTER_ON(
      "M reads and writes a guest's page that was given away after S was switched off and on"),
  GIVEN_WHILE_DISABLED(
      "M reads and writes a guest's page that was given away while S was disabled and off, and is"
          + " enabled again"),
  OPEN_WITHOUT_POWER("the host has S switched off, and M reads and writes a guest's page"),
  LEFT_CONTENT("the host finds what the guest left in the page that M used");

  private final String pattern;

  /**
   * A kind of attempt.
   *
   * @param pattern its text, with M for a master and its StreamID, S for an SMMU
   */
  Forbidden(String pattern) {
    this.pattern = pattern;
  }

  /** Whether it is a DMA access that stage 2 stops. */
  boolean stoppedByStage2() {
    return switch (this) {
      case MAPPED_READ, MAPPED_WRITE, BYPASS_READ, BYPASS_WRITE -> true;
      case NEW_TABLE_READ, NEW_TABLE_WRITE, CONTEXT_DESCRIPTOR, REGISTERS_BY_DMA -> true;
      case STAGE2_LOOKUP, ENHANCED_QUEUE, MAPPED_PARTID -> false;
      case STAGE1_TABLE, STAGE1_TABLE_ANEW -> true;
      case CACHED_READ, CACHED_WRITE, TRANSLATED_READ, TRANSLATED_WRITE, STALL_RETRY -> true;
      case ATS_ANSWER, TRANSLATED_BYPASS, TRANSLATED_UNCHECKED, REQUESTED_PAGE -> false;
      case PERMITTED_BY_ANSWER -> false;
      case REQUEST_QUEUE, REQUEST_INTERRUPT, ERROR_INTERRUPT, RUNNING_REQUEST_QUEUE -> false;
      case STALL_RECORD -> false;
      case GIVEN_BEFORE_OFF, GIVEN_WHILE_OFF, GIVEN_AFTER_ON, GIVEN_WHILE_DISABLED -> true;
      case CLEARED_ENTRY, OPEN_WITHOUT_POWER -> false;
      case CPU_READ, COMMAND_QUEUE, EVENT_QUEUE, STREAM_TABLE -> false;
      case DISABLED_BYPASS, LEFT_CONTENT, SYNC_INTERRUPT, EVENT_INTERRUPT -> false;
      case RUNNING_COMMAND_QUEUE, RUNNING_EVENT_QUEUE, RUNNING_STREAM_TABLE -> false;
    };
  }

  /** Who tries it. */
  enum By {
    EACH_MASTER,
    /** One master behind each SMMU, or the host at each SMMU. */
    EACH_SMMU,
    /** The host at each SMMU that the board leaves addresses for Command queue control pages. */
    EACH_ROOMY_SMMU,
    /** One master behind each SMMU whose board vouches that it aborts without power. */
    EACH_VOUCHED_SMMU,
    /** One master behind each other SMMU. */
    EACH_OPEN_SMMU,
    /** One PCI device behind each SMMU that has one. */
    A_PCI_DEVICE,
    /** One device behind each SMMU that has one which is no PCI device. */
    A_PLATFORM_DEVICE
  }

  /** Who tries it. */
  By by() {
    return switch (this) {
      case MAPPED_READ, MAPPED_WRITE, BYPASS_READ, BYPASS_WRITE -> By.EACH_MASTER;
      case NEW_TABLE_READ, NEW_TABLE_WRITE, CPU_READ, LEFT_CONTENT -> By.EACH_MASTER;
      case CONTEXT_DESCRIPTOR, STAGE1_TABLE, STAGE1_TABLE_ANEW -> By.EACH_SMMU;
      case COMMAND_QUEUE, EVENT_QUEUE, STREAM_TABLE -> By.EACH_SMMU;
      case DISABLED_BYPASS, REGISTERS_BY_DMA, SYNC_INTERRUPT, EVENT_INTERRUPT -> By.EACH_SMMU;
      case RUNNING_COMMAND_QUEUE, RUNNING_EVENT_QUEUE, RUNNING_STREAM_TABLE -> By.EACH_SMMU;
      case CACHED_READ, CACHED_WRITE, ATS_ANSWER, REQUESTED_PAGE -> By.A_PCI_DEVICE;
      case TRANSLATED_READ, TRANSLATED_WRITE, TRANSLATED_BYPASS -> By.A_PCI_DEVICE;
      case TRANSLATED_UNCHECKED, REQUEST_QUEUE, REQUEST_INTERRUPT -> By.A_PCI_DEVICE;
      case ERROR_INTERRUPT, RUNNING_REQUEST_QUEUE, PERMITTED_BY_ANSWER -> By.A_PCI_DEVICE;
      case CLEARED_ENTRY, STAGE2_LOOKUP, MAPPED_PARTID -> By.EACH_SMMU;
      case ENHANCED_QUEUE -> By.EACH_ROOMY_SMMU;
      case GIVEN_BEFORE_OFF, GIVEN_WHILE_OFF, GIVEN_AFTER_ON -> By.EACH_VOUCHED_SMMU;
      case GIVEN_WHILE_DISABLED -> By.EACH_VOUCHED_SMMU;
      case OPEN_WITHOUT_POWER -> By.EACH_OPEN_SMMU;
      case STALL_RETRY, STALL_RECORD -> By.A_PLATFORM_DEVICE;
    };
  }

  /** How many of them are tried by these. */
  static long count(By... by) {
    return Arrays.stream(values()).filter(kind -> List.of(by).contains(kind.by())).count();
  }

  /**
   * Which kind an attempt on {@code board} is.
   *
   * @throws AssertionError for one that is not listed here: list it, and plant a bug for it
   */
  static Forbidden of(Board board, Attempt attempt) {
    return of(pattern(board, attempt.what()));
  }

  private static Forbidden of(String text) {
    return Arrays.stream(values())
        .filter(kind -> kind.pattern.equals(text))
        .findFirst()
        .orElseThrow(() -> new AssertionError("a new kind of attempt: " + text));
  }

  /** As {@link #of(Board, Attempt)}, of a machine whose masters have names of their own. */
  static Forbidden of(Board board, List<String> masters, Attempt attempt) {
    String text = pattern(board, attempt.what());
    for (String name : masters) {
      text = text.replace(name, "M");
    }
    return of(text);
  }

  /** An attempt's text without names: M for masters, S for SMMUs. */
  static String pattern(Board board, String what) {
    String text = what.replaceAll(" \\(StreamID 0x[0-9a-f]+\\)", "");
    for (String name : longestFirst(board.masters().stream().map(Master::name))) {
      text = text.replace(name, "M");
    }
    for (String name : longestFirst(board.smmus().stream().map(Smmu::name))) {
      text = text.replace(name, "S");
    }
    return text;
  }

  private static List<String> longestFirst(Stream<String> names) {
    return names.sorted(Comparator.comparingInt(String::length).reversed()).toList();
  }
}
