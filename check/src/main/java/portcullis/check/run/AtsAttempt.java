package portcullis.check.run;

/** What is tried by ATS and PRI, in order (IHI 0070 3.9.1, 8). */
enum AtsAttempt {
  USE("%1$s uses a page of the host's by ATS", false),
  CACHED_READ("%1$s reads a guest's page by what its ATC has cached", true),
  CACHED_WRITE("%1$s writes a guest's page by what its ATC has cached", true),
  ANSWER("%1$s is told by ATS that it may use a guest's page", true),
  FORGED_READ("%1$s reads a guest's page as translated already", true),
  FORGED_WRITE("%1$s writes a guest's page as translated already", true),
  FORGED_BYPASS("%1$s writes a guest's page as translated already, through a bypass STE", true),
  UNCHECKED(
      "the host clears %2$s's CR0.ATSCHK, and %1$s writes a guest's page as translated already",
      true),
  PERMITTED_BY_ANSWER(
      "%1$s writes a guest's page by the permission that %2$s has kept of an answer", true),
  PAGE("%1$s asks for a page by PRI, and uses it when the host has answered", false),
  PAGE_INTERRUPT("%2$s's page request interrupt reaches the host", false),
  GUEST_PAGE("%1$s asks for a guest's page by PRI, and uses it when the host has answered", true),
  QUEUE(
      "the host puts %2$s's page request queue into a guest's page, and a device asks for a page",
      true),
  REQUEST_MESSAGE(
      "the host sends %2$s's page request interrupt to a guest's page, and a device asks for a"
          + " page",
      true),
  ERROR_MESSAGE(
      "the host sends %2$s's error interrupt to a guest's page, and a device leaves an invalidation"
          + " without an answer",
      true),
  RUNNING_QUEUE("the host gives %2$s's running page request queue to a guest", true);

  private final String format;
  private final boolean forbidden;

  /**
   * An attempt.
   *
   * @param format of its text, with the master and the SMMU
   * @param forbidden whether it must be stopped; else it must work
   */
  AtsAttempt(String format, boolean forbidden) {
    this.format = format;
    this.forbidden = forbidden;
  }

  String text(String master, String smmu) {
    return format.formatted(master, smmu);
  }

  boolean forbidden() {
    return forbidden;
  }

  /** Whether it takes PRI too. */
  boolean needsPri() {
    return compareTo(PAGE) >= 0;
  }
}
