/** The {@code portcullis} command. */
module portcullis.cli {
  requires info.picocli;
  requires portcullis.arch;
  requires portcullis.check;
  requires portcullis.diff;
  requires portcullis.qemu;
  requires tools.jackson.core;

  opens portcullis.cli to
      info.picocli;
}
