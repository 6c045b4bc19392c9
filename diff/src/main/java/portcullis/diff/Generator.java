package portcullis.diff;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;

/**
 * Makes cases from a seed: a few address spaces of each stage, streams that share them or not, then
 * changes with the commands that they need (or without), DMA, and register writes. Most of it is
 * what software would do; a little is broken in one place.
 */
final class Generator {
  /** The most CDs of a case. */
  static final int CONTEXTS = 4;

  private static final int COMMAND_BITS = 7;
  private static final long QUEUES = Cr0.CMDQEN.of(1) | Cr0.EVENTQEN.of(1);
  private static final long ENABLED = QUEUES | Cr0.SMMUEN.of(1);

  private final long seed;

  Generator(long seed) {
    this.seed = seed;
  }

  /** Case {@code index} of this seed; odd ones have a two-level Stream table. */
  Case next(long index) {
    return new Maker(seed, index).make();
  }

  /** How one device is set up. */
  private record Stream(Device device, long ste, Stage1Space stage1, Stage2Space stage2) {}

  private static final class Maker {
    private final String name;
    private final boolean twoLevel;
    private final Choice choice;
    private final Commands commands;
    private final Memory memory = new Memory();
    private final Arena stage1Arena = new Arena(Window.STAGE_1, Window.STAGE_1_END);
    private final Arena stage2Arena = new Arena(Window.STAGE_2, Window.STAGE_2_END);
    private final List<Stage1Space> spaces1 = new ArrayList<>();
    private final List<Stage2Space> spaces2 = new ArrayList<>();
    private final List<Stream> streams = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Integer> vmids = new ArrayList<>();
    private final List<Integer> asids = new ArrayList<>();

    /** Stage-1 leaves that were global at some time: what holds them may still be unseen. */
    private final Set<Long> global = new HashSet<>();

    private int tags;
    private int unsettled;

    /** Whose DMA came last: much comes of one stream, so that it finds what it left. */
    private Stream current;

    Maker(long seed, long index) {
      name = "%d/%d".formatted(seed, index);
      twoLevel = (index & 1) != 0;
      choice = new Choice(seed, index);
      commands = new Commands(choice);
    }

    Case make() {
      makeSpaces();
      List<Device> devices = new ArrayList<>(List.of(Device.values()));
      for (int i = choice.weighted(10, 35, 15, 10, 8, 7, 7, 8); i >= 0; i--) {
        makeStream(devices.remove(choice.below(devices.size())));
      }
      current = streams.getFirst();
      for (int i = choice.weighted(82, 14, 4); i > 0; i--) {
        breakSomething();
      }
      long tableConfiguration = makeStreamTable();
      List<Case.Word> image = memory.words();
      enable(tableConfiguration);
      for (int i = choice.between(6, 16); i > 0; i--) {
        step();
      }
      return new Case(name, twoLevel, image, steps);
    }

    private int newId(List<Integer> used) {
      int id;
      do {
        id = choice.percent(70) ? choice.below(4) : (int) choice.bits() & 0xffff;
      } while (used.contains(id));
      used.add(id);
      return id;
    }

    private void makeSpaces() {
      for (int i = choice.weighted(50, 38, 12); i >= 0; i--) {
        spaces2.add(new Stage2Space(memory, stage2Arena, choice, newId(vmids)));
      }
      int count = choice.weighted(45, 35, 12, 8) + 1;
      List<Stage2Space> under = new ArrayList<>();
      List<Integer> ofVmid = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Stage2Space below = choice.percent(55) ? choice.of(spaces2) : null;
        under.add(below);
        ofVmid.add(
            below != null
                ? (Integer) below.vmid
                : choice.percent(50) ? vmids.getFirst() : (Integer) newId(vmids));
      }
      for (int i = 0; i < count; i++) {
        int vmid = ofVmid.get(i);
        long cd = Window.CONTEXTS + (long) i * Cd.BYTES;
        // A global leaf is one of all address spaces with its VMID.
        boolean globals = Collections.frequency(ofVmid, vmid) == 1;
        spaces1.add(
            new Stage1Space(
                memory,
                stage1Arena,
                choice,
                globals,
                asid(vmid),
                vmid,
                under.get(i),
                cd,
                List.copyOf(spaces1)));
      }
    }

