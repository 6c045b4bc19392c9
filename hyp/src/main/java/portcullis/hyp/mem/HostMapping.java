package portcullis.hyp.mem;

/** How the host's stage-2 maps a range: always identity, and all or no access. */
public enum HostMapping {
  /** Not at all. */
  NONE,
  /** As normal memory, to be read, written and executed. */
  MEMORY,
  /** As device memory, to be read and written. */
  DEVICE,
}
