package portcullis.pgtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.arch.vmsa.Granule;
import portcullis.pgtable.TableFormat.Region;

/**
 * Random operations on every kind of table, against a model of ranges, a slow walk written from the
 * manual, and a walker that keeps everything it may.
 */
class PageTableRandomTest {
  private static final int OPERATIONS = 60;

  static Stream<TableFormat> formats() {
    List<TableFormat> formats = new ArrayList<>();
    for (Granule granule : Granule.values()) {
      formats.add(TableFormat.stage1(granule, 39, 48, Region.TTB0));
      formats.add(TableFormat.stage1(granule, 48, 44, Region.TTB1));
      formats.add(TableFormat.stage1(granule, 52, 52, Region.TTB0));
      formats.add(TableFormat.stage1(granule, 52, 52, Region.TTB1));
      formats.add(TableFormat.stage2(granule, 52, 52));
      for (int inputBits : new int[] {32, 36, 40, 42, 43, 44, 46, 48}) {
        for (int level = 0; level <= 3; level++) {
          try {
            formats.add(TableFormat.stage2(granule, inputBits, 48, level));
          } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().contains("cannot start"), e.getMessage());
          }
        }
      }
    }
    return formats.stream();
  }

  @ParameterizedTest
  @MethodSource("formats")
  void agreesWithModelAndSlowWalk(TableFormat format) {
    int number = 0;
    for (BlockSplit split : BlockSplit.values()) {
      for (EmptyTables empty : EmptyTables.values()) {
        new Run(format, new Policy(split, empty), format.toString().hashCode() * 31L + number++)
            .run();
      }
    }
  }

  /** One random sequence. */
  private static final class Run {
    private final Bench bench;
    private final TableFormat format;
    private final Random random;
    private final long[] anchors;
    private final long[] attributes;
    private final long[] permissions;

    Run(TableFormat format, Policy policy, long seed) {
      this.bench = new Bench(format, policy);
      this.format = format;
      this.random = new Random(seed);
      long firstSplit = format.levelBytes(Math.max(format.startLevel(), 0));
      anchors =
          new long[] {
            0,
            Math.max(0, Math.min(firstSplit, bench.inputSize / 2) - 2 * bench.page()),
            bench.inputSize - Math.min(bench.inputSize / 2, 3 * bench.block()),
          };
      boolean sharable = !format.ds();
      if (format.stage() == 1) {
        long base = Stage1Attributes.AF | Stage1Attributes.NON_GLOBAL;
        long share = sharable ? Stage1Attributes.INNER_SHAREABLE : 0;
        permissions =
            new long[] {
              Stage1Attributes.UNPRIVILEGED,
              Stage1Attributes.UNPRIVILEGED | Stage1Attributes.READ_ONLY,
              Stage1Attributes.EXECUTE_NEVER
            };
        attributes =
            new long[] {
              base | share | Stage1Attributes.memoryType(1) | permissions[0],
              base | Stage1Attributes.memoryType(7) | permissions[1]
            };
      } else {
        permissions =
            new long[] {
              Stage2Attributes.READ,
              Stage2Attributes.READ | Stage2Attributes.WRITE,
              Stage2Attributes.READ | Stage2Attributes.EXECUTE_NEVER
            };
        attributes =
            new long[] {
              Stage2Attributes.NORMAL
                  | (sharable ? Stage2Attributes.INNER_SHAREABLE : 0)
                  | permissions[1],
              Stage2Attributes.DEVICE_NGNRE | permissions[0]
            };
      }
    }

    void run() {
      for (int i = 0; i < OPERATIONS; i++) {
        boolean scarce = random.nextInt(8) == 0;
        bench.memory.budget = scarce ? random.nextInt(4) : Long.MAX_VALUE;
        long va = address();
        long bytes = length(va);
        Result result = operate(format.address(va), va, bytes);
        if (!scarce) {
          assertTrue(result == Result.OK || result == Result.EXISTS, result::toString);
        }
        bench.checkAt(va);
        bench.checkAt(va + bytes - 1);
        if (va > 0) {
          bench.checkAt(va - 1);
        }
        if (va + bytes < bench.inputSize) {
          bench.checkAt(va + bytes);
        }
        if (i % 10 == 0 || result == Result.NO_MEMORY) {
          bench.checkAll();
        }
      }
      bench.checkAll();
      bench.memory.budget = 0;
      if (random.nextBoolean()) {
        assertEquals(Result.OK, bench.unmap(format.address(0), bench.inputSize));
        assertEquals(format.rootPages(), bench.memory.outstanding());
      }
      bench.tlb.stop();
      bench.table.destroy();
      assertEquals(0, bench.memory.outstanding());
    }

    private Result operate(long in, long va, long bytes) {
      return switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> {
          long out = output(va, bytes);
          yield bench.map(in, out, bytes, attributes[random.nextInt(2)]);
        }
        case 4, 5 -> bench.unmap(in, bytes);
        case 6 -> bench.annotate(in, bytes, 1 + random.nextInt(3));
        case 7 -> bench.protect(in, bytes, permissions[random.nextInt(3)]);
        default -> bench.coalesce(in);
      };
    }

    private long address() {
      long unit = random.nextInt(3) == 0 ? bench.page() : bench.block();
      long va = anchors[random.nextInt(3)] + unit * random.nextInt(4);
      return Math.min(va & -bench.page(), bench.inputSize - bench.page());
    }

    private long length(long va) {
      long bytes =
          switch (random.nextInt(4)) {
            case 0 -> bench.page() * (1 + random.nextInt(20));
            case 1 -> bench.block() * (1 + random.nextInt(2));
            case 2 -> (va | (bench.block() - 1)) + 1 - va;
            default -> Math.max(bench.block(), format.levelBytes(1));
          };
      return Math.min(bytes, bench.inputSize - va);
    }

    /** Mostly as aligned as the input, so that blocks are possible; a shift only for few pages. */
    private long output(long va, long bytes) {
      long space = 1L << format.outputBits();
      long out = (va + bench.block() * random.nextInt(2)) & (space - 1);
      if (bytes <= 2 * bench.block() && random.nextInt(4) == 0) {
        out += bench.page();
      }
      return out <= space - bytes ? out : va & (bench.block() - 1);
    }
  }
}
