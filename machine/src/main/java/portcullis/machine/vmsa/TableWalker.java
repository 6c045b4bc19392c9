package portcullis.machine.vmsa;

import portcullis.arch.vmsa.DescriptorKind;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.Bus;

/**
 * Walks VMSAv8-64 tables (DDI 0487 D8.2, D8.3) or VMSAv8-32 Long-descriptor ones (G5.5) of either
 * stage: from the start-level table, or one that a walk cache knows, to a leaf, one descriptor a
 * level, with the checks of a walk in their order (DDI 0487 D8.15.5, IHI 0070 7.3.22). What the
 * leaf permits is for the stage to judge.
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

    /**
     * The physical address of the descriptor at {@code address}, or {@link #NONE}.
     *
     * @param walk takes {@link TableWalk#reachShift}
     */
    long physical(T transaction, TableWalk walk, long address);
  }

  private static final Reach<Object> PHYSICAL =
      (transaction, walk, address) -> {
        walk.reachShift = TableWalk.EVERYWHERE;
        return address;
      };

  /** Read where there is no descriptor; invalid as one, in either byte order. */
  private static final long ABSENT = 0;

  /** log2 of a descriptor's bytes. */
  private static final int DESCRIPTOR_SHIFT = 3;

  private final Bus bus;
  private final WalkCache cache;

  /**
   * A walker.
   *
   * @param bus reads descriptors
   * @param cache keeps table addresses
   */
  public TableWalker(Bus bus, WalkCache cache) {
    this.bus = bus;
    this.cache = cache;
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
   * @param walk holds the tables' shape and cache space, and takes the result
   * @param input below 2<sup>inputBits</sup>, or with the bits above to be ignored
   * @param reach turns each descriptor's address into a physical one, for {@code transaction}
   * @return whether {@code walk} holds a leaf; if not, {@code walk.fault} says why
   */
  public <T> boolean walk(TableWalk walk, long input, T transaction, Reach<? super T> reach) {
    walk.input = input;
    if (cache.resume(walk, input)) {
      if (!read(walk)) {
        return false;
      }
      if (walk.leaf) {
        return true;
      }
      walk.level++;
    } else {
      walk.level = walk.shape.startLevel;
      walk.tableAttributes = 0;
      walk.output = walk.shape.table;
    }
    return descend(walk, transaction, reach);
  }

  /** Goes on from the table of {@code walk.level} that the output is. */
  private <T> boolean descend(TableWalk walk, T transaction, Reach<? super T> reach) {
    while (true) {
      walk.descriptorName = walk.output + slot(walk);
      walk.descriptorAddress = reach.physical(transaction, walk, walk.descriptorName);
      if (walk.descriptorAddress == Reach.NONE) {
        return fail(walk, WalkFault.UNREACHED);
      }
      if (walk.level != walk.shape.startLevel) {
        cache.keep(walk, walk.input);
      }
      if (!read(walk)) {
        return false;
      }
      if (walk.leaf) {
        return true;
      }
      walk.level++;
    }
  }

  /** Reads the descriptor that has been reached, and judges it; false if it is none. */
  private boolean read(TableWalk walk) {
    TableShape shape = walk.shape;
    Granule granule = shape.granule;
    long descriptor = shape.swapped(bus.readOr(walk.descriptorAddress, ABSENT));
    DescriptorKind kind = DescriptorKind.of(descriptor, granule, walk.level, shape.format);
    if (kind == DescriptorKind.INVALID || kind == DescriptorKind.RESERVED) {
      boolean isThere = descriptor != ABSENT || bus.responds(walk.descriptorAddress);
      return fail(walk, isThere ? WalkFault.TRANSLATION : WalkFault.EXTERNAL_ABORT);
    }
    boolean leaf = kind != DescriptorKind.TABLE;
    int shift = leaf ? granule.levelShift(walk.level) : granule.shift();
    long output = shape.format.address(descriptor, shift);
    // Mostly both sizes are one: a table's, which is never the larger, is looked at alone.
    if (output >>> shape.tableBits != 0 && (!leaf || output >>> shape.outputBits != 0)) {
      return fail(walk, WalkFault.ADDRESS_SIZE);
    }
    walk.leaf = leaf;
    walk.leafShift = shift;
    walk.descriptor = descriptor;
    walk.output = output;
    if (!leaf) {
      walk.tableAttributes |= descriptor;
    }
    return true;
  }

  /**
   * Replaces the leaf that {@code walk} has found, unless another has taken its place since: a
   * hardware update of access flag or dirty state (DDI 0487 D8.5).
   *
   * @param address the leaf's physical address, as a write of it is translated
   * @return whether memory and {@code walk} have the new leaf
   */
  public boolean replaceLeaf(TableWalk walk, long address, long leaf) {
    TableShape shape = walk.shape;
    if (!bus.compareAndSwap(address, shape.swapped(walk.descriptor), shape.swapped(leaf))) {
      return false;
    }
    walk.descriptor = leaf;
    return true;
  }

  /** Offset in its table of the input's descriptor. */
  private static long slot(TableWalk walk) {
    TableShape shape = walk.shape;
    int shift = shape.granule.levelShift(walk.level);
    int top =
        walk.level == shape.startLevel ? shape.inputBits : shift + shape.granule.bitsPerLevel();
    return (walk.input & ((1L << top) - 1)) >>> shift << DESCRIPTOR_SHIFT;
  }

  private static boolean fail(TableWalk walk, WalkFault fault) {
    walk.fault = fault;
    return false;
  }
}
