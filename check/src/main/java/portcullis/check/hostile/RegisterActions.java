package portcullis.check.hostile;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EcmdqProd;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.platform.HostCpu;

/** What the hostile host does with the registers of an SMMU. */
final class RegisterActions {
  private static final long RUNNING =
      Cr0.SMMUEN.mask()
          | Cr0.PRIQEN.mask()
          | Cr0.CMDQEN.mask()
          | Cr0.EVENTQEN.mask()
          | Cr0.ATSCHK.mask();
  private static final Register[] REGISTERS = registers();

  private final Step step;
  private final SplittableRandom random;
  private final HostCpu cpu;
  private final Addresses addresses;

  RegisterActions(Step step, SplittableRandom random, HostCpu cpu, Addresses addresses) {
    this.step = step;
    this.random = random;
    this.cpu = cpu;
    this.addresses = addresses;
  }

  private static Register[] registers() {
    List<Register> some = new ArrayList<>();
    for (Register register : Register.values()) {
      if (register.page() != Page.VATOS) {
        some.add(register);
      }
    }
    return some.toArray(Register[]::new);
  }

  /** As Linux resets and enables; sometimes one of the four bases is a hostile one. */
  void bringUp(Site site) {
    int hostile = random.nextInt(12);
    step.changed();
    site.write(Register.CR0, step.oneIn(4) ? Cr0.CMDQEN.mask() : 0);
    site.write(Register.GERRORN, site.read(Register.GERROR));
    site.writeStreamTable(step.oneIn(4));
    site.write(Register.STRTAB_BASE, hostile == 0 ? addresses.any() : site.streamTable());
    site.write(Register.STRTAB_BASE_CFG, site.configuration());
    site.write(Register.CMDQ_BASE, queueBase(site.commandQueue(), hostile == 1));
    site.write(Register.CMDQ_PROD, 0);
    site.write(Register.CMDQ_CONS, 0);
    site.write(Register.CR0, Cr0.CMDQEN.mask());
    site.submit(CommandMix.cfgiAll(), Cfgi.RANGE.of(Cfgi.RANGE_ALL), CommandMix.sync(), 0);
    site.write(Register.EVENTQ_BASE, queueBase(site.eventQueue(), hostile == 2));
    site.write(Register.EVENTQ_PROD, 0);
    site.write(Register.EVENTQ_CONS, 0);
    site.write(Register.PRIQ_BASE, queueBase(site.requestQueue(), hostile == 3));
    site.write(Register.PRIQ_PROD, 0);
    site.write(Register.PRIQ_CONS, 0);
    site.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.EVENTQEN.mask());
    site.write(Register.CR0, RUNNING);
    step.lookAtErrors(site);
  }

  private long queueBase(long own, boolean hostile) {
    long base = hostile ? addresses.any() : own;
    return QueueBase.ADDR.inPlace(base)
        | QueueBase.LOG2SIZE.of(hostile ? random.nextInt(12) : Site.QUEUE_BITS);
  }

  void writeRegister(Site site) {
    if (step.oneIn(5)) {
      long offset = offset(site);
      int bytes = 1 << random.nextInt(4);
      long value = random.nextBoolean() ? addresses.any() : random.nextLong();
      step.say("[0x%x]/%d = 0x%x", offset, bytes, value);
      step.changed();
      cpu.store(site.smmu().registers().base() + offset, bytes, value);
      return;
    }
    Register register = register(site);
    if (step.oneIn(2)) {
      register =
          switch (random.nextInt(7)) {
            case 0 -> Register.CR0;
            case 1 -> Register.GBPA;
            case 2 -> Register.EVENTQ_BASE;
            case 3 -> Register.STRTAB_BASE;
            case 4 -> Register.CMDQ_PROD;
            case 5 -> Register.PRIQ_BASE;
            default -> Register.CMDQ_BASE;
          };
    }
    long value = value(site, register);
    step.say("%s = 0x%x", register, value);
    site.write(register, value);
    if (register == Register.CR0) {
      step.changed();
    }
    if (register == Register.CR0 && !step.oneIn(4)) {
      site.write(Register.CR0, RUNNING);
    }
  }

  /** Any offset, aligned or not, within the pages or beyond. */
  private long offset(Site site) {
    long bytes = site.smmu().registers().size();
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong(bytes - Long.BYTES);
      case 1 -> random.nextLong(bytes / Long.BYTES) * Long.BYTES;
      default ->
          site.register(register(site))
              - site.smmu().registers().base()
              + random.nextLong(Long.BYTES);
    };
  }

  /** Any register that the SMMU has a place for. */
  private Register register(Site site) {
    Register register = REGISTERS[random.nextInt(REGISTERS.length)];
    boolean there = register.page() != Page.CMDQ_CONTROL || site.hasEnhancedQueues();
    return there ? register : Register.CMDQ_BASE;
  }

  /** The low six bits of CR0 at random, and walks of a Device Permission Table or not. */
  private static long someEnables(int bits) {
    return (bits & 0x3f) | Cr0.DPT_WALK_EN.of(bits >>> 6);
  }

  private long value(Site site, Register register) {
    if (step.oneIn(16)) {
      return random.nextLong();
    }
    return switch (register) {
      case CR0 -> step.oneIn(2) ? RUNNING : someEnables(random.nextInt(128));
      case GBPA -> Gbpa.UPDATE.mask() | (random.nextInt() & ~Gbpa.ABORT.mask());
      case CMDQ_BASE -> queueBase(site.commandQueue(), step.oneIn(2));
      case ECMDQ_BASE -> queueBase(site.commandQueue(), step.oneIn(2));
      case ECMDQ_PROD -> EcmdqProd.EN.of(random.nextInt(2)) | random.nextInt(4);
      case ECMDQ_CONS -> random.nextInt(4);
      case EVENTQ_BASE -> queueBase(site.eventQueue(), step.oneIn(2));
      case PRIQ_BASE -> queueBase(site.requestQueue(), step.oneIn(2));
      case STRTAB_BASE -> step.oneIn(2) ? site.streamTable() : addresses.any();
      case STRTAB_BASE_CFG ->
          step.oneIn(2)
              ? site.configuration()
              : StrtabBaseCfg.FMT.of(random.nextInt(4))
                  | StrtabBaseCfg.SPLIT.of(random.nextInt(12))
                  | StrtabBaseCfg.LOG2SIZE.of(random.nextInt(24));
      case CMDQ_PROD, CMDQ_CONS, EVENTQ_PROD, EVENTQ_CONS -> random.nextInt(2 << Site.QUEUE_BITS);
      case GERRORN -> site.read(Register.GERROR);
      default -> step.oneIn(2) ? addresses.any() : random.nextLong();
    };
  }

  void readRegister(Site site) {
    if (step.oneIn(3)) {
      long offset = offset(site);
      int bytes = 1 << random.nextInt(4);
      step.say("[0x%x]/%d", offset, bytes);
      cpu.load(site.smmu().registers().base() + offset, bytes);
    } else {
      Register register = register(site);
      step.say(register.name());
      site.read(register);
    }
    step.lookAtErrors(site);
  }
}
