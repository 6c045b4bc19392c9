package portcullis.check.hostile;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.smmu.Sync;
import portcullis.arch.smmu.Tlbi;
import portcullis.board.AddressRange;
import portcullis.board.Board;
import portcullis.board.Smmu;
import portcullis.host.Entries;
import portcullis.hyp.Hypercall;
import portcullis.hyp.Status;
import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;
import portcullis.machine.smmuv3.Path;
import portcullis.platform.HostAbort;
import portcullis.platform.HostCpu;

/**
 * A host that does anything, with a liking for what nearly makes sense: a purely random one never
 * gets past a reset. Every choice comes from the seed.
 */
final class HostileHost {
  private static final long REGISTER_BYTES = 0x2_0000;
  private static final int MAX_GUESTS = 3;
  private static final int MAX_GIFTS = 20;
  private static final int MAX_RECENT = 24;
  private static final int MAX_TRANSLATED = 6;
  private static final long RUNNING = Cr0.SMMUEN.mask() | Cr0.CMDQEN.mask() | Cr0.EVENTQEN.mask();
  private static final Action[] ACTIONS = Action.values();
  private static final Opcode[] OPCODES = Opcode.values();
  private static final Hypercall[] HYPERCALLS = Hypercall.values();
  private static final Register[] REGISTERS = registers();

  /** A DMA address that once worked. */
  private record Used(Site site, Site.Source source, long address) {}

  /** A stream that was given an STE which lets something through. */
  private record Translated(Site site, Site.Source source, boolean nested) {}

  private final SplittableRandom random;
  private final HostCpu cpu;
  private final Testbed testbed;
  private final Oracle oracle;
  private final Tally<Reached> reached;
  private final Given given = new Given();
  private final Addresses addresses;
  private final List<Site> sites = new ArrayList<>();
  private final List<AddressSpace> spaces = new ArrayList<>();
  private final List<Used> recent = new ArrayList<>();
  private final Deque<Translated> translated = new ArrayDeque<>();
  private final byte[] word = new byte[Long.BYTES];
  private final int totalWeight;
  private String what = "";
  private String finding;
  private boolean changed;

  HostileHost(Board board, Testbed testbed, long seed, Oracle oracle, Tally<Reached> reached) {
    random = new SplittableRandom(seed);
    this.testbed = testbed;
    this.oracle = oracle;
    this.reached = reached;
    cpu = testbed.machine().cpu(0);
    List<Long> devices = new ArrayList<>();
    for (AddressRange range : board.registers()) {
      devices.add(range.base());
    }
    for (Smmu smmu : testbed.smmus()) {
      devices.add(smmu.registers().base());
    }
    addresses = new Addresses(random, testbed.parameters(), testbed.kernelMemory(), devices, given);
    for (Smmu smmu : testbed.smmus()) {
      sites.add(new Site(smmu, testbed.machine(), addresses));
    }
    for (int asid = 1; asid <= 2; asid++) {
      spaces.add(new AddressSpace(asid, addresses));
    }
    int sum = 0;
    for (Action action : ACTIONS) {
      sum += action.weight();
    }
    totalWeight = sum;
  }

  private static Register[] registers() {
    List<Register> fixed = new ArrayList<>();
    for (Register register : Register.values()) {
      if (register.page().fixed()) {
        fixed.add(register);
      }
    }
    return fixed.toArray(Register[]::new);
  }

  /** What the last action was, in words. */
  String what() {
    return what;
  }

  /** What the last action itself showed to be wrong; null if nothing. */
  String finding() {
    return finding;
  }

  /** Whether the last action may have changed an owner, or what an SMMU has enabled. */
  boolean changed() {
    return changed;
  }

  /** Acts once. */
  Action act() {
    finding = null;
    changed = false;
    Action action = choose();
    Site site = sites.get(random.nextInt(sites.size()));
    what = site.smmu().name() + " " + action.name().toLowerCase(Locale.ROOT);
    try {
      perform(action, site);
    } catch (HostAbort _) {
      reached.count(Reached.HOST_ABORT);
    }
    if (changed) {
      probe();
    }
    return action;
  }

