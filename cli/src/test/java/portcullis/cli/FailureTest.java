package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Command;

/** Failures that are not the input's: defects, and output that goes nowhere. */
class FailureTest {
  private static final Path FULL = Path.of("/dev/full");

  /** A command with a defect. */
  @Command(name = "break")
  static final class Broken implements Runnable {
    private final Supplier<Error> error;

    Broken(Supplier<Error> error) {
      this.error = error;
    }

    @Override
    public void run() {
      if (error == null) {
        throw new IllegalStateException("two\nlines");
      }
      throw error.get();
    }
  }

  static Stream<Supplier<Error>> errors() {
    return Stream.of(
        () -> new OutOfMemoryError("Java heap space"),
        StackOverflowError::new,
        () -> new AssertionError("1 > 2"));
  }

  @Test
  void aDefectIsToldInOneLine() {
    Ran.with(new Broken(null), "break")
        .assertInputError(
            "portcullis break: this is a defect of portcullis: java.lang.IllegalStateException:"
                + " two lines (--debug shows where)");
  }

  @ParameterizedTest
  @MethodSource("errors")
  void anErrorIsToldInOneLine(Supplier<Error> error) {
    Ran.with(new Broken(error), "break")
        .assertInputError(
            "portcullis: this is a defect of portcullis: "
                + error.get()
                + " (--debug shows where)");
  }

  @Test
  void debugShowsWhere() {
    for (Ran ran :
        new Ran[] {
          Ran.with(new Broken(null), "break", "--debug"),
          Ran.with(new Broken(null), "--debug", "break"),
          Ran.with(new Broken(StackOverflowError::new), "break", "--debug")
        }) {
      assertEquals(2, ran.code());
      assertTrue(ran.err().contains("FailureTest$Broken.run(FailureTest.java:"), ran::err);
    }
  }

  @Test
  void traceOntoFullDevice() {
    assumeTrue(Files.exists(FULL));
    Ran.of("run", "--trace", FULL.toString())
        .assertInputError("portcullis run: /dev/full: cannot be written: No space left on device");
  }

  @Test
  void outputIsWrittenWhole() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertEquals(1, deliver("käse\n", out, "", 1));
    assertEquals("käse\n", out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void lostOutputIsAnError() throws IOException {
    assumeTrue(Files.exists(FULL));
    try (OutputStream full = Files.newOutputStream(FULL)) {
      String line = "portcullis: standard output: cannot be written: No space left on device\n";
      assertEquals(2, deliver("text", full, line, 0));
    }
  }

  @Test
  void aReaderThatHasEnoughIsNoError() {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    assertEquals(1, deliver("text", closed, "", 1));
  }

  private static int deliver(String text, OutputStream out, String expectedError, int code) {
    StringWriter err = new StringWriter();
    int delivered = Main.deliver(text, out, new PrintWriter(err, true), code);
    assertEquals(expectedError, err.toString());
    return delivered;
  }
}
