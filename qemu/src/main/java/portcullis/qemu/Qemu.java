package portcullis.qemu;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A QEMU program that is new enough.
 *
 * @param program its path
 * @param version at least {@link #LEAST}
 */
public record Qemu(Path program, QemuVersion version) {
  /** The first release whose SMMUv3 and {@code iommu-testdev} this module was written for. */
  public static final QemuVersion LEAST = new QemuVersion(11, 0, 0);

  /** Why {@link #find} found none, as one line that tells what to do. */
  public static final String MISSING =
      "found no QEMU "
          + LEAST.major()
          + " or newer: expected one on the PATH, or run scripts/install-qemu once";

  private static final String NAME = "qemu-system-aarch64";
  private static final long BANNER_SECONDS = 20;
  private static final int MAX_BANNER_BYTES = 4096;

  /**
   * The first on the PATH that is new enough, else the one that {@code scripts/install-qemu}
   * installed for this user; empty if there is neither.
   */
  public static Optional<Qemu> find() {
    return find(System.getenv());
  }

  /** As {@link #find()}, by the PATH, XDG_CACHE_HOME and HOME of {@code environment}. */
  static Optional<Qemu> find(Map<String, String> environment) {
    for (Path candidate : candidates(environment)) {
      if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
        Optional<QemuVersion> version = version(candidate);
        if (version.isPresent() && version.get().compareTo(LEAST) >= 0) {
          return Optional.of(new Qemu(candidate, version.get()));
        }
      }
    }
    return Optional.empty();
  }

  private static List<Path> candidates(Map<String, String> environment) {
    List<String> folders =
        new ArrayList<>(List.of(environment.getOrDefault("PATH", "").split(File.pathSeparator)));
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    String home = environment.getOrDefault("HOME", "");
    if (!cache.isEmpty()) {
      folders.add(cache + "/portcullis/qemu");
    } else if (!home.isEmpty()) {
      folders.add(home + "/.cache/portcullis/qemu");
    }
    List<Path> candidates = new ArrayList<>();
    for (String folder : folders) {
      candidate(folder).ifPresent(candidates::add);
    }
    return candidates;
  }

  private static Optional<Path> candidate(String folder) {
    try {
      return Optional.of(Path.of(folder, NAME).toAbsolutePath());
    } catch (InvalidPathException unusable) {
      return Optional.empty();
    }
  }

  /** What the program says of itself; empty if it is no QEMU, or does not run here. */
  private static Optional<QemuVersion> version(Path program) {
    Process process;
    try {
      process =
          new ProcessBuilder(program.toString(), "--version")
              .redirectInput(Redirect.from(new File("/dev/null")))
              .redirectError(Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return Optional.empty();
    }
    try {
      if (!process.waitFor(BANNER_SECONDS, TimeUnit.SECONDS)) {
        return Optional.empty();
      }
      byte[] banner = process.getInputStream().readNBytes(MAX_BANNER_BYTES);
      return QemuVersion.parse(new String(banner, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      process.destroyForcibly();
    }
  }
}
