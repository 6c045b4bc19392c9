package portcullis.host;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.pgtable.BlockSplit;
import portcullis.pgtable.EmptyTables;
import portcullis.pgtable.PageTable;
import portcullis.pgtable.Policy;
import portcullis.pgtable.Result;
import portcullis.pgtable.Stage1Attributes;
import portcullis.pgtable.TableFormat;
import portcullis.pgtable.TableObserver;
import portcullis.pgtable.TlbMaintenance;
import portcullis.platform.HostCpu;
import portcullis.smmu.Commands;
import portcullis.smmu.Features;
import portcullis.smmu.RangeInvalidation;

/**
 * A stage-1 address space of the host's for devices, with an ASID: what Linux's DMA API maps into.
 * Tables are of the kernel's own page size where the SMMU walks such, else of the next smaller one,
 * as in Linux, below TTB0. With pages of 64 KiB they reach 52-bit addresses where the SMMU does.
 */
public final class Domain {
  private static final int INPUT_BITS = 48;

  /** With pages of 16 KiB, one bit more would take a level more, of two entries. */
  private static final int INPUT_BITS_16K = 47;

  /** Output addresses that tables of 4 KiB and 16 KiB hold: LPA2 is not used. */
  private static final int NARROW_OUTPUT_BITS = 48;

  /** MAIR as Linux sets it: non-cacheable, write-back, device, inner non-cacheable outer WB. */
  private static final long MAIR = 0xf404_ff44L;

  private static final int MAIR_WRITE_BACK = 1;
  private static final long WRITE_BACK_ALLOCATE = 0b01;
  private static final long INNER_SHAREABLE = 0b11;

  private static final long ATTRIBUTES =
      Stage1Attributes.AF
          | Stage1Attributes.UNPRIVILEGED
          | Stage1Attributes.NON_GLOBAL
          | Stage1Attributes.INNER_SHAREABLE
          | Stage1Attributes.memoryType(MAIR_WRITE_BACK);

  private final PageTable table;
  private final CommandQueue commands;
  private final AsidAllocator asids;
  private final int asid;
  private final boolean stall;

  private Domain(
      PageTable table, CommandQueue commands, AsidAllocator asids, int asid, boolean stall) {
    this.table = table;
    this.commands = commands;
    this.asids = asids;
    this.asid = asid;
    this.stall = stall;
  }

  /**
   * The granule of its tables; empty if the SMMU walks none of at most the kernel's page size.
   *
   * @param pageSize bytes of the kernel's page
   */
  static Optional<Granule> granule(Features features, long pageSize) {
    return Arrays.stream(Granule.values())
        .filter(granule -> granule.bytes() <= pageSize && features.granule(granule.shift()))
        .max(Comparator.comparingInt(Granule::shift));
  }

  /**
   * An empty domain; null if the SMMU's ASIDs or the host's memory are exhausted.
   *
   * @param observer what the SMMU needs to see the tables
   */
  static Domain create(
      HostCpu cpu,
      HostMemory memory,
      TableObserver observer,
      CommandQueue commands,
      Features features,
      AsidAllocator asids) {
    int asid = asids.allocate(features.asidBits());
    if (asid == AsidAllocator.NONE) {
      return null;
    }
    Granule granule = granule(features, memory.pageSize()).orElseThrow();
    int outputBits =
        granule == Granule.SIZE_64K
            ? features.outputBits()
            : Math.min(NARROW_OUTPUT_BITS, features.outputBits());
    TableFormat format =
        TableFormat.stage1(
            granule,
            granule == Granule.SIZE_16K ? INPUT_BITS_16K : INPUT_BITS,
            outputBits,
            TableFormat.Region.TTB0);
    Optional<PageTable> table =
        PageTable.create(
            format,
            cpu.memory(),
            memory,
            new Invalidation(commands, features.rangeInvalidation(), asid, granule),
            observer,
            new Policy(BlockSplit.BREAK_BEFORE_MAKE, EmptyTables.KEEP));
    if (table.isEmpty()) {
      asids.free(asid);
      return null;
    }
    return new Domain(table.get(), commands, asids, asid, features.stallForced());
  }

  /** TLB maintenance of one ASID through the SMMU's command queue. */
  private record Invalidation(
      CommandQueue commands, boolean rangeCommands, int asid, Granule granule)
      implements TlbMaintenance {
    @Override
    public void invalidate(long in, long bytes, int level, boolean leaf) {
      RangeInvalidation.emit(
          commands,
          rangeCommands,
          Opcode.TLBI_NH_VA,
          Tlbi.ASID.of(asid),
          in,
          bytes,
          granule.shift(),
          leaf ? level : 0,
          leaf);
    }

    @Override
    public boolean complete() {
      return commands.sync();
    }
  }

  /** The address space identifier, 1 and up. */
  public int asid() {
    return asid;
  }

  /** Physical (to the host: intermediate physical) address of the root table. */
  public long root() {
    return table.root();
  }

  /** Bytes that an entry of the root table covers. */
  public long rootEntryBytes() {
    return table.format().levelBytes(table.format().startLevel());
  }

  /** The context descriptor that leads to this domain's tables, as Linux's driver writes it. */
  public long[] contextDescriptor() {
    TableFormat format = table.format();
    long[] cd = new long[Cd.WORDS];
    cd[0] =
        Cd.T0SZ.of(format.tsz())
            | Cd.TG0.of(format.tg())
            | Cd.IR0.of(WRITE_BACK_ALLOCATE)
            | Cd.OR0.of(WRITE_BACK_ALLOCATE)
            | Cd.SH0.of(INNER_SHAREABLE)
            | Cd.EPD1.of(1)
            | Cd.V.of(1)
            | Cd.IPS.of(format.ps())
            | Cd.AA64.of(1)
            | Cd.S.of(stall ? 1 : 0)
            | Cd.R.of(1)
            | Cd.A.of(1)
            | Cd.ASET.of(1)
            | Cd.ASID.of(asid);
    cd[1] = Cd.TTB0.inPlace(table.root());
    cd[3] = MAIR;
    return cd;
  }

  /**
   * Maps a buffer for devices to read and write.
   *
   * @param iova what devices will use; a multiple of the kernel's page
   * @param address the buffer's, a multiple of the kernel's page
   * @param bytes a multiple of the kernel's page
   */
  public Result map(long iova, long address, long bytes) {
    return table.map(iova, address, bytes, ATTRIBUTES);
  }

  /**
   * Takes a mapping away, and waits until no device can use it.
   *
   * @return OK, or what went wrong; TIMEOUT if the SMMU does not consume the invalidation
   */
  public Result unmap(long iova, long bytes) {
    Result result = table.unmap(iova, bytes);
    return result == Result.OK && !commands.sync() ? Result.TIMEOUT : result;
  }

  /** Forgets whatever TLBs hold of this ASID, as the DMA API does for a fresh domain. */
  public boolean flushAll() {
    Commands.tlbiNhAsid(commands, 0, asid);
    return commands.sync();
  }

  /**
   * Ends the domain: TLBs and walk caches forget its ASID, then ASID and tables are free for
   * others. No stream may use it any more, and the SMMU must still take commands.
   *
   * @return false if the SMMU did not answer: then it may still walk the tables, so they and the
   *     ASID are given up
   */
  public boolean destroy() {
    if (!flushAll()) {
      return false;
    }
    table.destroy();
    asids.free(asid);
    return true;
  }
}
