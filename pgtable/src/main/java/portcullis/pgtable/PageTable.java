package portcullis.pgtable;

import java.util.Optional;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.platform.PhysicalMemory;

/**
 * A translation table of stage 1 or stage 2, for one root.
 *
 * <p>Each input page is unmapped, mapped (to an output page, with attributes), or annotated:
 * unmapped with a number that says why, such as an owner. Blocks and annotations stand at the
 * highest level that alignment and size allow; an operation on part of one splits it.
 *
 * <p>The object itself never changes: all state is in the table pages, and two objects for the same
 * root are interchangeable. Every change of a descriptor is one aligned 64-bit store, and a new
 * table is complete before it is linked, so that walkers on other CPUs and SMMUs always see a whole
 * table. Callers exclude each other. A range that wraps, is empty, not of whole pages, or outside
 * the format gives {@link Result#INVALID}, never an exception. Nothing is allocated on the Java
 * heap.
 *
 * <p>Costs are in descriptors read and written. Going down to a range reads one per level; then
 * each in the range is read once, and where {@link #map} covers several above level 3, twice (to
 * judge all of it before changing any). Splitting a block writes one table a level.
 *
 * <p>When an operation returns, its invalidations have been asked for but need not be complete: see
 * {@link TlbMaintenance}. If {@link TlbMaintenance#complete} fails before unlinked table pages are
 * freed, these are given up: they stay allocated for ever, since a walker may still read them.
 */
public final class PageTable {
  private static final int LAST_LEVEL = Granule.LAST_LEVEL;
  private static final long NO_PAGE = PageAllocator.NO_PAGE;

  /** No pages could be set aside; differs from {@link #NO_PAGE}, the chain of none. */
  private static final long EXHAUSTED = NO_PAGE - 1;

  private static final long CONFLICT = -1;

  /** At every stage and level the same two bits tell what a descriptor is. */
  private static final long VALID = Stage2Descriptor.VALID.mask();

  private static final long TYPE = VALID | Stage2Descriptor.TABLE.mask();

  private final TableFormat format;
  private final PhysicalMemory memory;
  private final PageAllocator allocator;
  private final TlbMaintenance tlb;
  private final TableObserver observer;
  private final Policy policy;
  private final long root;

  private final AddressFormat addresses;
  private final int pageShift;
  private final int bitsPerLevel;
  private final int entries;
  private final int startLevel;
  private final int firstBlockLevel;
  private final long attributeMask;

  /**
   * A view of an existing table.
   *
   * @param root physical address of its root
   */
  public PageTable(
      TableFormat format,
      PhysicalMemory memory,
      PageAllocator allocator,
      TlbMaintenance tlb,
      TableObserver observer,
      Policy policy,
      long root) {
    this.format = format;
    this.memory = memory;
    this.allocator = allocator;
    this.tlb = tlb;
    this.observer = observer;
    this.policy = policy;
    this.root = root;
    Granule granule = format.granule();
    this.addresses = format.addressFormat();
    this.pageShift = granule.shift();
    this.bitsPerLevel = granule.bitsPerLevel();
    this.entries = granule.entries();
    this.startLevel = format.startLevel();
    this.firstBlockLevel =
        policy.leaves() == Leaves.PAGES ? LAST_LEVEL : granule.firstBlockLevel(addresses);
    this.attributeMask = format.attributeMask();
  }

  /**
   * A new table that maps nothing, its root taken from {@code allocator}.
   *
   * @return empty if the allocator is exhausted
   */
  public static Optional<PageTable> create(
      TableFormat format,
      PhysicalMemory memory,
      PageAllocator allocator,
      TlbMaintenance tlb,
      TableObserver observer,
      Policy policy) {
    long root = allocator.allocate(format.rootPages());
    if (root == NO_PAGE) {
      return Optional.empty();
    }
    observer.written(root, (long) format.rootPages() << format.granule().shift());
    return Optional.of(new PageTable(format, memory, allocator, tlb, observer, policy, root));
  }

  /** The table's shape. */
  public TableFormat format() {
    return format;
  }

  /** Physical address of the root, as TTBR, VTTBR, CD.TTB0 or STE.S2TTB take it. */
  public long root() {
    return root;
  }

