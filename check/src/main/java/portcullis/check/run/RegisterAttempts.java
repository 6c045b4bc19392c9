package portcullis.check.run;

import portcullis.arch.smmu.AtosAddr;
import portcullis.arch.smmu.AtosCtrl;
import portcullis.arch.smmu.AtosSid;
import portcullis.arch.smmu.CmdqControlPageBase;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EcmdqCons;
import portcullis.arch.smmu.EcmdqProd;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.smmu.Sync;
import portcullis.host.Entries;
import portcullis.host.SmmuDriver;
import portcullis.host.SmmuRegisters;
import portcullis.hyp.mem.PageCondition;
import portcullis.hyp.mem.PageTransition;
import portcullis.platform.HostCpu;
import portcullis.smmu.Commands;

/** What the host tries with one SMMU's registers and tables. After each, the SMMU works again. */
final class RegisterAttempts {
  private final ProtectedSystem system;
  private final SmmuDriver driver;
  private final String name;
  private final long registerBase;
  private final ActiveMaster by;
  private final Journal journal;

  /**
   * Attempts on one SMMU.
   *
   * @param by a master behind it
   */
  RegisterAttempts(
      ProtectedSystem system,
      SmmuDriver driver,
      String name,
      long registerBase,
      ActiveMaster by,
      Journal journal) {
    this.system = system;
    this.driver = driver;
    this.name = name;
    this.registerBase = registerBase;
    this.by = by;
    this.journal = journal;
  }

  /** All of them. */
  void attack() {
    streamTableInGuestPage();
    bypassByRegisters();
    registersByDma();
    stage2ByAtos();
    commandsByEnhancedQueue();
  }

  /** The first-level table's page is a guest's; the second level and the buffer are the host's. */
  private void streamTableInGuestPage() {
    long configuration = driver.streams().configuration();
    long slots =
        1L << (StrtabBaseCfg.LOG2SIZE.get(configuration) - StrtabBaseCfg.SPLIT.get(configuration));
    String what = "the host puts " + name + "'s stream table into a guest's page";
    if (StrtabBaseCfg.FMT.get(configuration) == 0) {
      journal.skipForbidden(what, "its table has one level, which the host's CPU must fill itself");
      return;
    }
    int split = (int) StrtabBaseCfg.SPLIT.get(configuration);
    long tableBytes = Math.max(system.pageBytes(), slots * StreamTableDescriptor.BYTES);
    long secondBytes = (long) Ste.BYTES << split;
    long table = system.hostMemory().allocateBytes(tableBytes);
    long second = system.hostMemory().allocateBytes(secondBytes);
    long buffer = system.newPage();
    long stream = Integer.toUnsignedLong(by.stream().streamId());
    long slot = table + (stream >>> split) * StreamTableDescriptor.BYTES;
    long entry = second + (stream & ((1L << split) - 1)) * Ste.BYTES;
    long[] bypass = Entries.bypass();
    for (int i = 0; i < Ste.WORDS; i++) {
      system.cpu().memory().write64(entry + (long) i * Long.BYTES, bypass[i]);
    }
    system.cpu().memory().write64(slot, second | StreamTableDescriptor.SPAN.of(split + 1));
    system.cpu().clean(entry, Ste.BYTES);
    system.cpu().clean(slot, StreamTableDescriptor.BYTES);
    Victim victim = system.victimAt(slot & -(long) system.pageBytes());
    if (!system.giveAway(victim, journal)) {
      return;
    }
    driver.enable(SmmuDriver.RUNNING & ~Cr0.SMMUEN.mask());
    driver.placeStreamTable(table, configuration);
    Commands.cfgiAll(driver.commands());
    driver.commands().sync();
    system.forget();
    driver.enable(SmmuDriver.RUNNING);
    boolean used = by.touch(buffer);
    journal.mustFail(
        what,
        used,
        () -> system.whyStopped() + "; " + system.whyPage(PageTransition.PIN, PageCondition.GUEST));
    driver.acknowledgeErrors();
    restoreStreams();
  }

  /** With the SMMU off and GBPA.ABORT clear, traffic would pass untranslated (IHI 0070 6.3.14). */
  private void bypassByRegisters() {
    Victim victim = system.newVictim();
    if (!system.giveAway(victim, journal)) {
      return;
    }
    system.forget();
    driver.registers().write(Register.GBPA, Gbpa.UPDATE.of(1));
    String refusal = system.whyTrapped();
    driver.enable(SmmuDriver.RUNNING & ~Cr0.SMMUEN.mask());
    boolean read = by.canRead() && by.read(victim.address(), new byte[Long.BYTES]);
    by.write(victim.address(), new byte[] {1, 2, 3, 4});
    journal.mustFail(
        "the host disables "
            + name
            + " and sets GBPA to bypass, and a master reads and writes a"
            + " guest's page",
        read || !victim.intact(),
        () -> refusal);
    restoreStreams();
  }