  private Action choose() {
    int at = random.nextInt(totalWeight);
    int index = 0;
    while (at >= ACTIONS[index].weight()) {
      at -= ACTIONS[index].weight();
      index++;
    }
    return ACTIONS[index];
  }

  private void perform(Action action, Site site) {
    switch (action) {
      case BRING_UP -> bringUp(site);
      case ATTACH -> attach(site);
      case WRITE_REGISTER -> writeRegister(site);
      case READ_REGISTER -> readRegister(site);
      case COMMANDS -> commands(site);
      case EDIT_STE -> editEntry(site);
      case EDIT_LEVEL_1 -> editLevel1(site);
      case EDIT_CD -> editContext();
      case EDIT_STAGE1 -> editStage1(site);
      case DMA -> dma(site);
      case CPU_ACCESS -> accessByCpu();
      case DONATE -> donate();
      case RECLAIM -> reclaim();
      case HYPERCALL -> anyHypercall();
    }
  }

  private void say(String more) {
    what += " " + more;
  }

  private boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  // --- registers

  /** As Linux resets and enables; sometimes one of the three bases is a hostile one. */
  private void bringUp(Site site) {
    int hostile = random.nextInt(12);
    changed = true;
    site.write(Register.CR0, oneIn(4) ? Cr0.CMDQEN.mask() : 0);
    site.write(Register.GERRORN, site.read(Register.GERROR));
    site.writeStreamTable(oneIn(4));
    site.write(Register.STRTAB_BASE, hostile == 0 ? addresses.any() : site.streamTable());
    site.write(Register.STRTAB_BASE_CFG, site.configuration());
    site.write(Register.CMDQ_BASE, queueBase(site.commandQueue(), hostile == 1));
    site.write(Register.CMDQ_PROD, 0);
    site.write(Register.CMDQ_CONS, 0);
    site.write(Register.CR0, Cr0.CMDQEN.mask());
    site.submit(cfgiAll(), Cfgi.RANGE.of(Cfgi.RANGE_ALL), sync(), 0);
    site.write(Register.EVENTQ_BASE, queueBase(site.eventQueue(), hostile == 2));
    site.write(Register.EVENTQ_PROD, 0);
    site.write(Register.EVENTQ_CONS, 0);
    site.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.EVENTQEN.mask());
    site.write(Register.CR0, RUNNING);
    countErrors(site);
  }

  private long queueBase(long own, boolean hostile) {
    long base = hostile ? addresses.any() : own;
    return QueueBase.ADDR.inPlace(base)
        | QueueBase.LOG2SIZE.of(hostile ? random.nextInt(12) : Site.QUEUE_BITS);
  }

  private void countErrors(Site site) {
    long active = site.activeErrors();
    if (Gerror.CMDQ_ERR.isSet(active)) {
      reached.count(Reached.COMMAND_ERROR);
    }
    if (Gerror.EVENTQ_ABT_ERR.isSet(active)) {
      reached.count(Reached.EVENTQ_ERROR);
    }
  }

  private void writeRegister(Site site) {
    if (oneIn(5)) {
      long offset = offset();
      int bytes = 1 << random.nextInt(4);
      long value = random.nextBoolean() ? addresses.any() : random.nextLong();
      say("[0x%x]/%d = 0x%x".formatted(offset, bytes, value));
      changed = true;
      cpu.store(site.smmu().registers().base() + offset, bytes, value);
      return;
    }
    Register register = REGISTERS[random.nextInt(REGISTERS.length)];
    if (oneIn(2)) {
      register =
          switch (random.nextInt(6)) {
            case 0 -> Register.CR0;
            case 1 -> Register.GBPA;
            case 2 -> Register.EVENTQ_BASE;
            case 3 -> Register.STRTAB_BASE;
            case 4 -> Register.CMDQ_PROD;
            default -> Register.CMDQ_BASE;
          };
    }
    long value = value(site, register);
    say("%s = 0x%x".formatted(register, value));
    changed = register == Register.CR0;
    site.write(register, value);
    if (changed && !oneIn(4)) {
      site.write(Register.CR0, RUNNING);
    }
  }

  /** Any offset, aligned or not, within the pages or beyond. */
  private long offset() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong(REGISTER_BYTES - Long.BYTES);
      case 1 -> random.nextLong(REGISTER_BYTES / Long.BYTES) * Long.BYTES;
      default -> REGISTERS[random.nextInt(REGISTERS.length)].offset() + random.nextLong(Long.BYTES);
    };
  }

  private long value(Site site, Register register) {
    if (oneIn(16)) {
      return random.nextLong();
    }
    return switch (register) {
      case CR0 -> oneIn(2) ? RUNNING : random.nextInt(64);
      case GBPA -> Gbpa.UPDATE.mask() | (random.nextInt() & ~Gbpa.ABORT.mask());
      case CMDQ_BASE -> queueBase(site.commandQueue(), oneIn(2));
      case EVENTQ_BASE -> queueBase(site.eventQueue(), oneIn(2));
      case STRTAB_BASE -> oneIn(2) ? site.streamTable() : addresses.any();
      case STRTAB_BASE_CFG ->
          oneIn(2)
              ? site.configuration()
              : StrtabBaseCfg.FMT.of(random.nextInt(4))
                  | StrtabBaseCfg.SPLIT.of(random.nextInt(12))
                  | StrtabBaseCfg.LOG2SIZE.of(random.nextInt(24));
      case CMDQ_PROD, CMDQ_CONS, EVENTQ_PROD, EVENTQ_CONS -> random.nextInt(2 << Site.QUEUE_BITS);
      case GERRORN -> site.read(Register.GERROR);
      default -> oneIn(2) ? addresses.any() : random.nextLong();
    };
  }

  private void readRegister(Site site) {
    if (oneIn(3)) {
      long offset = offset();
      int bytes = 1 << random.nextInt(4);
      say("[0x%x]/%d".formatted(offset, bytes));
      cpu.load(site.smmu().registers().base() + offset, bytes);
    } else {
      Register register = REGISTERS[random.nextInt(REGISTERS.length)];
      say(register.name());
      site.read(register);
    }
    countErrors(site);
  }

  // --- commands and configuration

  private static long opcode(Opcode opcode) {
    return Command.OPCODE.of(opcode.code());
  }

  private static long sync() {
    return opcode(Opcode.SYNC);
  }

  private static long cfgiAll() {
    return opcode(Opcode.CFGI_STE_RANGE);
  }

  private static long cfgiSte(int streamId) {
    return opcode(Opcode.CFGI_STE) | Cfgi.STREAMID.of(Integer.toUnsignedLong(streamId));
  }

  private Site.Source source(Site site) {
    return site.sources().get(random.nextInt(site.sources().size()));
  }

  private void commands(Site site) {
    if (!oneIn(4)) {
      site.recover();
    }
    int count = 1 + random.nextInt(8);
    long[] words = new long[2 * count];
    for (int i = 0; i < words.length; i += 2) {
      command(site, words, i);
      say("%x:%x".formatted(words[i], words[i + 1]));
    }
    site.submit(words);
    countErrors(site);
  }

  private void command(Site site, long[] words, int at) {
    int streamId = oneIn(8) ? random.nextInt() : source(site).streamId();
    long stream = Cfgi.STREAMID.of(Integer.toUnsignedLong(streamId));
    switch (random.nextInt(10)) {
      case 0, 1 -> words[at] = cfgiSte(streamId);
      case 2 -> {
        words[at] = cfgiAll();
        words[at + 1] = Cfgi.RANGE.of(Cfgi.RANGE_ALL);
      }
      case 3 -> {
        words[at] = cfgiAll() | stream;
        words[at + 1] = Cfgi.RANGE.of(random.nextInt(32));
      }
      case 4 -> words[at] = opcode(Opcode.CFGI_CD_ALL) | stream;
      case 5 -> words[at] = opcode(Opcode.TLBI_NH_ASID) | Tlbi.ASID.of(1 + random.nextInt(2));
      case 6 -> {
        words[at] = opcode(Opcode.TLBI_NH_VA) | Tlbi.ASID.of(1 + random.nextInt(2));
        words[at + 1] =
            Tlbi.ADDRESS.inPlace(
                AddressSpace.WINDOW + random.nextLong(AddressSpace.WINDOW_PAGES) * Addresses.PAGE);
      }
      case 7 -> {
        words[at] = sync() | Sync.CS.of(random.nextInt(4)) | random.nextLong() << 32;
        words[at + 1] = Sync.MSIADDRESS.inPlace(addresses.any());
      }
      case 8 -> {
        words[at] = opcode(OPCODES[random.nextInt(OPCODES.length)]) | stream;
        words[at + 1] = addresses.any();
      }
      default -> {
        boolean wild = oneIn(4);
        words[at] = wild ? random.nextLong() : sync();
        words[at + 1] = wild ? random.nextLong() : 0;
      }
    }
  }

  private void attach(Site site) {
    AddressSpace space = spaces.get(random.nextInt(spaces.size()));
    Site.Source source = source(site);
    int streamId = source.streamId();
    say("stream 0x%x, ASID %d".formatted(streamId, space.asid()));
    space.build(cpu.memory(), addresses);
    if (site.twoLevel()) {
      cpu.memory().write64(site.descriptorOf(streamId), site.goodDescriptor(streamId));
    }
    site.writeEntry(streamId, Entries.stage1(space.contextDescriptor()));
    site.recover();
    site.submit(
        cfgiSte(streamId),
        0,
        opcode(Opcode.CFGI_CD_ALL) | Cfgi.STREAMID.of(Integer.toUnsignedLong(streamId)),
        0,
        opcode(Opcode.TLBI_NH_ASID) | Tlbi.ASID.of(space.asid()),
        0,
        sync(),
        0);
    translates(site, source, true);
    countErrors(site);
  }

  private void editEntry(Site site) {
    Site.Source source = source(site);
    int streamId = source.streamId();
    long[] ste = entry();
    if (Ste.CONFIG.get(ste[0]) == Ste.CONFIG_BYPASS) {
      translates(site, source, false);
    } else if (oneIn(3)) {
      ste[random.nextInt(Ste.WORDS)] ^= 1L << random.nextInt(Long.SIZE);
    }
    say("stream 0x%x %x %x %x %x".formatted(streamId, ste[0], ste[1], ste[2], ste[3]));
    site.writeEntry(streamId, ste);
    if (!oneIn(4)) {
      site.recover();
      site.submit(cfgiSte(streamId), 0, sync(), 0);
    }
  }

  private long[] entry() {
    long cd =
        oneIn(3) ? addresses.any() : spaces.get(random.nextInt(spaces.size())).contextDescriptor();
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
        ste[Ste.S2TTB.word()] = Ste.S2TTB.inPlace(addresses.any());
        yield ste;
      }
    };
  }

  private void editLevel1(Site site) {
    int streamId = source(site).streamId();
    if (!site.twoLevel()) {
      return;
    }
    long descriptor =
        oneIn(3)
            ? site.goodDescriptor(streamId)
            : StreamTableDescriptor.L2PTR.inPlace(addresses.any())
                | StreamTableDescriptor.SPAN.of(random.nextInt(32));
    say("stream 0x%x 0x%x".formatted(streamId, descriptor));
    cpu.memory().write64(site.descriptorOf(streamId), descriptor);
    site.recover();
    site.submit(cfgiSte(streamId), 0, sync(), 0);
  }

  private void editContext() {
    long cd = spaces.get(random.nextInt(spaces.size())).contextDescriptor();
    int index = random.nextInt(Cd.WORDS);
    long at = cd + (long) index * Long.BYTES;
    long value =
        index == Cd.TTB0.word() ? Cd.TTB0.inPlace(addresses.any()) : 1L << random.nextInt(64);
    say("word %d 0x%x".formatted(index, value));
    cpu.memory().write64(at, index == Cd.TTB0.word() ? value : cpu.memory().read64(at) ^ value);
  }

  private void editStage1(Site site) {
    AddressSpace space = spaces.get(random.nextInt(spaces.size()));
    long iova = space.edit(cpu.memory(), addresses, random);
    say("ASID %d at 0x%x".formatted(space.asid(), iova));
    if (oneIn(2)) {
      site.recover();
      site.submit(
          opcode(Opcode.TLBI_NH_VA) | Tlbi.ASID.of(space.asid()),
          Tlbi.ADDRESS.inPlace(iova) | Tlbi.LEAF.of(random.nextInt(2)),
          sync(),
          0);
    }
  }

  // --- accesses

  private void dma(Site site) {
    Translated by = new Translated(site, source(site), oneIn(2));
    if (!translated.isEmpty() && !oneIn(8)) {
      by = translated.removeFirst();
      translated.addLast(by);
    }
    long address;
    if (oneIn(8)) {
      address = addresses.any() & -Long.BYTES;
    } else if (by.nested()) {
      address = AddressSpace.WINDOW + random.nextLong(AddressSpace.WINDOW_PAGES) * Addresses.PAGE;
    } else {
      address = addresses.ramPage();
    }
    access(new Used(by.site(), by.source(), address), oneIn(3), true);
  }

  private void translates(Site site, Site.Source source, boolean nested) {
    if (translated.size() == MAX_TRANSLATED) {
      translated.removeFirst();
    }
    translated.addLast(new Translated(site, source, nested));
  }

  /** One access by DMA, which must end at memory of the host's if it ends anywhere. */
  private void access(Used use, boolean write, boolean remember) {
    Stream stream = Stream.of(use.site().smmu().index(), use.source().streamId());
    DmaMaster master = use.source().master();
    if (write) {
      for (int i = 0; i < word.length; i++) {
        word[i] = (byte) random.nextInt();
      }
    }
    DmaMaster.Result result =
        write
            ? master.write(stream, use.address(), word)
            : master.read(stream, use.address(), word);
    if (remember) {
      say(
          "%s of 0x%x by stream 0x%x: %s"
              .formatted(write ? "write" : "read", use.address(), use.source().streamId(), result));
    }
    if (result == DmaMaster.Result.STOPPED) {
      reached.count(Reached.DMA_STOPPED);
      return;
    }
    if (!oracle.hostOwns(master.translation().pa())) {
      finding =
          "stream 0x%x of %s reached 0x%x, which is not the host's, by 0x%x through %s"
              .formatted(
                  use.source().streamId(),
                  use.site().smmu().name(),
                  master.translation().pa(),
                  use.address(),
                  master.translation().path().label());
    }
    if (result == DmaMaster.Result.OK && remember) {
      boolean nested = master.translation().path() == Path.NESTED;
      reached.count(nested ? Reached.DMA_NESTED : Reached.DMA_STAGE2);
      if (recent.size() == MAX_RECENT) {
        recent.removeFirst();
      }
      recent.add(use);
    }
  }

  /** After pages may have changed hands: what worked lately, from caches if they still know it. */
  private void probe() {
    for (int i = 0; i < recent.size() && finding == null; i++) {
      reached.count(Reached.DMA_PROBED);
      access(recent.get(i), false, false);
    }
  }

  private void accessByCpu() {
    long address = addresses.any() & -Long.BYTES;
    boolean write = oneIn(2);
    say("%s of 0x%x".formatted(write ? "write" : "read", address));
    if (write) {
      cpu.memory().write64(address, oneIn(2) ? random.nextLong() : addresses.any());
    } else {
      cpu.memory().read64(address);
    }
    // An access to an SMMU's registers that came back was emulated.
    if (testbed.hypervisor().pages().isMemory(address) && !oracle.hostOwns(address)) {
      finding = "the CPU reached 0x%x, which is not the host's".formatted(address);
    }
  }

  // --- hypercalls

  private long call(Hypercall call, long... arguments) {
    String stolen = oracle.wouldSteal(call, arguments);
    long result = cpu.hypercall(call.function(), arguments);
    if (result < 0) {
      reached.count(Reached.HYPERCALL_REFUSED);
      if (call == Hypercall.DONATE && result == Status.BUSY.code()) {
        reached.count(Reached.DONATION_BUSY);
      }
    } else {
      changed = true;
      if (finding == null) {
        finding = stolen;
      }
    }
    return result;
  }

  private static long pfn(long address) {
    return address / Addresses.PAGE;
  }

  private void donate() {
    if (given.gifts() >= MAX_GIFTS) {
      reclaim();
      return;
    }
    if (given.guests() == 0 || (given.guests() < MAX_GUESTS && oneIn(8))) {
      long guest = call(Hypercall.CREATE_GUEST);
      if (guest > 0) {
        given.guest(guest);
        oracle.begins(guest);
      }
    }
    long page =
        switch (random.nextInt(8)) {
          case 0, 1 -> addresses.arenaPage();
          case 2 -> recentPage();
          default -> addresses.dataPage();
        };
    long count = 1L + random.nextInt(3);
    if (oneIn(24)) {
      page = addresses.wideBlock();
      count = random.nextBoolean() ? Addresses.BLOCK / Addresses.PAGE : 1 + random.nextInt(600);
    }
    give(given.anyGuest(random), page, count);
  }

  private long recentPage() {
    return recent.isEmpty()
        ? addresses.dataPage()
        : recent.get(random.nextInt(recent.size())).address() & -Addresses.PAGE;
  }

  private void give(long guest, long page, long count) {
    say("0x%x, %d pages to guest %d".formatted(page, count, guest));
    if (call(Hypercall.DONATE, guest, pfn(page), count) == 0) {
      reached.count(Reached.DONATED);
      given.gift(new Given.Gift(guest, page, count));
    }
  }

  private void reclaim() {
    long guest = given.anyGuest(random);
    say("guest %d".formatted(guest));
    if (call(Hypercall.DESTROY_GUEST, guest) == 0) {
      oracle.ended(guest);
    }
    for (Given.Gift gift : given.end(guest)) {
      if (call(Hypercall.RECLAIM, pfn(gift.page()), gift.count()) == 0) {
        reached.count(Reached.RECLAIMED);
        if (finding == null) {
          finding = oracle.leftIn(gift.page());
        }
      } else {
        // Some of it is back already.
        for (long i = 0; i < gift.count(); i++) {
          call(Hypercall.RECLAIM, pfn(gift.page()) + i, 1);
        }
      }
    }
  }

  private void anyHypercall() {
    Hypercall call = HYPERCALLS[random.nextInt(HYPERCALLS.length)];
    long guest = oneIn(4) ? random.nextInt(-2, 300) : given.anyGuest(random);
    long pfn = oneIn(8) ? random.nextLong() : pfn(oneIn(2) ? addresses.any() : addresses.ramPage());
    long count =
        switch (random.nextInt(12)) {
          case 0 -> random.nextLong();
          case 1 -> Long.MAX_VALUE - pfn;
          case 2 -> 1L << 20;
          case 3 -> random.nextInt(-2, 600);
          default -> 1 + random.nextInt(2);
        };
    say("%s guest %d pfn 0x%x count %d".formatted(call, guest, pfn, count));
    switch (call) {
      case CREATE_GUEST -> {
        if (given.guests() < MAX_GUESTS) {
          long created = call(call);
          if (created > 0) {
            given.guest(created);
            oracle.begins(created);
          }
        }
      }
      case DESTROY_GUEST -> {
        if (oneIn(8)) {
          reclaim();
        } else {
          call(call, random.nextLong());
        }
      }
      case DONATE -> {
        if (call(call, guest, pfn, count) == 0) {
          reached.count(Reached.DONATED);
          given.gift(new Given.Gift(guest, pfn * Addresses.PAGE, count));
        }
      }
      case SHARE, UNSHARE -> call(call, guest, pfn, count);
      case RECLAIM, SHARE_HYP, UNSHARE_HYP -> call(call, pfn, count);
    }
    if (oneIn(16)) {
      cpu.hypercall(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }
  }
}