  // Operations.

  /**
   * Maps {@code [in, in+bytes)} to {@code [out, out+bytes)}, with the largest blocks that the
   * alignment of both and the size allow, inside the tables that exist. What is mapped just so
   * already stays (a page's descriptor is then written again, unchanged). No invalidation is
   * needed, as walkers do not cache what is unmapped, but for an empty table that gives way to a
   * block.
   *
   * @param attributes of {@link TableFormat#attributeMask}
   * @return OK; EXISTS if any of it is mapped otherwise or annotated; NO_MEMORY; INVALID
   */
  public Result map(long in, long out, long bytes, long attributes) {
    if (!format.covers(in, bytes)
        || !format.canOutput(out, bytes)
        || (attributes & ~attributeMask) != 0) {
      return Result.INVALID;
    }
    long va = format.offset(in);
    long table = root;
    int level = startLevel;
    while (withinOneEntry(level, va, bytes)) {
      long entry = memory.read64(slot(table, level, va));
      if (!isTable(entry, level)) {
        break;
      }
      table = next(entry);
      level++;
    }
    long tables = tablesToMap(table, level, va, out, bytes, attributes);
    if (tables == CONFLICT) {
      return Result.EXISTS;
    }
    long spares = reserve(tables);
    if (spares == EXHAUSTED) {
      return Result.NO_MEMORY;
    }
    long left = install(table, level, va, out, bytes, attributes, spares);
    assert left == NO_PAGE : "more tables were set aside than needed";
    written(table, level, va, bytes);
    return Result.OK;
  }

  /**
   * Makes {@code [in, in+bytes)} unmapped and without annotation, whatever it was.
   *
   * @return OK; NO_MEMORY if a block at an edge cannot be split; TIMEOUT; INVALID
   */
  public Result unmap(long in, long bytes) {
    return change(in, bytes, 0, 0);
  }

  /**
   * Makes {@code [in, in+bytes)} unmapped, whatever it was, and leaves a number there that walkers
   * ignore, in the bits of an invalid descriptor that are software's (DDI 0487 D8.3.1).
   *
   * @param annotation 1 to {@link TableFormat#MAX_ANNOTATION}
   * @return OK; NO_MEMORY; TIMEOUT; INVALID, also for an annotation out of range
   */
  public Result annotate(long in, long bytes, long annotation) {
    if (annotation < 1 || annotation > TableFormat.MAX_ANNOTATION) {
      return Result.INVALID;
    }
    return change(in, bytes, 0, TableFormat.annotated(annotation));
  }

  /**
   * Gives new permissions to what is mapped within {@code [in, in+bytes)}; the rest stays as it is.
   *
   * @param permissions of {@link TableFormat#permissionMask}
   * @return OK; NO_MEMORY; TIMEOUT; INVALID, also for bits that are no permissions
   */
  public Result protect(long in, long bytes, long permissions) {
    long mask = format.permissionMask();
    if ((permissions & ~mask) != 0) {
      return Result.INVALID;
    }
    return change(in, bytes, ~mask, permissions);
  }

  /**
   * Merges the tables around {@code in} that only say what one entry could: contiguous blocks or
   * pages of the same attributes, the same annotation, or nothing. As far up as it goes, by one
   * replacement of one entry. Never fails for memory. Reads at most the entries of one table a
   * level that stays.
   *
   * @param in a page's address
   * @return OK, whether anything was merged or not; TIMEOUT; INVALID
   */
  public Result coalesce(long in) {
    if (!format.covers(in, 1L << pageShift)) {
      return Result.INVALID;
    }
    return merge(root, startLevel, format.offset(in));
  }

  /**
   * Looks one address up.
   *
   * @param in any address; outside the input space nothing is mapped
   * @param walk filled with where the walk ended; where {@code in} is outside the input space, with
   *     an empty entry of the root
   * @return whether it is mapped
   */
  public boolean walk(long in, Walk walk) {
    long va = format.offset(in);
    int level = startLevel;
    long entry = 0;
    if (in == format.address(va)) {
      entry = memory.read64(slot(root, level, va));
      while (isTable(entry, level)) {
        level++;
        entry = memory.read64(slot(next(entry), level, va));
      }
    }
    walk.set(format, in, level, entry);
    return TableFormat.isValid(entry);
  }

