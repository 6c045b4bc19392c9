package portcullis.check.hostile;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.Tlbi;
import portcullis.host.Entries;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;

/** What the hostile host does with its stream tables, CDs, stage-1 tables, and command queues. */
final class ConfigurationActions {
  private final Step step;
  private final SplittableRandom random;
  private final PhysicalMemory memory;
  private final Addresses addresses;
  private final DeviceActions devices;
  private final CommandMix mix;
  private final List<AddressSpace> spaces = new ArrayList<>();

  ConfigurationActions(
      Step step, SplittableRandom random, HostCpu cpu, Addresses addresses, DeviceActions devices) {
    this.step = step;
    this.random = random;
    memory = new CleanedMemory(cpu);
    this.addresses = addresses;
    this.devices = devices;
    mix = new CommandMix(step, random, addresses);
    for (int asid = 1; asid <= 2; asid++) {
      spaces.add(new AddressSpace(asid, addresses));
    }
  }

  void commands(Site site) {
    if (!step.oneIn(4)) {
      site.recover();
    }
    int count = 1 + random.nextInt(8);
    long[] words = new long[2 * count];
    for (int i = 0; i < words.length; i += 2) {
      mix.command(site, words, i);
      step.say("%x:%x", words[i], words[i + 1]);
    }
    site.submit(words);
    step.lookAtErrors(site);
  }

  void attach(Site site) {
    AddressSpace space = spaces.get(random.nextInt(spaces.size()));
    Site.Source source = site.anySource(random);
    int streamId = source.streamId();
    boolean lpae = walksLpae(site) && step.oneIn(4);
    String format = lpae ? ", VMSAv8-32" : "";
    step.say("stream 0x%x, ASID %d%s", streamId, space.asid(), format);
    space.build(memory, addresses, lpae, options(site));
    if (site.twoLevel()) {
      memory.write64(site.descriptorOf(streamId), site.goodDescriptor(streamId));
    }
    long[] ste = Entries.stage1(space.contextDescriptor());
    ste[Ste.EATS.word()] |= Ste.EATS.of(site.ats() ? Ste.EATS_FULL : Ste.EATS_ABORT);
    site.writeEntry(streamId, ste);
    site.recover();
    site.submit(
        CommandMix.cfgiSte(streamId),
        0,
        CommandMix.opcode(Opcode.CFGI_CD_ALL) | Cfgi.STREAMID.of(Integer.toUnsignedLong(streamId)),
        0,
        CommandMix.opcode(Opcode.TLBI_NH_ASID) | Tlbi.ASID.of(space.asid()),
        0,
        CommandMix.sync(),
        0);
    devices.translates(site, source, true);
    step.lookAtErrors(site);
  }

  private static boolean walksLpae(Site site) {
    return (Idr0.TTF.get(site.read(Register.IDR0)) & Idr0.TTF_AARCH32) != 0;
  }

  /** What a CD can ask for where the SMMU offers it: updates of descriptors by hardware. */
  private long options(Site site) {
    long httu = Idr0.HTTU.get(site.read(Register.IDR0));
    long options = 0;
    if (step.oneIn(2)) {
      options |= httu >= Idr0.HTTU_ACCESS ? Cd.HA.mask() : 0;
      options |= httu >= Idr0.HTTU_DIRTY ? Cd.HD.mask() : 0;
    }
    return options;
  }

  void editEntry(Site site) {
    Site.Source source = site.anySource(random);
    int streamId = source.streamId();
    long[] ste = entry();
    if (Ste.CONFIG.get(ste[0]) == Ste.CONFIG_BYPASS) {
      devices.translates(site, source, false);
    } else if (step.oneIn(3)) {
      ste[random.nextInt(Ste.WORDS)] ^= 1L << random.nextInt(Long.SIZE);
    }
    step.say("stream 0x%x %x %x %x %x", streamId, ste[0], ste[1], ste[2], ste[3]);
    site.writeEntry(streamId, ste);
    if (!step.oneIn(4)) {
      site.recover();
      site.submit(CommandMix.cfgiSte(streamId), 0, CommandMix.sync(), 0);
    }
  }

  private long[] entry() {
    long cd =
        step.oneIn(3)
            ? addresses.any()
            : spaces.get(random.nextInt(spaces.size())).contextDescriptor();
    return switch (random.nextInt(6)) {
      case 0, 1 -> Entries.bypass();
      case 2 -> Entries.stage1(cd & -Ste.BYTES & (1L << 52) - 1);
      case 3 -> Entries.abort();
      default -> {
        long[] ste = new long[Ste.WORDS];
        for (int i = 0; i < Ste.WORDS; i++) {
          ste[i] = random.nextLong();
        }
        ste[0] = Ste.V.of(1) | Ste.CONFIG.of(random.nextInt(8)) | Ste.S1CONTEXTPTR.inPlace(cd);
        ste[Ste.S2TTB.word()] &= ~Ste.S2TTB.mask();
        ste[Ste.S2TTB.word()] |= Ste.S2TTB.inPlace(addresses.any());
        yield ste;
      }
    };
  }

  void editLevel1(Site site) {
    int streamId = site.anySource(random).streamId();
    if (!site.twoLevel()) {
      return;
    }
    long descriptor =
        step.oneIn(3)
            ? site.goodDescriptor(streamId)
            : StreamTableDescriptor.L2PTR.inPlace(addresses.any())
                | StreamTableDescriptor.SPAN.of(random.nextInt(32));
    step.say("stream 0x%x 0x%x", streamId, descriptor);
    memory.write64(site.descriptorOf(streamId), descriptor);
    site.recover();
    site.submit(CommandMix.cfgiSte(streamId), 0, CommandMix.sync(), 0);
  }

  void editContext() {
    long cd = spaces.get(random.nextInt(spaces.size())).contextDescriptor();
    int index = random.nextInt(Cd.WORDS);
    long at = cd + (long) index * Long.BYTES;
    long value =
        index == Cd.TTB0.word() ? Cd.TTB0.inPlace(addresses.any()) : 1L << random.nextInt(64);
    step.say("word %d 0x%x", index, value);
    memory.write64(at, index == Cd.TTB0.word() ? value : memory.read64(at) ^ value);
  }

  void editStage1(Site site) {
    AddressSpace space = spaces.get(random.nextInt(spaces.size()));
    long iova = space.edit(memory, addresses, random);
    step.say("ASID %d at 0x%x", space.asid(), iova);
    if (step.oneIn(2)) {
      site.recover();
      site.submit(
          CommandMix.opcode(Opcode.TLBI_NH_VA) | Tlbi.ASID.of(space.asid()),
          Tlbi.ADDRESS.inPlace(iova) | Tlbi.LEAF.of(random.nextInt(2)),
          CommandMix.sync(),
          0);
    }
  }
}
