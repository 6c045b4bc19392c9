package portcullis.smmu;

import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Prefetch;
import portcullis.arch.smmu.Sync;
import portcullis.arch.smmu.Tlbi;

/** Builds the commands that drivers issue (IHI 0070 4.2 to 4.7) and hands them to a sink. */
public final class Commands {

  private Commands() {}

  /** Forgets one STE, and with {@code leaf} clear also the L1 descriptor that leads to it. */
  public static void cfgiSte(CommandSink sink, int streamId, boolean leaf) {
    sink.command(
        opcode(Opcode.CFGI_STE) | Cfgi.STREAMID.of(Integer.toUnsignedLong(streamId)),
        Cfgi.LEAF.of(leaf ? 1 : 0));
  }

  /**
   * Forgets the STEs of the aligned {@code 1 << bits} StreamIDs around {@code streamId}, and the L1
   * descriptors that lead to them.
   *
   * @param bits 1 to 31
   */
  public static void cfgiSteRange(CommandSink sink, int streamId, int bits) {
    long aligned = Integer.toUnsignedLong(streamId) & (-1L << bits);
    sink.command(
        opcode(Opcode.CFGI_STE_RANGE) | Cfgi.STREAMID.of(aligned), Cfgi.RANGE.of(bits - 1L));
  }

  /** Forgets every cached configuration. */
  public static void cfgiAll(CommandSink sink) {
    sink.command(opcode(Opcode.CFGI_STE_RANGE), Cfgi.RANGE.of(Cfgi.RANGE_ALL));
  }

  /** Forgets one CD, and with {@code leaf} clear also the L1 CD descriptor that leads to it. */
  public static void cfgiCd(CommandSink sink, int streamId, int substreamId, boolean leaf) {
    sink.command(
        opcode(Opcode.CFGI_CD)
            | Cfgi.SUBSTREAMID.of(substreamId)
            | Cfgi.STREAMID.of(Integer.toUnsignedLong(streamId)),
        Cfgi.LEAF.of(leaf ? 1 : 0));
  }

  /** Forgets every Non-secure EL1 translation, of all VMIDs and both stages. */
  public static void tlbiNsnhAll(CommandSink sink) {
    sink.command(opcode(Opcode.TLBI_NSNH_ALL), 0);
  }

  /** Forgets every EL2 translation. */
  public static void tlbiEl2All(CommandSink sink) {
    sink.command(opcode(Opcode.TLBI_EL2_ALL), 0);
  }

  /** Forgets every stage-1 and combined translation of one VMID. */
  public static void tlbiNhAll(CommandSink sink, int vmid) {
    sink.command(opcode(Opcode.TLBI_NH_ALL) | Tlbi.VMID.of(vmid), 0);
  }

  /** Forgets the stage-1 and combined translations of one ASID. */
  public static void tlbiNhAsid(CommandSink sink, int vmid, int asid) {
    sink.command(opcode(Opcode.TLBI_NH_ASID) | Tlbi.VMID.of(vmid) | Tlbi.ASID.of(asid), 0);
  }

  /** Forgets every translation, of both stages, of one VMID. */
  public static void tlbiS12VmAll(CommandSink sink, int vmid) {
    sink.command(opcode(Opcode.TLBI_S12_VMALL) | Tlbi.VMID.of(vmid), 0);
  }

  /** Hints that a stream's configuration will be needed. */
  public static void prefetchConfig(CommandSink sink, int streamId) {
    sink.command(
        opcode(Opcode.PREFETCH_CONFIG) | Prefetch.STREAMID.of(Integer.toUnsignedLong(streamId)), 0);
  }

  /**
   * Completes when every earlier command has.
   *
   * @param sev whether completion sends an event to waiting CPUs (CS=SIG_SEV), else CS=SIG_NONE
   */
  public static void sync(CommandSink sink, boolean sev) {
    sink.command(opcode(Opcode.SYNC) | Sync.CS.of(sev ? Sync.CS_SEV : Sync.CS_NONE), 0);
  }

  static long opcode(Opcode opcode) {
    return Command.OPCODE.of(opcode.code());
  }
}
