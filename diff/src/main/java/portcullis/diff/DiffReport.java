package portcullis.diff;

import java.util.List;
import java.util.Map;

/**
 * What a comparison came to.
 *
 * @param seed where the cases came from
 * @param cases how many were compared
 * @param steps how many steps these had
 * @param nanos how long it took
 * @param findings mismatches and aborts of QEMU; empty if there is none
 * @param deviations every known deviation, used or not
 * @param coverage what the cases reached: counts by name, by part of the table
 * @param story of a case that was replayed, step by step; empty for others
 */
public record DiffReport(
    long seed,
    long cases,
    long steps,
    long nanos,
    List<Finding> findings,
    List<Used> deviations,
    Map<String, Map<String, Long>> coverage,
    List<String> story) {

  /**
   * A known deviation of QEMU and how often it explained a difference.
   *
   * @param name short, stable
   * @param section of the architecture that QEMU departs from
   * @param text what QEMU does
   * @param cases how many cases it explained something in
   */
  public record Used(String name, String section, String text, long cases) {}

  /**
   * Something that has no explanation.
   *
   * @param qemuAborted whether QEMU's process ended; else the two sides differ
   * @param name of the case: seed and index
   * @param summary one line
   * @param story the case, told step by step
   * @param file lines of a file that replays it
   */
  public record Finding(
      boolean qemuAborted, String name, String summary, List<String> story, List<String> file) {
    public Finding {
      story = List.copyOf(story);
      file = List.copyOf(file);
    }
  }

  public DiffReport {
    findings = List.copyOf(findings);
    deviations = List.copyOf(deviations);
    story = List.copyOf(story);
  }
}
