package portcullis.hyp.smmuv3;

import java.util.ArrayList;
import java.util.List;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.DataAbortIss;
import portcullis.arch.vmsa.Granule;
import portcullis.hyp.Status;
import portcullis.hyp.iommu.IommuDriver;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.mem.TableAccount;
import portcullis.platform.CpuContext;
import portcullis.platform.Platform;
import portcullis.platform.boot.BootParameters;
import portcullis.store.Store;

/**
 * The driver of all SMMUv3s (series part 11). Each is probed and taken over in {@link #init}, and
 * from then on driven by EL2; the host's accesses to its registers are emulated.
 *
 * <p>An SMMU that cannot be protected is left as it is, with the host: its masters are unprotected,
 * and {@link #reports} says why. The others are not affected.
 */
public final class SmmuV3Driver implements IommuDriver {
  /** Small input sizes need FEAT_TTST; no board is smaller than this. */
  private static final int MIN_INPUT_BITS = 32;

  /** Output addresses that a table of 4KB or 16KB granules holds without FEAT_LPA2. */
  private static final int NARROW_OUTPUT_BITS = 48;

  private final List<Smmu> smmus = new ArrayList<>();
  private final List<RegisterEmulation> emulations = new ArrayList<>();
  private final BootParameters parameters;
  private final RegisterPages registers;
  private final Stage2Root root;
  private final ShadowStage2 stage2;
  private final SpareTables spare = new SpareTables();

  /**
   * Declares all state; touches no hardware yet.
   *
   * @param store takes the driver's state, under {@code hyp.smmu*}; no mark may be open
   * @param policy what to decide; {@link SmmuPolicy#DEFAULT} for isolation
   */
  public SmmuV3Driver(
      Store store,
      Platform platform,
      PageServices pages,
      BootParameters parameters,
      SmmuPolicy policy) {
    this.parameters = parameters;
    registers = new RegisterPages(parameters.smmus());
    root = new Stage2Root(store, pages.granule());
    for (int i = 0; i < parameters.smmus().size(); i++) {
      Smmu smmu =
          new Smmu(store, i, parameters.smmus().get(i), platform, pages, policy, root, spare);
      smmus.add(smmu);
      emulations.add(new RegisterEmulation(store, i, policy.registers(), smmu, platform));
    }
    stage2 = new ShadowStage2(store, platform, pages, policy, root, smmus);
  }

  @Override
  public String name() {
    return "smmuv3";
  }

  @Override
  public Status init() {
    int outputBits = parameters.addressBits();
    int bbmLevel = Integer.MAX_VALUE;
    boolean any = false;
    for (Smmu smmu : smmus) {
      if (smmu.probe(parameters)) {
        outputBits = Math.min(outputBits, smmu.features().outputBits());
        bbmLevel = Math.min(bbmLevel, smmu.features().bbmLevel());
        smmu.takeOver();
        any |= smmu.taken();
      }
    }
    if (!any) {
      return Status.OK;
    }
    size(outputBits);
    boolean allSnoop = smmus.stream().allMatch(smmu -> !smmu.taken() || smmu.snoops());
    Status status = stage2.build(bbmLevel, allSnoop);
    for (Smmu smmu : smmus) {
      if (!status.ok() && smmu.taken()) {
        smmu.giveBack(Refusal.NO_MEMORY);
      }
    }
    return status;
  }

  /** The table's sizes: the common denominator of the board and of all SMMUs. */
  private void size(int commonOutputBits) {
    int bits =
        parameters.pageShift() == Granule.SIZE_64K.shift()
            ? commonOutputBits
            : Math.min(commonOutputBits, NARROW_OUTPUT_BITS);
    int outputBits = AddressSize.bits(AddressSize.code(bits));
    root.size(
        Math.clamp(Probe.addressBits(parameters.topAddress()), MIN_INPUT_BITS, outputBits),
        outputBits);
  }

