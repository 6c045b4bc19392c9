package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What the documents name exists: files, classes, tests, commands and their options, code. */
class DocumentationTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern LINK = Pattern.compile("\\[([^\\[\\]]+)\\]\\(([^()\\s]+)\\)");
  private static final Pattern MEMBER = Pattern.compile("([A-Z]\\w*)\\.(\\w+)");
  private static final Pattern COMMAND =
      Pattern.compile("(?:\\./)?portcullis ([a-z]+(?![a-z:])[^`#>]*)");
  private static final Pattern PART = Pattern.compile("\\| (\\d+) \\| .*");
  private static final String FENCE = "```";
  private static final int PARTS = 25;

  private record Link(Path document, String text, Path target) {}

  private static List<Path> documents() throws IOException {
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      return Stream.concat(
              Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")),
              docs.filter(file -> file.toString().endsWith(".md")).sorted())
          .toList();
    }
  }

  /** The relative links of some text of a document. */
  private static List<Link> links(Path document, String text) {
    List<Link> links = new ArrayList<>();
    Matcher matcher = LINK.matcher(text);
    while (matcher.find()) {
      String target = matcher.group(2).replaceFirst("#.*", "");
      if (!target.isEmpty() && !target.contains("://")) {
        links.add(new Link(document, matcher.group(1), document.resolveSibling(target)));
      }
    }
    return links;
  }

  private static boolean isTest(Link link) {
    return link.target().toString().contains("src/test/java");
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    int links = 0;
    for (Path document : documents()) {
      for (Link link : links(document, Files.readString(document))) {
        assertTrue(Files.exists(link.target()), link::toString);
        links++;
      }
    }
    assertTrue(links > 100, links + " links");
  }

  /** A link to a source file is called as the class there, or as one of its members. */
  @Test
  void everyClassAndMemberNamedIsThere() throws IOException {
    for (Path document : documents()) {
      for (Link link : links(document, Files.readString(document))) {
        if (!link.target().toString().endsWith(".java")) {
          continue;
        }
        String source = Files.readString(link.target());
        Matcher member = MEMBER.matcher(link.text());
        String type = member.matches() ? member.group(1) : link.text();
        assertEquals(type + ".java", link.target().getFileName().toString(), link::toString);
        if (member.matches()) {
          String declared = isTest(link) ? testNamed(member.group(2)) : member.group(2) + "\\(";
          assertTrue(Pattern.compile(declared).matcher(source).find(), link::toString);
        }
      }
    }
  }

  /** A method of that name that JUnit runs. */
  private static String testNamed(String name) {
    return "@(?:Test|ParameterizedTest)\\b(?:(?!\\bvoid\\b)[\\s\\S])*\\bvoid " + name + "\\(";
  }

  @Test
  void everyPartOfTheSeriesHasItsClassesAndTests() throws IOException {
    Path map = ROOT.resolve("docs/series-map.md");
    List<Integer> parts = new ArrayList<>();
    for (String line : Files.readAllLines(map)) {
      Matcher part = PART.matcher(line);
      if (part.matches()) {
        parts.add(Integer.parseInt(part.group(1)));
        List<Link> links = links(map, line);
        assertTrue(links.stream().anyMatch(link -> !isTest(link)), "no class: " + line);
        assertTrue(links.stream().anyMatch(link -> isTest(link)), "no test: " + line);
      }
    }
    assertEquals(Stream.iterate(1, part -> part + 1).limit(PARTS).toList(), parts);
  }

  /** Each is a command with options that it has; in a block of its own it is complete as well. */
  @Test
  void everyCommandShownIsOne() throws IOException {
    Set<String> used = new HashSet<>();
    for (Path document : documents()) {
      boolean block = false;
      for (String line : Files.readAllLines(document)) {
        block ^= line.startsWith(FENCE);
        boolean whole = block && line.matches("(?:\\$ )?(?:\\./)?portcullis .*");
        Matcher shown = COMMAND.matcher(line);
        while (shown.find() && (whole || line.contains("`" + shown.group()))) {
          String[] words = shown.group(1).strip().split("\\s+");
          used.add(words[0]);
          assertCommand(document, words, whole);
        }
      }
    }
    assertEquals(line().getSubcommands().keySet(), used, "each is documented");
  }

  private static void assertCommand(Path document, String[] words, boolean whole) {
    String shown = document + ": " + String.join(" ", words);
    CommandLine command = line().getSubcommands().get(words[0]);
    assertNotNull(command, shown);
    for (String word : words) {
      String option = word.replaceFirst("[,.;:)]*$", "");
      if (option.startsWith("--")) {
        assertNotNull(command.getCommandSpec().findOption(option), shown);
      }
    }
    if (whole) {
      assertDoesNotThrow(() -> line().parseArgs(words), shown);
    }
  }

  private static CommandLine line() {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    return Main.commandLine(nowhere, nowhere);
  }

  /** Java that is shown stands so in the source, line by line. */
  @Test
  void everyLineOfJavaShownIsInTheSource() throws IOException {
    Set<String> source = sourceLines();
    int lines = 0;
    for (Path document : documents()) {
      boolean java = false;
      for (String line : Files.readAllLines(document)) {
        if (line.startsWith(FENCE)) {
          java = line.equals(FENCE + "java");
        } else if (java && !line.isBlank()) {
          assertTrue(source.contains(line.strip()), () -> document + ": " + line);
          lines++;
        }
      }
    }
    assertTrue(lines > 0, "none is shown");
  }

  private static Set<String> sourceLines() throws IOException {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules
          .map(module -> module.resolve("src/main/java"))
          .filter(Files::isDirectory)
          .flatMap(DocumentationTest::javaFiles)
          .flatMap(DocumentationTest::lines)
          .map(String::strip)
          .collect(Collectors.toSet());
    }
  }

  private static Stream<Path> javaFiles(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