    /** The same ASID in two VMIDs is two address spaces; in one it would be a software error. */
    private int asid(int vmid) {
      List<Integer> others = new ArrayList<>(asids);
      spaces1.stream()
          .filter(each -> each.vmid == vmid)
          .forEach(each -> others.remove(Integer.valueOf(each.asid)));
      return !others.isEmpty() && choice.percent(50) ? choice.of(others) : newId(asids);
    }

    private void makeStream(Device device) {
      long ste = (twoLevel ? Window.STREAM_TABLE_2 : Window.STREAM_TABLE) + device.steOffset();
      Stage1Space stage1 = null;
      Stage2Space stage2 = null;
      int config;
      switch (choice.weighted(70, 22, 4, 4)) {
        case 0 -> {
          stage1 = choice.of(spaces1);
          stage2 = stage1.under;
          config = stage2 == null ? Ste.CONFIG_S1 : Ste.CONFIG_S1 | Ste.CONFIG_BIT_S2;
        }
        case 1 -> {
          stage2 = choice.of(spaces2);
          config = Ste.CONFIG_S2;
        }
        case 2 -> config = Ste.CONFIG_BIT_PASS;
        default -> config = choice.below(4);
      }
      memory.set(ste, Ste.V, choice.percent(99) ? 1 : 0);
      memory.set(ste, Ste.CONFIG, config);
      memory.set(ste, Ste.SHCFG, choice.percent(90) ? 1 : choice.below(4));
      memory.set(ste, Ste.S1CSH, choice.below(4));
      memory.set(ste, Ste.MEMATTR, choice.percent(90) ? 0 : choice.below(16));
      if (stage1 != null) {
        memory.setAddress(ste, Ste.S1CONTEXTPTR, stage1.cd + stage1.offset());
        memory.set(ste, Ste.S2VMID, stage1.vmid);
      }
      if (stage2 != null) {
        stage2.fill(memory, ste, stage2Flags(stage2));
      }
      streams.add(new Stream(device, ste, stage1, stage2));
    }

    /** The same for all streams of a stage 2, as their translations are shared. */
    private long stage2Flags(Stage2Space stage2) {
      for (Stream stream : streams) {
        if (stream.stage2 == stage2) {
          long word2 = memory.get(stream.ste + Ste.S2R.word() * 8L);
          return word2 & (Ste.S2R.mask() | Ste.S2AFFD.mask() | Ste.S2PTW.mask());
        }
      }
      return Ste.S2R.of(choice.percent(88) ? 1 : 0)
          | Ste.S2AFFD.of(choice.percent(12) ? 1 : 0)
          | Ste.S2PTW.of(choice.percent(8) ? 1 : 0);
    }

    // ---- one thing broken from the start ----

    private void breakSomething() {
      switch (choice.weighted(3, 3, 2, 3)) {
        case 0 -> breakSte();
        case 1 -> breakCd();
        case 2 -> breakPointer();
        default -> breakDescriptor();
      }
    }

    /** Streams that share translations must not differ in what these depend on. */
    private boolean alone(Stream stream) {
      for (Stream other : streams) {
        if (other.device != stream.device
            && ((other.stage1 != null && other.stage1 == stream.stage1)
                || (other.stage2 != null && other.stage2 == stream.stage2))) {
          return false;
        }
      }
      return true;
    }

