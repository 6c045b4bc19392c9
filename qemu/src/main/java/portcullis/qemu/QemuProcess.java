package portcullis.qemu;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A running QEMU: its process, the socket that it takes qtest commands from, and its RAM.
 *
 * <p>Nothing outlives it. QEMU ends with the thread that started it, so with this process at the
 * latest; and the folder that socket and RAM were opened in is removed as soon as both ends hold
 * them, so that no file is left whatever ends first.
 */
final class QemuProcess implements AutoCloseable {
  private static final long START_SECONDS = 20;
  private static final long STOP_SECONDS = 5;
  private static final long POLL_MILLIS = 1;

  /** Memory rather than a disk behind RAM, where the system has it. */
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  /** Files of the folder. */
  private static final String QTEST = "qtest";

  private static final String QMP = "qmp";
  private static final String RAM = "ram";

  /** What QEMU calls the SMMU. */
  private static final String SMMU_TYPE = "arm-smmuv3";

  private final Process process;
  private final Thread keeper;
  private final ErrorText errors;
  private final SocketChannel channel;
  private final QtestClient qtest;
  private final Arena arena;
  private final MemorySegment ram;
  private final String smmuPath;

  private QemuProcess(
      Process process,
      Thread keeper,
      ErrorText errors,
      SocketChannel channel,
      Arena arena,
      MemorySegment ram,
      String smmuPath) {
    this.process = process;
    this.keeper = keeper;
    this.errors = errors;
    this.channel = channel;
    this.arena = arena;
    this.ram = ram;
    this.smmuPath = smmuPath;
    qtest = new QtestClient(channel, this::loss);
  }

  /**
   * Starts the machine and connects to it.
   *
   * @param ramBytes a positive multiple of 1 MiB
   * @param functions how many DMA masters of each kind, 1 to 8
   * @throws QemuDiedException if it ends at once, as for an option that it does not know
   * @throws QemuException if it cannot be started or does not accept a connection
   */
  static QemuProcess start(Qemu qemu, long ramBytes, int functions) {
    return start(qemu, ramBytes, functions, temporary());
  }

  /** As {@link #start(Qemu, long, int)}, with the folder for its files made in {@code parent}. */
  static QemuProcess start(Qemu qemu, long ramBytes, int functions, Path parent) {
    Path folder = null;
    try {
      folder = Files.createTempDirectory(parent, "portcullis-qemu-");
      return startIn(folder, qemu, ramBytes, functions);
    } catch (IOException e) {
      throw new QemuException("cannot start " + qemu.program() + ": " + e.getMessage(), e);
    } finally {
      if (folder != null) {
        remove(folder);
      }
    }
  }