  /**
   * Shows every block, page and annotation that {@code [in, in+bytes)} touches, in ascending order.
   *
   * @return OK, also if the visitor ended it; INVALID
   */
  public Result visit(long in, long bytes, EntryVisitor visitor) {
    if (!format.covers(in, bytes)) {
      return Result.INVALID;
    }
    visit(root, startLevel, format.offset(in), bytes, visitor);
    return Result.OK;
  }

  /**
   * How many table pages mapping {@code [in, in+bytes)} takes at most: exactly as many if there are
   * none yet below the root. O(levels), reads nothing. The range must be valid for {@link #map}.
   */
  public long tablesNeeded(long in, long out, long bytes) {
    return emptyTablesBelow(startLevel, format.offset(in), out, bytes);
  }

  /**
   * How many table pages any one operation on {@code [in, in+bytes)} takes at most: {@link #unmap},
   * {@link #annotate}, {@link #protect}, or an identity {@link #map}. O(levels), reads nothing.
   */
  public long tablesNeeded(long in, long bytes) {
    return tablesNeeded(in, format.offset(in), bytes);
  }

  /**
   * Frees every table, the root too. Nothing walks the table any more, and walkers have been made
   * to forget it; this object and all others of the same root are dead afterwards.
   */
  public void destroy() {
    for (long slot = root; slot < root + 8L * format.rootEntries(); slot += 8) {
      long entry = memory.read64(slot);
      if (isTable(entry, startLevel)) {
        freeTree(next(entry), startLevel + 1);
      }
    }
    allocator.free(root, format.rootPages());
  }

  // Mapping. Inside, addresses are offsets from the first input address.

  /**
   * How many tables mapping the range below {@code table} takes, or {@link #CONFLICT}. Writes
   * nothing.
   */
  private long tablesToMap(long table, int level, long va, long out, long bytes, long attributes) {
    long tables = 0;
    long span;
    for (long done = 0; done < bytes; done += span) {
      long at = va + done;
      long to = out + done;
      span = span(level, at, bytes - done);
      long entry = memory.read64(slot(table, level, at));
      if (isTable(entry, level)) {
        long below = tablesToMap(next(entry), level + 1, at, to, span, attributes);
        if (below == CONFLICT) {
          return CONFLICT;
        }
        tables += below;
      } else if (entry != 0) {
        if (!maps(entry, level, at, to, attributes)) {
          return CONFLICT;
        }
      } else if (!fitsEntry(level, to, span)) {
        tables += 1 + emptyTablesBelow(level + 1, at, to, span);
      }
    }
    return tables;
  }

  /** How many tables mapping the range takes below an empty table of {@code level}. */
  private long emptyTablesBelow(int level, long va, long out, long bytes) {
    long tables = 0;
    for (int above = level; above < LAST_LEVEL; above++) {
      if (above >= firstBlockLevel && ((va ^ out) & (size(above) - 1)) == 0) {
        tables += entriesCut(above, va, bytes);
      } else {
        tables += ((va + bytes - 1) >>> shift(above)) - (va >>> shift(above)) + 1;
      }
    }
    return tables;
  }

  /** How many entries of {@code level} the range covers partly: 0, 1 or 2. */
  private int entriesCut(int level, long va, long bytes) {
    boolean head = isCut(level, va);
    boolean tail = isCut(level, va + bytes);
    boolean same = va >>> shift(level) == (va + bytes - 1) >>> shift(level);
    return head && tail ? (same ? 1 : 2) : head || tail ? 1 : 0;
  }

