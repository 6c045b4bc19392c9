package portcullis.check.hostile;

import java.util.SplittableRandom;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Sync;
import portcullis.arch.smmu.Tlbi;

/** Commands, well-formed or not. */
final class CommandMix {
  private static final Opcode[] OPCODES = Opcode.values();

  private final Step step;
  private final SplittableRandom random;
  private final Addresses addresses;

  CommandMix(Step step, SplittableRandom random, Addresses addresses) {
    this.step = step;
    this.random = random;
    this.addresses = addresses;
  }

  static long opcode(Opcode opcode) {
    return Command.OPCODE.of(opcode.code());
  }

  static long sync() {
    return opcode(Opcode.SYNC);
  }

  static long cfgiAll() {
    return opcode(Opcode.CFGI_STE_RANGE);
  }

  static long cfgiSte(int streamId) {
    return opcode(Opcode.CFGI_STE) | Cfgi.STREAMID.of(Integer.toUnsignedLong(streamId));
  }

  /** Puts one command into {@code words} from {@code at} on. */
  void command(Site site, long[] words, int at) {
    int streamId = step.oneIn(8) ? random.nextInt() : site.anySource(random).streamId();
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
        words[at + 1] = Tlbi.ADDRESS.inPlace(AddressSpace.anyOfWindow(random));
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
        boolean wild = step.oneIn(4);
        words[at] = wild ? random.nextLong() : sync();
        words[at + 1] = wild ? random.nextLong() : 0;
      }
    }
  }
}
