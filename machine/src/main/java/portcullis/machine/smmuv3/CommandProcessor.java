package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Prefetch;
import portcullis.arch.smmu.PriResp;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Resume;
import portcullis.arch.smmu.Sync;
import portcullis.machine.smmuv3.caches.ConfigurationCache;
import portcullis.machine.smmuv3.caches.ConfigurationScope;
import portcullis.machine.smmuv3.caches.DptScope;
import portcullis.machine.smmuv3.caches.InvalidationLog;
import portcullis.machine.smmuv3.caches.TlbInvalidation;
import portcullis.machine.smmuv3.caches.TlbScope;
import portcullis.machine.smmuv3.dpt.DevicePermissions;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;
import portcullis.machine.smmuv3.structures.DecodedCd;
import portcullis.machine.smmuv3.structures.DecodedSte;
import portcullis.machine.smmuv3.structures.PartIdMap;

/** Executes one command of a Non-secure queue (IHI 0070 4.2 to 4.7). */
final class CommandProcessor {
  private final Features features;
  private final RegisterFile registers;
  private final CommandSet commands;
  private final TlbInvalidation tlbi;
  private final ConfigurationCache<DecodedSte> stes;
  private final ConfigurationCache<DecodedCd> cds;
  private final ConfigurationCache<PartIdMap> maps;
  private final DevicePermissions permissions;
  private final InvalidationLog log;
  private final Prefetcher prefetcher;
  private final Stalls stalls;
  private final AtsInvalidation invalidation;
  private final ClientPort clients;
  private final Interrupts interrupts;
  private final Counters counters;

  CommandProcessor(
      Features features,
      RegisterFile registers,
      TlbInvalidation tlbi,
      Caches caches,
      DevicePermissions permissions,
      InvalidationLog log,
      Prefetcher prefetcher,
      Stalls stalls,
      AtsInvalidation invalidation,
      ClientPort clients,
      Interrupts interrupts,
      Counters counters) {
    this.features = features;
    this.registers = registers;
    this.commands = new CommandSet(features);
    this.tlbi = tlbi;
    this.stes = caches.stes();
    this.cds = caches.cds();
    this.maps = caches.maps();
    this.permissions = permissions;
    this.log = log;
    this.prefetcher = prefetcher;
    this.stalls = stalls;
    this.invalidation = invalidation;
    this.clients = clients;
    this.interrupts = interrupts;
    this.counters = counters;
  }

  /**
   * Executes a command, all but its completion signal.
   *
   * @param queue where it comes from: a CMD_SYNC is about those of its own queue (3.5.6.1)
   * @return a {@link CommandError}
   */
  int execute(int queue, long word0, long word1) {
    int code = (int) word0 & 0xff;
    Opcode opcode = commands.of(code);
    if (opcode == null) {
      return CommandError.CERROR_ILL;
    }
    int error =
        opcode == Opcode.SYNC
            ? synchronize(queue, word0)
            : perform(queue, opcode, word0, word1)
                ? CommandError.CERROR_NONE
                : CommandError.CERROR_ILL;
    if (error == CommandError.CERROR_NONE) {
      counters.command(code);
    }
    return error;
  }

  /** Forgets what was under way, as a reset does. */
  void reset() {
    invalidation.reset();
  }

  /** Whether the command's parameters are legal; if they are, it has been done. */
  private boolean perform(int queue, Opcode opcode, long word0, long word1) {
    return switch (opcode) {
      case PREFETCH_CONFIG, PREFETCH_ADDR -> prefetch(opcode, word0, word1);
      case CFGI_STE -> configuration(queue, ConfigurationScope.CFGI_STE, word0, word1);
      case CFGI_STE_RANGE -> configuration(queue, ConfigurationScope.CFGI_STE_RANGE, word0, word1);
      case CFGI_CD -> configuration(queue, ConfigurationScope.CFGI_CD, word0, word1);
      case CFGI_VMS_PIDM -> configuration(queue, ConfigurationScope.CFGI_VMS_PIDM, word0, word1);
      case CFGI_CD_ALL -> configuration(queue, ConfigurationScope.CFGI_CD_ALL, word0, word1);
      case TLBI_NH_ALL -> tlbi.all(queue, TlbScope.NH_ALL, word0, word1);
      case TLBI_NH_ASID -> tlbi.all(queue, TlbScope.NH_ASID, word0, word1);
      case TLBI_NH_VA -> tlbi.byAddress(queue, TlbScope.NH_VA, word0, word1);
      case TLBI_NH_VAA -> tlbi.byAddress(queue, TlbScope.NH_VAA, word0, word1);
      case TLBI_EL2_ALL -> tlbi.all(queue, TlbScope.EL2_ALL, word0, word1);
      case TLBI_EL2_ASID -> tlbi.all(queue, TlbScope.E2H_ASID, word0, word1);
      case TLBI_EL2_VA ->
          tlbi.byAddress(queue, tlbi.e2h() ? TlbScope.E2H_VA : TlbScope.EL2_VA, word0, word1);
      case TLBI_EL2_VAA ->
          tlbi.byAddress(queue, tlbi.e2h() ? TlbScope.E2H_VAA : TlbScope.EL2_VA, word0, word1);
      case TLBI_S12_VMALL -> tlbi.all(queue, TlbScope.S12_VMALL, word0, word1);
      case TLBI_S2_IPA -> tlbi.byAddress(queue, TlbScope.S2_IPA, word0, word1);
      case TLBI_NSNH_ALL -> tlbi.all(queue, TlbScope.NSNH_ALL, word0, word1);
      case DPTI_ALL -> permissions.invalidate(queue, DptScope.DPTI_ALL, word1);
      case DPTI_PA -> permissions.invalidate(queue, DptScope.DPTI_PA, word1);
      case ATC_INV -> !translating() || invalidation.send(queue, word0, word1);
      case PRI_RESP -> respond(word0, word1);
      case RESUME -> resume(word0, word1);
      case STALL_TERM -> terminate(word0);
      default -> throw new AssertionError(opcode + " is not in this SMMU's command set");
    };
  }