  private static Path temporary() {
    return Files.isDirectory(SHARED_MEMORY) && Files.isWritable(SHARED_MEMORY)
        ? SHARED_MEMORY
        : Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static QemuProcess startIn(Path folder, Qemu qemu, long ramBytes, int functions)
      throws IOException {
    Path socket = folder.resolve(QTEST);
    Path control = folder.resolve(QMP);
    Path ramFile = folder.resolve(RAM);
    ErrorText errors = new ErrorText();
    CompletableFuture<Process> started = new CompletableFuture<>();
    ProcessBuilder command =
        new ProcessBuilder(command(qemu, ramBytes, functions, socket, control, ramFile))
            .redirectInput(Redirect.from(new File("/dev/null")))
            .redirectOutput(Redirect.DISCARD);
    // exit-with-parent means the thread that forks: it has to live as long as QEMU does.
    Thread keeper =
        Thread.ofPlatform().daemon().name("qemu").unstarted(() -> keep(command, started, errors));
    Arena arena = newArena();
    Process process = null;
    QemuProcess running = null;
    boolean complete = false;
    try {
      MemorySegment ram = create(ramFile, ramBytes, arena);
      keeper.start();
      process = started(started);
      SocketChannel channel = connect(socket, process, keeper, errors);
      running = new QemuProcess(process, keeper, errors, channel, arena, ram, smmuPath(control));
      // It takes connections early, but commands once the machine is made: then it holds its files.
      running.qtest.readl(VirtMap.RAM_BASE);
      complete = true;
      return running;
    } finally {
      if (!complete && running != null) {
        running.close();
      } else if (!complete) {
        abandon(process, arena);
      }
    }
  }

  /** Where QEMU has the SMMU among its objects. */
  private static String smmuPath(Path control) throws IOException {
    try (QmpClient qmp = new QmpClient(control)) {
      return qmp.deviceOfMachine(SMMU_TYPE)
          .orElseThrow(() -> new QemuException("this QEMU's machine has no " + SMMU_TYPE));
    }
  }

  /** Undoes a start that came to no connection. */
  private static void abandon(Process process, Arena arena) {
    if (process != null) {
      stop(process);
    }
    arena.close();
  }

  /** Makes and maps the file behind RAM, all of it zero and none of it allocated. */
  private static MemorySegment create(Path file, long bytes, Arena arena) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      return channel.map(MapMode.READ_WRITE, 0, bytes, arena);
    }
  }

  /** Closed with the QEMU that it is for. */
  @SuppressWarnings("MustBeClosedChecker")
  private static Arena newArena() {
    return Arena.ofShared();
  }

  private static void keep(
      ProcessBuilder command, CompletableFuture<Process> started, ErrorText errors) {
    try {
      Process process = command.start();
      started.complete(process);
      errors.readAll(process.getErrorStream());
      process.onExit().join();
    } catch (IOException e) {
      started.completeExceptionally(e);
    }
  }

  private static Process started(CompletableFuture<Process> started) throws IOException {
    try {
      return started.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      var _ =
          started.whenComplete(
              (process, failure) -> {
                if (process != null) {
                  process.destroy();
                }
              });
      throw new IOException("interrupted", e);
    }
  }

  private static List<String> command(
      Qemu qemu, long ramBytes, int functions, Path socket, Path control, Path ramFile) {
    String bytes = Long.toString(ramBytes);
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            qemu.program().toString(),
            "-machine",
            "virt,gic-version=3,memory-backend=ram,iommu=smmuv3,virtio-mmio-transports=0,"
                + "dtb-randomness=off",
            "-cpu",
            "max",
            "-accel",
            "qtest",
            "-qtest",
            "unix:" + escaped(socket) + ",server=on,wait=off",
            "-qtest-log",
            "none",
            "-display",
            "none",
            "-nodefaults",
            "-m",
            "size=" + bytes + "B",
            "-object",
            "memory-backend-file,id=ram,size=" + bytes + "B,share=on,mem-path=" + escaped(ramFile),
            "-qmp",
            "unix:" + escaped(control) + ",server=on,wait=off",
            "-run-with",
            "exit-with-parent=on"));
    String several = functions > 1 ? ",multifunction=on" : "";
    for (int function = 0; function < functions; function++) {
      command.add("-device");
      command.add("iommu-testdev,addr=01.%d%s".formatted(function, several));
      command.add("-device");
      command.add("edu,addr=02.%d,dma_mask=0xffffffffffffffff%s".formatted(function, several));
    }
    return command;
  }

  /** A path inside one of QEMU's options, where a comma is written twice. */
  private static String escaped(Path path) {
    return path.toString().replace(",", ",,");
  }

  private static SocketChannel connect(
      Path socket, Process process, Thread keeper, ErrorText errors) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (System.nanoTime() - deadline < 0) {
      if (!process.isAlive()) {
        throw died(process, keeper, errors);
      }
      if (Files.exists(socket)) {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
          channel.connect(UnixDomainSocketAddress.of(socket));
          return channel;
        } catch (IOException notYetListening) {
          channel.close();
        }
      }
      pause();
    }
    throw new QemuException("QEMU accepted no connection within " + START_SECONDS + " s");
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QemuException("interrupted while QEMU started", e);
    }
  }

  /** What to throw for a QEMU that is gone, once all that it wrote has been read. */
  private static QemuDiedException died(Process process, Thread keeper, ErrorText errors) {
    try {
      keeper.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new QemuDiedException(process.exitValue(), errors.tail());
  }

  /** The connection that takes commands. */
  QtestClient qtest() {
    return qtest;
  }

  /** All of RAM, shared with QEMU; not accessible any more once this is closed. */
  MemorySegment ram() {
    return ram;
  }

  /** Where QEMU has the SMMU among its objects. */
  String smmuPath() {
    return smmuPath;
  }

  /** For tests: the process. */
  ProcessHandle handle() {
    return process.toHandle();
  }

  /**
   * What to throw after the connection failed: {@link QemuDiedException} if QEMU has ended, or does
   * so within {@value #STOP_SECONDS} s.
   *
   * @param symptom what was seen of it, in words
   */
  private QemuException loss(String symptom) {
    return awaitEnd(process) ? died(process, keeper, errors) : new QemuException("QEMU " + symptom);
  }

  /** Ends QEMU and unmaps its RAM. */
  @Override
  public void close() {
    try {
      qtest.close();
      channel.close();
    } catch (IOException e) {
      throw new QemuException("cannot close the connection to QEMU", e);
    } finally {
      stop(process);
      arena.close();
    }
  }

  /** Asks QEMU to end, and makes it if it does not. */
  private static void stop(Process process) {
    process.destroy();
    if (!awaitEnd(process)) {
      process.destroyForcibly();
      awaitEnd(process);
    }
  }

  private static boolean awaitEnd(Process process) {
    try {
      return process.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    }
  }

  private static void remove(Path folder) {
    try {
      for (String file : List.of(QTEST, QMP, RAM)) {
        Files.deleteIfExists(folder.resolve(file));
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new QemuException("cannot remove " + folder, e);
    }
  }
}
