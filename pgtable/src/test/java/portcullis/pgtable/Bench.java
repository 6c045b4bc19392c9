package portcullis.pgtable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import portcullis.arch.vmsa.Granule;

/** One table with its memory, its hoarding walker, the slow walker and the model it is held to. */
final class Bench {
  final TableFormat format;
  final TableMemory memory;
  final SlowWalker slow;
  final HoardingTlb tlb;
  final PageTable table;
  final RangeModel model;
  final long inputSize;
  private final Walk walk = new Walk();

  Bench(TableFormat format, Policy policy) {
    this.format = format;
    int pageBits = format.granule().shift();
    boolean wide = format.outputBits() == 52;
    // Tables high up, so that every address bit of a table descriptor is needed.
    memory = new TableMemory(pageBits, (1L << format.outputBits()) - (1L << 31));
    slow = new SlowWalker(memory, pageBits, format.inputBits(), format.startLevel(), wide);
    // AP or S2AP in bits 7:6, PXN and UXN or XN in 54:53.
    long permissions = 0x0060_0000_0000_00c0L;
    tlb =
        new HoardingTlb(
            memory,
            slow,
            pageBits,
            format.inputBits(),
            format.startLevel(),
            permissions,
            policy.blockSplit() == BlockSplit.REPLACE,
            format.region() == TableFormat.Region.TTB1);
    table = PageTable.create(format, memory, memory, tlb, TableObserver.NONE, policy).orElseThrow();
    tlb.use(table.root());
    inputSize = 1L << format.inputBits();
    model = new RangeModel(inputSize);
  }

  static Bench stage2(Granule granule, int inputBits) {
    return new Bench(TableFormat.stage2(granule, inputBits, 48), Policy.DEFAULT);
  }

  long page() {
    return format.granule().bytes();
  }

  long block() {
    return format.levelBytes(2);
  }

  /** The caller's side of an operation: complete, then nothing stale may be left. */
  void settle() {
    tlb.complete();
    tlb.assertNothingStale();
  }

  Result map(long in, long out, long bytes, long attributes) {
    long va = format.offset(in);
    RangeModel.State wanted = RangeModel.State.to(out - va, attributes);
    Result expected = model.canMap(va, va + bytes, wanted) ? Result.OK : Result.EXISTS;
    Result result = table.map(in, out, bytes, attributes);
    settle();
    if (result != Result.NO_MEMORY) {
      assertEquals(expected, result);
    }
    if (result == Result.OK) {
      model.put(va, va + bytes, wanted);
    }
    return result;
  }

  Result unmap(long in, long bytes) {
    return put(in, bytes, table.unmap(in, bytes), RangeModel.State.NOTHING);
  }

  Result annotate(long in, long bytes, long annotation) {
    return put(
        in, bytes, table.annotate(in, bytes, annotation), RangeModel.State.annotated(annotation));
  }

  private Result put(long in, long bytes, Result result, RangeModel.State state) {
    settle();
    if (result == Result.OK) {
      long va = format.offset(in);
      model.put(va, va + bytes, state);
    }
    return result;
  }

  Result protect(long in, long bytes, long permissions) {
    Result result = table.protect(in, bytes, permissions);
    settle();
    if (result == Result.OK) {
      long va = format.offset(in);
      model.protect(va, va + bytes, format.permissionMask(), permissions);
    }
    return result;
  }

  Result coalesce(long in) {
    Result result = table.coalesce(in);
    settle();
    return result;
  }

  /** One address: model, module's walk and slow walk agree. */
  void checkAt(long va) {
    RangeModel.State state = model.at(va);
    SlowWalker.Answer slowly = slow.walk(table.root(), va);
    assertEquals(state.mapped(), slowly.mapped(), () -> "slow walk of " + Long.toHexString(va));
    assertEquals(state.mapped(), table.walk(format.address(va), walk));
    assertEquals(slowly.level(), walk.level());
    assertEquals(slowly.descriptor(), walk.descriptor());
    assertEquals(state.annotation(), walk.annotation());
    if (state.mapped()) {
      assertEquals(va + state.delta(), slowly.out());
      assertEquals(state.attributes(), slowly.attributes());
      assertEquals(slowly.out(), walk.out());
      assertEquals(slowly.attributes(), walk.attributes());
    } else {
      assertEquals(state.annotation() << 2, slowly.descriptor());
    }
  }

  /** Everything: each entry against the model, and each page of memory is a table in use. */
  void checkAll() {
    assertEquals(model.joined(), visited());
    assertEquals(slow.tablePages(table.root()).size(), memory.outstanding());
  }

  private List<RangeModel.Range> visited() {
    List<RangeModel.Range> joined = new ArrayList<>();
    table.visit(
        format.address(0),
        inputSize,
        (in, bytes, level, descriptor) -> {
          long va = format.offset(in);
          RangeModel.State state =
              TableFormat.isValid(descriptor)
                  ? RangeModel.State.to(
                      format.output(descriptor, level) - va, format.attributes(descriptor))
                  : RangeModel.State.annotated(TableFormat.annotation(descriptor));
          RangeModel.append(joined, new RangeModel.Range(va, va + bytes, state));
          return true;
        });
    return joined;
  }
}