  /**
   * Maps a range that {@link #tablesToMap} has judged, so every entry in it is empty, a table or as
   * wanted already. The caller reports the entries of {@code table} as written.
   *
   * @param spares the chain of tables set aside
   * @return what is left of it
   */
  private long install(
      long table, int level, long va, long out, long bytes, long attributes, long spares) {
    long left = spares;
    long span;
    for (long done = 0; done < bytes; done += span) {
      long at = va + done;
      long to = out + done;
      span = span(level, at, bytes - done);
      long slot = slot(table, level, at);
      long entry = level == LAST_LEVEL ? 0 : memory.read64(slot);
      boolean fits = fitsEntry(level, to, span);
      if (isTable(entry, level)) {
        if (fits && unlinkEmpty(slot, level, at, entry)) {
          store(slot, leaf(level, to, attributes));
        } else {
          left = install(next(entry), level + 1, at, to, span, attributes, left);
          written(next(entry), level + 1, at, span);
        }
      } else if (entry == 0) {
        if (fits) {
          store(slot, leaf(level, to, attributes));
        } else {
          long child = left;
          long rest = takeSpare(child);
          left = install(child, level + 1, at, to, span, attributes, rest);
          observer.written(child, 1L << pageShift);
          store(slot, tableDescriptor(child));
        }
      }
    }
    return left;
  }

  /** Takes tables that map nothing out, so that a block can have their place. Whether it could. */
  private boolean unlinkEmpty(long slot, int level, long va, long entry) {
    long child = next(entry);
    if (policy.emptyTables() == EmptyTables.FREE || !mapsNothing(child, level + 1)) {
      return false;
    }
    write(slot, 0);
    tlb.invalidate(format.address(va), size(level), level, false);
    if (!tlb.complete()) {
      write(slot, entry);
      return false;
    }
    freeTree(child, level + 1);
    return true;
  }

  /** Whether a table, not the root, has no entry but tables that map nothing either. */
  private boolean mapsNothing(long table, int level) {
    for (int i = 0; i < entries; i++) {
      long entry = memory.read64(table + 8L * i);
      if (entry != 0 && !(isTable(entry, level) && mapsNothing(next(entry), level + 1))) {
        return false;
      }
    }
    return true;
  }

  // Unmapping, annotating, protecting: each entry e of the range becomes altered(e, keep, set).

  /**
   * What becomes of an entry: with {@code keep} 0, {@code set} whatever it was; else, if it maps,
   * its kept bits and {@code set}.
   */
  private static long altered(long entry, long keep, long set) {
    if (keep == 0) {
      return set;
    }
    return TableFormat.isValid(entry) ? (entry & keep) | set : entry;
  }

  private Result change(long in, long bytes, long keep, long set) {
    if (!format.covers(in, bytes)) {
      return Result.INVALID;
    }
    long va = format.offset(in);
    long table = root;
    int level = startLevel;
    while (withinOneEntry(level, va, bytes)) {
      long slot = slot(table, level, va);
      long entry = memory.read64(slot);
      if (!isTable(entry, level)) {
        return changeWithin(slot, level, entry, va, bytes, keep, set);
      }
      table = next(entry);
      level++;
    }
    long end = va + bytes;
    long headSpares = reserve(tablesToCut(table, level, va, keep, set));
    if (headSpares == EXHAUSTED) {
      return Result.NO_MEMORY;
    }
    long tailSpares = reserve(tablesToCut(table, level, end, keep, set));
    if (tailSpares == EXHAUSTED) {
      release(headSpares);
      return Result.NO_MEMORY;
    }
    boolean cutsHead = headSpares != NO_PAGE;
    boolean cutsTail = tailSpares != NO_PAGE;
    int headLevel = cutsHead ? leafLevel(table, level, va) : level;
    int tailLevel = cutsTail ? leafLevel(table, level, end) : level;
    long headSlot = cutsHead ? leafSlot(table, level, va) : NO_PAGE;
    long tailSlot = cutsTail ? leafSlot(table, level, end) : NO_PAGE;
    long head = cutsHead ? memory.read64(headSlot) : 0;
    long tail = cutsTail ? memory.read64(tailSlot) : 0;
    long from = cutsHead ? (va & -size(headLevel)) + size(headLevel) : va;
    long to = cutsTail ? end & -size(tailLevel) : end;
    boolean broken = false;
    if (cutsHead) {
      replacement(headLevel, head, va, from - va, keep, set, headSpares);
      broken = breakFirst(headSlot, headLevel, head, va);
    }
    if (cutsTail) {
      replacement(tailLevel, tail, to, end - to, keep, set, tailSpares);
      broken |= breakFirst(tailSlot, tailLevel, tail, to);
    }
    alter(table, level, from, to - from, keep, set);
    boolean complete = !broken || tlb.complete();
    if (cutsHead) {
      link(headSlot, headLevel, head, va, headSpares, complete);
    }
    if (cutsTail) {
      link(tailSlot, tailLevel, tail, to, tailSpares, complete);
    }
    if (!complete) {
      return Result.TIMEOUT;
    }
    if (unmaps(keep, set) && table != root && isEmpty(table, index(level, end))) {
      prune(root, startLevel, va);
    }
    return Result.OK;
  }

