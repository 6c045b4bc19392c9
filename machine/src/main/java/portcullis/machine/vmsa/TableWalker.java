package portcullis.machine.vmsa;

import portcullis.arch.vmsa.DescriptorKind;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.Bus;

/**
 * Walks VMSAv8-64 tables of either stage (DDI 0487 D8.2, D8.3): from the start-level table to a
 * leaf, one descriptor a level, with the checks of a walk in their order (DDI 0487 D8.15.5, IHI
 * 0070 7.3.22). What the leaf permits is for the stage to judge.
 */
public final class TableWalker {

  /**
   * Where a descriptor's address leads.
   *
   * @param <T> what the walk is done for
   */
  @FunctionalInterface
  public interface Reach<T> {
    /** No physical address: {@code transaction} carries the fault. */
    long NONE = -1;

    /** The physical address of the descriptor at {@code address}, or {@link #NONE}. */
    long physical(T transaction, long address);
  }

  private static final Reach<Object> PHYSICAL = (transaction, address) -> address;

  private final Bus bus;

  /** A walker that reads descriptors over {@code bus}. */
  public TableWalker(Bus bus) {
    this.bus = bus;
  }

  /**
   * Walks tables that lie at physical addresses; see {@link #walk(TableWalk, long, Object, Reach)}.
   */
  public boolean walk(TableWalk walk, long input) {
    return walk(walk, input, null, PHYSICAL);
  }

  /**
   * Walks to the leaf for {@code input}, at most five lookups.
   *
   * @param walk holds the tables' shape, and takes the result
   * @param input below 2<sup>inputBits</sup>, or with the bits above to be ignored
   * @param reach turns each descriptor's address into a physical one, for {@code transaction}
   * @return whether {@code walk} holds a leaf; if not, {@code walk.fault} says why
   */
  public <T> boolean walk(TableWalk walk, long input, T transaction, Reach<? super T> reach) {
    Granule granule = walk.granule;
    walk.tableAttributes = 0;
    long table = walk.table;
    int indexTop = walk.inputBits;
    for (int level = walk.startLevel; level <= Granule.LAST_LEVEL; level++) {
      walk.level = level;
      int shift = granule.levelShift(level);
      long index = (input & ((1L << indexTop) - 1)) >>> shift;
      long address = reach.physical(transaction, table + index * Long.BYTES);
      if (address == Reach.NONE) {
        return fail(walk, WalkFault.UNREACHED);
      }
      if (!bus.responds(address)) {
        walk.fetchAddress = address;
        return fail(walk, WalkFault.EXTERNAL_ABORT);
      }
      long descriptor = bus.read(address, Long.BYTES);
      DescriptorKind kind = DescriptorKind.of(descriptor, granule, level, walk.format);
      if (kind == DescriptorKind.INVALID || kind == DescriptorKind.RESERVED) {
        return fail(walk, WalkFault.TRANSLATION);
      }
      boolean leaf = kind != DescriptorKind.TABLE;
      long output = walk.format.address(descriptor, leaf ? shift : granule.shift());
      if (output >>> walk.outputBits != 0) {
        return fail(walk, WalkFault.ADDRESS_SIZE);
      }
      if (leaf) {
        walk.descriptor = descriptor;
        walk.output = output;
        return true;
      }
      walk.tableAttributes |= descriptor;
      table = output;
      indexTop = shift;
    }
    throw new AssertionError("a descriptor of the last level is a leaf");
  }

  private static boolean fail(TableWalk walk, WalkFault fault) {
    walk.fault = fault;
    return false;
  }
}