    private void breakSte() {
      Stream stream = choice.of(streams);
      if (alone(stream)) {
        Field field =
            choice.of(
                List.of(
                    Ste.V,
                    Ste.CONFIG,
                    Ste.S1FMT,
                    Ste.S1CDMAX,
                    Ste.S1DSS,
                    Ste.S1STALLD,
                    Ste.EATS,
                    Ste.STRW,
                    Ste.S2T0SZ,
                    Ste.S2SL0,
                    Ste.S2TG,
                    Ste.S2PS,
                    Ste.S2AA64,
                    Ste.S2ENDI,
                    Ste.S2HD,
                    Ste.S2HA,
                    Ste.S2S,
                    Ste.S2R,
                    Ste.S2AFFD,
                    Ste.MTCFG,
                    Ste.PRIVCFG,
                    Ste.INSTCFG,
                    Ste.ALLOCCFG,
                    Ste.CONT,
                    Ste.DRE));
        memory.set(stream.ste, field, choice.bits());
      } else {
        memory.set(stream.ste, choice.of(List.of(Ste.S1CIR, Ste.S1COR, Ste.CONT)), choice.bits());
      }
    }

    private void breakCd() {
      Field field =
          choice.of(
              List.of(
                  Cd.T0SZ, Cd.TG0, Cd.EPD0, Cd.ENDI, Cd.T1SZ, Cd.TG1, Cd.EPD1, Cd.V, Cd.IPS,
                  Cd.AFFD, Cd.WXN, Cd.TBI0, Cd.TBI1, Cd.PAN, Cd.AA64, Cd.HD, Cd.HA, Cd.S, Cd.R,
                  Cd.A, Cd.HAD0, Cd.HAD1, Cd.NSCFG0));
      memory.set(choice.of(spaces1).cd, field, choice.bits());
    }

    private long elsewhere() {
      return choice.percent(60)
          ? Window.NOWHERE + (choice.bits() & (1L << 41) - 1 & -1L << 16)
          : Window.RAM_END + (choice.bits() & (1L << 28) - 1 & -1L << 16);
    }

    private void breakPointer() {
      Stream stream = choice.of(streams);
      long address = choice.percent(70) ? elsewhere() : choice.bits();
      switch (choice.below(4)) {
        case 0 -> {
          if (alone(stream)) {
            memory.setAddress(stream.ste, Ste.S1CONTEXTPTR, address);
          }
        }
        case 1 -> {
          if (alone(stream)) {
            memory.setAddress(stream.ste, Ste.S2TTB, address);
          }
        }
        case 2 -> memory.setAddress(choice.of(spaces1).cd, Cd.TTB0, address);
        default -> memory.setAddress(choice.of(spaces1).cd, Cd.TTB1, address);
      }
    }

    private void breakDescriptor() {
      boolean second = choice.percent(50);
      Tables tables = second ? choice.of(spaces2).tables : choice.of(choice.of(spaces1).both());
      if (!tables.entries().isEmpty()) {
        Tables.Entry entry = choice.of(tables.entries());
        memory.set(entry.address(), broken(entry, memory.get(entry.address())));
      }
    }

    private long broken(Tables.Entry entry, long descriptor) {
      return switch (choice.below(5)) {
        case 0 -> descriptor & ~1L;
        case 1 -> descriptor ^ 0b10;
        case 2 -> descriptor ^ 1L << choice.between(40, 47);
        case 3 ->
            entry.leaf()
                ? descriptor ^ Stage1Descriptor.AF.mask()
                : (descriptor & ~((1L << 48) - 1)) | (elsewhere() & (1L << 48) - 1) | Tables.TABLE;
        default -> descriptor ^ 1L << choice.below(64);
      };
    }

    // ---- the start of every case ----

    private void write(Register register, long value) {
      steps.add(new Step.RegisterWrite(register.offset(), register.bytes(), value));
    }

    /** Returns STRTAB_BASE_CFG for the Stream table that it makes. */
    private long makeStreamTable() {
      if (!twoLevel) {
        return StrtabBaseCfg.LOG2SIZE.of(
            choice.percent(96) ? choice.between(5, 8) : choice.between(0, 4));
      }
      int split = choice.of(6, 8, 10);
      int span = choice.percent(96) ? choice.between(6, split + 1) : choice.below(6);
      memory.set(
          Window.STREAM_TABLE,
          StreamTableDescriptor.L2PTR.inPlace(
                  choice.percent(99) ? Window.STREAM_TABLE_2 : elsewhere())
              | StreamTableDescriptor.SPAN.of(span));
      return StrtabBaseCfg.FMT.of(1)
          | StrtabBaseCfg.SPLIT.of(split)
          | StrtabBaseCfg.LOG2SIZE.of(choice.between(split, 16));
    }