  /** Changes a range that is part of one entry which is no table. */
  private Result changeWithin(
      long slot, int level, long entry, long va, long bytes, long keep, long set) {
    if (altered(entry, keep, set) == entry) {
      return Result.OK;
    }
    int tables = 0;
    for (int above = level; above < LAST_LEVEL; above++) {
      tables += entriesCut(above, va, bytes);
    }
    long spares = reserve(tables);
    if (spares == EXHAUSTED) {
      return Result.NO_MEMORY;
    }
    replacement(level, entry, va, bytes, keep, set, spares);
    boolean complete = !breakFirst(slot, level, entry, va) || tlb.complete();
    link(slot, level, entry, va, spares, complete);
    return complete ? Result.OK : Result.TIMEOUT;
  }

  /** How many tables it takes until {@code boundary} lies between two entries. */
  private int tablesToCut(long start, int level, long boundary, long keep, long set) {
    long table = start;
    int at = level;
    long entry = 0;
    while (isCut(at, boundary)) {
      entry = memory.read64(slot(table, at, boundary));
      if (!isTable(entry, at)) {
        break;
      }
      table = next(entry);
      at++;
    }
    if (altered(entry, keep, set) == entry) {
      return 0;
    }
    int tables = 0;
    while (isCut(at + tables, boundary)) {
      tables++;
    }
    return tables;
  }

  /** The level of the entry, no table, that {@code boundary} lies in. */
  private int leafLevel(long start, int level, long boundary) {
    long table = start;
    int at = level;
    long entry = memory.read64(slot(table, at, boundary));
    while (isTable(entry, at)) {
      table = next(entry);
      at++;
      entry = memory.read64(slot(table, at, boundary));
    }
    return at;
  }

  /** Where the descriptor at {@link #leafLevel} is. */
  private long leafSlot(long start, int level, long boundary) {
    int at = level;
    long slot = slot(start, at, boundary);
    long entry = memory.read64(slot);
    while (isTable(entry, at)) {
      at++;
      slot = slot(next(entry), at, boundary);
      entry = memory.read64(slot);
    }
    return slot;
  }

  /** Makes all the spares the tables that shall stand for an entry of {@code level}. */
  private void replacement(
      int level, long entry, long va, long bytes, long keep, long set, long spares) {
    long rest = build(level + 1, entry, va, bytes, keep, set, spares);
    assert rest == NO_PAGE : "more tables were set aside than needed";
  }

  /**
   * Takes a block out that a table shall replace, where that takes break-before-make.
   *
   * @param va any address of the block
   * @return whether it did: {@link #link} follows once the invalidation is complete
   */
  private boolean breakFirst(long slot, int level, long entry, long va) {
    boolean broken =
        TableFormat.isValid(entry) && policy.blockSplit() == BlockSplit.BREAK_BEFORE_MAKE;
    if (broken) {
      // Not 0: until it is linked its table must not pass for empty, and be freed.
      write(slot, entry & ~VALID);
      tlb.invalidate(format.address(va & -size(level)), size(level), level, true);
    }
    return broken;
  }

  /**
   * Puts a table where an entry that is none stands or stood.
   *
   * @param entry what stood there, to be put back, and the table freed, unless {@code complete}
   */
  private void link(long slot, int level, long entry, long va, long table, boolean complete) {
    if (!complete) {
      write(slot, entry);
      freeTree(table, level + 1);
      return;
    }
    write(slot, tableDescriptor(table));
    if (TableFormat.isValid(entry) && policy.blockSplit() == BlockSplit.REPLACE) {
      tlb.invalidate(format.address(va & -size(level)), size(level), level, true);
    }
  }

