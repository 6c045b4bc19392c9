package portcullis.check.run;

import java.util.OptionalInt;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Mpamidr;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Vms;
import portcullis.board.Smmu;
import portcullis.host.Entries;

/**
 * The host has an SMMU fetch a VMS, which has a physical address, from a page that it has given
 * away. What the SMMU finds there it would tell by the PARTID of a master's accesses (IHI 0070 5.6,
 * 17.2). Afterwards the SMMU works as before.
 */
final class PartIdAttempt {
  private static final long IOVA = 1L << 38;

  private final ProtectedSystem system;
  private final ActiveMaster master;
  private final Smmu smmu;
  private final Journal journal;

  PartIdAttempt(ProtectedSystem system, ActiveMaster master, Smmu smmu, Journal journal) {
    this.system = system;
    this.master = master;
    this.smmu = smmu;
    this.journal = journal;
  }

  /** Makes it, if the SMMU can do it and somebody sees what comes of it. */
  void attack() {
    String what = master.name() + " has its PARTID from a VMS in a guest's page";
    int told = largest();
    if (told == 0) {
      journal.skipForbidden(what, "its SMMU has no PARTIDs: IDR3.MPAM is 0");
      return;
    }
    Victim victim = system.newVictim();
    long page = system.newPage();
    for (int word = 0; word < Vms.WORDS; word++) {
      victim.fill(system.cpu(), word, map(word, told));
    }
    master.domain().map(IOVA, page, system.pageBytes());
    if (system.giveAway(victim, journal)) {
      install(victim.address());
      master.touch(IOVA);
      OptionalInt seen = master.device().partId();
      if (seen.isPresent()) {
        journal.mustFail(what, seen.getAsInt() == told, () -> system.whySte(Ste.VMSPTR));
      } else {
        journal.skipForbidden(what, "nobody sees the PARTIDs of its accesses");
      }
      master.reattach();
    }
    master.domain().unmap(IOVA, system.pageBytes());
    system.hostMemory().freeBytes(page, system.pageBytes());
  }

  /** The largest PARTID of hardware's; 0 without MPAM. */
  private int largest() {
    long base = smmu.registers().base();
    return Idr3.MPAM.isSet(system.hardwareRegister(base, Register.IDR3))
        ? (int) Mpamidr.PARTID_MAX.get(system.hardwareRegister(base, Register.MPAMIDR))
        : 0;
  }

  /** A word of PARTID_MAP whose entries all are {@code partId}. */
  private static long map(int word, int partId) {
    long entries = 0;
    for (int virtual = 0; virtual < Vms.PARTIDS; virtual++) {
      if (Vms.partId(virtual).word() == word) {
        entries = Vms.partId(virtual).with(entries, partId);
      }
    }
    return entries;
  }

  /** The master's own STE, but that its CD's PARTID is virtual. */
  private void install(long vms) {
    int stream = master.stream().streamId();
    long[] ste = master.driver().entry(stream);
    ste[Ste.S1MPAM.word()] |= Ste.S1MPAM.mask();
    ste[Ste.VMSPTR.word()] |= Ste.VMSPTR.inPlace(vms);
    master.driver().install(stream, Entries.abort());
    master.driver().install(stream, ste);
  }
}