    private void enable(long tableConfiguration) {
      write(Register.STRTAB_BASE_CFG, tableConfiguration);
      write(Register.STRTAB_BASE, choice.percent(99) ? Window.STREAM_TABLE : Window.NOWHERE << 1);
      write(Register.CR2, Cr2.RECINVSID.of(choice.percent(95) ? 1 : 0));
      write(
          Register.CMDQ_BASE,
          (choice.percent(99) ? Window.COMMANDS : Window.NOWHERE)
              | QueueBase.LOG2SIZE.of(COMMAND_BITS));
      write(
          Register.EVENTQ_BASE,
          (choice.percent(99) ? Window.EVENTS : Window.NOWHERE)
              | QueueBase.LOG2SIZE.of(choice.percent(95) ? 6 : choice.between(0, 3)));
      write(
          Register.IRQ_CTRL,
          IrqCtrl.GERROR_IRQEN.of(choice.below(2)) | IrqCtrl.EVENTQ_IRQEN.of(choice.below(2)));
      if (choice.percent(3)) {
        dma();
      }
      write(Register.CR0, QUEUES);
      if (choice.percent(30)) {
        steps.add(new Step.Commands(Commands.everything()));
      }
      write(Register.CR0, ENABLED);
    }

    // ---- what happens then ----

    private void step() {
      switch (choice.weighted(55, 22, 9, 6, 5, 3)) {
        case 0 -> dma();
        case 1 -> change();
        case 2 -> anyCommands();
        case 3 -> registerWrite();
        case 4 -> steps.add(new Step.TakeEvents());
        default -> steps.add(new Step.Acknowledge());
      }
    }

    private void dma() {
      if (choice.percent(45)) {
        current = choice.of(streams);
      }
      Stream stream = current;
      boolean write = !stream.device.reads() || choice.percent(30);
      steps.add(
          new Step.Dma(stream.device, write, choice.percent(92) ? known(stream) : odd(stream)));
    }

    /** An address that is meant to work. */
    private long known(Stream stream) {
      if (stream.stage1 != null) {
        return choice.of(stream.stage1.targets).iova();
      }
      long data = Window.DATA + (choice.below(Window.DATA_BYTES) & -Integer.BYTES);
      if (stream.stage2 == null) {
        return data;
      }
      List<Tables.Entry> entries = stream.stage2.tables.entries();
      List<Tables.Entry> leaves = entries.stream().filter(Tables.Entry::leaf).toList();
      if (leaves.isEmpty()) {
        return data;
      }
      Tables.Entry leaf = choice.of(leaves);
      long mask = stream.stage2.tables.granule.levelBytes(leaf.level()) - 1;
      long inside =
          leaf.level() == Granule.LAST_LEVEL ? choice.bits() : data + stream.stage2.offset;
      return leaf.input() | (inside & mask & -Integer.BYTES);
    }

    /** An address that is likely not to. */
    private long odd(Stream stream) {
      long near = known(stream);
      return switch (choice.below(4)) {
        case 0 -> near ^ 1L << choice.between(12, 63);
        case 1 -> choice.bits() & -Integer.BYTES;
        case 2 -> choice.bits() & (1L << 45) - 1 & -Integer.BYTES;
        default -> near + 0x1000;
      };
    }

    private void anyCommands() {
      List<Step.Command> list = new ArrayList<>();
      for (int i = choice.between(1, 3); i > 0; i--) {
        list.add(commands.any(vmids, asids, known(choice.of(streams))));
      }
      steps.add(new Step.Commands(list));
    }