  /**
   * Fills the first spare as a table of {@code level} that says what {@code parent} says, but for
   * the range given, and the next spares as the tables below it that the range's edges need.
   *
   * @return the spares that are left
   */
  private long build(
      int level, long parent, long va, long bytes, long keep, long set, long spares) {
    long rest = memory.read64(spares);
    long size = size(level);
    long base = va & -size(level - 1);
    for (int i = 0; i < entries; i++) {
      long at = base + i * size;
      long entry = part(parent, level, i);
      long from = Math.max(at, va);
      long part = Math.min(at + size, va + bytes) - from;
      if (part == size) {
        entry = altered(entry, keep, set);
      } else if (part > 0) {
        long child = rest;
        rest = build(level + 1, entry, from, part, keep, set, child);
        entry = tableDescriptor(child);
      }
      memory.write64(spares + 8L * i, entry);
    }
    observer.stored(entries);
    observer.written(spares, 1L << pageShift);
    return rest;
  }

  /**
   * Changes a range whose edges cut no entry that would have to be split.
   *
   * <p>Entries changed are reported and invalidated in runs that were all live or all not.
   */
  private void alter(long table, int level, long va, long bytes, long keep, long set) {
    long run = va;
    boolean live = false;
    boolean unlinked = false;
    long end = va + bytes;
    long at = va;
    while (at < end) {
      long span = span(level, at, end - at);
      long slot = slot(table, level, at);
      long entry = memory.read64(slot);
      boolean isTable = isTable(entry, level);
      if (isTable && (keep != 0 || span < size(level))) {
        finish(table, level, run, at - run, live, unlinked, set);
        alter(next(entry), level + 1, at, span, keep, set);
        if (unmaps(keep, set) && isEmpty(next(entry), index(level + 1, at + span))) {
          unlink(table, level, at & -size(level), entry);
        }
        unlinked = false;
        run = at + span;
      } else {
        // A table goes in two steps: unlinked here, and freed once its whole run is invalidated.
        long changed = isTable ? entry & ~VALID : altered(entry, keep, set);
        if (changed == entry || TableFormat.isValid(entry) != live) {
          finish(table, level, run, at - run, live, unlinked, set);
          unlinked = false;
          live = TableFormat.isValid(entry);
          run = at;
        }
        if (changed == entry) {
          run = at + span;
        } else {
          store(slot, changed);
          unlinked |= isTable;
        }
      }
      at += span;
    }
    finish(table, level, run, at - run, live, unlinked, set);
  }

  /** Unlinks and frees one table that maps nothing. */
  private void unlink(long table, int level, long base, long entry) {
    store(slot(table, level, base), entry & ~VALID);
    finish(table, level, base, size(level), true, true, 0);
  }

  /**
   * Reports and invalidates a run of changed entries, and frees the tables among them.
   *
   * @param live whether they were valid
   * @param unlinked whether there are tables among them: those that do not read {@code set} yet
   */
  private void finish(
      long table, int level, long va, long bytes, boolean live, boolean unlinked, long set) {
    if (bytes == 0) {
      return;
    }
    written(table, level, va, bytes);
    if (live) {
      tlb.invalidate(format.address(va), bytes, level, !unlinked);
    }
    if (unlinked) {
      boolean complete = tlb.complete();
      for (long at = va; at < va + bytes; at += size(level)) {
        long slot = slot(table, level, at);
        long entry = memory.read64(slot);
        if (entry != set) {
          if (complete) {
            freeTree(next(entry), level + 1);
          }
          store(slot, set);
        }
      }
      written(table, level, va, bytes);
    }
  }

  /** Whether the change leaves nothing at all, so that tables may become empty and must go. */
  private boolean unmaps(long keep, long set) {
    return (keep | set) == 0 && policy.emptyTables() == EmptyTables.FREE;
  }

  /**
   * Unlinks the highest table on the way to {@code va} that leads to nothing.
   *
   * @return whether {@code table} itself leads to nothing
   */
  private boolean prune(long table, int level, long va) {
    long entry = memory.read64(slot(table, level, va));
    int index = index(level, va);
    if (!isTable(entry, level)) {
      return isEmpty(table, index);
    }
    if (!prune(next(entry), level + 1, va)) {
      return false;
    }
    if (level > startLevel && isEmptyBut(table, index)) {
      return true;
    }
    unlink(table, level, va & -size(level), entry);
    return false;
  }