  @Override
  public Status reserve(long start, long end, int prot) {
    if (!stage2.built()) {
      return Status.OK;
    }
    Status status = stage2.reserve(start, end, prot);
    while (status == Status.NO_MEMORY && spare.release()) {
      status = stage2.reserve(start, end, prot);
    }
    return status;
  }

  @Override
  public Status hostStage2Idmap(long start, long end, int prot) {
    return stage2.built() ? stage2.change(start, end, prot) : Status.OK;
  }

  @Override
  public boolean dabtHandler(CpuContext context, long ipa) {
    int index = registers.find(ipa);
    if (index == RegisterPages.NONE || !smmus.get(index).taken()) {
      return false;
    }
    Smmu smmu = smmus.get(index);
    emulate(context, emulations.get(index), ipa - smmu.registration().registers().base());
    return true;
  }

  @Override
  public Status power(long device, boolean on) {
    int index = registers.find(device);
    if (index == RegisterPages.NONE
        || !smmus.get(index).taken()
        || smmus.get(index).registration().registers().base() != device) {
      return Status.NOT_FOUND;
    }
    return smmus.get(index).power(on);
  }

  /** What became of each SMMU, in the order of their registration. */
  public List<SmmuReport> reports() {
    return smmus.stream().map(Smmu::report).toList();
  }

  /** What was done, over all SMMUs. */
  public Counters counters() {
    TableAccount tables = stage2.account();
    Counters sum =
        new Counters(
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            tables.descriptors(),
            tables.pages(),
            0,
            0,
            stage2.linesCleaned());
    for (Smmu smmu : smmus) {
      sum = sum.plus(smmu.counters());
    }
    return sum;
  }

  /** What was done for one SMMU, by its place in {@link #reports}; without the shared stage-2. */
  public Counters counters(int smmu) {
    return smmus.get(smmu).counters();
  }

  /**
   * How many of {@link Counters#tablePages} are there for streams of SMMUs that the host has
   * disabled: for when it enables them again, or for whoever needs them first.
   */
  public long sparePages() {
    return smmus.stream().mapToLong(Smmu::sparePages).sum();
  }

  /** How many commands of one opcode one SMMU was given, EL2's and the host's. */
  public long commands(int smmu, Opcode opcode) {
    return smmus.get(smmu).statistics().commands.get(opcode.code());
  }

  /** What the shadow stage-2 costs. */
  public TableAccount stage2Tables() {
    return stage2.account();
  }

  /** The stage-2 behind every stream. */
  Stage2Root root() {
    return root;
  }

  /** Carries one load or store out, as the syndrome describes it (DDI 0487 D24.2.46). */
  private static void emulate(CpuContext context, RegisterEmulation registers, long offset) {
    long esr = context.esr();
    if (!DataAbortIss.ISV.isSet(esr)) {
      context.injectAbort();
      return;
    }
    boolean write = DataAbortIss.WNR.isSet(esr);
    int bytes = 1 << DataAbortIss.SAS.get(esr);
    int transferred = (int) DataAbortIss.SRT.get(esr);
    long value = write ? lowest(context.register(transferred), bytes) : 0;
    RegisterPolicy.StrayRow stray = registers.stray(offset, bytes);
    if (stray != null) {
      if (!registers.strays(stray, write, offset, value)) {
        context.injectAbort();
        return;
      }
    } else if (write) {
      registers.write((int) offset, bytes, value);
    } else {
      value = registers.read((int) offset, bytes);
    }
    if (!write) {
      context.setRegister(transferred, extend(value, bytes, esr));
    }
    context.skipInstruction();
  }

  private static long lowest(long value, int bytes) {
    return value & (-1L >>> (64 - 8 * bytes));
  }

  private static long extend(long value, int bytes, long esr) {
    int unused = 64 - 8 * bytes;
    long extended = DataAbortIss.SSE.isSet(esr) ? value << unused >> unused : value;
    return DataAbortIss.SF.isSet(esr) ? extended : extended & 0xffff_ffffL;
  }
}