    private void registerWrite() {
      switch (choice.weighted(3, 2, 2, 2, 1, 1, 1, 1)) {
        case 0 -> {
          write(Register.CR0, QUEUES);
          dma();
          write(Register.CR0, ENABLED);
        }
        case 1 ->
            write(
                Register.GBPA,
                Gbpa.UPDATE.of(choice.below(2))
                    | Gbpa.ABORT.of(choice.below(2))
                    | Gbpa.SHCFG.of(1));
        case 2 ->
            write(
                Register.IRQ_CTRL,
                IrqCtrl.GERROR_IRQEN.of(choice.below(2))
                    | IrqCtrl.EVENTQ_IRQEN.of(choice.below(2)));
        case 3 -> {
          write(Register.CR0, ENABLED & ~Cr0.EVENTQEN.mask());
          dma();
          write(Register.CR0, ENABLED);
        }
        case 4 -> {
          write(Register.CR0, ENABLED & ~Cr0.CMDQEN.mask());
          anyCommands();
          write(Register.CR0, ENABLED);
        }
        case 5 -> write(Register.CR2, Cr2.RECINVSID.of(choice.below(2)));
        case 6 ->
            write(
                choice.of(List.of(Register.IDR0, Register.CR0ACK, Register.GERROR)), choice.bits());
        default -> write(Register.CR1, choice.bits() & 0xfff);
      }
    }

    private void change() {
      if (unsettled >= 2) {
        settleAll();
      }
      switch (choice.weighted(45, 35, 12, 8)) {
        case 0 -> changeStage1();
        case 1 -> changeStage2();
        case 2 -> changeCd();
        default -> changeSte();
      }
      if (tags >= 60) {
        settleAll();
        tags = 0;
      }
    }

    private void settleAll() {
      steps.add(new Step.Commands(Commands.everything()));
      unsettled = 0;
    }

    private int poke(long address, long value, int needs) {
      int tag = needs == 0 ? Step.NO_TAG : tags++;
      memory.set(address, value);
      steps.add(new Step.Poke(address, value, tag, needs));
      return tag;
    }

    private void send(List<Step.Command> list) {
      if (choice.percent(78)) {
        List<Step.Command> whole = new ArrayList<>(list);
        whole.add(commands.sync());
        steps.add(new Step.Commands(whole));
        return;
      }
      unsettled++;
      if (choice.percent(50)) {
        steps.add(new Step.Commands(list.subList(0, choice.below(list.size()) + 1)));
      }
    }

    private void changeStage1() {
      Stage1Space space = choice.of(spaces1);
      Tables tables = choice.of(space.both());
      boolean known = choice.percent(70) || tables.entries().isEmpty();
      Tables.Entry entry = known ? choice.of(space.targets).leaf() : choice.of(tables.entries());
      for (Tables half : space.both()) {
        if (half.entries().contains(entry)) {
          tables = half;
        }
      }
      long before = memory.get(entry.address());
      long after = changed(before, entry, tables, space.attributes(), space.under);
      int needs = (before & 1) == 0 ? 0 : Step.Part.STAGE_1;
      int tag = poke(entry.address(), after, needs);
      if (!Stage1Descriptor.NG.isSet(before)) {
        global.add(entry.address());
      }
      if (needs != 0) {
        boolean leaf = entry.leaf() && (before & 0b11) == (entry.level() == 3 ? 0b11 : 0b01);
        send(
            List.of(
                leaf
                    ? commands.stage1Leaf(
                        space, tables, entry, global.contains(entry.address()), 1L << tag)
                    : commands.stage1(space.vmid, 1L << tag)));
      }
    }

    private long changed(
        long before, Tables.Entry entry, Tables tables, long attributes, Stage2Space under) {
      if (!entry.leaf()) {
        return before ^ 1;
      }
      long address = before & (1L << 48) - 1 & -tables.granule.levelBytes(entry.level());
      long kind = entry.level() == Granule.LAST_LEVEL ? Tables.TABLE : Tables.BLOCK;
      return switch (choice.weighted(30, 30, 40)) {
        case 0 -> before ^ 1;
        case 1 -> address | kind | attributes;
        default -> {
          long page = tables.granule.bytes();
          long data = Window.DATA + (choice.below(Window.DATA_BYTES) & -page);
          long output = under == null ? data : data + under.offset;
          yield (output & -tables.granule.levelBytes(entry.level()) & (1L << 48) - 1)
              | kind
              | attributes;
        }
      };
    }