  // Merging.

  /** From the top down, so that what merges into one entry is broken and invalidated once. */
  private Result merge(long table, int level, long va) {
    long slot = slot(table, level, va);
    long entry = memory.read64(slot);
    if (!isTable(entry, level)) {
      return Result.OK;
    }
    long child = next(entry);
    long merged = merged(child, level + 1, va, entry);
    if (merged == entry) {
      return merge(child, level + 1, va);
    }
    boolean breakFirst =
        TableFormat.isValid(merged) && policy.blockSplit() == BlockSplit.BREAK_BEFORE_MAKE;
    write(slot, breakFirst ? 0 : merged);
    tlb.invalidate(format.address(va & -size(level)), size(level), level, false);
    boolean complete = tlb.complete();
    if (breakFirst) {
      write(slot, complete ? merged : entry);
      if (!complete) {
        return Result.TIMEOUT;
      }
    }
    if (complete) {
      freeTree(child, level + 1);
    }
    return Result.OK;
  }

  /**
   * The one entry that says what {@code table} and all tables below it say, or {@code otherwise} if
   * there is none. Looks outwards from {@code va}, where something was just changed: it stops at
   * the nearest entry that says something else.
   */
  private long merged(long table, int level, long va, long otherwise) {
    int near = index(level, va);
    long first = mergedEntry(table, level, near, va);
    long whole = first;
    if (TableFormat.isValid(first)) {
      if (isTable(first, level)) {
        return otherwise;
      }
      long out = addresses.address(first, shift(level)) - near * size(level);
      if (!fitsEntry(level - 1, out, size(level - 1))) {
        return otherwise;
      }
      whole = leaf(level - 1, out, first & attributeMask);
    }
    for (int distance = 1; distance <= entries / 2; distance++) {
      int behind = (near + distance) & (entries - 1);
      int before = (near - distance) & (entries - 1);
      if (mergedEntry(table, level, behind, va) != part(whole, level, behind)
          || mergedEntry(table, level, before, va) != part(whole, level, before)) {
        return otherwise;
      }
    }
    return whole;
  }

  /** Entry {@code index}, or the one that the table below it could be. */
  private long mergedEntry(long table, int level, int index, long va) {
    long entry = memory.read64(table + 8L * index);
    return isTable(entry, level) ? merged(next(entry), level + 1, va, entry) : entry;
  }

  // Table pages.

  /**
   * Sets table pages aside before anything is changed, chained through their first words.
   *
   * @return the first one, {@link #NO_PAGE} for none, or {@link #EXHAUSTED} with nothing taken
   */
  private long reserve(long tables) {
    long spares = NO_PAGE;
    for (long i = 0; i < tables; i++) {
      long page = allocator.allocate(1);
      if (page == NO_PAGE) {
        release(spares);
        return EXHAUSTED;
      }
      memory.write64(page, spares);
      spares = page;
    }
    return spares;
  }

  /** Frees a chain of spares. */
  private void release(long spares) {
    while (spares != NO_PAGE) {
      long next = memory.read64(spares);
      allocator.free(spares, 1);
      spares = next;
    }
  }

  /** Makes the first spare an empty table; returns the rest of the chain. */
  private long takeSpare(long spare) {
    long rest = memory.read64(spare);
    memory.write64(spare, 0);
    return rest;
  }

  /** Frees a table that nothing can walk, and all tables below it. */
  private void freeTree(long table, int level) {
    if (level < LAST_LEVEL) {
      for (int i = 0; i < entries; i++) {
        long entry = memory.read64(table + 8L * i);
        if (isTable(entry, level)) {
          freeTree(next(entry), level + 1);
        }
      }
    }
    allocator.free(table, 1);
  }

  /**
   * Whether a table, not the root, has no entry. Looks outwards from {@code near}, where entries
   * were just removed: it stops at the nearest one left.
   */
  private boolean isEmpty(long table, int near) {
    return memory.read64(table + 8L * near) == 0 && isEmptyBut(table, near);
  }

