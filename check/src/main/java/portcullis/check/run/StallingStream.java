package portcullis.check.run;

import java.util.OptionalLong;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Resume;
import portcullis.arch.smmu.Ste;
import portcullis.host.Entries;
import portcullis.host.SmmuDriver;
import portcullis.platform.HostCpu;
import portcullis.smmu.Commands;

/** A stream whose stage 1 stalls what it does not map, and how the host ends its stalls. */
final class StallingStream {
  private final HostCpu cpu;
  private final SmmuDriver driver;
  private final ActiveMaster master;

  StallingStream(ProtectedSystem system, ActiveMaster master) {
    this.cpu = system.cpu();
    this.driver = master.driver();
    this.master = master;
  }

  /** Sets CD.S, and clears STE.S1STALLD: IHI 0070 5.5. {@link ActiveMaster#reattach} undoes it. */
  void letStall() {
    int stream = master.stream().streamId();
    long[] ste = driver.entry(stream);
    long cd = Ste.S1CONTEXTPTR.inPlace(ste[Ste.S1CONTEXTPTR.word()]);
    driver.install(stream, Entries.abort());
    cpu.memory().write64(cd, cpu.memory().read64(cd) | Cd.S.mask());
    cpu.clean(cd, Long.BYTES);
    Commands.cfgiCd(driver.commands(), stream, 0, true);
    ste[Ste.S1STALLD.word()] = Ste.S1STALLD.with(ste[Ste.S1STALLD.word()], 0);
    driver.install(stream, ste);
  }

  /** Reads all events; the tag of the last that is about a stall, if any is. */
  OptionalLong drainToTag() {
    long[] tag = {-1};
    driver
        .events()
        .drain(
            (word0, word1, word2, word3) -> {
              if (Event.STALL.isSet(word1)) {
                tag[0] = Event.STAG.get(word1);
              }
            });
    return tag[0] < 0 ? OptionalLong.empty() : OptionalLong.of(tag[0]);
  }

  /** CMD_RESUME with Ac=Retry: the transaction is handled as though it had just arrived. */
  void retry(long tag) {
    resume(tag, Resume.AC.of(Resume.AC_RETRY));
  }

  /** CMD_RESUME with Ac=Terminate and an abort for the device. */
  void abort(long tag) {
    resume(tag, Resume.AC.of(Resume.AC_TERMINATE) | Resume.AB.of(1));
  }

  private void resume(long tag, long action) {
    send(Opcode.RESUME, action, Resume.STAG.of(tag));
  }

  /** CMD_STALL_TERM: ends every stall of the stream with an abort. */
  void terminateAll() {
    send(Opcode.STALL_TERM, 0, 0);
  }

  private void send(Opcode opcode, long fields, long word1) {
    long stream = Integer.toUnsignedLong(master.stream().streamId());
    driver
        .commands()
        .command(Command.OPCODE.of(opcode.code()) | Resume.STREAMID.of(stream) | fields, word1);
    driver.commands().sync();
  }
}
