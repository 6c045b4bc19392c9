package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;

class Stage2InvalidationTest {
  private record Command(long word0, long word1) {
    Opcode opcode() {
      return Opcode.of((int) (word0 & 0xff));
    }

    /** What the command covers, told from its fields alone (IHI 0070 4.4.1.1). */
    long bytes(Granule granule, long without) {
      if (Tlbi.TG.get(word1) == 0) {
        return without;
      }
      assertEquals(granule.tgTlbi(), Tlbi.TG.get(word1));
      assertTrue(
          Tlbi.NUM.get(word0) != 0 || Tlbi.SCALE.get(word0) != 0 || Tlbi.TTL.get(word1) != 0,
          "a reserved encoding");
      return (Tlbi.NUM.get(word0) + 1) << (Tlbi.SCALE.get(word0) + granule.shift());
    }
  }

  private static List<Command> emit(
      Granule granule, long ipa, long bytes, int level, boolean leaf, boolean ranges) {
    List<Command> commands = new ArrayList<>();
    long count =
        Stage2Invalidation.emit(
            (word0, word1) -> commands.add(new Command(word0, word1)),
            granule,
            ipa,
            bytes,
            level,
            leaf,
            ranges);
    assertEquals(count, commands.size());
    assertTrue(commands.size() <= Stage2Invalidation.MAX_COMMANDS);
    return commands;
  }

  @Test
  void theCommandsCoverExactlyTheRange() {
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      Granule granule = Granule.values()[random.nextInt(3)];
      int level = 2 + random.nextInt(2);
      boolean leaf = random.nextBoolean();
      boolean ranges = random.nextBoolean();
      long unit = granule.levelBytes(level);
      long ipa = (random.nextLong(1L << 44)) & -unit;
      long bytes = unit * (1 + random.nextLong(1L << random.nextInt(1, 12)));
      long at = ipa;
      for (Command command : emit(granule, ipa, bytes, level, leaf, ranges)) {
        if (command.opcode() == Opcode.TLBI_S12_VMALL) {
          assertTrue(!ranges && bytes / (leaf ? unit : granule.bytes()) > 128);
          at = ipa + bytes;
          continue;
        }
        assertEquals(Opcode.TLBI_S2_IPA, command.opcode());
        assertEquals(0, Tlbi.VMID.get(command.word0()));
        assertEquals(leaf ? 1 : 0, Tlbi.LEAF.get(command.word1()));
        assertEquals(at, Tlbi.IPA.inPlace(command.word1()), "no gap, no overlap");
        at += command.bytes(granule, leaf ? unit : granule.bytes());
      }
      assertEquals(ipa + bytes, at);
    }
  }

  @Test
  void rangesTakeFewCommands() {
    assertEquals(1, emit(Granule.SIZE_4K, 0, 1L << 30, 1, true, true).size());
    assertEquals(7, emit(Granule.SIZE_4K, 0, ((1L << 31) - 1) << 12, 3, true, true).size());
    assertEquals(
        Opcode.TLBI_S12_VMALL,
        emit(Granule.SIZE_4K, 0, 1L << 44, 1, true, true).getFirst().opcode(),
        "SCALE does not hold 32");
  }

  @Test
  void aLevelHintOnlyWhereOneLevelChanged() {
    assertEquals(
        2, Tlbi.TTL.get(emit(Granule.SIZE_4K, 0, 4L << 20, 2, true, true).getFirst().word1()));
    assertEquals(
        0, Tlbi.TTL.get(emit(Granule.SIZE_4K, 0, 4L << 20, 2, false, true).getFirst().word1()));
  }
}