  /** Without translation the ATS interface does not operate (IHI 0070 6.3.9.6). */
  private boolean translating() {
    return Cr0.SMMUEN.isSet(registers.get(Register.CR0ACK));
  }

  private boolean prefetch(Opcode opcode, long word0, long word1) {
    if (Prefetch.SSEC.isSet(word0)) {
      return false;
    }
    if (translating()) {
      if (opcode == Opcode.PREFETCH_CONFIG) {
        prefetcher.configuration(word0);
      } else {
        prefetcher.addresses(word0, word1);
      }
    }
    return true;
  }

  private boolean configuration(int queue, ConfigurationScope scope, long word0, long word1) {
    if (Cfgi.SSEC.isSet(word0)) {
      return false;
    }
    log.cfgi(queue, scope, word0, word1);
    stes.invalidateStes(scope, word0, word1);
    cds.invalidateCds(scope, word0, word1);
    maps.invalidateMaps(scope, word0, word1);
    return true;
  }

  private boolean respond(long word0, long word1) {
    PageResponse response = PageResponse.of(PriResp.RESP.get(word1));
    if (response == null) {
      return false;
    }
    if (translating()) {
      boolean tagged = features.substreamIdBits() != 0 && PriResp.SSV.isSet(word0);
      clients.respond(
          (int) PriResp.STREAMID.get(word0),
          tagged ? (int) PriResp.SUBSTREAMID.get(word0) : Translation.NO_SUBSTREAM,
          (int) PriResp.PRGINDEX.get(word1),
          response);
    }
    return true;
  }

  private boolean resume(long word0, long word1) {
    if (Resume.SSEC.isSet(word0)) {
      return false;
    }
    stalls.resume(
        (int) Resume.STREAMID.get(word0), (int) Resume.STAG.get(word1), resumption(word0));
    return true;
  }

  /** Ac and Ab; only with TERM_MODEL 0 is there a choice of termination (IHI 0070 4.7.1). */
  private Resumption resumption(long word0) {
    if (Resume.AC.isSet(word0)) {
      return Resumption.RETRY;
    }
    boolean abort = features.feature0(Idr0.TERM_MODEL) || Resume.AB.isSet(word0);
    return abort ? Resumption.ABORT : Resumption.RAZ_WI;
  }

  private boolean terminate(long word0) {
    if (Resume.SSEC.isSet(word0)) {
      return false;
    }
    stalls.terminate((int) Resume.STREAMID.get(word0));
    return true;
  }

  /** Everything before it is complete already, but for invalidations that timed out. */
  private int synchronize(int queue, long word0) {
    if (Sync.CS.get(word0) > Sync.CS_SEV) {
      return CommandError.CERROR_ILL;
    }
    if (!invalidation.complete(queue)) {
      return CommandError.CERROR_ATC_INV_SYNC;
    }
    log.complete(queue);
    return CommandError.CERROR_NONE;
  }

  /** The completion signal of a command whose consumption can be seen (IHI 0070 4.7.3). */
  void signal(long word0, long word1) {
    if ((word0 & 0xff) != Opcode.SYNC.code()) {
      return;
    }
    switch ((int) Sync.CS.get(word0)) {
      case Sync.CS_IRQ ->
          interrupts.syncComplete(Sync.MSIADDRESS.inPlace(word1), Sync.MSIDATA.get(word0));
      case Sync.CS_SEV -> interrupts.wakeProcessors();
      default -> {}
    }
  }
}