    private void changeStage2() {
      Stage2Space space = choice.of(spaces2);
      if (space.tables.entries().isEmpty()) {
        return;
      }
      Tables.Entry entry = choice.of(space.tables.entries());
      long before = memory.get(entry.address());
      long after = changed(before, entry, space.tables, space.attributes(), null);
      // A CD that was fetched stays with the configuration, whatever becomes of its address.
      int configurations = 0;
      List<Step.Command> list = new ArrayList<>();
      boolean invalid = (before & 1) == 0;
      int tag = invalid ? 0 : tags;
      for (Stream stream : streams) {
        if (stream.stage1 != null && stream.stage2 == space) {
          configurations |= Step.Part.configuration(stream.device);
          list.add(commands.configuration(stream.device, true, 1L << tag));
        }
      }
      long size = space.tables.granule.levelBytes(entry.level());
      boolean behindCd = false;
      boolean behindTable = false;
      for (Stage1Space each : spaces1) {
        if (each.under == space) {
          behindCd |= covers(entry, size, each.cd + space.offset);
          for (Tables half : each.both()) {
            behindTable |= covers(entry, size, half.rootPointer());
          }
        }
      }
      int needs =
          invalid ? 0 : Step.Part.STAGE_1 | Step.Part.STAGE_2 | (behindCd ? configurations : 0);
      poke(entry.address(), after, needs);
      if (needs != 0) {
        if (!behindCd && !(behindTable && choice.percent(85))) {
          list.clear();
        }
        list.addAll(
            entry.leaf()
                ? commands.stage2Leaf(space, entry, 1L << tag)
                : List.of(commands.bothStages(space.vmid, 1L << tag)));
        send(list);
      }
    }

    private static boolean covers(Tables.Entry entry, long size, long input) {
      return Long.compareUnsigned(input - entry.input(), size) < 0;
    }

    private void changeCd() {
      Stage1Space space = choice.of(spaces1);
      Field field =
          choice.of(
              List.of(
                  Cd.R, Cd.V, Cd.AFFD, Cd.EPD0, Cd.EPD1, Cd.A, Cd.IPS, Cd.T0SZ, Cd.TTB0, Cd.HAD0,
                  Cd.MAIR0));
      long address = space.cd + field.word() * 8L;
      long before = memory.get(address);
      long value =
          field.equals(Cd.TTB0) && choice.percent(60)
              ? (choice.of(spaces1).both().getFirst().root + space.offset()) >>> Cd.TTB0.lsb()
              : choice.bits();
      int needs = Step.Part.STAGE_1;
      List<Step.Command> list = new ArrayList<>();
      for (Stream stream : streams) {
        if (stream.stage1 == space) {
          needs |= Step.Part.configuration(stream.device);
          list.add(commands.configuration(stream.device, true, 1L << tags));
        }
      }
      int tag = poke(address, field.with(before, value & field.max()), needs);
      list.add(commands.stage1(space.vmid, 1L << tag));
      send(list);
    }

    private void changeSte() {
      Stream stream = choice.of(streams);
      Field field =
          alone(stream)
              ? choice.of(
                  List.of(Ste.V, Ste.CONFIG, Ste.S2R, Ste.S2AFFD, Ste.S2T0SZ, Ste.S2SL0, Ste.S2PS))
              : choice.of(List.of(Ste.V, Ste.S2R));
      long address = stream.ste + field.word() * 8L;
      long before = memory.get(address);
      int needs = Step.Part.STAGE_1 | Step.Part.STAGE_2 | Step.Part.configuration(stream.device);
      int tag = poke(address, field.with(before, choice.bits() & field.max()), needs);
      int vmid =
          stream.stage2 != null
              ? stream.stage2.vmid
              : stream.stage1 != null ? stream.stage1.vmid : 0;
      send(
          List.of(
              commands.configuration(stream.device, false, 1L << tag),
              commands.bothStages(vmid, 1L << tag)));
    }
  }
}