  /** Whether a table, not the root, has no entry but perhaps the one at {@code index}. */
  private boolean isEmptyBut(long table, int index) {
    for (int distance = 1; distance <= entries / 2; distance++) {
      if (memory.read64(table + 8L * ((index + distance) & (entries - 1))) != 0
          || memory.read64(table + 8L * ((index - distance) & (entries - 1))) != 0) {
        return false;
      }
    }
    return true;
  }

  private boolean visit(long table, int level, long va, long bytes, EntryVisitor visitor) {
    long span;
    for (long done = 0; done < bytes; done += span) {
      long at = va + done;
      span = span(level, at, bytes - done);
      long entry = memory.read64(slot(table, level, at));
      if (isTable(entry, level)) {
        if (!visit(next(entry), level + 1, at, span, visitor)) {
          return false;
        }
      } else if (entry != 0) {
        long base = format.address(at & -size(level));
        if (!visitor.entry(base, size(level), level, entry)) {
          return false;
        }
      }
    }
    return true;
  }

  // Descriptors and where they are.

  /** Writes one descriptor that a walker may read next. */
  private void write(long slot, long descriptor) {
    store(slot, descriptor);
    observer.written(slot, 8);
  }

  private void store(long slot, long descriptor) {
    memory.write64(slot, descriptor);
    observer.stored(1);
  }

  /** Reports the entries of {@code table} that the range touches. */
  private void written(long table, int level, long va, long bytes) {
    long first = slot(table, level, va);
    observer.written(first, slot(table, level, va + bytes - 1) - first + 8);
  }

  private boolean isTable(long entry, int level) {
    return level < LAST_LEVEL && (entry & TYPE) == TYPE;
  }

  /** The table that a table descriptor points to; its valid bit does not matter. */
  private long next(long entry) {
    return addresses.address(entry, pageShift);
  }

  private long tableDescriptor(long table) {
    return addresses.of(table) | TYPE;
  }

  private long leaf(int level, long out, long attributes) {
    return addresses.of(out) | attributes | (level == LAST_LEVEL ? TYPE : VALID);
  }

  /** Entry {@code index} of a table of {@code level} that says what {@code parent} says. */
  private long part(long parent, int level, int index) {
    if (!TableFormat.isValid(parent)) {
      return parent;
    }
    long out = addresses.address(parent, shift(level - 1)) + index * size(level);
    return leaf(level, out, parent & attributeMask);
  }

  /** Whether a block or page maps {@code va} to {@code out} with just these attributes. */
  private boolean maps(long entry, int level, long va, long out, long attributes) {
    return TableFormat.isValid(entry)
        && (entry & attributeMask) == attributes
        && addresses.address(entry, shift(level)) + (va & (size(level) - 1)) == out;
  }

  /** Whether one entry of {@code level} can map the {@code span} bytes of it that are wanted. */
  private boolean fitsEntry(int level, long out, long span) {
    return level == LAST_LEVEL
        || (level >= firstBlockLevel && span == size(level) && (out & (span - 1)) == 0);
  }

  /** Whether the range is a part of one entry of a table above the last level. */
  private boolean withinOneEntry(int level, long va, long bytes) {
    return level < LAST_LEVEL
        && bytes < size(level)
        && va >>> shift(level) == (va + bytes - 1) >>> shift(level);
  }

  /** Whether {@code boundary} lies inside an entry of {@code level}. */
  private boolean isCut(int level, long boundary) {
    return (boundary & (size(level) - 1)) != 0;
  }

  /** How much of the range lies in its first entry of {@code level}. */
  private long span(int level, long va, long bytes) {
    return Math.min(bytes, size(level) - (va & (size(level) - 1)));
  }

  private int shift(int level) {
    return pageShift + (LAST_LEVEL - level) * bitsPerLevel;
  }

  private long size(int level) {
    return 1L << shift(level);
  }

  /** Index within a table that is not the root. */
  private int index(int level, long va) {
    return (int) (va >>> shift(level)) & (entries - 1);
  }

  /** Where the descriptor for {@code va} is; a concatenated root is indexed as one table. */
  private long slot(long table, int level, long va) {
    long index = va >>> shift(level);
    return table + 8 * (level == startLevel ? index : index & (entries - 1));
  }
}