  private void restoreStreams() {
    driver.enable(SmmuDriver.RUNNING & ~Cr0.SMMUEN.mask());
    driver.placeStreamTable(driver.streams().address(), driver.streams().configuration());
    Commands.cfgiAll(driver.commands());
    driver.commands().sync();
    driver.enable(SmmuDriver.RUNNING);
  }

  /** IRQ_CTRL takes any value harmlessly: does the hardware's register change by a DMA write? */
  private void registersByDma() {
    long iova = 1L << 36;
    by.domain().map(iova, registerBase, system.pageBytes());
    long before = system.hardwareRegister(registerBase, Register.IRQ_CTRL);
    system.forget();
    boolean written = by.write(iova + Register.IRQ_CTRL.offset(), new byte[Integer.BYTES]);
    boolean changed = system.hardwareRegister(registerBase, Register.IRQ_CTRL) != before;
    journal.mustFail(
        by.name() + " writes " + name + "'s registers by DMA",
        written || changed,
        system::whyStopped);
    by.domain().unmap(iova, system.pageBytes());
    driver.registers().writeAcknowledged(Register.IRQ_CTRL, Register.IRQ_CTRLACK, before);
  }

  /** Stage 2 is EL2's: a lookup tells what it says of any address (IHI 0070 9.1.3). */
  private void stage2ByAtos() {
    String what = "the host asks " + name + " by ATOS where stage 2 leads an address";
    if (!Idr0.ATOS.isSet(system.hardwareRegister(registerBase, Register.IDR0))) {
      journal.skipForbidden(what, "it makes no address translation operations");
      return;
    }
    system.forget();
    SmmuRegisters registers = driver.registers();
    long streamId = Integer.toUnsignedLong(by.stream().streamId());
    registers.write(Register.GATOS_SID, AtosSid.STREAMID.of(streamId));
    registers.write(
        Register.GATOS_ADDR,
        AtosAddr.ADDR.inPlace(system.newPage())
            | AtosAddr.TYPE.of(AtosAddr.TYPE_STAGE_2)
            | AtosAddr.RNW.of(1));
    registers.write(Register.GATOS_CTRL, AtosCtrl.RUN.of(1));
    boolean done = registers.await(Register.GATOS_CTRL, AtosCtrl.RUN.mask(), 0);
    // A result is never 0: a page of address 0 has attributes, a fault its flag.
    boolean told = done && registers.read(Register.GATOS_PAR) != 0;
    journal.mustFail(what, told, system::whyTrapped);
  }

  /**
   * What such a queue has is carried out as it is: invalidations of others' and what they are
   * waiting for, requests to devices, and here a CMD_SYNC whose message is a write to memory that
   * no stage translates (IHI 0070 3.5.6, 4.7.3).
   */
  private void commandsByEnhancedQueue() {
    String what =
        "the host writes to a guest's page by a command in an Enhanced Command queue of " + name;
    if (!Idr1.ECMDQ.isSet(system.hardwareRegister(registerBase, Register.IDR1))) {
      journal.skipForbidden(what, "it has no Enhanced Command queues");
      return;
    }
    Victim victim = system.newVictim();
    if (!system.giveAway(victim, journal)) {
      return;
    }
    HostCpu cpu = system.cpu();
    long commands = system.newPage();
    cpu.memory().write64(commands, Command.OPCODE.of(Opcode.SYNC.code()) | Sync.CS.of(Sync.CS_IRQ));
    cpu.memory().write64(commands + Long.BYTES, Sync.MSIADDRESS.inPlace(victim.address()));
    cpu.clean(commands, Command.BYTES);
    system.forget();
    long queue =
        registerBase
            + CmdqControlPageBase.ADDR.inPlace(
                system.hardwareRegister(registerBase, Register.CMDQ_CONTROL_PAGE_BASE));
    long prod = queue + Register.ECMDQ_PROD.offset();
    long cons = queue + Register.ECMDQ_CONS.offset();
    cpu.store(queue + Register.ECMDQ_BASE.offset(), Long.BYTES, QueueBase.ADDR.inPlace(commands));
    cpu.store(prod, Integer.BYTES, 0);
    cpu.store(cons, Integer.BYTES, 0);
    cpu.store(prod, Integer.BYTES, EcmdqProd.EN.mask() | EcmdqProd.WR.of(1));
    boolean consumed = EcmdqCons.RD.isSet(cpu.load(cons, Integer.BYTES));
    journal.mustFail(what, consumed || !victim.intact(), system::whyTrapped);
    cpu.store(prod, Integer.BYTES, 0);
  }
}
